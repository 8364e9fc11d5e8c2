//! `secret-info-get`: what describes a secret that the unit manages.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use super::call::{Call, no_more};
use super::context::SecretInfo;
use super::flags::{Flag, Kind, Options};
use super::go::quote;
use super::secret_get::invalid;
use super::secret_uri;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;
use crate::controller::commit::Subject;
use crate::controller::secret_access::GrantedAccess;
use sidecharm::juju::names::UnitName;

pub(super) const TOOL: Tool = Tool {
    name: "secret-info-get",
    arguments: "<ID>",
    arguments_in_relation: None,
    summary: "get a secret's metadata info",
    printing: Printing::Structured,
    flags: &[Flag {
        names: &["label"],
        kind: Kind::Text,
        help: "a label used to identify the secret in hooks",
    }],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let label = options.text("label");
    let id = match options.arguments.first() {
        Some(uri) => Some(secret_uri::parse(uri).map_err(|_| invalid(uri))?),
        None => None,
    };
    match (&id, label) {
        (None, "") => return Err(ToolError::usage("require either a secret URI or label")),
        (Some(_), label) if !label.is_empty() => {
            return Err(ToolError::usage("specify either a secret URI or label but not both"));
        }
        _ => {}
    }
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    let mut infos = call.context.secret_infos().into_iter();
    let found = match &id {
        Some(id) => infos.find(|info| info.id == *id),
        None => infos.find(|info| info.metadata.label == label),
    };
    let name = id.map_or_else(|| label.to_owned(), |id| id.to_string());
    let info = found.ok_or_else(|| ToolError::Failed(format!("secret {} not found", quote(&name))))?;
    Ok(Output::Value(show(&info)))
}

fn show(info: &SecretInfo) -> Value {
    let metadata = &info.metadata;
    let mut fields = vec![
        ("revision", Value::Integer(metadata.latest.into())),
        ("label", Value::text(&metadata.label)),
        ("owner", Value::text(metadata.owner.kind())),
    ];
    let texts = [("description", &metadata.description), ("rotation", &metadata.rotate)];
    fields.extend(
        texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, Value::text(text))),
    );
    let times = [("expiry", metadata.expire), ("rotates", metadata.next_rotate)];
    fields.extend(times.into_iter().filter_map(|(name, time)| Some((name, Value::text(shown(time?)?)))));
    if !metadata.grants.is_empty() {
        fields.push(("access", Value::List(metadata.grants.iter().map(access).collect())));
    }
    Value::map([(info.id.to_string(), Value::Fields(fields))])
}

fn access(access: &GrantedAccess) -> Value {
    let target = &access.grant.target;
    let subject =
        UnitName::parse(target).map_or_else(|_| Subject::Application(target.clone()), Subject::Unit);
    Value::Fields(vec![
        ("target", Value::text(subject.tag())),
        ("scope", Value::text(&access.scope)),
        ("role", Value::text("view")),
    ])
}

fn shown(time: OffsetDateTime) -> Option<String> {
    time.to_offset(UtcOffset::UTC).format(&Rfc3339).ok()
}
