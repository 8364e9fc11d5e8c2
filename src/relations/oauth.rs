//! The interface `oauth`, from the side whose users sign on (its requirer).
//!
//! Source: `hydra.v0.oauth`.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | ours, application | `redirect_uri` | where the browser comes back to |
//! | ours, application | `scope` | separated by blanks, `openid` among them |
//! | ours, application | `grant_types`, `audience` | `["authorization_code"]`, `[]` |
//! | ours, application | `token_endpoint_auth_method` | `client_secret_basic` |
//! | theirs, application | `issuer_url`, `authorization_endpoint`, `token_endpoint`, `introspection_endpoint`, `userinfo_endpoint`, `jwks_endpoint`, `scope` | first |
//! | theirs, application | `jwt_access_token`, `groups`, `ca_chain` | `True` or `False`; optional; optional JSON list |
//! | theirs, application | `client_id`, `client_secret_id` | after a valid ask; secret: `secret` |

use super::Databag;
use super::answer::{Answer, NamedSecrets, Remote};
use super::bags::{bag_of, boolean, content, in_secret, list, missing, named_secrets, needed};
use crate::secret::Secret;

/// A client that the identity provider has made for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth {
    /// Who we are there.
    pub client_id: String,
    /// The proof of it.
    pub client_secret: Secret,
    /// The provider.
    pub issuer_url: String,
    /// Where a browser is sent.
    pub authorization_endpoint: String,
    /// Where a code becomes a token.
    pub token_endpoint: String,
    /// Where a token is checked.
    pub introspection_endpoint: String,
    /// Where a token becomes a person.
    pub userinfo_endpoint: String,
    /// The provider's keys.
    pub jwks_endpoint: String,
    /// What the provider can be asked for.
    pub scope: String,
    /// Access tokens are JSON web tokens.
    pub jwt_access_token: bool,
    /// The certificates of who signed the provider's, in PEM.
    pub ca_chain: Vec<String>,
}

/// What the leader writes in the application bag.
pub fn ask(redirect_uri: &str, scope: &str) -> Databag {
    bag_of([
        ("redirect_uri", redirect_uri.to_owned()),
        ("scope", scope.to_owned()),
        ("grant_types", r#"["authorization_code"]"#.to_owned()),
        ("audience", "[]".to_owned()),
        ("token_endpoint_auth_method", "client_secret_basic".to_owned()),
    ])
}

/// Where the browser comes back to: a path under the application's own URL.
///
/// ```
/// use sidecharm::relations::oauth::redirect_uri;
/// assert_eq!(redirect_uri("https://app.example/", "/callback"), "https://app.example/callback");
/// ```
pub fn redirect_uri(base_url: &str, path: &str) -> String {
    format!("{}/{}", base_url.trim_end_matches('/'), path.trim_start_matches('/'))
}

/// The secrets to read before `parse`.
pub fn secrets(remote: &Remote) -> NamedSecrets {
    named_secrets(&remote.application, &["client_secret_id"])
}

/// Reads what the identity provider says.
///
/// # Errors
/// When it cannot be used yet, or at all.
pub fn parse(remote: &Remote) -> Answer<OAuth> {
    let bag = &remote.application;
    let [
        issuer_url,
        authorization_endpoint,
        token_endpoint,
        introspection_endpoint,
        userinfo_endpoint,
        jwks_endpoint,
        scope,
        client_id,
        _secret_id,
    ] = needed(bag, KEYS)?.map(str::to_owned);
    let content = content(remote, bag, "client_secret_id")?.ok_or_else(|| missing("client_secret_id"))?;
    let secret = in_secret(content, "secret").ok_or_else(|| missing("client_secret_id/secret"))?;
    Ok(OAuth {
        client_id,
        client_secret: secret.clone(),
        issuer_url,
        authorization_endpoint,
        token_endpoint,
        introspection_endpoint,
        userinfo_endpoint,
        jwks_endpoint,
        scope,
        jwt_access_token: boolean(bag, "jwt_access_token")?.unwrap_or(false),
        ca_chain: list(bag, "ca_chain")?,
    })
}

const KEYS: [&str; 9] = [
    "issuer_url",
    "authorization_endpoint",
    "token_endpoint",
    "introspection_endpoint",
    "userinfo_endpoint",
    "jwks_endpoint",
    "scope",
    "client_id",
    "client_secret_id",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{anything, nearly, remote};

    const ID: &str = "secret:9m4e2mr0ui3e8a215n4g";
    const SAID: &[(&str, &str)] = &[
        ("issuer_url", "https://hydra.example"),
        ("authorization_endpoint", "https://hydra.example/oauth2/auth"),
        ("token_endpoint", "https://hydra.example/oauth2/token"),
        ("introspection_endpoint", "http://hydra.m.svc.cluster.local:4445/admin/oauth2/introspect"),
        ("userinfo_endpoint", "https://hydra.example/userinfo"),
        ("jwks_endpoint", "https://hydra.example/.well-known/jwks.json"),
        ("scope", "openid profile email phone"),
        ("jwt_access_token", "True"),
        ("client_id", "cid"),
        ("client_secret_id", ID),
    ];

    #[test]
    fn a_client_is_asked_for_and_read() {
        insta::assert_debug_snapshot!(ask("https://app.example/callback", "openid profile email"), @r#"
        {
            "audience": "[]",
            "grant_types": "[\"authorization_code\"]",
            "redirect_uri": "https://app.example/callback",
            "scope": "openid profile email",
            "token_endpoint_auth_method": "client_secret_basic",
        }
        "#);
        let said = remote(SAID, &[(ID, "secret", "hunter2")]);
        assert_eq!(secrets(&said).len(), 1);
        insta::assert_debug_snapshot!(parse(&said).unwrap(), @r#"
        OAuth {
            client_id: "cid",
            client_secret: •••,
            issuer_url: "https://hydra.example",
            authorization_endpoint: "https://hydra.example/oauth2/auth",
            token_endpoint: "https://hydra.example/oauth2/token",
            introspection_endpoint: "http://hydra.m.svc.cluster.local:4445/admin/oauth2/introspect",
            userinfo_endpoint: "https://hydra.example/userinfo",
            jwks_endpoint: "https://hydra.example/.well-known/jwks.json",
            scope: "openid profile email phone",
            jwt_access_token: true,
            ca_chain: [],
        }
        "#);
    }

    #[test]
    fn what_is_missing_or_broken_is_named() {
        let mut flag = remote(SAID, &[(ID, "secret", "s")]);
        flag.application.insert("jwt_access_token".to_owned(), "hunter2".to_owned());
        let cases = [
            ("nothing", remote(&[], &[])),
            ("before the ask", remote(&SAID[..8], &[])),
            ("a secret not granted", remote(SAID, &[])),
            ("an empty secret", remote(SAID, &[(ID, "other", "hunter2")])),
            ("a flag", flag),
        ];
        let lines = cases.map(|(case, said)| format!("{case}: {}", parse(&said).unwrap_err()));
        insta::assert_snapshot!(lines.join("\n"), @"
        nothing: not there yet: issuer_url, authorization_endpoint, token_endpoint, introspection_endpoint, userinfo_endpoint, jwks_endpoint, scope, client_id, client_secret_id
        before the ask: not there yet: client_id, client_secret_id
        a secret not granted: not there yet: the content of client_secret_id
        an empty secret: not there yet: client_secret_id/secret
        a flag: jwt_access_token: is neither True nor False
        ");
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(
            said in anything(&KEYS),
            nearly in nearly(remote(SAID, &[(ID, "secret", "s")]), &["client_secret_id", "secret", "jwt_access_token", "ca_chain"]),
        ) {
            drop((secrets(&said), parse(&said), parse(&nearly)));
        }
    }
}
