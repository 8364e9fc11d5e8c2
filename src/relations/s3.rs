//! The interface `s3`, from the side that uses the bucket (its requirer), in both of its versions at once.
//!
//! Source: `data_platform_libs.v0.s3` (plain text), and the library of `object-storage-integrators` with
//! `lib-version` 1.0 (secrets).
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | ours, application | `bucket` | the bucket wanted; who reads only this answers in plain text |
//! | ours, application | `lib-version` | `1.0` |
//! | ours, application and unit | `requested-secrets` | `["access-key","secret-key"]` |
//! | theirs, application | `secret-extra` | secret: `access-key`, `secret-key` |
//! | theirs, application | `access-key`, `secret-key` | the same in plain text |
//! | theirs, application | `bucket`, `endpoint`, `region`, `path`, `storage-class`, `s3-uri-style`, `s3-api-version` | as they are |
//! | theirs, application | `attributes`, `tls-ca-chain` | JSON lists |
//!
//! All but the two lists are texts, also where they look like numbers: an access key may consist of digits.

use super::Databag;
use super::answer::{Answer, NamedSecrets, NotReady, Remote};
use super::bags::{bag_of, content, in_secret, list, named_secrets, owned, text};
use crate::secret::Secret;

const REQUESTED: &str = r#"["access-key","secret-key"]"#;

/// A bucket that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3 {
    /// Who we are there.
    pub access_key: Secret,
    /// The proof of it.
    pub secret_key: Secret,
    /// The bucket.
    pub bucket: String,
    /// Its region.
    pub region: Option<String>,
    /// `STANDARD`, say.
    pub storage_class: Option<String>,
    /// The server's URL.
    pub endpoint: Option<String>,
    /// The folder in the bucket.
    pub path: Option<String>,
    /// The protocol's version.
    pub api_version: Option<String>,
    /// `host` or `path`: where a URL names the bucket.
    pub uri_style: Option<String>,
    /// Further properties.
    pub attributes: Vec<String>,
    /// The certificates of who signed the server's, in PEM.
    pub tls_ca_chain: Vec<String>,
}

impl S3 {
    /// Amazon's word for `uri_style`: `virtual` for `host`.
    pub fn addressing_style(&self) -> Option<&str> {
        self.uri_style.as_deref().map(|style| if style == "host" { "virtual" } else { style })
    }
}

/// What the leader writes in the application bag.
pub fn ask(bucket: &str) -> Databag {
    let mut bag = ask_of_unit();
    bag.extend(bag_of([("bucket", bucket.to_owned()), ("lib-version", "1.0".to_owned())]));
    bag
}

/// What the leader writes in its unit bag.
pub fn ask_of_unit() -> Databag {
    bag_of([("requested-secrets", REQUESTED.to_owned())])
}

/// The secrets to read before `parse`.
pub fn secrets(remote: &Remote) -> NamedSecrets {
    named_secrets(&remote.application, &["secret-extra"])
}

/// Reads what the S3 integrator says.
///
/// # Errors
/// When it cannot be used yet, or at all.
pub fn parse(remote: &Remote) -> Answer<S3> {
    let bag = &remote.application;
    let content = content(remote, bag, "secret-extra")?;
    let key = |key: &str| {
        let secret = content.and_then(|content| in_secret(content, key)).cloned();
        secret.or_else(|| text(bag, key).map(Secret::new))
    };
    let spelled = |key: &str| match content {
        Some(_) if key != "bucket" => format!("secret-extra/{key}"),
        _ => key.to_owned(),
    };
    let (access_key, secret_key, bucket) = (key("access-key"), key("secret-key"), owned(bag, "bucket"));
    let present = [access_key.is_some(), secret_key.is_some(), bucket.is_some()];
    let (Some(access_key), Some(secret_key), Some(bucket)) = (access_key, secret_key, bucket) else {
        let keys = ["access-key", "secret-key", "bucket"].into_iter().zip(present);
        return Err(NotReady::Missing(keys.filter(|(_, is)| !is).map(|(key, _)| spelled(key)).collect()));
    };
    Ok(S3 {
        access_key,
        secret_key,
        bucket,
        region: owned(bag, "region"),
        storage_class: owned(bag, "storage-class"),
        endpoint: owned(bag, "endpoint"),
        path: owned(bag, "path"),
        api_version: owned(bag, "s3-api-version"),
        uri_style: owned(bag, "s3-uri-style"),
        attributes: list(bag, "attributes")?,
        tls_ca_chain: list(bag, "tls-ca-chain")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{anything, remote};

    const EXTRA: &str = "secret:9m4e2mr0ui3e8a215n4g";
    const PLAIN: &[(&str, &str)] = &[
        ("data", r#"{"bucket": "myapp"}"#),
        ("access-key", "4711"),
        ("secret-key", "SK"),
        ("bucket", "b"),
        ("endpoint", "https://s3.example"),
        ("region", "us-east-1"),
        ("s3-uri-style", "host"),
        ("s3-api-version", "4"),
        ("tls-ca-chain", r#"["-----BEGIN CERTIFICATE-----\n"]"#),
    ];

    #[test]
    fn the_ask_serves_both_versions() {
        insta::assert_debug_snapshot!(ask("myapp"), @r#"
        {
            "bucket": "myapp",
            "lib-version": "1.0",
            "requested-secrets": "[\"access-key\",\"secret-key\"]",
        }
        "#);
        assert_eq!(ask_of_unit()["requested-secrets"], REQUESTED);
    }

    #[test]
    fn plain_text_is_taken_as_it_is() {
        let s3 = parse(&remote(PLAIN, &[])).unwrap();
        assert_eq!((s3.access_key.expose(), s3.addressing_style()), ("4711", Some("virtual")));
        insta::assert_debug_snapshot!(s3, @r#"
        S3 {
            access_key: •••,
            secret_key: •••,
            bucket: "b",
            region: Some(
                "us-east-1",
            ),
            storage_class: None,
            endpoint: Some(
                "https://s3.example",
            ),
            path: None,
            api_version: Some(
                "4",
            ),
            uri_style: Some(
                "host",
            ),
            attributes: [],
            tls_ca_chain: [
                "-----BEGIN CERTIFICATE-----\n",
            ],
        }
        "#);
    }

    #[test]
    fn keys_come_in_a_secret_where_the_other_side_can() {
        let keys = [(EXTRA, "access-key", "AK"), (EXTRA, "secret-key", "SK")];
        let said = remote(&[("lib-version", "1.0"), ("secret-extra", EXTRA), ("bucket", "b")], &keys);
        assert_eq!(secrets(&said).len(), 1);
        let s3 = parse(&said).unwrap();
        assert_eq!((s3.access_key.expose(), s3.secret_key.expose(), s3.bucket.as_str()), ("AK", "SK", "b"));
    }

    #[test]
    fn what_is_missing_or_broken_is_named() {
        let cases = [
            ("nothing", remote(&[], &[])),
            ("only their bookkeeping", remote(&PLAIN[..1], &[])),
            ("half", remote(&PLAIN[..2], &[])),
            ("a secret not granted", remote(&[("secret-extra", EXTRA)], &[])),
            ("half a secret", remote(&[("secret-extra", EXTRA)], &[(EXTRA, "access-key", "hunter2")])),
            ("no secret", remote(&[("secret-extra", "hunter2")], &[])),
            ("no list", remote(&[PLAIN[1], PLAIN[2], PLAIN[3], ("attributes", "hunter2")], &[])),
        ];
        let lines = cases.map(|(case, said)| format!("{case}: {}", parse(&said).unwrap_err()));
        insta::assert_snapshot!(lines.join("\n"), @"
        nothing: not there yet: access-key, secret-key, bucket
        only their bookkeeping: not there yet: access-key, secret-key, bucket
        half: not there yet: secret-key, bucket
        a secret not granted: not there yet: the content of secret-extra
        half a secret: not there yet: secret-extra/secret-key, bucket
        no secret: secret-extra: names no Juju secret
        no list: attributes: is not a list of texts in JSON
        ");
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(said in anything(&[
            "secret-extra", "access-key", "secret-key", "bucket", "attributes", "tls-ca-chain", "endpoint",
        ])) {
            drop((secrets(&said), parse(&said)));
        }
    }
}
