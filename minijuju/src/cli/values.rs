//! `NAME=VALUE` on the command line, and files of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::Failure;

/// Splits `NAME=VALUE`.
///
/// # Errors
/// When there is no `=` or no name: wrong usage.
pub fn pair(word: &str) -> Result<(String, String), Failure> {
    match word.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Failure::Usage(format!("expected \"name=value\", got \"{word}\""))),
    }
}

/// The options of `--config`: pairs, and YAML files that hold options, bare or under the application's name.
///
/// A value `@FILE` is the text of that file.
///
/// # Errors
/// When a word is neither, or a file cannot be read.
pub fn options(words: &[String], application: Option<&str>) -> Result<BTreeMap<String, String>, Failure> {
    let mut options = BTreeMap::new();
    for word in words {
        if word.contains('=') {
            let (name, value) = pair(word)?;
            options.insert(name, text_or_file(&value)?);
        } else {
            options.extend(options_of_file(Path::new(word), application)?);
        }
    }
    Ok(options)
}

/// Reads a YAML file of options; values become text, as if they had been typed.
///
/// # Errors
/// When it cannot be read or is no map.
pub fn options_of_file(path: &Path, application: Option<&str>) -> Result<BTreeMap<String, String>, Failure> {
    let mut map = yaml_map(path)?;
    let map = match application.and_then(|name| map.remove(name)) {
        Some(Value::Object(inner)) => inner,
        Some(other) => {
            let name = application.unwrap_or_default();
            return Err(Failure::Told(format!("{}: {name} holds {other}, not options", path.display())));
        }
        None => map,
    };
    let text = |value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(map.into_iter().map(|(name, value)| (name, text(value))).collect())
}

/// Reads a YAML file that holds a map.
///
/// # Errors
/// When it cannot be read or holds something else.
pub fn yaml_map(path: &Path) -> Result<Map<String, Value>, Failure> {
    let told = |why: String| Failure::Told(format!("cannot read {}: {why}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
    serde_yaml::from_str(&text).map_err(|error| told(error.to_string()))
}

/// The parameters of an action: `a.b=1` makes nested maps; values are read as YAML, as Juju reads them.
///
/// # Errors
/// When a word is no pair, or says a name both is a value and has parts.
pub fn parameters(words: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut parameters = Map::new();
    for word in words {
        let (name, text) = pair(word)?;
        let value = serde_yaml::from_str(&text).unwrap_or(Value::String(text));
        let mut parts: Vec<&str> = name.split('.').collect();
        let last = parts.pop().unwrap_or_default();
        let mut map = &mut parameters;
        for part in parts {
            let inner = map.entry(part).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else {
                return Err(Failure::Usage(format!("parameter \"{name}\": \"{part}\" has a value already")));
            };
            map = inner;
        }
        map.insert(last.to_owned(), value);
    }
    Ok(parameters)
}

/// `NAME=FILE` for resources: a path of something that exists becomes absolute, an image's name stays.
///
/// # Errors
/// When a word is no pair.
pub fn resources(words: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    words
        .iter()
        .map(|word| {
            let (name, value) = pair(word)?;
            let path = fs::canonicalize(&value).ok();
            Ok((name, path.and_then(|path| path.to_str().map(str::to_owned)).unwrap_or(value)))
        })
        .collect()
}

/// The path of a charm, absolute.
///
/// # Errors
/// When there is nothing.
pub fn charm(path: &Path) -> Result<PathBuf, Failure> {
    fs::canonicalize(path).map_err(|_| {
        let path = path.display();
        Failure::Told(format!(
            "no charm was found at \"{path}\": minijuju deploys a charm's folder or a packed .charm file"
        ))
    })
}

fn text_or_file(value: &str) -> Result<String, Failure> {
    match value.strip_prefix('@') {
        Some(path) => {
            fs::read_to_string(path).map_err(|error| Failure::Told(format!("cannot read {path}: {error}")))
        }
        None => Ok(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn told(failure: Failure) -> String {
        match failure {
            Failure::Told(text) | Failure::Usage(text) => text,
            Failure::Quiet(code) => code.to_string(),
        }
    }

    #[test]
    fn parameters_are_read_as_yaml_and_nest_at_dots() {
        let check = |given: &[&str], expected: Result<Value, &str>| {
            let parameters = parameters(&words(given)).map(Value::Object).map_err(told);
            assert_eq!(parameters.as_ref().map_err(String::as_str), expected.as_ref().map_err(|text| *text));
        };
        check(
            &["n=3", "text=hello world", "on=true"],
            Ok(json!({"n": 3, "text": "hello world", "on": true})),
        );
        check(&["a.b.c=1", "a.d=x=y"], Ok(json!({"a": {"b": {"c": 1}, "d": "x=y"}})));
        check(&["odd=[1"], Ok(json!({"odd": "[1"})));
        check(&["a=1", "a.b=2"], Err("parameter \"a.b\": \"a\" has a value already"));
        check(&["nothing"], Err("expected \"name=value\", got \"nothing\""));
    }

    #[test]
    fn options_come_from_words_and_files() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (bare, named, text) =
            (write("bare", "port: 1\n"), write("named", "app: {port: 2}\n"), write("text", "long"));
        let check = |given: &[&str], expected: Value| {
            let options = options(&words(given), Some("app")).map_err(told).unwrap();
            assert_eq!(json!(options), expected);
        };
        check(&["a=1", &bare], json!({"a": "1", "port": "1"}));
        check(&[&named], json!({"port": "2"}));
        check(&[&format!("cert=@{text}")], json!({"cert": "long"}));
        assert!(told(options(&words(&["/nowhere"]), None).unwrap_err()).starts_with("cannot read /nowhere"));
    }

    proptest! {
        #[test]
        fn any_parameter_is_survived(word in ".{0,30}") {
            drop(parameters(&[word]));
        }
    }
}
