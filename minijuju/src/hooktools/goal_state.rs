//! `goal-state`: the application's units and whom they are related to.

use std::collections::BTreeMap;

use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use super::call::{Call, no_more};
use super::flags::Options;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;
use crate::controller::goal_state::{Goal, goal_state};

pub(super) const TOOL: Tool = Tool {
    name: "goal-state",
    arguments: "",
    arguments_in_relation: None,
    summary: "print the status of the charm's peers and related units",
    printing: Printing::Structured,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    no_more(&options.arguments)?;
    let state = goal_state(call.model, &call.unit());
    let relations = state.relations.iter().map(|(endpoint, goals)| (endpoint.clone(), map(goals)));
    Ok(Output::Value(Value::Fields(vec![
        ("units", map(&state.units)),
        ("relations", Value::Map(relations.collect())),
    ])))
}

fn map(goals: &BTreeMap<String, Goal>) -> Value {
    Value::map(goals.iter().map(|(name, goal)| {
        let since = Value::Text(shown(goal.since));
        (name.clone(), Value::Fields(vec![("status", Value::text(&goal.status)), ("since", since)]))
    }))
}

/// Whole seconds of UTC, in Go's layout `2006-01-02 15:04:05Z`.
fn shown(time: OffsetDateTime) -> String {
    let layout = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
    time.to_offset(UtcOffset::UTC).format(layout).unwrap_or_default()
}
