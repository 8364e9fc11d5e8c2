//! The URI of a server, and what stands in it: scheme, user, password, hosts, database, options.
//!
//! Reads more than RFC 3986 allows, since what charms write is not always a URI: several hosts (`h1:27017,h2:27017`),
//! and passwords that hold `/`, `#`, `?` or `@` unencoded. What it writes is a URI: such passwords are encoded.

use std::fmt;

use super::percent;
use crate::secret::Secret;

/// A text that is no URI of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidUri(pub &'static str);

const NO_HOST: InvalidUri = InvalidUri("names no host");
const BAD_PORT: InvalidUri = InvalidUri("has a port that is not a number from 1 to 65535");

/// A host, with a port where one is given.
///
/// ```
/// use sidecharm::relations::connection::Host;
/// let host = Host::parse("[::1]:5432")?;
/// assert_eq!((host.name.as_str(), host.port), ("::1", Some(5432)));
/// assert_eq!(host.to_string(), "[::1]:5432");
/// # Ok::<(), sidecharm::relations::connection::InvalidUri>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host {
    /// A name or an address; an IPv6 address without brackets.
    pub name: String,
    /// Its port.
    pub port: Option<u16>,
}

impl Host {
    /// Reads `name`, `name:port`, `[address]:port` or a bare IPv6 address.
    ///
    /// # Errors
    /// When there is no name, or the port is not one.
    pub fn parse(text: &str) -> Result<Self, InvalidUri> {
        let bare_address = text.matches(':').count() > 1 && !text.starts_with('[');
        let (name, port) = if bare_address {
            (text, None)
        } else if let Some((address, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
            let port = rest.strip_prefix(':').or_else(|| rest.is_empty().then_some("")).ok_or(BAD_PORT)?;
            (address, Some(port))
        } else {
            text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)))
        };
        let is_address = bare_address || text.starts_with('[');
        let of_address = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '%');
        if name.is_empty() || name.contains(['[', ']', '/', '?', '#', '@']) {
            return Err(NO_HOST);
        }
        if is_address && !name.chars().all(of_address) {
            return Err(BAD_PORT);
        }
        let port = port.filter(|port| !port.is_empty()).map(str::parse::<u16>).transpose();
        let port = port.map_err(|_| BAD_PORT)?;
        if port == Some(0) { Err(BAD_PORT) } else { Ok(Self { name: name.to_owned(), port }) }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(formatter, "[{}]", self.name)?;
        } else {
            formatter.write_str(&self.name)?;
        }
        self.port.map_or(Ok(()), |port| write!(formatter, ":{port}"))
    }
}

/// A user name and a password as they are, not as a URI writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
}

impl Credentials {
    fn encoded(&self) -> String {
        format!("{}:{}", percent::encode(&self.user), percent::encode(self.password.expose()))
    }

    fn plain(&self) -> String {
        format!("{}:{}", self.user, self.password.expose())
    }
}

/// A server's URI in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// In lower case.
    pub scheme: String,
    user: Option<String>,
    password: Option<Secret>,
    /// What stands before the `@`, legally encoded.
    userinfo: Option<Secret>,
    /// One or more.
    pub hosts: Vec<Host>,
    /// As written: empty, or with its leading `/`.
    pub path: String,
    /// As written, without the `?`.
    pub query: String,
    /// As written, without the `#`.
    pub fragment: String,
}

impl Connection {
    /// A URI of these parts; `path` is written as it is.
    pub fn new(scheme: &str, credentials: Option<&Credentials>, hosts: Vec<Host>, path: String) -> Self {
        Self {
            scheme: scheme.to_owned(),
            user: credentials.map(|both| both.user.clone()),
            password: credentials.map(|both| both.password.clone()),
            userinfo: credentials.map(|both| Secret::new(both.encoded())),
            hosts,
            path,
            query: String::new(),
            fragment: String::new(),
        }
    }

    /// Reads a URI. Where the user and the password are known, they tell where the hosts begin, whatever they hold.
    ///
    /// # Errors
    /// When it has no scheme or no host, or a port that is none.
    pub fn parse(text: &str, known: Option<&Credentials>) -> Result<Self, InvalidUri> {
        let (scheme, rest) = text
            .split_once("://")
            .filter(|(scheme, _)| is_scheme(scheme))
            .ok_or(InvalidUri("has no scheme"))?;
        if rest.contains(|c: char| c.is_control()) {
            return Err(InvalidUri("holds control characters"));
        }
        let (userinfo, rest) = split_userinfo(rest, known);
        if rest.contains(char::is_whitespace) {
            return Err(InvalidUri("holds blanks"));
        }
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut connection = Self {
            scheme: scheme.to_ascii_lowercase(),
            user: None,
            password: None,
            userinfo: None,
            hosts: hosts(authority)?,
            path: path.to_owned(),
            query: query.to_owned(),
            fragment: fragment.to_owned(),
        };
        match userinfo {
            Userinfo::None => {}
            Userinfo::Known(written, both) => {
                connection.user = Some(both.user.clone());
                connection.password = Some(both.password.clone());
                connection.userinfo = Some(Secret::new(written));
            }
            Userinfo::Written(written) => connection.set_userinfo(written),
        }
        Ok(connection)
    }

    /// Reads a comma-separated list of whole URIs, in which a URI may name several hosts.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn parse_list(text: &str, known: Option<&Credentials>) -> Result<Vec<Self>, InvalidUri> {
        let mut uris: Vec<String> = Vec::new();
        for part in text.split(',') {
            let begins = part.trim_start().split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme));
            match uris.last_mut() {
                Some(uri) if !begins => {
                    uri.push(',');
                    uri.push_str(part);
                }
                _ => uris.push(part.to_owned()),
            }
        }
        uris.iter().map(|uri| Self::parse(uri.trim(), known)).collect()
    }

    fn set_userinfo(&mut self, written: &str) {
        let (user, password) =
            written.split_once(':').map_or((written, None), |(user, password)| (user, Some(password)));
        let user = percent::decode(user);
        let password = password.map(percent::decode);
        let legal = if percent::is_userinfo(written) {
            written.to_owned()
        } else {
            let password =
                password.as_deref().map_or_else(String::new, |text| format!(":{}", percent::encode(text)));
            format!("{}{password}", percent::encode(&user))
        };
        self.user = Some(user);
        self.password = password.map(Secret::new);
        self.userinfo = Some(Secret::new(legal));
    }

    /// The user, as it is.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The password, as it is.
    pub fn password(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    /// The same at another host.
    #[must_use]
    pub fn at(&self, host: Host) -> Self {
        let mut there = self.clone();
        there.hosts = vec![host];
        there
    }

    /// The same with a user and a password.
    pub(super) fn signed_on(self, credentials: &Credentials) -> Self {
        let Self { scheme, hosts, path, query, fragment, .. } = self;
        Self { query, fragment, ..Self::new(&scheme, Some(credentials), hosts, path) }
    }

    /// The first host.
    pub fn host(&self) -> Option<&Host> {
        self.hosts.first()
    }

    /// The path without its leading `/`; absent if there is no path at all.
    pub fn database(&self) -> Option<&str> {
        self.path.strip_prefix('/')
    }

    /// The options in the query, decoded, in their order.
    pub fn options(&self) -> Vec<(String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        let split = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        split.map(|(key, value)| (percent::decode(key), percent::decode(value))).collect()
    }

    /// All that stands between `//` and the path: `user:password@host:port`.
    pub fn authority(&self) -> Secret {
        let hosts: Vec<_> = self.hosts.iter().map(ToString::to_string).collect();
        let userinfo =
            self.userinfo.as_ref().map_or_else(String::new, |userinfo| format!("{}@", userinfo.expose()));
        Secret::new(format!("{userinfo}{}", hosts.join(",")))
    }

    /// The whole URI.
    pub fn uri(&self) -> Secret {
        Secret::new(self.with(self.authority().expose()))
    }

    /// The URI with dots for the password.
    pub(super) fn without_password(&self) -> String {
        let mut shown = self.clone();
        shown.userinfo =
            shown.userinfo.map(|_| Secret::new(format!("{}:•••", self.user.as_deref().unwrap_or_default())));
        shown.with(shown.authority().expose())
    }

    fn with(&self, authority: &str) -> String {
        let mut uri = format!("{}://{authority}{}", self.scheme, self.path);
        for (mark, part) in [('?', &self.query), ('#', &self.fragment)] {
            if !part.is_empty() {
                uri.push(mark);
                uri.push_str(part);
            }
        }
        uri
    }
}

enum Userinfo<'a> {
    None,
    /// As it shall be written, and what it means.
    Known(String, &'a Credentials),
    /// As it was written.
    Written(&'a str),
}

fn split_userinfo<'a>(rest: &'a str, known: Option<&'a Credentials>) -> (Userinfo<'a>, &'a str) {
    if let Some(known) = known {
        let (encoded, plain) = (known.encoded(), known.plain());
        let after = |userinfo: &str| rest.strip_prefix(userinfo).and_then(|rest| rest.strip_prefix('@'));
        if let Some(after) = after(&encoded) {
            return (Userinfo::Known(encoded, known), after);
        }
        if let Some(after) = after(&plain) {
            let legal = percent::is_userinfo(&plain) && !plain.contains('%');
            return (Userinfo::Known(if legal { plain } else { encoded }, known), after);
        }
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, _) = rest.split_at(end);
    // Only where the hosts could not be hosts, an `@` further on ends an unencoded password.
    let at = authority.rfind('@').or_else(|| rest.rfind('@').filter(|_| hosts(authority).is_err()));
    let split = at.and_then(|at| Some((rest.get(..at)?, rest.get(at + 1..)?)));
    split.map_or((Userinfo::None, rest), |(userinfo, after)| (Userinfo::Written(userinfo), after))
}

fn hosts(authority: &str) -> Result<Vec<Host>, InvalidUri> {
    authority.split(',').map(Host::parse).collect()
}

fn is_scheme(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(legal)
}

#[cfg(test)]
mod tests;
