//! The secret tools (Juju 3.0.3 and newer). Content travels in a private file, see `private.rs`.
//!
//! What is written here is Juju's only when the hook ends well. A unit that does not lead must not set, revoke or remove
//! what its application owns: the tool says yes, and the whole hook fails afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use zeroize::Zeroizing;

use super::private::PrivateFile;
use super::{HookTools, ToolError};
use crate::juju::names::{ApplicationName, RelationId, SecretId, UnitName};
use crate::juju::wire::{self, SecretContent, SecretInfo};

/// How a secret is named when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKey<'a> {
    /// By its id.
    Id(&'a SecretId),
    /// By its URI as somebody else wrote it: for a secret of another model it holds that model's UUID.
    Uri(&'a str),
    /// By this side's own label.
    Label(&'a str),
    /// By its id, and from now on by this label too.
    Labelled(&'a SecretId, &'a str),
}

/// Which revision is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revision {
    /// The one this unit follows: the latest at its first reading, or at its last refresh.
    Tracked,
    /// The latest, without following it.
    Peek,
    /// The latest, which this unit then follows.
    Refresh,
}

/// What can be said of a secret beside its content; absent parts stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretDetails {
    /// The owner's label.
    pub label: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// How often secret-rotate comes.
    pub rotation: Option<Rotation>,
    /// When it ends, from now; whole seconds.
    pub expires_in: Option<Duration>,
}

/// How often secret-rotate comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Rotation {
    Never,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Quarterly,
    Yearly,
}

/// From whom a secret is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoke<'a> {
    /// From all of a relation.
    Relation(&'a RelationId),
    /// From an application; not within an event of a relation, which Juju takes to be meant too.
    Application(&'a ApplicationName),
    /// From one unit.
    Unit(&'a UnitName),
}

impl Rotation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
        }
    }
}

impl HookTools {
    /// Makes a secret that the application owns. Only the leader may.
    ///
    /// # Errors
    /// When this unit does not lead, the content is not allowed, or Juju does not answer.
    pub async fn secret_add_for_application(
        &self,
        content: &SecretContent,
        details: &SecretDetails,
    ) -> Result<SecretId, ToolError> {
        self.secret_add("application", content, details).await
    }

    /// Makes a secret that this unit owns and no other unit reads.
    ///
    /// # Errors
    /// When the content is not allowed, or Juju does not answer.
    pub async fn secret_add_for_unit(
        &self,
        content: &SecretContent,
        details: &SecretDetails,
    ) -> Result<SecretId, ToolError> {
        self.secret_add("unit", content, details).await
    }

    async fn secret_add(
        &self,
        owner: &str,
        content: &SecretContent,
        details: &SecretDetails,
    ) -> Result<SecretId, ToolError> {
        let arguments = [vec!["--owner".to_owned(), owner.to_owned()], flags(details)].concat();
        let answer = self.write_secret("secret-add", arguments, Some(content)).await?;
        let unknown = |source| ToolError::Answer { tool: "secret-add", source };
        let uri = wire::bare_text(&answer).map_err(unknown)?;
        SecretId::parse(&uri).map_err(|_| unknown(wire::WireError::Shape { expected: "a secret's URI" }))
    }

    /// Gives a secret new content, new details, or both. Once per secret and hook: older Jujus keep only the last call.
    ///
    /// # Errors
    /// When the content is not allowed, or Juju does not answer. Not having the right to is no error until the hook ends.
    pub async fn secret_set(
        &self,
        secret: &SecretId,
        content: Option<&SecretContent>,
        details: &SecretDetails,
    ) -> Result<(), ToolError> {
        let arguments = [vec![secret.to_uri()], flags(details)].concat();
        self.write_secret("secret-set", arguments, content).await.map(drop)
    }

    /// Reads a secret.
    ///
    /// # Errors
    /// When it does not exist or is not granted, or Juju does not answer.
    pub async fn secret_get(
        &self,
        key: SecretKey<'_>,
        revision: Revision,
    ) -> Result<SecretContent, ToolError> {
        let (id, label) = match key {
            SecretKey::Id(id) => (Some(id.to_uri()), None),
            SecretKey::Uri(uri) => (Some(uri.to_owned()), None),
            SecretKey::Label(label) => (None, Some(label)),
            SecretKey::Labelled(id, label) => (Some(id.to_uri()), Some(label)),
        };
        let mut arguments: Vec<&str> = id.as_deref().into_iter().collect();
        arguments.extend(label.into_iter().flat_map(|label| ["--label", label]));
        match revision {
            Revision::Tracked => {}
            Revision::Peek => arguments.push("--peek"),
            Revision::Refresh => arguments.push("--refresh"),
        }
        self.ask("secret-get", &arguments, wire::secret_content).await
    }

    /// What its owner may know of a secret. A unit that does not lead is told that its application's do not exist.
    ///
    /// # Errors
    /// When it does not exist or is not this unit's to manage, or Juju does not answer.
    pub async fn secret_info_get(&self, key: SecretKey<'_>) -> Result<(SecretId, SecretInfo), ToolError> {
        match key {
            SecretKey::Id(id) | SecretKey::Labelled(id, _) => {
                self.ask("secret-info-get", &[&id.to_uri()], wire::secret_info).await
            }
            SecretKey::Uri(uri) => self.ask("secret-info-get", &[uri], wire::secret_info).await,
            SecretKey::Label(label) => {
                self.ask("secret-info-get", &["--label", label], wire::secret_info).await
            }
        }
    }

    /// The secrets that this unit may manage, ordered by id.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn secret_ids(&self) -> Result<Vec<SecretId>, ToolError> {
        self.ask("secret-ids", &[], wire::secret_ids).await
    }

    /// Lets the other side of a relation read a secret, or only one of its units.
    ///
    /// # Errors
    /// When it does not exist or is not this unit's to manage, the relation is gone, or Juju does not answer.
    pub async fn secret_grant(
        &self,
        secret: &SecretId,
        relation: &RelationId,
        unit: Option<&UnitName>,
    ) -> Result<(), ToolError> {
        let uri = secret.to_uri();
        let mut arguments = vec![uri.as_str(), "-r", relation.as_str()];
        arguments.extend(unit.into_iter().flat_map(|unit| ["--unit", unit.as_str()]));
        self.tell("secret-grant", &arguments).await
    }

    /// Takes a secret back.
    ///
    /// # Errors
    /// When Juju does not answer. Not having the right to is no error until the hook ends.
    pub async fn secret_revoke(&self, secret: &SecretId, from: Revoke<'_>) -> Result<(), ToolError> {
        let (flag, whom) = match from {
            Revoke::Relation(relation) => ("-r", relation.as_str()),
            Revoke::Application(application) => ("--app", application.as_str()),
            Revoke::Unit(unit) => ("--unit", unit.as_str()),
        };
        self.tell("secret-revoke", &[&secret.to_uri(), flag, whom]).await
    }

    /// Removes one revision of a secret. Once per secret and hook: only the last call counts.
    ///
    /// # Errors
    /// When Juju does not answer. Not having the right to is no error until the hook ends.
    pub async fn secret_remove_revision(&self, secret: &SecretId, revision: u32) -> Result<(), ToolError> {
        self.tell("secret-remove", &[&secret.to_uri(), "--revision", &revision.to_string()]).await
    }

    /// Removes a secret with all its revisions.
    ///
    /// # Errors
    /// When Juju does not answer. Not having the right to is no error until the hook ends.
    pub async fn secret_remove(&self, secret: &SecretId) -> Result<(), ToolError> {
        self.tell("secret-remove", &[&secret.to_uri()]).await
    }

    async fn write_secret(
        &self,
        tool: &'static str,
        arguments: Vec<String>,
        content: Option<&SecretContent>,
    ) -> Result<Vec<u8>, ToolError> {
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let Some(content) = content else { return self.run(tool, &arguments, None).await };
        let _one_at_a_time = self.private.lock().await;
        let file = PrivateFile::create(&self.agent_folder, render(content).as_bytes())
            .map_err(|source| ToolError::PrivateFile { tool, source })?;
        arguments.extend(["--file", file.path()]);
        self.run(tool, &arguments, None).await
    }
}

fn flags(details: &SecretDetails) -> Vec<String> {
    let SecretDetails { label, description, rotation, expires_in } = details;
    let expire = expires_in.map(|after| format!("{}s", after.as_secs()));
    let flags = [
        ("--label", label.as_deref()),
        ("--description", description.as_deref()),
        ("--rotate", rotation.map(Rotation::as_str)),
        ("--expire", expire.as_deref()),
    ];
    flags
        .into_iter()
        .filter_map(|(flag, value)| Some([flag.to_owned(), value?.to_owned()]))
        .flatten()
        .collect()
}

/// The plain texts live no longer than this call.
fn render(content: &SecretContent) -> Zeroizing<String> {
    let mut plain: BTreeMap<String, String> =
        content.iter().map(|(key, value)| (key.clone(), value.expose().to_owned())).collect();
    let text = Zeroizing::new(wire::render(&plain));
    plain.values_mut().for_each(zeroize::Zeroize::zeroize);
    text
}
