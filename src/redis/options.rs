//! The options of the charm `redis-k8s`, read. What cannot be used is a problem for the operator, not an error.

use super::server_config::Durability;
use crate::juju::wire::{Config, ConfigValue};

/// The options, as far as they can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// `enable-tls`.
    pub tls: bool,
    /// `legacy-clients` is `open`.
    pub legacy_open: bool,
    /// `durability`.
    pub durability: Durability,
}

/// Reads the options; for each that cannot be used, its default and a message that says what to do.
pub fn read(config: &Config) -> (Options, Vec<String>) {
    let mut problems = Vec::new();
    let mut word = |name: &str, allowed: [&'static str; 2]| match config.get(name) {
        None => Some(allowed[0]),
        Some(ConfigValue::Text(text)) if allowed.contains(&text.as_str()) => {
            allowed.into_iter().find(|word| word == text)
        }
        Some(_) => {
            problems.push(format!("option {name} must be {} or {}", allowed[0], allowed[1]));
            None
        }
    };
    let legacy = word("legacy-clients", ["open", "closed"]);
    let durability = word("durability", ["balanced", "strict"]);
    let tls = config.get("enable-tls").and_then(ConfigValue::as_boolean).unwrap_or(false);
    if tls {
        problems.push("enable-tls is not supported yet: set it to false".to_owned());
    }
    let options = Options {
        tls,
        // A word that cannot be read must not open what was closed.
        legacy_open: legacy == Some("open"),
        durability: if durability == Some("strict") { Durability::Strict } else { Durability::Balanced },
    };
    (options, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: ConfigValue, problem: Option<&str>) -> Options {
        let (options, problems) = read(&Config::from([(name.to_owned(), value)]));
        assert_eq!(problems.first().map(String::as_str), problem);
        options
    }

    #[test]
    fn unset_options_have_their_defaults() {
        let (options, problems) = read(&Config::new());
        assert_eq!(
            (options.legacy_open, options.durability, options.tls),
            (true, Durability::Balanced, false)
        );
        assert!(problems.is_empty());
    }

    #[test]
    fn an_unknown_word_is_a_problem_that_names_the_words() {
        let text = |text: &str| ConfigValue::Text(text.to_owned());
        assert!(!check("legacy-clients", text("closed"), None).legacy_open);
        let problem = "option legacy-clients must be open or closed";
        assert!(!check("legacy-clients", text("opne"), Some(problem)).legacy_open);
        assert_eq!(check("durability", text("strict"), None).durability, Durability::Strict);
        check("durability", text(""), Some("option durability must be balanced or strict"));
        check(
            "enable-tls",
            ConfigValue::Boolean(true),
            Some("enable-tls is not supported yet: set it to false"),
        );
    }
}
