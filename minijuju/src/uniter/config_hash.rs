//! What config-changed is about, as hashes that the agent keeps on the controller.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::controller::application::Application;
use crate::controller::unit::AgentRecord;

/// The three of them. One that differs from the recorded one is a reason for config-changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashes {
    /// Of the options the operator set.
    pub config: Option<String>,
    pub trust: Option<String>,
    /// Of the Service's address; the pod's own is none of them.
    pub address: Option<String>,
}

impl Hashes {
    /// As of now.
    pub fn of(application: &Application) -> Self {
        Self {
            config: Some(digest(&application.options)),
            trust: Some(digest(&application.trust)),
            address: Some(digest(&application.service_address)),
        }
    }

    /// As of the last config-changed.
    pub fn recorded(record: &AgentRecord) -> Self {
        Self {
            config: record.config_hash.clone(),
            trust: record.trust_hash.clone(),
            address: record.address_hash.clone(),
        }
    }

    /// Keeps them.
    pub fn record(self, record: &mut AgentRecord) {
        let Self { config, trust, address } = self;
        record.config_hash = config;
        record.trust_hash = trust;
        record.address_hash = address;
    }
}

fn digest(value: &impl Serialize) -> String {
    // Names and JSON values always have a rendering.
    let text = serde_json::to_vec(value).unwrap_or_default();
    format!("{:x}", Sha256::digest(text))
}
