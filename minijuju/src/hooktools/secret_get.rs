//! `secret-get`: the content of a secret.

use std::collections::BTreeMap;

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::go::{base64, quote};
use super::secret_uri;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;
use crate::controller::secret_access::Reading;

pub(super) const TOOL: Tool = Tool {
    name: "secret-get",
    arguments: "<ID> [key[#base64]]",
    arguments_in_relation: None,
    summary: "get the content of a secret",
    printing: Printing::Structured,
    flags: &[
        Flag { names: &["label"], kind: Kind::Text, help: "a label used to identify the secret in hooks" },
        Flag { names: &["peek"], kind: Kind::Bool, help: "get the latest revision just this time" },
        Flag {
            names: &["refresh"],
            kind: Kind::Bool,
            help: "get the latest revision and also get this same revision for subsequent calls",
        },
    ],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let label = options.text("label");
    let mut arguments = options.arguments.iter();
    let id = match arguments.next() {
        Some(uri) => Some(secret_uri::parse(uri).map_err(|_| invalid(uri))?),
        None if label.is_empty() => return Err(ToolError::usage("require either a secret URI or label")),
        None => None,
    };
    let reading = match (options.is_on("peek"), options.is_on("refresh")) {
        (true, true) => return Err(ToolError::usage("specify one of --peek or --refresh but not both")),
        (true, false) => Reading::Peek,
        (false, true) => Reading::Refresh,
        (false, false) => Reading::Tracked,
    };
    let key = arguments.next().map_or("", String::as_str);
    no_more(options.arguments.get(2..).unwrap_or_default())?;
    let content =
        call.context.read_secret(call.model, id.as_ref(), label, reading).map_err(ToolError::Failed)?;
    show(&content, key)
}

/// get and info-get know one complaint about a URI.
pub(super) fn invalid(uri: &str) -> ToolError {
    ToolError::Usage(format!("secret URI {} not valid", quote(uri)))
}

fn show(content: &BTreeMap<String, String>, key: &str) -> Result<Output, ToolError> {
    // One bad value spoils all.
    let decoded: Result<BTreeMap<&String, Vec<u8>>, _> =
        content.iter().map(|(key, value)| Ok((key, base64::decode(value)?))).collect();
    let mut decoded = decoded.map_err(|error: base64::InvalidBase64| ToolError::failed(error.to_string()))?;
    if key.is_empty() {
        return Ok(Output::Value(Value::map(
            decoded.into_iter().map(|(key, value)| (key, Value::bytes(value))),
        )));
    }
    let missing = || ToolError::Failed(format!("secret key value {} not found", quote(key)));
    if let Some(encoded) = key.strip_suffix("#base64") {
        return content.get(encoded).map(|value| Output::Value(Value::text(value))).ok_or_else(missing);
    }
    decoded.remove(&key.to_owned()).map(|value| Output::Value(Value::bytes(value))).ok_or_else(missing)
}
