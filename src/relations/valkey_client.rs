//! The interface `valkey_client`, from the side that uses the server (its requirer).
//!
//! Source: the charm `valkey`. The bags are those of [`data_interfaces::v1`](v1); the resource is the
//! pattern of the keys wanted, `*` for all.
//!
//! | bag | key in `requests` | value |
//! | --- | --- | --- |
//! | theirs, application | `endpoints` | `valkey-primary:6379` |
//! | theirs, application | `read-only-endpoints`, `sentinel-endpoints` | comma-separated `host:port` |
//! | theirs, application | `secret-user` | secret: `username`, `password` |
//! | theirs, application | `secret-tls` | secret: `tls` (`true` or `false`), `tls-ca` |
//! | theirs, application | `mode`, `version` | `sentinel`, `9.0.1` |

use super::Databag;
use super::answer::{Answer, NotReady, Remote};
use super::bags::{broken, content, hosts, in_secret, missing, owned, truth};
use super::connection::{Connection, Credentials, Host};
pub use super::data_interfaces::v1::secrets;
use super::data_interfaces::v1::{self, answer_to};
use crate::secret::Secret;

const SCHEME: &str = "valkey";
const RESOURCE: &str = "*";

/// A Valkey that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valkey {
    /// How to reach it, by its first endpoint; the password is in it.
    pub connection: Connection,
    /// Where it can be reached.
    pub endpoints: Vec<Host>,
    /// Where it can only be read.
    pub read_only_endpoints: Vec<Host>,
    /// Its sentinels.
    pub sentinel_endpoints: Vec<Host>,
    /// `sentinel`, say.
    pub mode: Option<String>,
    /// The server's version.
    pub version: Option<String>,
}

/// What the leader writes in the application bag. What it asked before is kept; `seed` makes the request unique.
pub fn ask(own_application: &Databag, seed: &str) -> Databag {
    v1::ask(own_application, RESOURCE, seed)
}

/// Reads what the Valkey charm says.
///
/// # Errors
/// When it cannot be used yet, or at all: also when it wants TLS, which web apps are not told of.
pub fn parse(remote: &Remote) -> Answer<Valkey> {
    let answer = without_schemes(answer_to(remote, RESOURCE)?);
    let endpoints = hosts(&answer, "endpoints")?;
    let user = content(remote, &answer, "secret-user")?;
    if let Some(content) = content(remote, &answer, "secret-tls")?
        && let Some(tls) = in_secret(content, "tls").map(Secret::expose)
        && truth(tls) != Some(false)
    {
        return Err(broken("secret-tls/tls", "asks for TLS, which is not supported"));
    }
    let Some(first) = endpoints.first() else {
        let user = user.is_none().then(|| "secret-user".to_owned());
        return Err(NotReady::Missing([Some("endpoints".to_owned()), user].into_iter().flatten().collect()));
    };
    let content = user.ok_or_else(|| missing("secret-user"))?;
    let field = |key| in_secret(content, key).ok_or_else(|| missing(format!("secret-user/{key}")));
    let user = field("username")?.expose().to_owned();
    let credentials = Credentials { user, password: field("password")?.clone() };
    Ok(Valkey {
        connection: Connection::new(SCHEME, Some(&credentials), vec![first.clone()], String::new()),
        read_only_endpoints: hosts(&answer, "read-only-endpoints")?,
        sentinel_endpoints: hosts(&answer, "sentinel-endpoints")?,
        endpoints,
        mode: owned(&answer, "mode"),
        version: owned(&answer, "version"),
    })
}

/// Endpoints may come with their scheme, which says nothing new.
fn without_schemes(answer: Databag) -> Databag {
    let bare = |part: &str| part.split_once("://").map_or(part, |(_, rest)| rest).to_owned();
    let strip = |(key, value): (String, String)| {
        let value = if key.ends_with("endpoints") {
            value.split(',').map(|part| bare(part.trim())).collect::<Vec<_>>().join(",")
        } else {
            value
        };
        (key, value)
    };
    answer.into_iter().map(strip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{anything, bag, nearly, remote};

    const USER: &str = "secret:75fvl83o8vqkaam6pev0";
    const TLS: &str = "secret:rl0lt6qu3s3f21io7ag0";

    fn said(keys: &str, tls: &str) -> Remote {
        let answer = format!(
            r#"[{{"resource": "*", "request-id": "21a400929fc425ee", "salt": "AAAABBBBCCCCDDDD", {keys}}}]"#
        );
        let secrets = [(USER, "username", "relation-5-x"), (USER, "password", "p/w"), (TLS, "tls", tls)];
        remote(&[("version", "v1"), ("requests", &answer)], &secrets)
    }

    #[test]
    fn the_ask_is_what_the_library_writes_and_is_kept() {
        let asked = ask(&Databag::new(), "model/app/valkey:3");
        insta::assert_debug_snapshot!(asked, @r#"
        {
            "requests": "[{\"entity-permissions\":null,\"entity-type\":null,\"external-node-connectivity\":false,\"extra-group-roles\":null,\"extra-user-roles\":null,\"mtls-cert\":null,\"request-id\":\"b4be379bb66cffbe\",\"resource\":\"*\",\"salt\":\"MVSjBfyyVxxAfyv6\",\"secret-mtls\":null}]",
            "version": "v1",
        }
        "#);
        assert_eq!(ask(&asked, "something else"), asked);
        let theirs = r#"[{"resource": "*", "request-id": "21a400929fc425ee", "salt": "AAAABBBBCCCCDDDD", "extra-user-roles": null}]"#;
        assert_eq!(ask(&bag(&[("requests", theirs)]), "x")["requests"], theirs);
        let other = theirs.replace("\"*\"", "\"app:*\"");
        assert_ne!(ask(&bag(&[("requests", &other)]), "x")["requests"], other);
    }

    const ANSWER: &str = r#""endpoints": "h:6379", "read-only-endpoints": "h1:6379,valkey://h2:6379",
        "secret-user": "secret:75fvl83o8vqkaam6pev0", "secret-tls": "secret:rl0lt6qu3s3f21io7ag0", "secret-extra": null,
        "version": "9.0.1", "sentinel-endpoints": "h:26379", "mode": "sentinel""#;

    fn right() -> Remote {
        said(ANSWER, "false")
    }

    #[test]
    fn a_server_with_its_secrets_is_ready() {
        let said = right();
        assert_eq!(secrets(&said).len(), 2);
        let valkey = parse(&said).unwrap();
        assert_eq!(valkey.connection.uri().expose(), "valkey://relation-5-x:p%2Fw@h:6379");
        insta::assert_debug_snapshot!(valkey, @r#"
        Valkey {
            connection: Connection {
                scheme: "valkey",
                user: Some(
                    "relation-5-x",
                ),
                password: Some(
                    •••,
                ),
                userinfo: Some(
                    •••,
                ),
                hosts: [
                    Host {
                        name: "h",
                        port: Some(
                            6379,
                        ),
                    },
                ],
                path: "",
                query: "",
                fragment: "",
            },
            endpoints: [
                Host {
                    name: "h",
                    port: Some(
                        6379,
                    ),
                },
            ],
            read_only_endpoints: [
                Host {
                    name: "h1",
                    port: Some(
                        6379,
                    ),
                },
                Host {
                    name: "h2",
                    port: Some(
                        6379,
                    ),
                },
            ],
            sentinel_endpoints: [
                Host {
                    name: "h",
                    port: Some(
                        26379,
                    ),
                },
            ],
            mode: Some(
                "sentinel",
            ),
            version: Some(
                "9.0.1",
            ),
        }
        "#);
    }

    #[test]
    fn what_is_missing_or_broken_is_named() {
        let user = format!(r#""secret-user": "{USER}""#);
        let all = format!(r#"{user}, "endpoints": "h:1", "secret-tls": "{TLS}""#);
        let cases = [
            ("nothing", Remote::default()),
            ("no answer yet", remote(&[("requests", "[]")], &[])),
            ("nothing in the answer", said(r#""secret-user": null"#, "")),
            ("no endpoint", said(&user, "")),
            ("no user", said(r#""endpoints": "h:1""#, "")),
            ("TLS", said(&all, "true")),
            ("neither", said(&all, "hunter2")),
            ("not JSON", remote(&[("requests", "hunter2")], &[])),
            ("a list for a text", said(r#""endpoints": ["hunter2"]"#, "")),
            ("no secrets read", Remote { secrets: std::collections::BTreeMap::new(), ..said(&all, "false") }),
        ];
        let lines = cases.map(|(case, said)| format!("{case}: {}", parse(&said).unwrap_err()));
        insta::assert_snapshot!(lines.join("\n"), @"
        nothing: not there yet: requests
        no answer yet: not there yet: requests
        nothing in the answer: not there yet: endpoints, secret-user
        no endpoint: not there yet: endpoints
        no user: not there yet: secret-user
        TLS: secret-tls/tls: asks for TLS, which is not supported
        neither: secret-tls/tls: asks for TLS, which is not supported
        not JSON: requests: is not a list of answers in JSON
        a list for a text: requests/endpoints: is not a text
        no secrets read: not there yet: the content of secret-user
        ");
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(
            any in anything(&["requests", "version", "data", "username", "password", "tls"]),
            nearly in nearly(right(), &["requests", "username", "password", "tls"]),
            hosts in "([a-z0-9\\[\\]:./]{0,5},?){0,3}",
        ) {
            let with_hosts = said(&ANSWER.replace("h:6379", &hosts), "false");
            for said in [any, nearly, with_hosts] {
                drop((secrets(&said), parse(&said), ask(&said.application, "x")));
            }
        }
    }
}
