//! Bags for the tests of the interfaces.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Databag;
use super::answer::Remote;
use super::topology::Topology;
use crate::juju::names::{SecretId, UnitName};
use crate::secret::Secret;

/// A bag of these entries.
pub(crate) fn bag(entries: &[(&str, &str)]) -> Databag {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// An application bag, and secrets as id, key, value.
pub(crate) fn remote(application: &[(&str, &str)], secrets: &[(&str, &str, &str)]) -> Remote {
    let mut said = Remote { application: bag(application), ..Remote::default() };
    for (id, key, value) in secrets {
        let content = said.secrets.entry(SecretId::parse(id).unwrap()).or_default();
        content.insert((*key).to_owned(), Secret::new(*value));
    }
    said
}

/// The same with the bags of units.
pub(crate) fn with_units(mut said: Remote, units: &[(&str, &[(&str, &str)])]) -> Remote {
    let units = units.iter().map(|(unit, entries)| (UnitName::parse(unit).unwrap(), bag(entries)));
    said.units.extend(units);
    said
}

/// A unit of a Redis charm.
pub(crate) fn topology() -> Topology {
    let unit = UnitName::parse("redis/0").unwrap();
    Topology {
        model: "dev".to_owned(),
        model_uuid: "11111111-1111-4111-8111-111111111111".to_owned(),
        application: unit.application(),
        unit,
        charm_name: "redis-k8s".to_owned(),
    }
}

const SECRET: &str = "secret:9m4e2mr0ui3e8a215n4g";

/// Anything under these keys, in the bags and in the secret that some of them name: texts, and what comes close to right.
pub(crate) fn anything(keys: &'static [&'static str]) -> impl Strategy<Value = Remote> {
    let value = prop_oneof![
        "\\PC*",
        Just(String::new()),
        Just(SECRET.to_owned()),
        Just("null".to_owned()),
        "[0-9]{1,6}",
        "(True|false|none|plain|tls|ready|otlp_http)",
        "[a-z]{0,4}://([a-z:/#?@%]{0,6}@)?[a-z0-9.\\[\\]:,]{0,9}(/[a-z;]{0,3})?([?#]\\PC{0,3})?",
        "([a-z0-9\\[\\]:.]{0,5},?){0,3}",
        Just(format!(
            r#"[{{"secret-user": "{SECRET}", "secret-tls": "{SECRET}", "resource": "*", "user": "{SECRET}", "endpoints": "h:1",
            "status": "ready", "auth": "userpass", "http_proxy": "http://h", "https_proxy": "h", "url": "http://h:4318",
            "protocol": {{"name": "otlp_http", "type": "http"}}}}]"#
        )),
        "\\[(\"\\PC{0,3}\",?){0,2}\\]",
        "\\{\"(url|requests|groups)\": *(null|1|\"http://[a-z]\"|\\[\\])\\}",
    ];
    let bag = move || {
        prop::collection::btree_map(prop::sample::select(keys).prop_map(str::to_owned), value.clone(), 0..12)
    };
    let secret = bag().prop_map(|bag| bag.into_iter().map(|(key, text)| (key, Secret::new(text))).collect());
    let units = prop::collection::vec(bag(), 0..3);
    (bag(), units, prop::option::of(secret)).prop_map(|(application, units, secret)| Remote {
        application,
        units: (0..)
            .zip(units)
            .map(|(number, bag)| (UnitName::parse(&format!("far/{number}")).unwrap(), bag))
            .collect(),
        secrets: secret
            .map(|content| (SecretId::parse(SECRET).unwrap(), content))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
    })
}

/// What is right but for a key or two.
pub(crate) fn nearly(right: Remote, keys: &'static [&'static str]) -> impl Strategy<Value = Remote> {
    anything(keys).prop_map(move |wrong| {
        let mut said = right.clone();
        said.application.extend(wrong.application.into_iter().take(2));
        let secrets: Vec<_> = wrong.secrets.into_values().flatten().take(1).collect();
        said.secrets.values_mut().for_each(|content| content.extend(secrets.clone()));
        said
    })
}
