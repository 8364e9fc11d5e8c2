//! `key=value` arguments and the file that may stand for them: relation-set, state-set, leader-set.

use std::collections::BTreeMap;

use super::call::Call;
use super::flags::{Flag, Kind, Options};
use super::go::quote;
use super::tool::ToolError;
use super::yaml;

/// The flag that names a file of settings.
pub(super) const FILE: Flag =
    Flag { names: &["file"], kind: Kind::Text, help: "file containing key-value pairs" };

/// Reads `key=value` arguments. White space around key and value goes; an empty argument is nothing.
///
/// # Errors
/// When an argument is no pair, or a key comes twice.
pub(super) fn from_arguments(arguments: &[String]) -> Result<BTreeMap<String, String>, ToolError> {
    let mut pairs = BTreeMap::new();
    for argument in arguments.iter().filter(|argument| !argument.is_empty()) {
        let pair = argument.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
        let Some((key, value)) = pair.filter(|(key, _)| !key.is_empty()) else {
            return Err(ToolError::Usage(format!("expected \"key=value\", got {}", quote(argument.trim()))));
        };
        if pairs.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(ToolError::Usage(format!("key {} specified more than once", quote(key))));
        }
    }
    Ok(pairs)
}

/// Adds the settings of the file that `--file` names (`-` = stdin) beneath those of the command line.
///
/// # Errors
/// When the file cannot be read or is no YAML map of scalars; or with the demand for its content.
pub(super) fn with_file(
    call: &Call<'_>,
    options: &Options,
    pairs: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ToolError> {
    let content = match options.text("file") {
        "" => return Ok(pairs),
        "-" => call.stdin()?,
        path => call.file(path, ToolError::Failed)?,
    };
    let settings =
        yaml::read_map(content, "map[string]string").map_err(|error| ToolError::failed(error.to_string()))?;
    let mut settings: BTreeMap<String, String> = settings
        .into_iter()
        .map(|(key, value)| (key, String::from_utf8_lossy(&value).into_owned()))
        .collect();
    settings.extend(pairs);
    Ok(settings)
}
