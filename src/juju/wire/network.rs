//! `network-get`.

use serde::Deserialize;

use super::{WireError, decode, null_is_empty};

/// The addresses of one binding.
///
/// On Kubernetes the bind address is the pod's and the ingress address the Service's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Network {
    /// What a server of this unit can listen on.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub bind_addresses: Vec<Interface>,
    /// Where this unit's connections come from, as the other side sees it.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub egress_subnets: Vec<String>,
    /// Where the other side should connect to; addresses or names.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub ingress_addresses: Vec<String>,
}

/// One network interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Interface {
    /// Empty on Kubernetes.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub interface_name: String,
    /// Empty on Kubernetes.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub mac_address: String,
    /// Its addresses.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub addresses: Vec<Address>,
}

/// One address of an interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Address {
    /// An IP address.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub value: String,
    /// Its name, if it has one.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub hostname: String,
    /// Its subnet; empty on Kubernetes.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub cidr: String,
}

impl Network {
    /// The first address to listen on: the pod's.
    pub fn bind_address(&self) -> Option<&str> {
        let addresses = self.bind_addresses.iter().flat_map(|interface| &interface.addresses);
        addresses.map(|address| address.value.as_str()).find(|value| !value.is_empty())
    }

    /// The first address to connect to: the Service's.
    pub fn ingress_address(&self) -> Option<&str> {
        self.ingress_addresses.iter().map(String::as_str).find(|value| !value.is_empty())
    }
}

/// Reads `network-get BINDING --format=json`.
///
/// # Errors
/// When it is no network.
pub fn network(answer: &[u8]) -> Result<Network, WireError> {
    decode(answer, "a network")
}
