//! `leader-set`: writes the application's leader settings, at once (before 4.0).

use super::call::Call;
use super::effect::Effect;
use super::flags::Options;
use super::pairs;
use super::tool::{Output, Printing, Tool, ToolError};

pub(super) const TOOL: Tool = Tool {
    name: "leader-set",
    arguments: "<key>=<value> [...]",
    arguments_in_relation: None,
    summary: "write application leadership settings",
    printing: Printing::Plain,
    flags: &[],
    run,
};

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let settings = pairs::from_arguments(&options.arguments)?;
    if !call.context.is_leader(call.model) {
        return Err(ToolError::failed(
            "cannot write leadership settings: cannot write settings: not the leader",
        ));
    }
    let name = call.unit().application();
    if let Some(application) = call.model.applications.get_mut(&name) {
        let before = application.leader_settings.clone();
        application.leader_settings.extend(settings.clone());
        application.leader_settings.retain(|_, value| !value.is_empty());
        if application.leader_settings != before {
            application.leadership.settings_version += 1;
        }
    }
    call.context.did(Effect::LeaderSettings(settings));
    Ok(Output::Nothing)
}
