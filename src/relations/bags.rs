//! Reading databags: what every interface's `parse` is made of.
//!
//! An empty text does not exist, as in Juju. A key inside a secret is spelled `SECRET KEY/KEY`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Databag;
use super::answer::{Answer, NamedSecrets, NotReady, Remote};
use super::connection::Host;
use super::http_url::HttpUrl;
use crate::juju::names::SecretId;
use crate::juju::wire::SecretContent;
use crate::secret::Secret;

/// A bag made of these entries.
pub(super) fn bag_of<const N: usize>(entries: [(&str, String); N]) -> Databag {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// JSON text of a value made of texts, numbers, lists and maps with texts as keys, for which serde never fails.
pub(super) fn json_text<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A key that holds what nobody could use.
pub(super) fn broken(key: impl Into<String>, why: impl Into<String>) -> NotReady {
    NotReady::Broken { key: key.into(), why: why.into() }
}

/// One thing that is missing.
pub(super) fn missing(key: impl Into<String>) -> NotReady {
    NotReady::Missing(vec![key.into()])
}

/// A key's text, if it has one.
pub(super) fn text<'a>(bag: &'a Databag, key: &str) -> Option<&'a str> {
    bag.get(key).map(String::as_str).filter(|text| !text.is_empty())
}

/// The same, to keep.
pub(super) fn owned(bag: &Databag, key: &str) -> Option<String> {
    text(bag, key).map(str::to_owned)
}

/// The texts of keys that must all be there.
pub(super) fn needed<'a, const N: usize>(bag: &'a Databag, keys: [&str; N]) -> Answer<[&'a str; N]> {
    let absent: Vec<_> =
        keys.iter().filter(|key| text(bag, key).is_none()).map(ToString::to_string).collect();
    if absent.is_empty() {
        Ok(keys.map(|key| text(bag, key).unwrap_or_default()))
    } else {
        Err(NotReady::Missing(absent))
    }
}

/// A key that holds JSON.
pub(super) fn json<T: DeserializeOwned>(bag: &Databag, key: &str, expected: &str) -> Answer<Option<T>> {
    let decoded = text(bag, key).map(serde_json::from_str::<Option<T>>).transpose();
    decoded.map(Option::flatten).map_err(|_| broken(key, format!("is not {expected} in JSON")))
}

/// A JSON list of texts; none is an empty one.
pub(super) fn list(bag: &Databag, key: &str) -> Answer<Vec<String>> {
    json(bag, key, "a list of texts").map(Option::unwrap_or_default)
}

/// `True` or `False` as Python writes them, in any case.
pub(super) fn boolean(bag: &Databag, key: &str) -> Answer<Option<bool>> {
    text(bag, key).map(|text| truth(text).ok_or_else(|| broken(key, "is neither True nor False"))).transpose()
}

/// `True`, `true`, `False` or `false`.
pub(super) fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else {
        text.eq_ignore_ascii_case("false").then_some(false)
    }
}

/// A port number.
pub(super) fn port(key: &str, text: &str) -> Answer<u16> {
    let number = text.parse().ok().filter(|port| *port > 0);
    number.ok_or_else(|| broken(key, "is not a port number from 1 to 65535"))
}

/// An HTTP URL, as this kind of reader takes it.
pub(super) fn http_url(key: &str, text: &str) -> Answer<HttpUrl> {
    HttpUrl::parse(text).map_err(|why| broken(key, why.to_string()))
}

/// A comma-separated list of hosts with or without a port; none is an empty one.
pub(super) fn hosts(bag: &Databag, key: &str) -> Answer<Vec<Host>> {
    let parts = text(bag, key).into_iter().flat_map(|text| text.split(',')).map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(|part| Host::parse(part).map_err(|why| broken(key, why.to_string()))).collect()
}

/// The secrets that these keys of a bag name. A key that holds no secret's name is left for `parse` to complain about.
pub(super) fn named_secrets(bag: &Databag, keys: &[&str]) -> NamedSecrets {
    let named = keys.iter().filter_map(|key| text(bag, key));
    named.filter_map(|uri| SecretId::parse(uri).ok().map(|id| (id, uri.to_owned()))).collect()
}

/// The content of the secret that a key of a bag names; `None` if the key is not there.
pub(super) fn content<'a>(remote: &'a Remote, bag: &Databag, key: &str) -> Answer<Option<&'a SecretContent>> {
    let Some(uri) = text(bag, key) else { return Ok(None) };
    let id = SecretId::parse(uri).map_err(|_| broken(key, "names no Juju secret"))?;
    remote.secrets.get(&id).map(Some).ok_or_else(|| missing(format!("the content of {key}")))
}

/// A key in a secret's content.
pub(super) fn in_secret<'a>(content: &'a SecretContent, key: &str) -> Option<&'a Secret> {
    content.get(key).filter(|secret| !secret.expose().is_empty())
}

/// A key in the secret that a key of the bag names, or in plain text in the bag under the second name.
pub(super) fn secret_or_plain(
    remote: &Remote,
    secret_key: &str,
    key_in_secret: &str,
    plain_key: &str,
) -> Answer<Option<Secret>> {
    let bag = &remote.application;
    match content(remote, bag, secret_key)? {
        Some(content) => {
            let found = in_secret(content, key_in_secret);
            found.cloned().map(Some).ok_or_else(|| missing(format!("{secret_key}/{key_in_secret}")))
        }
        None => Ok(text(bag, plain_key).map(Secret::new)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{bag, remote};

    const ID: &str = "9m4e2mr0ui3e8a215n4g";

    #[test]
    fn every_missing_key_is_named() {
        let bag = bag(&[("a", "1"), ("b", "")]);
        assert_eq!(needed(&bag, ["a"]), Ok(["1"]));
        assert_eq!(
            needed(&bag, ["c", "a", "b"]),
            Err(NotReady::Missing(vec!["c".to_owned(), "b".to_owned()]))
        );
    }

    #[test]
    fn a_broken_value_is_named_and_not_shown() {
        let bag =
            bag(&[("port", "hunter2"), ("list", "hunter2"), ("flag", "hunter2"), ("hosts", "h:hunter2")]);
        let faults = [
            port("port", "hunter2").unwrap_err(),
            port("port", "0").unwrap_err(),
            port("port", "65536").unwrap_err(),
            list(&bag, "list").unwrap_err(),
            boolean(&bag, "flag").unwrap_err(),
            hosts(&bag, "hosts").unwrap_err(),
            http_url("url", "hunter2").unwrap_err(),
        ];
        insta::assert_snapshot!(faults.map(|fault| fault.to_string()).join("\n"), @"
        port: is not a port number from 1 to 65535
        port: is not a port number from 1 to 65535
        port: is not a port number from 1 to 65535
        list: is not a list of texts in JSON
        flag: is neither True nor False
        hosts: has a port that is not a number from 1 to 65535
        url: has no scheme
        ");
    }

    #[test]
    fn a_secret_is_read_by_any_spelling_of_its_name() {
        let uri = format!("secret://5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11/{ID}");
        let said = remote(&[("token_id", &uri), ("other", "x")], &[(ID, "token", "t"), (ID, "empty", "")]);
        let named = named_secrets(&said.application, &["token_id", "other", "none"]);
        assert_eq!(named, NamedSecrets::from([(SecretId::parse(ID).unwrap(), uri)]));
        let read = |key, inner| secret_or_plain(&said, key, inner, "other");
        assert_eq!(read("token_id", "token"), Ok(Some(Secret::new("t"))));
        assert_eq!(read("none", "token"), Ok(Some(Secret::new("x"))));
        assert_eq!(read("token_id", "empty"), Err(missing("token_id/empty")));
        assert_eq!(read("other", "token"), Err(broken("other", "names no Juju secret")));
        let unread = Remote { secrets: std::collections::BTreeMap::new(), ..said };
        assert_eq!(
            secret_or_plain(&unread, "token_id", "token", ""),
            Err(missing("the content of token_id"))
        );
    }
}
