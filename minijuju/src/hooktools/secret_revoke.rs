//! `secret-revoke`: ends the access of an application or unit to a secret, at the flush.

use sidecharm::juju::names::ApplicationName;

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::go::quote;
use super::relation_list::RELATION;
use super::secret_grant::{UNIT, unit};
use super::secret_set::check_leader;
use super::secret_uri;
use super::tool::{Output, Printing, Tool, ToolError};
use crate::controller::commit::Subject;

pub(super) const TOOL: Tool = Tool {
    name: "secret-revoke",
    arguments: "<ID>",
    arguments_in_relation: None,
    summary: "revoke access to a secret",
    printing: Printing::Plain,
    flags: &[
        RELATION,
        UNIT,
        Flag { names: &["app", "application"], kind: Kind::Text, help: "the application to revoke access" },
    ],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let uri = options.arguments.first().ok_or_else(|| ToolError::usage("missing secret URI"))?;
    let id = secret_uri::parse(uri).map_err(ToolError::Usage)?;
    let from = subject(call, options)?;
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    check_leader(call, &id)?;
    call.context.revoke_secret(id, from);
    Ok(Output::Nothing)
}

/// Whom the flags mean; in a relation hook the relation stands for its application.
fn subject(call: &Call<'_>, options: &Options) -> Result<Subject, ToolError> {
    let relation = call.relation(options).ok();
    let application = options.text("application");
    if !application.is_empty() && ApplicationName::parse(application).is_err() {
        return Err(ToolError::Usage(format!("application {} not valid", quote(application))));
    }
    let unit = unit(options)?;
    match (relation, application, unit) {
        (Some(_), application, _) if !application.is_empty() => {
            Err(ToolError::usage("do not specify both relation and app"))
        }
        (_, application, Some(_)) if !application.is_empty() => {
            Err(ToolError::usage("specify only one of application or unit"))
        }
        (_, _, Some(unit)) => Ok(Subject::Unit(unit)),
        (Some(relation), _, None) => {
            let known = call.context.known_relation(relation);
            Ok(Subject::Application(known.map(|known| known.remote_application.clone()).unwrap_or_default()))
        }
        (None, "", None) => Err(ToolError::usage("missing relation or application or unit")),
        (None, application, None) => Ok(Subject::Application(application.to_owned())),
    }
}
