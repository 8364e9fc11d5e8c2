//! A command to run in the container, and its terminal.

use std::fmt;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::{Environment, Owner, Requirement};

/// A command for the daemon to run. Arguments may hold secrets, so `Debug` shows the program only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Exec {
    /// Program and arguments; nothing is expanded. The program is searched in the daemon's PATH.
    pub command: Vec<String>,
    /// The service whose environment, user and directory are the defaults (1.3).
    pub service_context: Option<String>,
    /// Environment variables over those of the daemon and the service.
    pub environment: Environment,
    /// Where it runs; not set is the user's home.
    pub working_dir: Option<String>,
    /// Who runs it.
    pub owner: Owner,
    /// The terminal that its output, error and input are, if any. Its lines end with `\r\n`.
    pub terminal: Option<Terminal>,
}

/// The size of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Exec {
    /// A command with its arguments, as root and without a terminal.
    pub fn new<I>(command: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self { command: command.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// What an older daemon would refuse it for.
    pub(crate) fn requirement(&self) -> Option<Requirement> {
        self.service_context.as_ref().map(|_| Requirement::since(3, "exec service-context"))
    }
}

impl fmt::Debug for Exec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Exec").field(&self.command.first()).finish_non_exhaustive()
    }
}

impl Serialize for Exec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { command, service_context, environment, working_dir, owner, terminal } = self;
        let Owner { user_id, user, group_id, group } = owner;
        let name = |name: &String| if name.is_empty() { None } else { Some(name.clone()) };
        // Null is what the daemon takes for "not set".
        let mut body = serializer.serialize_struct("Exec", 13)?;
        body.serialize_field("command", command)?;
        body.serialize_field("service-context", service_context)?;
        body.serialize_field("environment", environment)?;
        body.serialize_field("working-dir", working_dir)?;
        body.serialize_field("user-id", user_id)?;
        body.serialize_field("user", &name(user))?;
        body.serialize_field("group-id", group_id)?;
        body.serialize_field("group", &name(group))?;
        body.serialize_field("terminal", &terminal.is_some())?;
        body.serialize_field("interactive", &terminal.is_some())?;
        body.serialize_field("split-stderr", &terminal.is_none())?;
        body.serialize_field("width", &terminal.map(|terminal| terminal.width))?;
        body.serialize_field("height", &terminal.map(|terminal| terminal.height))?;
        body.end()
    }
}
