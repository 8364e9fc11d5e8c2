//! Host names of units: how one unit's server and sentinel find another's. Resolves nothing.
//!
//! Names, not addresses, go into every configuration: a pod that comes back has a new address and the same name.

use sha2::{Digest as _, Sha256};

use crate::juju::names::{ApplicationName, UnitName};

/// The names of an application's units.
///
/// ```
/// use sidecharm::juju::names::UnitName;
/// use sidecharm::redis::hosts::Hosts;
/// let unit = UnitName::parse("redis-k8s/0").unwrap();
/// let hosts = Hosts::new(&unit, "dev", "10.1.0.5 redis-k8s-0.redis-k8s-endpoints.dev.svc.corp redis-k8s-0\n");
/// let sibling = UnitName::parse("redis-k8s/2").unwrap();
/// assert_eq!(hosts.name(&sibling), "redis-k8s-2.redis-k8s-endpoints.dev.svc.corp");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    application: ApplicationName,
    domain: String,
    own_address: Option<String>,
}

impl Hosts {
    /// Takes the domain from the pod's own line in `/etc/hosts`, which Kubernetes writes with the cluster's real
    /// domain; without such a line the usual `svc.cluster.local` is assumed.
    pub fn new(unit: &UnitName, model: &str, hosts_file: &str) -> Self {
        let application = unit.application();
        let prefix = format!("{}.", unit.pod());
        let own = hosts_file.lines().filter_map(|line| line.split('#').next()).find_map(|line| {
            let (address, names) = line.trim_start().split_once(|gap: char| gap.is_ascii_whitespace())?;
            let domain =
                names.split_ascii_whitespace().find_map(|name| name.strip_prefix(prefix.as_str()))?;
            Some((address.to_owned(), domain.trim_end_matches('.').to_owned()))
        });
        let (own_address, domain) = own.unzip();
        let domain = domain.unwrap_or_else(|| format!("{application}-endpoints.{model}.svc.cluster.local"));
        Self { application, domain, own_address }
    }

    /// The own pod's address, if its `/etc/hosts` tells: no name server is asked for it.
    pub fn own_address(&self) -> Option<&str> {
        self.own_address.as_deref()
    }

    /// The fully qualified host name of a unit's pod.
    pub fn name(&self, unit: &UnitName) -> String {
        format!("{}.{}", unit.pod(), self.domain)
    }

    /// The unit behind a host name of this application.
    pub fn unit(&self, host: &str) -> Option<UnitName> {
        let pod = host.strip_suffix(self.domain.as_str())?.strip_suffix('.')?;
        let number = pod.strip_prefix(self.application.as_str())?.strip_prefix('-')?;
        UnitName::parse(&format!("{}/{number}", self.application)).ok()
    }
}

/// The id of a unit's sentinel: the same for every pod the unit ever has, so that a replaced pod is not a new voter.
///
/// 40 hexadecimal digits, as Sentinel wants them.
pub fn sentinel_id(model_uuid: &str, unit: &UnitName) -> String {
    let mut id = format!("{:x}", Sha256::digest(format!("sentinel {model_uuid} {unit}")));
    id.truncate(40);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> UnitName {
        UnitName::parse(text).unwrap()
    }

    fn check(hosts_file: &str, expected: &str) {
        let hosts = Hosts::new(&unit("app/1"), "dev", hosts_file);
        assert_eq!(hosts.name(&unit("app/1")), expected);
        assert_eq!(hosts.unit(expected), Some(unit("app/1")));
        let address = hosts_file.contains("lab").then_some("10.1.0.2");
        assert_eq!(hosts.own_address(), address, "{hosts_file:?}");
    }

    #[test]
    fn the_domain_comes_from_the_pods_own_line() {
        check("", "app-1.app-endpoints.dev.svc.cluster.local");
        check(
            "127.0.0.1 localhost\n10.1.0.2\tapp-1.app-endpoints.dev.svc.lab.\tapp-1\n",
            "app-1.app-endpoints.dev.svc.lab",
        );
        check(
            "# app-1.wrong.domain\n10.1.0.2 app-10.other.svc app-1\n",
            "app-1.app-endpoints.dev.svc.cluster.local",
        );
    }

    #[test]
    fn foreign_names_are_nobodys() {
        let hosts = Hosts::new(&unit("app/0"), "dev", "");
        for name in [
            "",
            "app-0",
            "app-x.app-endpoints.dev.svc.cluster.local",
            "web-0.app-endpoints.dev.svc.cluster.local",
        ] {
            assert_eq!(hosts.unit(name), None, "{name}");
        }
    }

    #[test]
    fn a_sentinel_id_depends_on_model_and_unit_alone() {
        let id = sentinel_id("5e0a", &unit("app/0"));
        assert_eq!(id.len(), 40);
        assert_eq!(id, sentinel_id("5e0a", &unit("app/0")));
        assert_ne!(id, sentinel_id("5e0a", &unit("app/1")));
        assert_ne!(id, sentinel_id("5e0b", &unit("app/0")));
    }

    proptest::proptest! {
        #[test]
        fn no_hosts_file_makes_it_panic(text in "\\PC*", host in "\\PC*") {
            let hosts = Hosts::new(&unit("app/0"), "dev", &text);
            drop(hosts.unit(&host));
        }
    }
}
