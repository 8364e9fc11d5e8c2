//! Reads the file key by key, and goes on after a fault: all of them are told at once.

use std::collections::BTreeMap;

use serde_yaml::Value;

use super::{
    Destination, KeyFault, LoggingFormat, PaasConfig, PaasConfigFaults, ScrapeJob, Target, TargetGroup,
};

const PORT: &str = "must be a number from 1 to 65535";

pub(super) fn file(text: &str) -> Result<PaasConfig, PaasConfigFaults> {
    let mut reader = Reader::default();
    let mut config = PaasConfig::default();
    match yaml(text) {
        Ok(Value::Null) => {}
        Ok(value) => config = reader.config(&value),
        Err(error) => reader.fault("", format!("is not YAML: {error}")),
    }
    PaasConfigFaults::unless_empty(reader.faults).map(|()| config)
}

fn yaml(text: &str) -> Result<Value, serde_yaml::Error> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    let mut value: Value = serde_yaml::from_str(text)?;
    value.apply_merge()?;
    Ok(value)
}

#[derive(Default)]
struct Reader {
    faults: Vec<KeyFault>,
}

/// The keys of a map that are known, with their paths.
struct Keys<'v> {
    path: String,
    /// Else what is missing was told already.
    of_a_map: bool,
    values: BTreeMap<&'v str, &'v Value>,
}

impl<'v> Keys<'v> {
    fn get(&self, key: &str) -> Option<(String, &'v Value)> {
        self.values.get(key).map(|value| (under(&self.path, key), *value))
    }

    /// What may also be `null`, which says nothing.
    fn given(&self, key: &str) -> Option<(String, &'v Value)> {
        self.get(key).filter(|(_, value)| !value.is_null())
    }
}

fn under(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl Reader {
    fn fault(&mut self, key: &str, why: impl Into<String>) {
        self.faults.push(KeyFault { key: key.to_owned(), why: why.into() });
    }

    fn config(&mut self, value: &Value) -> PaasConfig {
        let known =
            ["framework_logging_format", "prometheus", "port", "metrics-port", "metrics-path", "config"];
        let keys = self.known_keys("", value, &known);
        PaasConfig {
            logging: keys
                .given("framework_logging_format")
                .map_or(LoggingFormat::Plain, |(path, value)| self.logging(&path, value)),
            scrape_jobs: keys
                .given("prometheus")
                .map_or_else(Vec::new, |(path, value)| self.prometheus(&path, value)),
            port: keys.get("port").and_then(|(path, value)| self.port(&path, value)),
            metrics_port: keys.get("metrics-port").and_then(|(path, value)| self.port(&path, value)),
            metrics_path: keys.get("metrics-path").and_then(|(path, value)| self.text(&path, value)),
            options: keys
                .get("config")
                .map_or_else(BTreeMap::new, |(path, value)| self.options(&path, value)),
        }
    }

    fn logging(&mut self, path: &str, value: &Value) -> LoggingFormat {
        match value.as_str() {
            Some("none") => LoggingFormat::Plain,
            Some("json") => LoggingFormat::Json,
            _ => {
                self.fault(path, "must be none or json");
                LoggingFormat::Plain
            }
        }
    }

    fn prometheus(&mut self, path: &str, value: &Value) -> Vec<ScrapeJob> {
        let keys = self.known_keys(path, value, &["scrape_configs"]);
        let Some((path, value)) = keys.given("scrape_configs") else { return Vec::new() };
        let items = self.items(&path, value);
        let jobs: Vec<_> = items.into_iter().filter_map(|(path, value)| self.job(&path, value)).collect();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for job in &jobs {
            *seen.entry(&job.name).or_default() += 1;
        }
        let repeated: Vec<_> = seen.iter().filter(|(_, count)| **count > 1).map(|(name, _)| *name).collect();
        if !repeated.is_empty() {
            self.fault(&path, format!("has several jobs with the same job_name: {}", repeated.join(", ")));
        }
        jobs
    }

    fn job(&mut self, path: &str, value: &Value) -> Option<ScrapeJob> {
        let keys = self.known_keys(path, value, &["job_name", "metrics_path", "static_configs"]);
        let name = self.required(&keys, "job_name").and_then(|(path, value)| self.text(&path, value));
        let metrics_path = match keys.get("metrics_path") {
            Some((path, value)) => self.text(&path, value),
            None => Some("/metrics".to_owned()),
        };
        let groups = self.required(&keys, "static_configs").map(|(path, value)| {
            let items = self.items(&path, value);
            items.into_iter().map(|(path, value)| self.group(&path, value)).collect()
        });
        Some(ScrapeJob { name: name?, metrics_path: metrics_path?, groups: groups? })
    }

    fn group(&mut self, path: &str, value: &Value) -> TargetGroup {
        let keys = self.known_keys(path, value, &["targets", "labels"]);
        let targets = self.required(&keys, "targets").map_or_else(Vec::new, |(path, value)| {
            let items = self.items(&path, value);
            items.into_iter().filter_map(|(path, value)| self.target(&path, value)).collect()
        });
        let labels = keys.given("labels").map(|(path, value)| self.texts(&path, value));
        TargetGroup { targets, labels }
    }

    fn target(&mut self, path: &str, value: &Value) -> Option<Target> {
        let text = self.text(path, value)?;
        let Some(rest) = text.strip_prefix("@scheduler") else { return Some(Target::At(text)) };
        let Some(port) = rest.strip_prefix(':') else {
            self.fault(path, "must include a port: @scheduler:PORT");
            return None;
        };
        let port = port_of(port);
        if port.is_none() {
            self.fault(path, format!("must be @scheduler:PORT, and the port {PORT}"));
        }
        port.map(Target::Scheduler)
    }

    fn options(&mut self, path: &str, value: &Value) -> BTreeMap<String, Destination> {
        let keys = self.known_keys(path, value, &["options"]);
        let Some((path, value)) = keys.get("options") else { return BTreeMap::new() };
        let entries = self.entries(&path, value);
        let options: BTreeMap<_, _> = entries
            .into_iter()
            .filter_map(|(option, value)| {
                let destination = self.destination(&under(&path, option), value)?;
                Some((option.to_owned(), destination))
            })
            .collect();
        self.check_variables(&path, &options);
        options
    }

    fn destination(&mut self, path: &str, value: &Value) -> Option<Destination> {
        let keys = self.known_keys(path, value, &["env-var", "secret-env-vars"]);
        match (keys.get("env-var"), keys.get("secret-env-vars")) {
            (Some((path, value)), None) => self.text(&path, value).map(Destination::Variable),
            (None, Some((path, value))) => Some(Destination::SecretVariables(self.texts(&path, value))),
            _ if keys.of_a_map => {
                self.fault(path, "must have either env-var or secret-env-vars");
                None
            }
            _ => None,
        }
    }

    /// A name that the environment can hold, and not one for two values.
    fn check_variables(&mut self, path: &str, options: &BTreeMap<String, Destination>) {
        let mut taken: BTreeMap<&str, String> = BTreeMap::new();
        for (option, destination) in options {
            let named: Vec<(String, &str)> = match destination {
                Destination::Variable(variable) => vec![(under(path, option), variable)],
                Destination::SecretVariables(variables) => {
                    let path = under(path, option);
                    variables.iter().map(|(key, variable)| (under(&path, key), variable.as_str())).collect()
                }
            };
            for (key, variable) in named {
                if variable.is_empty() || variable.contains(['\0', '=']) {
                    self.fault(&key, "must name a variable: a text without = and NUL");
                } else if let Some(other) = taken.get(variable) {
                    self.fault(&key, format!("names the variable {variable} of {other}"));
                } else {
                    let _before = taken.insert(variable, key);
                }
            }
        }
    }

    /// The keys of a map, of which none may be unknown.
    fn known_keys<'v>(&mut self, path: &str, value: &'v Value, known: &[&str]) -> Keys<'v> {
        let entries = self.entries(path, value);
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(key)) {
            self.fault(&under(path, key), format!("is unknown: only {} may be here", known.join(", ")));
        }
        Keys { path: path.to_owned(), of_a_map: value.is_mapping(), values: entries.into_iter().collect() }
    }

    fn required<'v>(&mut self, keys: &Keys<'v>, key: &str) -> Option<(String, &'v Value)> {
        let found = keys.get(key);
        if found.is_none() && keys.of_a_map {
            self.fault(&under(&keys.path, key), "is required");
        }
        found
    }

    fn entries<'v>(&mut self, path: &str, value: &'v Value) -> Vec<(&'v str, &'v Value)> {
        let Value::Mapping(map) = value else {
            self.fault(path, "must be a map");
            return Vec::new();
        };
        if map.keys().any(|key| !key.is_string()) {
            self.fault(path, "has a key that is no text");
        }
        map.iter().filter_map(|(key, value)| Some((key.as_str()?, value))).collect()
    }

    fn items<'v>(&mut self, path: &str, value: &'v Value) -> Vec<(String, &'v Value)> {
        let Value::Sequence(items) = value else {
            self.fault(path, "must be a list");
            return Vec::new();
        };
        items.iter().enumerate().map(|(index, item)| (under(path, &index.to_string()), item)).collect()
    }

    /// A map of texts.
    fn texts(&mut self, path: &str, value: &Value) -> BTreeMap<String, String> {
        let entries = self.entries(path, value);
        let texts = entries
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), self.text(&under(path, key), value)?)));
        texts.collect()
    }

    fn text(&mut self, path: &str, value: &Value) -> Option<String> {
        let text = value.as_str().map(str::to_owned);
        if text.is_none() {
            self.fault(path, "must be a text");
        }
        text
    }

    fn port(&mut self, path: &str, value: &Value) -> Option<u16> {
        let number = value.as_u64().and_then(|number| u16::try_from(number).ok());
        let port = number.or_else(|| value.as_str().and_then(port_of)).filter(|port| *port != 0);
        if port.is_none() {
            self.fault(path, PORT);
        }
        port
    }
}

fn port_of(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0)
}
