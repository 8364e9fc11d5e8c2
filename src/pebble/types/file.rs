//! Files as the daemon lists them, and what a client may say of one it makes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Timestamp;
use super::open_enum::open_enum;
use super::presence::{empty_is_none, null_is_empty};

open_enum! {
    /// What kind of thing has a path.
    FileKind {
        /// A regular file.
        File = "file",
        /// A directory.
        Directory = "directory",
        /// A symbolic link; only for the entries of a directory, never for a path that was asked for.
        Symlink = "symlink",
        /// A socket.
        Socket = "socket",
        /// A pipe.
        NamedPipe = "named-pipe",
        /// A device.
        Device = "device",
        /// Something else.
        Unknown = "unknown",
    }
}

/// A text that is not three octal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a mode of three octal digits")]
pub struct InvalidPermissions(pub String);

/// The nine permission bits. Set-id and sticky bits do not exist on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permissions(u16);

impl Permissions {
    /// Takes the nine lowest bits of a mode, so `Permissions::of(0o640)`.
    pub const fn of(mode: u16) -> Self {
        Self(mode & 0o777)
    }

    /// The bits.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Reads three octal digits.
    ///
    /// # Errors
    /// For any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidPermissions> {
        let octal = text.len() == 3 && text.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
        let bits = if octal { u16::from_str_radix(text, 8).ok() } else { None };
        bits.map(Self).ok_or_else(|| InvalidPermissions(text.to_owned()))
    }
}

impl FromStr for Permissions {
    type Err = InvalidPermissions;

    fn from_str(text: &str) -> Result<Self, InvalidPermissions> {
        Self::parse(text)
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:03o}", self.0)
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// What the daemon says of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileInfo {
    /// Its whole path.
    pub path: String,
    /// The last part of the path.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: FileKind,
    /// Its length in bytes; only for regular files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Its permission bits.
    pub permissions: Permissions,
    /// When its content changed last, in whole seconds.
    pub last_modified: Timestamp,
    /// Its numeric owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// Its owner's name, if the container knows one.
    #[serde(default, deserialize_with = "empty_is_none", skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Its numeric group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<i64>,
    /// Its group's name, if the container knows one.
    #[serde(default, deserialize_with = "empty_is_none", skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Who owns what is made, or runs what is run. Not set: as the daemon does it, which is root in a container.
///
/// A user alone brings its primary group and must be known to the container; a group alone is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Owner {
    /// Numeric user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<u32>,
    /// User name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Numeric group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<u32>,
    /// Group name.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub group: String,
}

impl Owner {
    /// A user by name, with its primary group.
    pub fn user(name: impl Into<String>) -> Self {
        Self { user: name.into(), ..Self::default() }
    }

    /// A user and the group of the same name.
    pub fn both(name: &str) -> Self {
        Self { group: name.to_owned(), ..Self::user(name) }
    }

    /// A user and a group by number, which need not have names in the container.
    pub fn ids(user_id: u32, group_id: u32) -> Self {
        Self { user_id: Some(user_id), group_id: Some(group_id), ..Self::default() }
    }
}

/// A directory to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Directory {
    /// Its absolute path.
    pub path: String,
    /// Whether to make missing parents too; then an existing directory is no error.
    pub make_parents: bool,
    /// Its permissions, and those of the parents made; 755 if not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// Its owner, and that of the parents made.
    #[serde(flatten)]
    pub owner: Owner,
}

impl Directory {
    /// A directory of the default mode and owner; missing parents are made, and it may exist.
    pub fn with_parents(path: impl Into<String>) -> Self {
        Self { path: path.into(), make_parents: true, permissions: None, owner: Owner::default() }
    }
}

/// What a listing of files is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing<'a> {
    /// The entries of a directory; of anything else, itself.
    Entries,
    /// Those entries whose name matches a pattern of Go's `path.Match`.
    Matching(&'a str),
    /// The path itself, links followed.
    Itself,
}

/// How to remove a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// A file or an empty directory, which must exist.
    Single,
    /// Everything there is, if there is anything.
    Recursive,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_three_octal_digits_are_permissions() {
        for text in ["", "64", "0640", "1000", "-01", "+40", "888", "64 ", "６４０"] {
            assert_eq!(Permissions::parse(text), Err(InvalidPermissions(text.to_owned())), "{text:?}");
        }
        assert_eq!(Permissions::of(0o104_755).to_string(), "755", "set-id bits do not exist on the wire");
        assert_eq!(Permissions::of(0o7).to_string(), "007");
    }

    proptest! {
        #[test]
        fn every_mode_reads_back(mode in 0_u16..0o1000) {
            let permissions = Permissions::of(mode);
            prop_assert_eq!(Permissions::parse(&permissions.to_string()), Ok(permissions));
            prop_assert_eq!(permissions.bits(), mode);
        }
    }
}
