//! How far a unit, relation or application is on its way out.

use serde::{Deserialize, Serialize};

/// Whether a thing lives, is being removed, or is gone but for its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Life {
    Alive,
    Dying,
    Dead,
}
