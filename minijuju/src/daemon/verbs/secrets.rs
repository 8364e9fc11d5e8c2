//! The verbs that show secrets. Contents are told only when asked for.

use serde_json::{Map, Value, json};
use sidecharm::juju::names::{SecretId, UnitName};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::controller::model::Model;
use crate::controller::relation::Relation;
use crate::controller::secret::{ModelSecret, SecretOwner, SecretValues};
use crate::daemon::caller::Answer;
use crate::daemon::controller::Controller;
use crate::hooktools::go::base64;
use crate::hooktools::secret_uri;

/// All secrets without their contents.
pub fn list(controller: &Controller) -> Value {
    let all = controller.model.read(|model| {
        let all = model.secrets.iter().map(|(id, secret)| (id.to_string(), Value::Object(summary(secret))));
        all.collect::<Map<_, _>>()
    });
    Value::Object(all)
}

/// One secret by id, name or label, as `juju show-secret` shows it.
pub fn show(controller: &Controller, name: &str, revision: Option<u32>, reveal: bool) -> Answer {
    controller.model.read(|model| render(model, name, revision, reveal))
}

fn render(model: &Model, name: &str, revision: Option<u32>, reveal: bool) -> Answer {
    let id = secret_uri::parse(name).ok();
    let secret = match &id {
        Some(id) => model.secrets.get(id),
        None => model.secrets.values().find(|secret| secret.label == name),
    };
    let name = id.as_ref().map_or(name, SecretId::as_str);
    let secret = secret.ok_or_else(|| format!("secret \"{name}\" not found"))?;
    let revision = revision.unwrap_or_else(|| secret.latest());
    let values = secret.revisions.get(&revision);
    let values = values.ok_or_else(|| format!("secret revision \"{}/{revision}\" not found", secret.id))?;
    let mut shown = summary(secret);
    if reveal {
        shown.insert("content".to_owned(), content(values));
    }
    shown.extend(access(model, secret).map(|access| ("access".to_owned(), access)));
    Ok(json!({ secret.id.as_str(): shown }))
}

/// What describes a secret. A user's has a name where a charm's has a label.
fn summary(secret: &ModelSecret) -> Map<String, Value> {
    let owner = match &secret.owner {
        SecretOwner::Application(name) => name.to_string(),
        SecretOwner::Unit(name) => name.to_string(),
        SecretOwner::Model => "<model>".to_owned(),
    };
    let label = if secret.owner == SecretOwner::Model { "name" } else { "label" };
    let rotation = if secret.rotate.is_empty() { "never" } else { secret.rotate.as_str() };
    let texts = [
        ("expires", time(secret.expire)),
        ("rotation", rotation.to_owned()),
        ("rotates", time(secret.next_rotate)),
        ("owner", owner),
        ("description", secret.description.clone()),
        (label, secret.label.clone()),
        ("created", time(secret.created)),
        ("updated", time(secret.updated)),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let texts = texts.map(|(name, text)| (name.to_owned(), json!(text)));
    std::iter::once(("revision".to_owned(), json!(secret.latest()))).chain(texts).collect()
}

fn time(time: Option<OffsetDateTime>) -> String {
    let whole = time.and_then(|time| time.replace_nanosecond(0).ok());
    whole.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default()
}

/// Who may read it, by grants.
fn access(model: &Model, secret: &ModelSecret) -> Option<Value> {
    let grants = secret.grants.iter().map(|grant| {
        let target = &grant.target;
        let target =
            UnitName::parse(target).map_or_else(|_| format!("application-{target}"), |unit| unit.tag());
        let relation = grant.relation.and_then(|relation| model.relations.get(&relation));
        let scope = relation.map_or_else(|| format!("model-{}", model.uuid), Relation::tag);
        json!({ "target": target, "scope": scope, "role": "view" })
    });
    let grants: Vec<Value> = grants.collect();
    (!grants.is_empty()).then_some(Value::Array(grants))
}

/// Key → value; those that are no text stay base64 under `key.base64`.
fn content(values: &SecretValues) -> Value {
    let text = |value: &str| base64::decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decode = |(key, value): (&String, &String)| match text(value) {
        Some(text) => (key.clone(), json!(text)),
        None => (format!("{key}.base64"), json!(value)),
    };
    Value::Object(values.iter().map(decode).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::sample::{self, NOW, texts};
    use crate::controller::secret::Grant;

    fn secret(owner: SecretOwner, content: &[(&str, &str)]) -> ModelSecret {
        let id = SecretId::parse("9m4e2mr0ui3e8a215n4g").unwrap();
        let mut secret = ModelSecret::new(id, owner, SecretValues(texts(content)), NOW);
        secret.label = "mine".to_owned();
        secret
    }

    fn shown(secret: ModelSecret, reveal: bool) -> String {
        let mut model = sample::model();
        model.secrets.insert(secret.id.clone(), secret);
        serde_yaml::to_string(&render(&model, "mine", None, reveal).unwrap()).unwrap()
    }

    #[test]
    fn a_users_secret_has_a_name_and_its_content_is_told_when_asked_for() {
        let mut secret = secret(SecretOwner::Model, &[("text", "YWJj"), ("bytes", "/w=="), ("bad", "*")]);
        secret.grants.insert(Grant { target: "web".to_owned(), relation: None });
        secret.description = "why".to_owned();
        assert!(!shown(secret.clone(), false).contains("content"));
        insta::assert_snapshot!(shown(secret, true), @r"
        9m4e2mr0ui3e8a215n4g:
          access:
          - role: view
            scope: model-5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11
            target: application-web
          content:
            bad.base64: '*'
            bytes.base64: /w==
            text: abc
          created: 2026-01-02T03:04:05Z
          description: why
          name: mine
          owner: <model>
          revision: 1
          rotation: never
          updated: 2026-01-02T03:04:05Z
        ");
    }

    #[test]
    fn a_charms_secret_has_a_label_and_grants_of_relations() {
        let mut secret = secret(SecretOwner::Unit(sample::unit("web/0")), &[]);
        secret.grants.insert(Grant { target: "mysql/0".to_owned(), relation: Some(1) });
        insta::assert_snapshot!(shown(secret, false), @r"
        9m4e2mr0ui3e8a215n4g:
          access:
          - role: view
            scope: relation-web.db#mysql.server
            target: unit-mysql-0
          created: 2026-01-02T03:04:05Z
          label: mine
          owner: web/0
          revision: 1
          rotation: never
          updated: 2026-01-02T03:04:05Z
        ");
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let mut model = sample::model();
        let secret = secret(SecretOwner::Model, &[]);
        model.secrets.insert(secret.id.clone(), secret);
        let told = |name: &str, revision| render(&model, name, revision, true).unwrap_err();
        assert_eq!(told("other", None), r#"secret "other" not found"#);
        assert_eq!(told("secret:9m4e2mr0ui3e8a215n50", None), r#"secret "9m4e2mr0ui3e8a215n50" not found"#);
        assert_eq!(told("mine", Some(2)), r#"secret revision "9m4e2mr0ui3e8a215n4g/2" not found"#);
    }
}
