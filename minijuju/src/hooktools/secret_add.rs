//! `secret-add`: a new secret, at the flush; its URI is given out at once.

use super::call::Call;
use super::flags::Options;
use super::secret_content::{self, content, details};
use super::tool::{Output, Printing, Tool, ToolError};
use crate::controller::commit::SecretCreate;
use crate::controller::secret::SecretOwner;
use crate::controller::secret_access;

pub(super) const TOOL: Tool = Tool {
    name: "secret-add",
    arguments: "[key[#base64|#file]=value...]",
    arguments_in_relation: None,
    summary: "add a new secret",
    printing: Printing::Plain,
    flags: secret_content::FLAGS,
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    if options.arguments.is_empty() && options.text("file").is_empty() {
        return Err(ToolError::usage("missing secret value or filename"));
    }
    let details = details(options, call.now)?;
    let content = content(call, options, &options.arguments)?;
    if content.is_empty() {
        return Err(ToolError::failed("empty secret value not valid"));
    }
    let unit = call.unit();
    let owner = if options.text("owner") == "unit" {
        SecretOwner::Unit(unit)
    } else if call.context.is_leader(call.model) {
        SecretOwner::Application(unit.application())
    } else {
        return Err(ToolError::failed("this unit is not the leader"));
    };
    let id = secret_access::allocate(call.model, call.now);
    let id = id.ok_or_else(|| ToolError::failed("cannot allocate a secret id"))?;
    let uri = if call.context.profile().long_secret_uri {
        format!("secret://{}/{id}\n", call.model.uuid)
    } else {
        format!("{}\n", id.to_uri())
    };
    call.context.create_secret(id, SecretCreate { owner, content, details }).map_err(ToolError::Failed)?;
    Ok(Output::Raw(uri))
}
