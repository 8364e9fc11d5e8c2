//! What makes a hook tool: its name, flags, help and what it does. Each tool is a module of its own; here is their list.

use std::path::PathBuf;

use super::call::Call;
use super::flags::{Flag, Kind, Options};
use super::format::Format;
use super::value::Value;
use crate::controller::profile::Profile;

/// One hook tool.
#[derive(Clone, Copy)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    /// Its arguments in the usage line.
    pub(super) arguments: &'static str,
    /// The same inside a relation hook, where it differs.
    pub(super) arguments_in_relation: Option<&'static str>,
    pub(super) summary: &'static str,
    pub(super) printing: Printing,
    pub(super) flags: &'static [Flag],
    pub(super) run: fn(&mut Call<'_>, &Options) -> Result<Output, ToolError>,
}

/// Which format flags a tool has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Printing {
    /// None at all.
    Plain,
    /// smart, yaml or json; and `-o`.
    Smart,
    /// yaml or json; and `-o`.
    Structured,
    /// `--format` is taken, ignored, and warned about.
    Ignored,
}

/// What a tool has to say.
pub(super) enum Output {
    Nothing,
    /// Text as it is, without a newline added.
    Raw(String),
    Value(Value),
    /// A value that has other field names in YAML than in JSON.
    Forms {
        json: Value,
        yaml: Value,
    },
    /// A file of the controller that the charm gets at this path, which is printed.
    Download {
        path: PathBuf,
        stored: PathBuf,
    },
}

/// Why a tool did not do what it should.
#[derive(Debug)]
pub(super) enum ToolError {
    /// Bad flags or arguments: exit code 2.
    Usage(String),
    /// Exit code 1.
    Failed(String),
    NeedsStdin,
    NeedsFile(PathBuf),
}

impl ToolError {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }
}

const SMART: [Flag; 2] = [
    Flag {
        names: &["format"],
        kind: Kind::Format(&[Format::Smart, Format::Yaml, Format::Json]),
        help: "Specify output format (json|smart|yaml)",
    },
    OUTPUT,
];
const STRUCTURED: [Flag; 2] = [
    Flag {
        names: &["format"],
        kind: Kind::Format(&[Format::Yaml, Format::Json]),
        help: "Specify output format (json|yaml)",
    },
    OUTPUT,
];
const OUTPUT: Flag = Flag { names: &["o", "output"], kind: Kind::Text, help: "Specify an output file" };
const IGNORED: [Flag; 1] = [Flag { names: &["format"], kind: Kind::Text, help: "deprecated format flag" }];

impl Tool {
    /// The tool's own flags and those that go with its printing.
    pub(super) fn all_flags(&self) -> Vec<Flag> {
        let printing: &[Flag] = match self.printing {
            Printing::Plain => &[],
            Printing::Smart => &SMART,
            Printing::Structured => &STRUCTURED,
            Printing::Ignored => &IGNORED,
        };
        self.flags.iter().chain(printing).copied().collect()
    }

    pub(super) fn default_format(&self) -> Format {
        match self.printing {
            Printing::Structured => Format::Yaml,
            Printing::Smart | Printing::Plain | Printing::Ignored => Format::Smart,
        }
    }

    /// What `--help` prints.
    pub(super) fn help(&self, in_relation: bool) -> String {
        let mut flags = self.all_flags();
        flags.sort_by_key(|flag| flag.names.first().copied());
        let arguments = self.arguments_in_relation.filter(|_| in_relation).unwrap_or(self.arguments);
        let options = if flags.is_empty() { "" } else { "[options]" };
        let usage: Vec<&str> =
            ["Usage:", self.name, options, arguments].into_iter().filter(|part| !part.is_empty()).collect();
        let mut text = format!("{}\n\nSummary:\n{}\n", usage.join(" "), self.summary);
        if !flags.is_empty() {
            text.push_str("\nOptions:\n");
        }
        for flag in flags {
            let names: Vec<String> = flag
                .names
                .iter()
                .map(|name| if name.len() > 1 { format!("--{name}") } else { format!("-{name}") })
                .collect();
            let lines = [names.join(", ").as_str(), "\n    ", flag.help, "\n"].concat();
            text.push_str(&lines);
        }
        text
    }
}

/// The tool of this name, if this Juju has it.
pub(super) fn find(name: &str, profile: Profile) -> Option<Tool> {
    let known = match name {
        "relation-model-get" => profile.relation_model_get,
        "add-metric" => profile.metrics,
        "leader-get" | "leader-set" => profile.before_four,
        name if name.starts_with("payload-") || name.starts_with("pod-spec-") || name.starts_with("k8s-") => {
            profile.before_four
        }
        _ => true,
    };
    all().into_iter().find(|tool| known && tool.name == name)
}

/// Every tool that any played Juju has.
pub(super) fn all() -> Vec<Tool> {
    let mut tools = vec![
        super::action_fail::TOOL,
        super::action_get::TOOL,
        super::action_log::TOOL,
        super::action_set::TOOL,
        super::application_version_set::TOOL,
        super::close_port::TOOL,
        super::config_get::TOOL,
        super::credential_get::TOOL,
        super::goal_state::TOOL,
        super::is_leader::TOOL,
        super::juju_log::TOOL,
        super::juju_reboot::TOOL,
        super::leader_get::TOOL,
        super::leader_set::TOOL,
        super::network_get::TOOL,
        super::open_port::TOOL,
        super::opened_ports::TOOL,
        super::relation_get::TOOL,
        super::relation_ids::TOOL,
        super::relation_list::TOOL,
        super::relation_model_get::TOOL,
        super::relation_set::TOOL,
        super::resource_get::TOOL,
        super::secret_add::TOOL,
        super::secret_get::TOOL,
        super::secret_grant::TOOL,
        super::secret_ids::TOOL,
        super::secret_info_get::TOOL,
        super::secret_remove::TOOL,
        super::secret_revoke::TOOL,
        super::secret_set::TOOL,
        super::state_delete::TOOL,
        super::state_get::TOOL,
        super::state_set::TOOL,
        super::status_get::TOOL,
        super::status_set::TOOL,
        super::storage_add::TOOL,
        super::storage_get::TOOL,
        super::storage_list::TOOL,
        super::unit_get::TOOL,
    ];
    tools.extend(super::retired::TOOLS);
    tools
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_tool_has_its_own_name_and_flags() {
        let tools = all();
        let names: BTreeSet<&str> = tools.iter().map(|tool| tool.name).collect();
        assert_eq!(names.len(), tools.len());
        for tool in tools {
            let flags = tool.all_flags();
            let names: BTreeSet<&str> = flags.iter().flat_map(|flag| flag.names).copied().collect();
            let count: usize = flags.iter().map(|flag| flag.names.len()).sum();
            assert_eq!(names.len(), count, "{}", tool.name);
        }
    }

    #[test]
    fn help_shows_usage_and_flags() {
        let tool = find("relation-get", Profile::of("3.6.9")).unwrap();
        insta::assert_snapshot!(tool.help(true), @r"
        Usage: relation-get [options] [<key> [<unit id>]]

        Summary:
        get relation settings

        Options:
        --app
            Get the relation data for the overall application, not just a unit
        --format
            Specify output format (json|smart|yaml)
        -o, --output
            Specify an output file
        -r, --relation
            Specify a relation by id
        ");
    }
}
