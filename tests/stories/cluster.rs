//! A deployed Redis application, and whether its units, servers and sentinels agree. It harms nothing but processes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::model::Model;
use crate::target::{APPLICATION, refresh, target};
use crate::writer::{Target, connect};

/// An application whose units, servers and sentinels all agree.
pub struct Cluster {
    pub model: Model,
    pub target: Target,
}

impl Cluster {
    /// Deploys this charm, and waits until it has settled.
    pub fn deploy(model: Model, charm: &str, units: usize) -> Self {
        model.juju(&["deploy", charm, APPLICATION, "-n", &units.to_string()]);
        Self::settled(model, units)
    }

    /// The application that was deployed, once it has settled.
    pub fn settled(model: Model, units: usize) -> Self {
        model.settle(APPLICATION, units);
        let target = target(&model);
        let cluster = Self { model, target };
        cluster.converge(units);
        cluster
    }

    /// Waits until the statuses, the servers and the sentinels tell the same: so many units, one of them master.
    pub fn converge(&self, units: usize) {
        self.model.until(&format!("{units} servers and sentinels agree"), || {
            refresh(&self.model, &self.target);
            let addresses = self.target.hosts.lock().unwrap().clone();
            let masters: Vec<_> =
                addresses.iter().filter(|(_, address)| self.is_master(**address, units - 1)).collect();
            let [(master, _)] = masters.as_slice() else { return false };
            let named = |address: &IpAddr| self.sentinel(*address, master, units);
            addresses.len() == units && addresses.values().all(named)
        });
        self.model.settle(APPLICATION, units);
    }

    /// Whether the server is a master with so many replicas, all of them in sync.
    fn is_master(&self, address: IpAddr, replicas: usize) -> bool {
        let ask = || {
            let mut server = connect(address, 6379, self.target.password.as_deref())?;
            redis::cmd("INFO").arg("replication").query::<String>(&mut server)
        };
        let told = ask().unwrap_or_default();
        told.contains("role:master") && told.matches("state=online").count() == replicas
    }

    /// Whether the sentinel knows this master, up, and exactly so many units, with a majority of them as its quorum.
    fn sentinel(&self, address: IpAddr, master: &str, units: usize) -> bool {
        let ask = || {
            let mut sentinel = connect(address, 26379, Some(&self.target.sentinel_password))?;
            redis::cmd("SENTINEL").arg("masters").query::<Vec<BTreeMap<String, String>>>(&mut sentinel)
        };
        let told = ask().unwrap_or_default();
        let [told] = told.as_slice() else { return false };
        let expected = [
            ("ip", master.to_owned()),
            ("flags", "master".to_owned()),
            ("num-slaves", (units - 1).to_string()),
            ("num-other-sentinels", (units - 1).to_string()),
            ("quorum", (units / 2 + 1).to_string()),
        ];
        expected.iter().all(|(key, value)| told.get(*key) == Some(value))
    }
}
