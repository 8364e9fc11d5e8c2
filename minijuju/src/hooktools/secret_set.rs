//! `secret-set`: a new revision or description of a secret, at the flush.

use sidecharm::juju::names::SecretId;

use super::call::Call;
use super::flags::Options;
use super::secret_content::{self, content, details};
use super::secret_uri;
use super::tool::{Output, Printing, Tool, ToolError};
use crate::controller::commit::SecretUpdate;
use crate::controller::secret::SecretOwner;

pub(super) const TOOL: Tool = Tool {
    name: "secret-set",
    arguments: "<ID> [key[#base64]=value...]",
    arguments_in_relation: None,
    summary: "update an existing secret",
    printing: Printing::Plain,
    flags: secret_content::FLAGS,
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let (uri, pairs) =
        options.arguments.split_first().ok_or_else(|| ToolError::usage("missing secret URI"))?;
    let id = secret_uri::parse(uri).map_err(ToolError::Usage)?;
    let details = details(options, call.now)?;
    let content = Some(content(call, options, pairs)?).filter(|content| !content.is_empty());
    check_leader(call, &id)?;
    call.context.update_secret(id, SecretUpdate { content, details });
    Ok(Output::Nothing)
}

/// Refuses a unit that led when the hook began and does no more. Of a secret that it never managed Juju asks nothing
/// here: that is found out at the flush.
pub(super) fn check_leader(call: &mut Call<'_>, id: &SecretId) -> Result<(), ToolError> {
    let of_application = matches!(call.context.secret_owner(id), Some(SecretOwner::Application(_)));
    if of_application && !call.context.is_leader(call.model) {
        return Err(ToolError::failed("this unit is not the leader"));
    }
    Ok(())
}
