//! Notices: things that happened, counted by type and key (1.5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::open_enum::open_enum;
use super::presence::null_is_empty;
use super::{GoDuration, NoticeId, Requirement, Timestamp};

open_enum! {
    /// What a notice is about.
    NoticeKind {
        /// Raised by a client; its key is `domain.tld/path`.
        Custom = "custom",
        /// A change was made or its status changed; its key is the change's id (1.10).
        ChangeUpdate = "change-update",
        /// A warning; its key is the message (1.16).
        Warning = "warning",
    }
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// Whose it is; `None` is everybody's.
    #[serde(default)]
    pub user_id: Option<i64>,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NoticeKind,
    /// What exactly it is about.
    pub key: String,
    /// When it happened first.
    pub first_occurred: Timestamp,
    /// When it happened last.
    pub last_occurred: Timestamp,
    /// When it was last told: what `after` compares.
    pub last_repeated: Timestamp,
    /// How often it happened.
    pub occurrences: i64,
    /// What was said the last time it happened.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub last_data: BTreeMap<String, String>,
    /// Within this time it is counted but not told again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_after: Option<GoDuration>,
    /// How long after its last occurrence it is forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire_after: Option<GoDuration>,
}

/// Whose notices to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NoticeUsers {
    /// The caller's and everybody's.
    #[default]
    Own,
    /// One user's and everybody's; for administrators (1.7).
    User(u32),
    /// All of them; for administrators (1.9).
    All,
}

/// Which notices to list. Empty lists mean any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    /// Whose.
    pub users: NoticeUsers,
    /// About what.
    pub kinds: Vec<NoticeKind>,
    /// With which keys. A key that contains a comma cannot be asked for.
    pub keys: Vec<String>,
    /// Last repeated after this moment, exclusive: the cursor of one who follows notices.
    pub after: Option<Timestamp>,
}

impl NoticeFilter {
    /// Moves the cursor behind the newest of these notices.
    pub fn advance_past(&mut self, notices: &[Notice]) {
        self.after = notices.iter().map(|notice| notice.last_repeated).chain(self.after).max();
    }

    /// What an older daemon would misread this filter for.
    pub(crate) fn requirement(&self) -> Requirement {
        match self.users {
            NoticeUsers::Own => Requirement::since(5, "notices"),
            NoticeUsers::User(_) => Requirement::since(7, "notices of a user"),
            NoticeUsers::All => Requirement::since(9, "notices of all users"),
        }
    }
}
