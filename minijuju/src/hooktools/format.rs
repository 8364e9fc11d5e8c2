//! The output formats of the tools: smart, yaml, json.

pub mod json;
pub mod yaml;

use super::value::Value;

/// How to print a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Smart,
    Yaml,
    Json,
}

impl Format {
    /// The format of this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "smart" => Some(Self::Smart),
            "yaml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The text a tool prints for this value, with its last newline; a null prints nothing but in JSON.
    pub fn render(self, value: &Value) -> String {
        match (self, value) {
            (Self::Json, value) => json::render(value) + "\n",
            (Self::Smart | Self::Yaml, Value::Null) | (Self::Smart, Value::NoTexts) => String::new(),
            (Self::Smart, Value::Bool(value)) => if *value { "True\n" } else { "False\n" }.to_owned(),
            (Self::Smart, Value::Text(text)) if text.is_empty() => String::new(),
            (Self::Smart, Value::Text(text)) => format!("{text}\n"),
            (Self::Smart, Value::Texts(texts)) => texts.iter().flat_map(|text| [text, "\n"]).collect(),
            (Self::Smart | Self::Yaml, value) => yaml::render(value),
        }
    }
}
