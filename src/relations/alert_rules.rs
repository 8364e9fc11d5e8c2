//! Alert rules as charms hand them to Prometheus and Loki: files of a charm, marked with where they come from.
//!
//! Source: the `cosl` library (`rules.py`). A file holds `groups`, or one rule. A group's name gets the application's
//! identifier before it and `_rules` after it, a rule the labels of the topology. `expr` is left alone: the other side adds
//! its matchers from the labels.

use serde_json::{Map, Value, json};

use super::bags::json_text;
use super::topology::Topology;

/// A file of a charm's folder of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleFile<'a> {
    /// Its path in that folder: `http/errors.rule`.
    pub path: &'a str,
    /// Its text, in YAML.
    pub text: &'a str,
}

/// The language of the expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Of Prometheus.
    PromQl,
    /// Of Loki.
    LogQl,
}

impl Language {
    /// What a rule's `%%juju_topology%%` becomes: nothing, or a matcher where the language wants at least one.
    fn placeholder(self) -> &'static str {
        match self {
            Self::PromQl => "",
            Self::LogQl => r#"job=~".+""#,
        }
    }
}

/// Groups of rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertRules {
    groups: Vec<Value>,
}

const SUFFIXES: [&str; 4] = [".rule", ".rules", ".yml", ".yaml"];

impl AlertRules {
    /// Reads the rule files among these, in the order of their paths; returned beside: the paths of those that hold no rules.
    pub fn read<'a>(files: &[RuleFile<'a>], language: Language, topology: &Topology) -> (Self, Vec<&'a str>) {
        let mut files: Vec<_> =
            files.iter().filter(|file| SUFFIXES.iter().any(|suffix| file.path.ends_with(suffix))).collect();
        files.sort_by_key(|file| file.path);
        let (mut groups, mut refused) = (Vec::new(), Vec::new());
        for file in files {
            match read_file(file, language, topology) {
                Some(found) => groups.extend(found),
                None => refused.push(file.path),
            }
        }
        (Self { groups }, refused)
    }

    /// The same with the rules that every application exposing metrics has: that a unit cannot be scraped, or is not.
    #[must_use]
    pub fn with_host_health(mut self, topology: &Topology) -> Self {
        let rules = json!([
            {
                "alert": "HostDown",
                "expr": "up < 1",
                "for": "5m",
                "labels": {"severity": "critical"},
                "annotations": {
                    "summary": "{{ $labels.instance }} cannot be scraped.",
                    "description": "For five minutes Prometheus has not reached {{ $labels.instance }} of the application \
                        {{ $labels.juju_application }} in the model {{ $labels.juju_model }}.",
                },
            },
            {
                "alert": "HostMetricsMissing",
                "expr": "absent(up)",
                "for": "5m",
                "labels": {"severity": "warning"},
                "annotations": {
                    "summary": "{{ $labels.juju_application }} gives no metrics.",
                    "description": "For five minutes there have been no metrics of the application \
                        {{ $labels.juju_application }} in the model {{ $labels.juju_model }}.",
                },
            },
        ]);
        let group = Map::from_iter([
            ("name".to_owned(), Value::String("HostHealth".to_owned())),
            ("rules".to_owned(), rules),
        ]);
        self.groups.extend(marked(group, "", Language::PromQl, topology));
        self
    }

    /// As a databag holds them: `{}` when there are none.
    pub fn to_json(&self) -> String {
        if self.groups.is_empty() { "{}".to_owned() } else { json_text(&json!({"groups": self.groups})) }
    }
}

fn read_file(file: &RuleFile<'_>, language: Language, topology: &Topology) -> Option<Vec<Value>> {
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", file.path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let Ok(Value::Object(mut content)) = serde_yaml::from_str(file.text) else { return None };
    let groups = match content.remove("groups") {
        Some(Value::Array(groups)) => groups,
        None if content.contains_key("alert") => vec![json!({"name": stem, "rules": [content]})],
        Some(_) | None => return None,
    };
    let mark = |group| match group {
        Value::Object(group) => marked(group, folder, language, topology),
        _ => None,
    };
    groups.into_iter().map(mark).collect()
}

/// A group with its new name and labels; nothing if it is no group of rules.
fn marked(
    mut group: Map<String, Value>,
    folder: &str,
    language: Language,
    topology: &Topology,
) -> Option<Value> {
    let Some(Value::String(name)) = group.get_mut("name") else { return None };
    if !is_marked(name) {
        let parts = [topology.identifier().as_str(), folder, name.as_str(), "rules"].map(str::to_owned);
        *name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
    }
    *name = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == ':' { c } else { '_' }).collect();
    let Some(Value::Array(rules)) = group.get_mut("rules") else { return None };
    for rule in rules {
        let rule = rule.as_object_mut()?;
        let Some(Value::String(expression)) = rule.get_mut("expr") else { return None };
        *expression = without_placeholders(expression, language);
        let labels = rule.entry("labels").or_insert_with(|| Value::Object(Map::new())).as_object_mut()?;
        for (label, value) in topology.rule_labels() {
            labels.entry(label).or_insert(Value::String(value));
        }
    }
    Some(Value::Object(group))
}

/// The name holds an identifier already: `…_`, eight hexadecimal digits, `_…rules`.
fn is_marked(name: &str) -> bool {
    let hex =
        |part: &str| part.len() == 8 && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut parts = name.split('_');
    let _before = parts.next();
    parts.skip_while(|part| !hex(part)).last().is_some_and(|last| last.ends_with("rules"))
}

fn without_placeholders(expression: &str, language: Language) -> String {
    let mut parts = expression.split("%%juju_topology%%");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(language.placeholder());
        text.push_str(part.strip_prefix(',').unwrap_or(part));
    }
    text
}

#[cfg(test)]
mod tests;
