//! What the verbs ask of the controller, and what it answers, one JSON object on a line each.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::controller::log::LogLine;
use crate::controller::secret::SecretValues;

/// One verb. Names and values are as the operator typed them; the controller checks them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub enum Request {
    AddModel,
    Deploy(Deploy),
    AddUnits {
        application: String,
        number: u32,
    },
    RemoveUnits {
        application: String,
        number: u32,
    },
    RemoveApplication {
        application: String,
    },
    Integrate {
        one: String,
        other: String,
    },
    RemoveRelation {
        one: String,
        other: String,
    },
    Config {
        application: String,
    },
    /// Each action with its description and the schema of its parameters.
    Actions {
        application: String,
    },
    SetConfig {
        application: String,
        set: BTreeMap<String, String>,
        reset: Vec<String>,
    },
    /// Answers with the number of the task, at once.
    Run {
        unit: String,
        action: String,
        parameters: serde_json::Map<String, Value>,
    },
    /// `juju exec`: the same for a shell command.
    Exec {
        unit: String,
        command: String,
    },
    /// Answers when the task has ended.
    Task {
        id: u64,
    },
    Status,
    /// A status now and at every change, until the caller goes away.
    Watch,
    ShowUnit {
        unit: String,
    },
    Log(LogFilter),
    Resolved {
        unit: String,
        retry: bool,
    },
    Refresh {
        application: String,
        charm: PathBuf,
        resources: BTreeMap<String, String>,
    },
    AttachResource {
        application: String,
        name: String,
        value: String,
    },
    UserSecret(UserSecret),
    Secrets,
    ShowSecret {
        secret: String,
        revision: Option<u32>,
        reveal: bool,
    },
    ModelConfig,
    SetModelConfig {
        set: BTreeMap<String, String>,
    },
    Trust {
        application: String,
        trust: bool,
    },
    /// Answers with the path from which a container was made.
    Container {
        unit: String,
        container: String,
    },
    KillPod {
        unit: String,
    },
    DeletePod {
        unit: String,
    },
    RestartContainer {
        unit: String,
        container: String,
    },
    DestroyModel,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deploy {
    /// Absolute.
    pub charm: PathBuf,
    pub name: Option<String>,
    pub number: u32,
    pub config: BTreeMap<String, String>,
    /// Name → absolute path, or an image's name.
    pub resources: BTreeMap<String, String>,
    pub trust: bool,
}

/// What is done to a secret of the user's, which is named by its id or its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserSecret {
    Add {
        name: String,
        info: String,
        content: SecretValues,
    },
    Update {
        secret: String,
        name: Option<String>,
        info: Option<String>,
        content: Option<SecretValues>,
        auto_prune: Option<bool>,
    },
    Remove {
        secret: String,
        revision: Option<u32>,
    },
    Grant {
        secret: String,
        applications: Vec<String>,
    },
    Revoke {
        secret: String,
        applications: Vec<String>,
    },
}

/// Which lines of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFilter {
    /// How many of the old ones; `None` is all.
    pub last: Option<usize>,
    /// Go on with new ones until the caller goes away.
    pub follow: bool,
    /// Unit names or tags; empty is all.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    pub level: Option<String>,
}

/// A part of the answer; the last one is `Done` or `Failed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The controller is still at it.
    Alive,
    Log(LogLine),
    /// One of many.
    Item(Value),
    Done(Value),
    /// The text after `ERROR `.
    Failed(String),
}
