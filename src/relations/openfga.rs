//! The interface `openfga`, from the side that asks what is allowed (its requirer).
//!
//! Source: `openfga_k8s.v1.openfga`.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | ours, application | `store_name` | the store wanted: each application its own |
//! | theirs, application | `grpc_api_url`, `http_api_url` | the server |
//! | theirs, application | `store_id` | the store; it may come after the URLs |
//! | theirs, application | `token_secret_id` | secret: `token`; an older charm has `token` in plain text |

use super::Databag;
use super::answer::{Answer, NamedSecrets, Remote};
use super::bags::{bag_of, named_secrets, needed, secret_or_plain};
use crate::secret::Secret;

/// A store that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFga {
    /// The store.
    pub store_id: String,
    /// What lets us in.
    pub token: Option<Secret>,
    /// The server over gRPC.
    pub grpc_api_url: String,
    /// The server over HTTP.
    pub http_api_url: String,
}

/// What the leader writes in the application bag.
pub fn ask(store_name: &str) -> Databag {
    bag_of([("store_name", store_name.to_owned())])
}

/// The secrets to read before `parse`.
pub fn secrets(remote: &Remote) -> NamedSecrets {
    named_secrets(&remote.application, &["token_secret_id"])
}

/// Reads what the other side says.
///
/// # Errors
/// When it cannot be used yet, or at all.
pub fn parse(remote: &Remote) -> Answer<OpenFga> {
    let [grpc_api_url, http_api_url, store_id] =
        needed(&remote.application, ["grpc_api_url", "http_api_url", "store_id"])?;
    Ok(OpenFga {
        store_id: store_id.to_owned(),
        token: secret_or_plain(remote, "token_secret_id", "token", "token")?,
        grpc_api_url: grpc_api_url.to_owned(),
        http_api_url: http_api_url.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{anything, bag, remote};

    const ID: &str = "secret:9m4e2mr0ui3e8a215n4g";
    const SAID: &[(&str, &str)] = &[
        ("grpc_api_url", "http://openfga:8081"),
        ("http_api_url", "http://openfga:8080"),
        ("store_id", "01GK13VYZK62Q1T0X55Q2BHYD6"),
        ("token_secret_id", ID),
    ];

    #[test]
    fn a_store_is_asked_for_and_read() {
        assert_eq!(ask("myapp"), bag(&[("store_name", "myapp")]));
        let said = remote(SAID, &[(ID, "token", "t")]);
        assert_eq!(secrets(&said).len(), 1);
        let store = parse(&said).unwrap();
        assert_eq!(store.token, Some(Secret::new("t")));
        insta::assert_debug_snapshot!(store, @r#"
        OpenFga {
            store_id: "01GK13VYZK62Q1T0X55Q2BHYD6",
            token: Some(
                •••,
            ),
            grpc_api_url: "http://openfga:8081",
            http_api_url: "http://openfga:8080",
        }
        "#);
        assert_eq!(parse(&remote(&SAID[..3], &[])).unwrap().token, None);
    }

    #[test]
    fn what_is_missing_or_broken_is_named() {
        let cases = [
            ("nothing", remote(&[], &[])),
            ("no store yet", remote(&SAID[..2], &[])),
            ("a secret not granted", remote(SAID, &[])),
            ("no secret", remote(&[SAID[0], SAID[1], SAID[2], ("token_secret_id", "hunter2")], &[])),
        ];
        let lines = cases.map(|(case, said)| format!("{case}: {}", parse(&said).unwrap_err()));
        insta::assert_snapshot!(lines.join("\n"), @"
        nothing: not there yet: grpc_api_url, http_api_url, store_id
        no store yet: not there yet: store_id
        a secret not granted: not there yet: the content of token_secret_id
        no secret: token_secret_id: names no Juju secret
        ");
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(said in anything(&["grpc_api_url", "http_api_url", "store_id", "token_secret_id", "token"])) {
            drop((secrets(&said), parse(&said)));
        }
    }
}
