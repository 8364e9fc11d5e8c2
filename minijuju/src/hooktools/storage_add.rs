//! `storage-add`: asks for more storage, at the flush.

use std::collections::BTreeMap;

use super::call::Call;
use super::flags::Options;
use super::go::{number::atoi, quote};
use super::tool::{Output, Printing, Tool, ToolError};
use crate::controller::commit::StorageRequest;

pub(super) const TOOL: Tool = Tool {
    name: "storage-add",
    arguments: "<charm storage name>[=count] ...",
    arguments_in_relation: None,
    summary: "add storage instances",
    printing: Printing::Plain,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    if options.arguments.is_empty() {
        return Err(ToolError::usage("storage add requires a storage directive"));
    }
    let mut requests = BTreeMap::new();
    for argument in &options.arguments {
        let (name, count) = directive(argument).map_err(ToolError::Usage)?;
        if requests.insert(name.clone(), count).is_some() {
            return Err(ToolError::Usage(format!("storage {} specified more than once", quote(&name))));
        }
    }
    let requests = requests.into_iter().map(|(name, count)| StorageRequest { name, count });
    call.context.request_storage(requests.collect());
    Ok(Output::Nothing)
}

/// `name` or `name=count`; Juju's other constraints (pool, size) are known and refused.
fn directive(argument: &str) -> Result<(String, u64), String> {
    let (name, constraints) = match argument.split_once('=') {
        Some((name, constraints)) => (name, Some(constraints)),
        None => (argument, None),
    };
    if name.is_empty() {
        return Err(format!("expected \"name=constraints\" or \"name\", got {}", quote(argument)));
    }
    let Some(constraints) = constraints else { return Ok((name.to_owned(), 1)) };
    let named = quote(name);
    if constraints.is_empty() {
        let missing = "storage constraints require at least one field to be specified";
        return Err(format!("cannot parse constraints for storage {named}: {missing}"));
    }
    match atoi(constraints) {
        Ok(count) if count > 0 => Ok((name.to_owned(), count.unsigned_abs())),
        Ok(_) => Err(format!(
            "cannot parse constraints for storage {named}: cannot parse count: count must be greater than zero, got {}",
            quote(constraints)
        )),
        Err(_) => Err(format!("only count can be specified for {named}")),
    }
}
