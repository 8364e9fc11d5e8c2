//! The interface `grafana_dashboard`, from the side that has dashboards (its provider).
//!
//! Source: `grafana_k8s.v0.grafana_dashboard`.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | ours, application | `dashboards` | JSON: `templates`, by `file:STEM`, and a `uuid` that changes when they do |
//! | theirs, application | `event` | what the other side could not use |
//!
//! A template holds the dashboard's JSON, compressed by xz and in Base64. Its `uid` and `dashboard_alt_uid` are derived from
//! the charm's name and the file's, so that a dashboard stays the same one when the charm is replaced.

mod shake256;
mod xz;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Databag;
use super::bags::{bag_of, json_text};
use super::base64;
use super::identity::{hex, uuid};
use super::topology::Topology;

/// A file of a charm's folder of dashboards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DashboardFile<'a> {
    /// Its path under the charm's root: `cos_merged/grafana_dashboards/flask.json`.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

const SUFFIXES: [&str; 3] = [".json", ".json.tmpl", ".tmpl"];

#[derive(Serialize)]
struct Dashboards {
    templates: BTreeMap<String, Template>,
    uuid: String,
}

#[derive(Serialize)]
struct Template {
    charm: String,
    content: String,
    juju_topology: DashboardTopology,
    inject_dropdowns: bool,
    dashboard_alt_uid: String,
}

#[derive(Serialize)]
struct DashboardTopology {
    model: String,
    model_uuid: String,
    application: String,
    unit: String,
}

/// What the leader writes in the application bag, and the paths of the files that are no dashboards in JSON.
pub fn publish<'a>(files: &[DashboardFile<'a>], topology: &Topology) -> (Databag, Vec<&'a str>) {
    let mut templates = BTreeMap::new();
    let mut refused = Vec::new();
    for file in files.iter().filter(|file| SUFFIXES.iter().any(|suffix| file.path.ends_with(suffix))) {
        match serde_json::from_str(file.text) {
            Ok(Value::Object(dashboard)) => {
                let (id, template) = template(file.path, dashboard, topology);
                templates.insert(id, template);
            }
            _ => refused.push(file.path),
        }
    }
    let uuid = uuid(&json_text(&templates));
    (bag_of([("dashboards", json_text(&Dashboards { templates, uuid }))]), refused)
}

fn template(
    path: &str,
    mut dashboard: serde_json::Map<String, Value>,
    topology: &Topology,
) -> (String, Template) {
    let charm = &topology.charm_name;
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let id = format!("file:{}", name.rsplit_once('.').map_or(name, |(stem, _)| stem));
    let is_own = |uid: &str| uid.len() == 40 && uid.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !dashboard.get("uid").and_then(Value::as_str).is_some_and(is_own) {
        let uid = hex(&shake256::digest::<20>(format!("{charm}-{path}").as_bytes()));
        dashboard.insert("uid".to_owned(), Value::String(uid));
    }
    let tags = dashboard.entry("tags").or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(tags) = tags
        && !tags.iter().filter_map(Value::as_str).any(|tag| tag.starts_with("charm: "))
    {
        tags.push(Value::String(format!("charm: {charm}")));
    }
    let template = Template {
        charm: charm.clone(),
        content: base64::standard(&xz::stored(json_text(&dashboard).as_bytes())),
        juju_topology: DashboardTopology {
            model: topology.model.clone(),
            model_uuid: topology.model_uuid.clone(),
            application: topology.application.to_string(),
            unit: topology.unit.to_string(),
        },
        inject_dropdowns: true,
        dashboard_alt_uid: hex(&shake256::digest::<8>(format!("{charm}-{id}").as_bytes())),
    };
    (id, template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::topology;

    const PATH: &str = "cos_merged/grafana_dashboards/flask.json";

    fn files<'a>(texts: &[(&'a str, &'a str)]) -> Vec<DashboardFile<'a>> {
        texts.iter().map(|(path, text)| DashboardFile { path, text }).collect()
    }

    #[test]
    fn dashboards_are_what_grafana_reads() {
        let files =
            files(&[(PATH, r#"{"title": "Flask", "uid": "x"}"#), ("a/b.json", "{"), ("a/README.md", "x")]);
        let (bag, refused) = publish(&files, &topology());
        assert_eq!(refused, ["a/b.json"]);
        insta::assert_snapshot!(bag["dashboards"], @r#"{"templates":{"file:flask":{"charm":"redis-k8s","content":"/Td6WFoAAAFpIt42AgAhAQAAAAA3J5fWAQBdeyJ0YWdzIjpbImNoYXJtOiByZWRpcy1rOHMiXSwidGl0bGUiOiJGbGFzayIsInVpZCI6ImQxZTZmMDI2OTkyNTk0ZDEzYTYxZDc4ZmU0NWU5MWEzMWNmNTExNmMifQAAAADRLIUAAXJerNJcsZBCmQ0BAAAAAAFZWg==","juju_topology":{"model":"dev","model_uuid":"11111111-1111-4111-8111-111111111111","application":"redis","unit":"redis/0"},"inject_dropdowns":true,"dashboard_alt_uid":"4a2115321f1ce756"}},"uuid":"14f4b789-0e96-4394-a857-bef187f5e54b"}"#);
    }

    #[test]
    fn an_own_uid_and_a_charm_tag_stay() {
        let own = "c".repeat(40);
        let text = format!(r#"{{"uid": "{own}", "tags": ["charm: mine"]}}"#);
        let (id, template) = template("d/a.json.tmpl", serde_json::from_str(&text).unwrap(), &topology());
        let same = serde_json::json!({"uid": own, "tags": ["charm: mine"]}).to_string();
        assert_eq!(
            (id.as_str(), template.content),
            ("file:a.json", base64::standard(&xz::stored(same.as_bytes())))
        );
    }

    #[test]
    fn the_uuid_changes_with_the_dashboards_and_only_then() {
        let published = |text| publish(&files(&[(PATH, text)]), &topology()).0;
        assert_eq!(published("{}"), published("{}"));
        let uuid = |bag: &Databag| serde_json::from_str::<Value>(&bag["dashboards"]).unwrap()["uuid"].clone();
        assert_ne!(uuid(&published("{}")), uuid(&published(r#"{"version": 2}"#)));
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_it_panic(path in "[a-z./]{0,9}(\\.json)?", text in "(\\PC*|\\{\"(uid|tags)\": *(1|\"\\PC{0,3}\"|\\[1\\])\\})") {
            drop(publish(&[DashboardFile { path: &path, text: &text }], &topology()));
        }
    }
}
