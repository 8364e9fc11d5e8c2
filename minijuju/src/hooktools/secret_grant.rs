//! `secret-grant`: lets a related application or unit read a secret, at the flush.

use sidecharm::juju::names::UnitName;

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::go::quote;
use super::relation_list::RELATION;
use super::secret_set::check_leader;
use super::secret_uri;
use super::tool::{Output, Printing, Tool, ToolError};
use crate::controller::commit::Subject;

pub(super) const TOOL: Tool = Tool {
    name: "secret-grant",
    arguments: "<ID>",
    arguments_in_relation: None,
    summary: "grant access to a secret",
    printing: Printing::Plain,
    flags: &[RELATION, UNIT],
    run,
};

/// The flag that names a unit.
pub(super) const UNIT: Flag =
    Flag { names: &["unit"], kind: Kind::Text, help: "the unit to grant access, or to revoke it from" };

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let uri = options.arguments.first().ok_or_else(|| ToolError::usage("missing secret URI"))?;
    let id = secret_uri::parse(uri).map_err(ToolError::Usage)?;
    let relation = call.relation(options)?;
    let application = call.context.known_relation(relation).map(|known| known.remote_application.clone());
    let application = application.ok_or_else(|| ToolError::usage("no relation id specified"))?;
    let to = match unit(options)? {
        Some(unit) if unit.application().as_str() != application => {
            let (unit, application) = (quote(unit.as_str()), quote(&application));
            return Err(ToolError::Usage(format!(
                "cannot specify unit {unit} in relation to application {application}"
            )));
        }
        Some(unit) => Subject::Unit(unit),
        None => Subject::Application(application),
    };
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    let infos = call.context.secret_infos();
    let info = infos.iter().find(|info| info.id == id);
    let info = info.ok_or_else(|| ToolError::Failed(format!("secret {} not found", quote(id.as_str()))))?;
    check_leader(call, &id)?;
    let granted = info.metadata.grants.iter().filter(|access| access.grant.relation == Some(relation));
    let granted: Vec<&str> = granted.map(|access| access.grant.target.as_str()).collect();
    if is_granted(&granted, &to)? {
        return Ok(Output::Nothing);
    }
    call.context.grant_secret(id, relation, to);
    Ok(Output::Nothing)
}

/// Whether the committed grants over the relation already say so.
fn is_granted(granted: &[&str], to: &Subject) -> Result<bool, ToolError> {
    match to {
        Subject::Application(name) if granted.contains(&name.as_str()) => Ok(true),
        Subject::Unit(unit) => {
            Ok(granted.contains(&unit.as_str()) || granted.contains(&unit.application().as_str()))
        }
        Subject::Application(_) if granted.is_empty() => Ok(false),
        Subject::Application(_) => Err(ToolError::failed(
            "any unit level grants need to be revoked before granting access to the corresponding application",
        )),
    }
}

/// The unit of `--unit`.
pub(super) fn unit(options: &Options) -> Result<Option<UnitName>, ToolError> {
    let text = options.text("unit");
    if text.is_empty() {
        return Ok(None);
    }
    UnitName::parse(text).map(Some).map_err(|_| ToolError::Usage(format!("unit {} not valid", quote(text))))
}
