//! The interface `smtp`, from the side that sends mail (its requirer).
//!
//! Source: `smtp_integrator.v0.smtp`. The requirer writes nothing.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | theirs, application | `host`, `port` | the server |
//! | theirs, application | `auth_type` | `none`, `not_provided` or `plain` |
//! | theirs, application | `transport_security` | `none`, `starttls` or `tls` |
//! | theirs, application | `skip_ssl_verify` | `True` or `False`; absent is `False` |
//! | theirs, application | `user`, `domain`, `smtp_sender` | optional |
//! | theirs, application | `recipients` | optional, JSON list |
//! | theirs, application | `password_id` | secret: `password`; an older endpoint has `password` in plain text |

use super::answer::{Answer, NamedSecrets, Remote};
use super::bags::{boolean, broken, list, named_secrets, needed, owned, port, secret_or_plain};
use crate::secret::Secret;

/// A mail server that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who we are there.
    pub user: Option<String>,
    /// The proof of it.
    pub password: Option<Secret>,
    /// How to sign on.
    pub auth_type: AuthType,
    /// How the connection is protected.
    pub transport_security: TransportSecurity,
    /// The domain that mail comes from.
    pub domain: Option<String>,
    /// The server's certificate is not to be checked.
    pub skip_ssl_verify: bool,
    /// The address that mail comes from.
    pub sender: Option<String>,
    /// The addresses that mail may go to; none said, none listed.
    pub recipients: Vec<String>,
}

/// How to sign on at a mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthType {
    /// Not at all.
    None,
    /// Nobody said how.
    NotProvided,
    /// By user and password.
    Plain,
}

impl AuthType {
    /// The word in the bag.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::NotProvided => "not_provided",
            Self::Plain => "plain",
        }
    }
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportSecurity {
    /// Not at all.
    None,
    /// By TLS, after a first plain word.
    StartTls,
    /// By TLS.
    Tls,
}

impl TransportSecurity {
    /// The word in the bag.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StartTls => "starttls",
            Self::Tls => "tls",
        }
    }
}

/// The secrets to read before `parse`.
pub fn secrets(remote: &Remote) -> NamedSecrets {
    named_secrets(&remote.application, &["password_id"])
}

/// Reads what the SMTP integrator says.
///
/// # Errors
/// When it cannot be used yet, or at all.
pub fn parse(remote: &Remote) -> Answer<Smtp> {
    let bag = &remote.application;
    let [host, number, auth_type, transport_security] =
        needed(bag, ["host", "port", "auth_type", "transport_security"])?;
    let auth_types = [AuthType::None, AuthType::NotProvided, AuthType::Plain];
    let auth_type = auth_types.into_iter().find(|one| one.as_str() == auth_type);
    let securities = [TransportSecurity::None, TransportSecurity::StartTls, TransportSecurity::Tls];
    let security = securities.into_iter().find(|one| one.as_str() == transport_security);
    Ok(Smtp {
        host: host.to_owned(),
        port: port("port", number)?,
        user: owned(bag, "user"),
        password: secret_or_plain(remote, "password_id", "password", "password")?,
        auth_type: auth_type.ok_or_else(|| broken("auth_type", "is none of none, not_provided and plain"))?,
        transport_security: security
            .ok_or_else(|| broken("transport_security", "is none of none, starttls and tls"))?,
        domain: owned(bag, "domain"),
        skip_ssl_verify: boolean(bag, "skip_ssl_verify")?.unwrap_or(false),
        sender: owned(bag, "smtp_sender"),
        recipients: list(bag, "recipients")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{anything, remote};

    const ID: &str = "secret:9m4e2mr0ui3e8a215n4g";
    const SAID: &[(&str, &str)] = &[
        ("host", "smtp.example"),
        ("port", "587"),
        ("auth_type", "plain"),
        ("transport_security", "starttls"),
        ("skip_ssl_verify", "False"),
        ("domain", "example.com"),
        ("user", "u"),
        ("password_id", ID),
        ("smtp_sender", "no-reply@example.com"),
        ("recipients", r#"["a@example.com"]"#),
    ];

    #[test]
    fn a_server_is_read() {
        let said = remote(SAID, &[(ID, "password", "pw")]);
        assert_eq!(secrets(&said).len(), 1);
        let smtp = parse(&said).unwrap();
        assert_eq!(smtp.password.as_ref().map(Secret::expose), Some("pw"));
        insta::assert_debug_snapshot!(smtp, @r#"
        Smtp {
            host: "smtp.example",
            port: 587,
            user: Some(
                "u",
            ),
            password: Some(
                •••,
            ),
            auth_type: Plain,
            transport_security: StartTls,
            domain: Some(
                "example.com",
            ),
            skip_ssl_verify: false,
            sender: Some(
                "no-reply@example.com",
            ),
            recipients: [
                "a@example.com",
            ],
        }
        "#);
        let least = parse(&remote(&SAID[..4], &[])).unwrap();
        assert_eq!((least.user, least.password, least.skip_ssl_verify), (None, None, false));
        let legacy = parse(&remote(&[SAID[0], SAID[1], SAID[2], SAID[3], ("password", "pw")], &[])).unwrap();
        assert_eq!(legacy.password, Some(Secret::new("pw")));
    }

    #[test]
    fn what_is_missing_or_broken_is_named() {
        let but = |key: &'static str, value: &'static str| {
            let mut said = remote(&SAID[..7], &[]);
            said.application.insert(key.to_owned(), value.to_owned());
            said
        };
        let cases = [
            ("nothing", remote(&[], &[])),
            ("half", remote(&SAID[..2], &[])),
            ("a secret not granted", remote(SAID, &[])),
            ("an empty secret", remote(SAID, &[(ID, "other", "hunter2")])),
            ("a port", but("port", "hunter2")),
            ("an auth_type", but("auth_type", "hunter2")),
            ("a transport_security", but("transport_security", "hunter2")),
            ("a flag", but("skip_ssl_verify", "hunter2")),
            ("a list", but("recipients", "hunter2")),
        ];
        let lines = cases.map(|(case, said)| format!("{case}: {}", parse(&said).unwrap_err()));
        insta::assert_snapshot!(lines.join("\n"), @"
        nothing: not there yet: host, port, auth_type, transport_security
        half: not there yet: auth_type, transport_security
        a secret not granted: not there yet: the content of password_id
        an empty secret: not there yet: password_id/password
        a port: port: is not a port number from 1 to 65535
        an auth_type: auth_type: is none of none, not_provided and plain
        a transport_security: transport_security: is none of none, starttls and tls
        a flag: skip_ssl_verify: is neither True nor False
        a list: recipients: is not a list of texts in JSON
        ");
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(said in anything(&[
            "host", "port", "auth_type", "transport_security", "skip_ssl_verify", "password_id", "password", "recipients",
        ])) {
            drop((secrets(&said), parse(&said)));
        }
    }
}
