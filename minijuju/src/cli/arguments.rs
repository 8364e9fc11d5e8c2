//! The command line: Juju's own verbs and spellings, then minijuju's own. It only reads; `verbs` does.

mod secrets;

use std::path::PathBuf;

pub use secrets::{Content, SecretVerb};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A Juju model on one machine: real Pebble, real workloads, real hook dispatch, no Kubernetes.
#[derive(Debug, Parser)]
#[command(name = "minijuju", version, max_term_width = 100)]
pub struct Arguments {
    /// The model [env: `JUJU_MODEL`] [default: demo]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub model: Option<String>,
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Deploys a charm: a folder, or a packed .charm file.
    Deploy(Deploy),
    /// Adds units to an application.
    AddUnit {
        application: String,
        #[arg(short, long = "num-units", default_value_t = 1)]
        number: u32,
    },
    /// Removes the units with the highest numbers.
    RemoveUnit {
        application: String,
        /// How many
        #[arg(long = "num-units", default_value_t = 1)]
        number: u32,
        #[command(flatten)]
        prompt: Prompt,
    },
    /// Removes applications with all their units.
    RemoveApplication {
        #[arg(required = true)]
        applications: Vec<String>,
        #[command(flatten)]
        prompt: Prompt,
    },
    /// Relates two applications.
    #[command(alias = "relate")]
    Integrate {
        /// APPLICATION or APPLICATION:ENDPOINT
        one: String,
        other: String,
    },
    /// Removes a relation.
    RemoveRelation { one: String, other: String },
    /// Shows or sets the options of an application.
    Config(Config),
    /// Lists the actions of an application.
    #[command(alias = "list-actions")]
    Actions {
        application: String,
        /// Show what each one takes.
        #[arg(long)]
        schema: bool,
        /// [default: tabular, and yaml with --schema]
        #[arg(long)]
        format: Option<Format>,
    },
    /// Runs an action and waits for its result.
    Run(Run),
    /// Shows the model.
    Status(Status),
    /// Runs a command as the charm would, or in a workload container.
    Exec(Exec),
    /// Shows the model's log.
    DebugLog(DebugLog),
    /// Shows all that is known of a unit, with its relation data.
    ShowUnit {
        #[arg(required = true)]
        units: Vec<String>,
        #[arg(long, default_value = "yaml")]
        format: Format,
    },
    /// Retries a failed hook, or skips it.
    #[command(alias = "resolve")]
    Resolved {
        #[arg(required = true)]
        units: Vec<String>,
        /// Go on as if the hook had succeeded.
        #[arg(long)]
        no_retry: bool,
    },
    /// Gives an application a new revision of its charm.
    #[command(alias = "upgrade-charm")]
    Refresh {
        application: String,
        /// The new charm: a folder, or a packed .charm file.
        #[arg(long)]
        path: PathBuf,
        /// NAME=FILE
        #[arg(long = "resource", value_name = "NAME=FILE")]
        resources: Vec<String>,
    },
    /// Gives an application a new revision of a resource.
    AttachResource {
        application: String,
        /// NAME=FILE
        resource: String,
    },
    #[command(flatten)]
    Secret(SecretVerb),
    /// Shows or sets what holds for the whole model.
    ModelConfig {
        /// NAME, or NAME=VALUE
        settings: Vec<String>,
        #[arg(long, default_value = "tabular")]
        format: Format,
    },
    /// Lets an application's charm reach the cluster.
    Trust {
        application: String,
        /// Take it back.
        #[arg(long)]
        remove: bool,
    },
    /// Waits until an application or a unit is as asked.
    WaitFor(WaitFor),
    /// Lists the models of this machine.
    #[command(alias = "list-models")]
    Models {
        #[arg(long, default_value = "tabular")]
        format: Format,
    },
    /// Makes an empty model.
    AddModel { name: Option<String> },
    /// Removes the model and everything of it on this machine.
    DestroyModel {
        name: Option<String>,
        #[command(flatten)]
        prompt: Prompt,
    },
    /// Not Juju's: kills a unit's pod at once, as a lost node does; a new one comes up.
    #[command(display_order = 100)]
    KillPod { unit: String },
    /// Not Juju's: deletes a unit's pod as `kubectl delete pod` does; a new one comes up.
    #[command(display_order = 100)]
    DeletePod { unit: String },
    /// Not Juju's: kills a container's first process; the container starts again.
    #[command(display_order = 100)]
    RestartContainer {
        unit: String,
        /// A workload container, or `charm`
        container: String,
    },
}

#[derive(Debug, Args)]
pub struct Deploy {
    pub charm: PathBuf,
    /// The application's name [default: the charm's]
    pub name: Option<String>,
    #[arg(short, long = "num-units", default_value_t = 1)]
    pub number: u32,
    /// OPTION=VALUE, or a YAML file of options
    #[arg(long, value_name = "OPTION=VALUE")]
    pub config: Vec<String>,
    /// NAME=FILE; for an image, a folder with its files or any name
    #[arg(long = "resource", value_name = "NAME=FILE")]
    pub resources: Vec<String>,
    /// Let the charm reach the cluster.
    #[arg(long)]
    pub trust: bool,
    /// Not Juju's: wait until all units are active, and show what is waited for.
    #[arg(long)]
    pub wait: bool,
}

#[derive(Debug, Args)]
pub struct Config {
    pub application: String,
    /// OPTION to show one, OPTION=VALUE to set
    pub options: Vec<String>,
    /// Back to the charm's default: OPTION, or several with commas between
    #[arg(long, value_delimiter = ',')]
    pub reset: Vec<String>,
    /// A YAML file of options to set
    #[arg(long)]
    pub file: Option<PathBuf>,
    #[arg(long, default_value = "yaml")]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Run {
    /// UNIT or APPLICATION/leader, several of them, then the action, then PARAMETER=VALUE
    #[arg(required = true, num_args = 2.., value_name = "UNIT ACTION PARAMETER=VALUE")]
    pub words: Vec<String>,
    /// A YAML file of parameters
    #[arg(long)]
    pub params: Option<PathBuf>,
    /// Do not wait for the result.
    #[arg(long)]
    pub background: bool,
    /// How long to wait
    #[arg(long, default_value = "60s", num_args = 0..=1, default_missing_value = "60s")]
    pub wait: String,
    #[arg(long, default_value = "plain")]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Status {
    #[arg(long, default_value = "tabular")]
    pub format: Format,
    /// Show the relations too.
    #[arg(long, alias = "integrations")]
    pub relations: bool,
    /// Show the storage too.
    #[arg(long)]
    pub storage: bool,
    /// Show it again at every change, at most once in this time
    #[arg(long, num_args = 0..=1, default_missing_value = "500ms")]
    pub watch: Option<String>,
}

#[derive(Debug, Args)]
pub struct Exec {
    /// Several with commas between
    #[arg(short, long = "unit", value_delimiter = ',')]
    pub units: Vec<String>,
    /// All units of these applications
    #[arg(short, long = "application", value_delimiter = ',')]
    pub applications: Vec<String>,
    /// Not Juju's: run in this workload container, with this terminal.
    #[arg(long)]
    pub container: Option<String>,
    /// How long to wait
    #[arg(long, default_value = "300s")]
    pub wait: String,
    #[arg(long, default_value = "plain")]
    pub format: Format,
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
}

#[derive(Debug, Args)]
pub struct DebugLog {
    /// From the beginning.
    #[arg(long)]
    pub replay: bool,
    /// Go on when the end is reached (the default on a terminal).
    #[arg(long, conflicts_with = "no_tail")]
    pub tail: bool,
    /// Stop when the end is reached.
    #[arg(long)]
    pub no_tail: bool,
    /// Only of this unit, or its tag; may be given several times
    #[arg(short, long)]
    pub include: Vec<String>,
    /// Not of this unit; may be given several times
    #[arg(short = 'x', long)]
    pub exclude: Vec<String>,
    /// TRACE, DEBUG, INFO, WARNING or ERROR, and worse
    #[arg(short, long)]
    pub level: Option<String>,
    /// The last lines before the end
    #[arg(short = 'n', long, default_value_t = 10)]
    pub lines: usize,
}

#[derive(Debug, Args)]
pub struct WaitFor {
    /// APPLICATION or UNIT, also with Juju's word before it: `application redis-k8s`
    #[arg(required = true, num_args = 1..=2)]
    pub name: Vec<String>,
    /// The workload status
    #[arg(long, default_value = "active")]
    pub status: String,
    /// The agent status too, for instance idle
    #[arg(long)]
    pub agent: Option<String>,
    /// Text that the status message must hold
    #[arg(long)]
    pub message: Option<String>,
    /// The number of units too
    #[arg(long)]
    pub units: Option<usize>,
    #[arg(long, default_value = "10m")]
    pub timeout: String,
}

#[derive(Debug, Args)]
pub struct Prompt {
    /// Do not ask.
    #[arg(long, visible_alias = "yes", short = 'y')]
    pub no_prompt: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Tabular,
    /// The same as tabular, as Juju calls it for actions.
    Plain,
    Yaml,
    Json,
}
