//! What the environment of a hook says about the unit, the model and Juju. Which event it is, is `event.rs`'s matter.
//!
//! Nothing here reads the process environment: it is handed in as a map. The variables are those of Juju's
//! worker/uniter/runner/context (`context.go`, `env.go`); `environment/recorded.json` is one as Juju 3.6 made it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::names::{InvalidName, UnitName};
use crate::secret::Secret;

mod version;

pub use version::{InvalidVersion, JujuVersion};

/// The process environment: name → value.
pub type Variables = BTreeMap<String, String>;

/// An environment that no hook can be run with.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// No unit agent started this process: there is no `JUJU_CONTEXT_ID`.
    #[error("not in a hook: Juju's unit agent has not started this process (JUJU_CONTEXT_ID is not set)")]
    NotInHook,
    /// A hook, but a variable that every Juju sets is absent or empty.
    #[error("{variable} is not set")]
    Missing {
        /// The variable's name.
        variable: &'static str,
    },
    /// `JUJU_UNIT_NAME` names no unit.
    #[error("JUJU_UNIT_NAME cannot be understood")]
    Unit(#[source] InvalidName),
    /// `JUJU_VERSION` is no version.
    #[error("JUJU_VERSION cannot be understood")]
    Version(#[source] InvalidVersion),
}

/// Everything a hook's environment says that does not depend on the event.
///
/// Juju sets many variables to nothing where they do not apply (machine id on Kubernetes …); those are `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookContext {
    /// `JUJU_UNIT_NAME`: the unit this charm runs for.
    pub unit: UnitName,
    /// `JUJU_MODEL_NAME`: without its owner.
    pub model_name: String,
    /// `JUJU_MODEL_UUID`
    pub model_uuid: String,
    /// `JUJU_VERSION`: the agent's version.
    pub juju_version: JujuVersion,
    /// `JUJU_CHARM_DIR`, else `CHARM_DIR`: where the charm's files are; also the working directory.
    pub charm_dir: PathBuf,
    /// `JUJU_CONTEXT_ID`: the hook tools pass it back.
    pub context_id: String,
    /// `JUJU_DISPATCH_PATH`: `hooks/install`, `actions/backup`; absent in `juju exec`.
    pub dispatch_path: Option<String>,
    /// `JUJU_HOOK_NAME`: absent in actions and in `juju exec`.
    pub hook_name: Option<String>,
    /// `JUJU_ACTION_UUID` (or `JUJU_ACTION_TAG`): the task's id where an action runs, `juju exec` included. What an
    /// action prints becomes part of its result.
    pub task: Option<String>,
    /// Where the hook tools find the agent.
    pub agent_socket: Option<AgentSocket>,
    /// `JUJU_API_ADDRESSES`: the controllers, `host:port` each.
    pub api_addresses: Vec<String>,
    /// The proxies that the operator configured for charms.
    pub proxies: Proxies,
    /// `JUJU_AVAILABILITY_ZONE`
    pub availability_zone: Option<String>,
    /// `JUJU_MACHINE_ID`: absent on Kubernetes.
    pub machine_id: Option<String>,
    /// `JUJU_PRINCIPAL_UNIT`: the unit that this subordinate belongs to.
    pub principal: Option<UnitName>,
    /// `CLOUD_API_VERSION`: the Kubernetes server's version.
    pub cloud_api_version: Option<String>,
    /// The Kubernetes API server as pods see it.
    pub kubernetes: Option<KubernetesService>,
    /// `PATH`: the hook tools' folder is its first entry.
    pub path: String,
    /// `JUJU_SLA`; Juju 3 and older.
    pub sla: Option<String>,
    /// `JUJU_METER_STATUS` and `JUJU_METER_INFO`; Juju 3 and older.
    pub meter: Option<Meter>,
    /// `JUJU_TRACE_ID`, `JUJU_SPAN_ID`, `JUJU_TRACE_FLAGS`; Juju 4 with tracing on.
    pub trace: Option<Trace>,
}

/// The unit agent's socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSocket {
    /// `JUJU_AGENT_SOCKET_ADDRESS`: with a leading `@` in Linux's abstract namespace.
    pub address: String,
    /// `JUJU_AGENT_SOCKET_NETWORK`: `unix`.
    pub network: String,
}

/// `JUJU_CHARM_HTTP_PROXY` and its siblings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `http:` URLs. A proxy's URL may hold a password.
    pub http: Option<Secret>,
    /// For `https:` URLs.
    pub https: Option<Secret>,
    /// For `ftp:` URLs.
    pub ftp: Option<Secret>,
    /// Hosts that are reached directly: names, addresses, networks.
    pub no_proxy: Vec<String>,
}

/// `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesService {
    /// An address or a name.
    pub host: String,
    /// The HTTPS port.
    pub port: u16,
}

/// The metering of Juju 3 and older.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// `AMBER` …
    pub status: String,
    /// `not set` …
    pub info: String,
}

/// A W3C trace context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// As Juju gives them.
    pub flags: String,
}

impl HookContext {
    /// Reads the environment of a hook, action or `juju exec`.
    ///
    /// # Errors
    /// When the environment is not a hook's, or lacks what every Juju tells. What a charm can do without is left out
    /// where it makes no sense.
    pub fn parse(variables: &Variables) -> Result<Self, EnvironmentError> {
        let filled = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
        let required =
            |variable: &'static str| filled(variable).ok_or(EnvironmentError::Missing { variable });
        let context_id = filled("JUJU_CONTEXT_ID").ok_or(EnvironmentError::NotInHook)?;
        Ok(Self {
            unit: UnitName::parse(&required("JUJU_UNIT_NAME")?).map_err(EnvironmentError::Unit)?,
            model_name: required("JUJU_MODEL_NAME")?,
            model_uuid: required("JUJU_MODEL_UUID")?,
            juju_version: JujuVersion::parse(&required("JUJU_VERSION")?)
                .map_err(EnvironmentError::Version)?,
            charm_dir: filled("JUJU_CHARM_DIR").map_or_else(|| required("CHARM_DIR"), Ok)?.into(),
            context_id,
            dispatch_path: filled("JUJU_DISPATCH_PATH"),
            hook_name: filled("JUJU_HOOK_NAME"),
            task: filled("JUJU_ACTION_UUID").or_else(|| filled("JUJU_ACTION_TAG")),
            agent_socket: filled("JUJU_AGENT_SOCKET_ADDRESS")
                .zip(filled("JUJU_AGENT_SOCKET_NETWORK"))
                .map(|(address, network)| AgentSocket { address, network }),
            api_addresses: words(variables, "JUJU_API_ADDRESSES", char::is_whitespace),
            proxies: Proxies {
                http: filled("JUJU_CHARM_HTTP_PROXY").map(Secret::new),
                https: filled("JUJU_CHARM_HTTPS_PROXY").map(Secret::new),
                ftp: filled("JUJU_CHARM_FTP_PROXY").map(Secret::new),
                no_proxy: words(variables, "JUJU_CHARM_NO_PROXY", |c| c == ','),
            },
            availability_zone: filled("JUJU_AVAILABILITY_ZONE"),
            machine_id: filled("JUJU_MACHINE_ID"),
            principal: filled("JUJU_PRINCIPAL_UNIT").and_then(|name| UnitName::parse(&name).ok()),
            cloud_api_version: filled("CLOUD_API_VERSION"),
            kubernetes: filled("KUBERNETES_SERVICE_HOST")
                .zip(filled("KUBERNETES_SERVICE_PORT"))
                .and_then(|(host, port)| Some(KubernetesService { host, port: port.parse().ok()? })),
            path: filled("PATH").unwrap_or_default(),
            sla: filled("JUJU_SLA"),
            meter: filled("JUJU_METER_STATUS")
                .map(|status| Meter { status, info: filled("JUJU_METER_INFO").unwrap_or_default() }),
            trace: filled("JUJU_TRACE_ID").zip(filled("JUJU_SPAN_ID")).map(|(trace_id, span_id)| Trace {
                trace_id,
                span_id,
                flags: filled("JUJU_TRACE_FLAGS").unwrap_or_default(),
            }),
        })
    }
}

fn words(variables: &Variables, name: &str, separator: fn(char) -> bool) -> Vec<String> {
    let text = variables.get(name).map_or("", String::as_str);
    text.split(separator).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
