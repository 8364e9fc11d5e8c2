//! `manifest.yaml` names the architectures that a charm runs on: a Python charm may name several, one with a program in it
//! runs on that program's.

use serde_yaml::{Mapping, Value};

use crate::yaml_json;

/// What becomes of the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Narrowed {
    /// It says already what is so.
    AsItIs,
    /// The file that it is replaced by.
    To(String),
    /// No base has the architecture; these are named.
    Never(Vec<String>),
}

/// Narrows a manifest to one architecture.
pub fn narrow(text: &str, architecture: &str) -> Narrowed {
    let never = || Narrowed::Never(Vec::new());
    let Ok(Value::Mapping(manifest)) = serde_yaml::from_str(text) else { return never() };
    let Some(Value::Sequence(bases)) = manifest.get("bases") else { return never() };
    let fitting: Vec<Value> = bases.iter().filter(|base| fits(base, architecture)).cloned().collect();
    if fitting.is_empty() {
        let mut named: Vec<_> = bases.iter().flat_map(architectures).map(str::to_owned).collect();
        named.sort();
        named.dedup();
        return Narrowed::Never(named);
    }
    let only = |base: &Value| architectures(base) == [architecture];
    if bases.iter().all(only) {
        return Narrowed::AsItIs;
    }
    let narrowed = fitting.into_iter().map(|base| narrowed(base, architecture)).collect();
    let changed = changed(manifest, "bases", Value::Sequence(narrowed));
    // A manifest with keys that JSON has not was never written by charmcraft.
    yaml_json::render(&changed).map_or_else(|_| never(), |json| Narrowed::To(format!("{json}\n")))
}

fn architectures(base: &Value) -> Vec<&str> {
    let list = base.get("architectures").and_then(Value::as_sequence);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn fits(base: &Value, architecture: &str) -> bool {
    architectures(base).iter().any(|one| [architecture, "all"].contains(one))
}

fn narrowed(base: Value, architecture: &str) -> Value {
    match base {
        Value::Mapping(base) => changed(base, "architectures", Value::Sequence(vec![architecture.into()])),
        other => other,
    }
}

fn changed(mut mapping: Mapping, key: &str, value: Value) -> Value {
    let _before = mapping.insert(key.into(), value);
    Value::Mapping(mapping)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &Narrowed) {
        assert_eq!(&narrow(text, "amd64"), expected, "{text}");
    }

    #[test]
    fn a_manifest_names_the_architecture_of_the_program_and_no_other() {
        check("bases: [{name: ubuntu, channel: '24.04', architectures: [amd64]}]", &Narrowed::AsItIs);
        let to = |text: &str| Narrowed::To(format!("{text}\n"));
        check(
            "{charmcraft-version: 3.2.0, bases: [{name: ubuntu, channel: '22.04', architectures: [all]}]}",
            &to(
                r#"{"charmcraft-version":"3.2.0","bases":[{"name":"ubuntu","channel":"22.04","architectures":["amd64"]}]}"#,
            ),
        );
        check(
            "bases: [{name: a, architectures: [arm64]}, {name: b, architectures: [arm64, amd64]}]",
            &to(r#"{"bases":[{"name":"b","architectures":["amd64"]}]}"#),
        );
    }

    #[test]
    fn a_charm_for_other_machines_cannot_be_narrowed() {
        let never = |names: &[&str]| Narrowed::Never(names.iter().map(|name| (*name).to_owned()).collect());
        check(
            "bases: [{architectures: [s390x, arm64]}, {architectures: [arm64]}]",
            &never(&["arm64", "s390x"]),
        );
        check("bases: [{name: ubuntu}]", &never(&[]));
        check("bases: 7", &never(&[]));
        check("[", &never(&[]));
    }
}
