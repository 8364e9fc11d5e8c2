//! The verbs that show secrets. Contents are told only when asked for.

use serde_json::{Map, Value, json};
use sidecharm::juju::names::SecretId;

use crate::controller::secret::{ModelSecret, SecretOwner};
use crate::daemon::caller::Answer;
use crate::daemon::controller::Controller;

/// All secrets without their contents.
pub fn list(controller: &Controller) -> Value {
    let all = controller.model.read(|model| {
        let all = model.secrets.iter().map(|(id, secret)| (id.to_string(), summary(secret)));
        all.collect::<Map<_, _>>()
    });
    Value::Object(all)
}

/// One secret by id or label, as `juju show-secret` shows it.
pub fn show(controller: &Controller, name: &str, revision: Option<u32>, reveal: bool) -> Answer {
    let id = SecretId::parse(name).ok();
    let shown = controller.model.read(|model| {
        let secret = match &id {
            Some(id) => model.secrets.get(id),
            None => model.secrets.values().find(|secret| secret.label == name),
        };
        secret.map(|secret| {
            let mut shown = summary(secret);
            if reveal && let Some(shown) = shown.as_object_mut() {
                shown.extend(content(secret, revision).map(|content| ("content".to_owned(), content)));
            }
            (secret.id.to_string(), shown)
        })
    });
    let (id, shown) = shown.ok_or_else(|| format!("secret \"{name}\" not found"))?;
    Ok(Value::Object([(id, shown)].into_iter().collect()))
}

fn summary(secret: &ModelSecret) -> Value {
    let owner = match &secret.owner {
        SecretOwner::Application(name) => name.to_string(),
        SecretOwner::Unit(name) => name.to_string(),
        SecretOwner::Model => "<model>".to_owned(),
    };
    json!({
        "revision": secret.revisions.keys().next_back(),
        "owner": owner,
        "label": secret.label,
        "description": secret.description,
        "rotation": if secret.rotate.is_empty() { "never" } else { secret.rotate.as_str() },
    })
}

/// Key → value; those that are no text stay base64 under `key.base64`.
fn content(secret: &ModelSecret, revision: Option<u32>) -> Option<Value> {
    let values = match revision {
        Some(revision) => secret.revisions.get(&revision)?,
        None => secret.revisions.values().next_back()?,
    };
    let decode = |(key, value): (&String, &String)| match decode_base64(value) {
        Some(text) => (key.clone(), json!(text)),
        None => (format!("{key}.base64"), json!(value)),
    };
    Some(Value::Object(values.iter().map(decode).collect()))
}

/// The text behind standard base64, if it is text.
fn decode_base64(encoded: &str) -> Option<String> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Option<Vec<u8>> = encoded.trim_end_matches('=').bytes().map(digit).collect();
    let mut bytes = Vec::new();
    for group in digits?.chunks(4) {
        let bits =
            group.iter().fold(0_u32, |bits, digit| bits << 6 | u32::from(*digit)) << (6 * (4 - group.len()));
        bytes.extend(bits.to_be_bytes().iter().skip(1).take(group.len() * 3 / 4));
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_and_the_rest_is_not() {
        let check = |encoded: &str, expected: Option<&str>| {
            assert_eq!(decode_base64(encoded).as_deref(), expected, "{encoded}");
        };
        check("", Some(""));
        check("YQ==", Some("a"));
        check("YWI=", Some("ab"));
        check("YWJj", Some("abc"));
        check("cMOkc3M/Pz4+", Some("päss??>>"));
        check("/w==", None);
        check("*", None);
    }
}
