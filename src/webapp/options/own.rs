//! The options that are this program's own, where the charm declares them. No app sees them.

use super::Draft;
use crate::juju::wire::ConfigValue;

/// What the names of these options begin with.
const PREFIX: &str = "sidecharm-";
/// A path that the app answers with 2xx when all is well.
const CHECK_PATH: &str = "sidecharm-check-path";
/// Whether units behind an ingress restart one after another.
const ROLLING_RESTART: &str = "sidecharm-rolling-restart";

/// What they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// What the health check asks for; without it only that the port is open.
    pub check_path: Option<String>,
    /// Units behind an ingress restart one after another.
    pub rolling_restart: bool,
}

/// The health check asks this machine itself.
pub const CHECK_HOST: &str = "localhost";

/// The option is one of these.
pub(super) fn is_own(option: &str) -> bool {
    option.starts_with(PREFIX)
}

pub(super) fn read(draft: &mut Draft<'_>) -> Own {
    let path = draft.value(CHECK_PATH).filter(|value| value.as_text() != Some(""));
    let check_path = path.and_then(ConfigValue::as_text).filter(|path| is_path(path)).map(str::to_owned);
    if path.is_some() && check_path.is_none() {
        draft.faults.invalid(CHECK_PATH, "must be a path, such as /healthz");
    }
    let rolling = draft.value(ROLLING_RESTART);
    let rolling_restart = rolling.and_then(ConfigValue::as_boolean);
    if rolling.is_some() && rolling_restart.is_none() {
        draft.faults.invalid(ROLLING_RESTART, "must be true or false");
    }
    Own { check_path, rolling_restart: rolling_restart.unwrap_or(true) }
}

/// Begins with a slash, and may stand in a URL as it is.
fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !br#""\<>^`{|}#"#.contains(&byte))
}
