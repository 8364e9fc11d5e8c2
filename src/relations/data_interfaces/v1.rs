//! The second version of the protocol: a list of requests, and a list of answers with the same ids.
//!
//! Source: `data_platform_libs.v1.data_interfaces` and the Python package `dpcharmlibs-interfaces`.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | ours, application | `version` | `v1`; without it the other side speaks the first version |
//! | ours, application | `requests` | JSON list of requests: all keys are always there, `null` where nothing is asked |
//! | theirs, application | `requests` | JSON list of `resource`, `request-id`, `salt`, `endpoints`, `secret-user`, `secret-tls` … |
//!
//! `request-id` is made of the resource and the salt, and must stay as it is once it was written.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::super::answer::{Answer, NamedSecrets, Remote};
use super::super::bags::{bag_of, broken, json, json_text, missing, named_secrets, text};
use super::super::identity::{hex, salt};
use super::Databag;

/// What the leader writes in the application bag to ask for one resource. What it asked before is kept.
///
/// `seed` is what makes this request unique: the model's UUID, the application and the relation, say.
pub fn ask(own_application: &Databag, resource: &str, seed: &str) -> Databag {
    let kept = text(own_application, "requests").filter(|requests| asks_for(requests, resource));
    let requests = kept.map_or_else(|| request(resource, &salt(seed)), str::to_owned);
    bag_of([("version", "v1".to_owned()), ("requests", requests)])
}

fn asks_for(requests: &str, resource: &str) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Request {
        resource: String,
        request_id: String,
        salt: String,
    }
    let requests: Vec<Request> = serde_json::from_str(requests).unwrap_or_default();
    let [one] = requests.as_slice() else { return false };
    one.resource == resource && one.request_id == request_id(resource, &one.salt)
}

fn request(resource: &str, salt: &str) -> String {
    json_text(&json!([{
        "resource": resource,
        "request-id": request_id(resource, salt),
        "salt": salt,
        "extra-user-roles": null,
        "extra-group-roles": null,
        "external-node-connectivity": false,
        "entity-type": null,
        "entity-permissions": null,
        "secret-mtls": null,
        "mtls-cert": null,
    }]))
}

fn request_id(resource: &str, salt: &str) -> String {
    let mut id = hex(&Sha256::digest(format!("{resource}:{salt}")));
    id.truncate(16);
    id
}

/// The secrets to read before `parse`.
pub fn secrets(remote: &Remote) -> NamedSecrets {
    let answers = answers(remote).unwrap_or_default();
    answers.iter().flat_map(|answer| named_secrets(answer, &["secret-user", "secret-tls"])).collect()
}

/// The answer to the request for a resource, as a bag of its own. A unit that does not lead cannot read its own
/// application's request, so the resource tells which answer it is.
pub(in super::super) fn answer_to(remote: &Remote, resource: &str) -> Answer<Databag> {
    let answers = answers(remote)?;
    let found =
        answers.iter().find(|answer| text(answer, "resource") == Some(resource)).or_else(|| answers.first());
    found.cloned().ok_or_else(|| missing("requests"))
}

fn answers(remote: &Remote) -> Answer<Vec<Databag>> {
    let answers: Option<Vec<Map<String, Value>>> =
        json(&remote.application, "requests", "a list of answers")?;
    let scalar = |(key, value): (String, Value)| match value {
        Value::String(text) => Ok(Some((key, text))),
        Value::Null => Ok(None),
        Value::Bool(_) | Value::Number(_) => Ok(Some((key, value.to_string()))),
        Value::Array(_) | Value::Object(_) => {
            // Lists of what this requirer never asks for; a key that it reads is a text.
            if KEYS.contains(&key.as_str()) {
                Err(broken(format!("requests/{key}"), "is not a text"))
            } else {
                Ok(None)
            }
        }
    };
    let bag =
        |answer: Map<String, Value>| answer.into_iter().map(scalar).filter_map(Result::transpose).collect();
    answers.unwrap_or_default().into_iter().map(bag).collect()
}

const KEYS: &[&str] = &[
    "resource",
    "endpoints",
    "read-only-endpoints",
    "sentinel-endpoints",
    "secret-user",
    "secret-tls",
    "mode",
    "version",
];
