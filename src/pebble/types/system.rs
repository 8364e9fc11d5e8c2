//! What the daemon says of itself.

use serde::{Deserialize, Serialize};

use super::Version;

/// The answer of `GET /v1/system-info`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SystemInfo {
    /// The version as the daemon writes it, for example `v1.32.1`.
    pub version: String,
    /// Differs after each start of a daemon that is PID 1; otherwise it is the kernel's.
    pub boot_id: String,
    /// The TCP address of the HTTP API, if there is one (1.21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_address: Option<String>,
    /// The TCP address of the HTTPS API, if there is one (1.22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub https_address: Option<String>,
}

impl SystemInfo {
    /// The version as numbers; `None` for a build that does not say.
    pub fn parsed_version(&self) -> Option<Version> {
        Version::parse(&self.version)
    }
}
