//! Where a unit's agent and charm live, and what the agent's own environment gives to the charm.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sidecharm::juju::names::UnitName;

/// The `PATH` of a charm container, behind the tools' folder.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/charm/bin";
/// Where a pod finds the API server of its cluster; nothing answers there.
const KUBERNETES: &str = "10.152.183.1";
/// The Kubernetes that is imitated.
pub const KUBERNETES_VERSION: &str = "1.30.0";

/// The agent's places as the charm container sees them, and the values that are the same in every hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// The agent's folder: `charm/` and `resources/` lie in it.
    pub base: PathBuf,
    /// The folder of the hook tools, first in `PATH`.
    pub tools: PathBuf,
    pub path: String,
    /// `JUJU_AGENT_SOCKET_ADDRESS`; a leading `@` means Linux' abstract name space.
    pub socket: String,
    pub api_addresses: String,
    pub cloud_api_version: String,
    /// The `KUBERNETES_…` variables.
    pub kubernetes: BTreeMap<String, String>,
}

impl Surroundings {
    /// The places that Juju gives a sidecar unit.
    pub fn of(unit: &UnitName) -> Self {
        let tag = unit.tag();
        let url = format!("tcp://{KUBERNETES}:443");
        let kubernetes = [
            ("KUBERNETES_PORT", url.as_str()),
            ("KUBERNETES_PORT_443_TCP", url.as_str()),
            ("KUBERNETES_PORT_443_TCP_ADDR", KUBERNETES),
            ("KUBERNETES_PORT_443_TCP_PORT", "443"),
            ("KUBERNETES_PORT_443_TCP_PROTO", "tcp"),
            ("KUBERNETES_SERVICE_HOST", KUBERNETES),
            ("KUBERNETES_SERVICE_PORT", "443"),
            ("KUBERNETES_SERVICE_PORT_HTTPS", "443"),
        ];
        Self {
            base: PathBuf::from(format!("/var/lib/juju/agents/{tag}")),
            tools: PathBuf::from(format!("/var/lib/juju/tools/{tag}")),
            path: PATH.to_owned(),
            socket: format!("@/var/lib/juju/agents/{tag}/agent.socket"),
            api_addresses:
                "10.152.183.2:17070 controller-service.controller-minijuju.svc.cluster.local:17070".to_owned(),
            cloud_api_version: KUBERNETES_VERSION.to_owned(),
            kubernetes: kubernetes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    /// The unpacked charm: `CHARM_DIR` and the working directory of every hook.
    pub fn charm_dir(&self) -> PathBuf {
        self.base.join("charm")
    }
}
