//! A server's URL as variables: the whole of it, and the parts that Python's `urlparse` finds.
//!
//! | name after the prefix | value | when |
//! | --- | --- | --- |
//! | `CONNECT_STRING` | the whole | always |
//! | `SCHEME`, `NETLOC`, `PATH`, `PARAMS`, `QUERY`, `FRAGMENT` | the parts as written | always, empty where there is none |
//! | `USERNAME`, `PASSWORD` | as they are, not as a URL writes them | where given |
//! | `HOSTNAME`, `PORT` | of the first host, in lower case | where given |
//! | `NAME` | of a database: the path without its first `/` | where there is a path |

use crate::relations::connection::Connection;
use crate::secret::Secret;
use crate::webapp::variables::Variables;

/// Of these schemes only does `urlparse` cut off what follows a `;` in the last segment of the path.
const WITH_PARAMS: &[&str] = &[
    "ftp", "hdl", "http", "https", "mms", "prospero", "rtsp", "rtsps", "rtspu", "sftp", "shttp", "sip",
    "sips", "tel",
];

/// The variables of a URL. `list` is the whole of it where more URLs follow this one.
pub fn parts(prefix: &str, url: &Connection, list: Option<Secret>) -> Variables {
    let mut variables = Variables::new();
    let hidden = holds_secret(url);
    let (path, params) = split_params(url);
    let mut set = |name: &str, value: &str| variables.set(format!("{prefix}_{name}"), value);
    set("SCHEME", &url.scheme);
    set("PATH", path);
    set("PARAMS", params);
    set("FRAGMENT", &url.fragment);
    if let Some(user) = url.user() {
        set("USERNAME", user);
    }
    if let Some(host) = url.host() {
        set("HOSTNAME", &host.name.to_lowercase());
        if let Some(port) = host.port {
            set("PORT", &port.to_string());
        }
    }
    let mut set = |name: &str, value: Secret, hidden: bool| {
        set_marked(&mut variables, &format!("{prefix}_{name}"), value, hidden);
    };
    set("CONNECT_STRING", list.unwrap_or_else(|| url.uri()), hidden);
    set("NETLOC", url.authority(), url.password().is_some());
    set("QUERY", Secret::new(url.query.as_str()), options_hold_secret(url));
    if let Some(password) = url.password() {
        set("PASSWORD", password.clone(), true);
    }
    variables
}

/// The same of a database's URL.
pub fn database(prefix: &str, url: &Connection, list: Option<Secret>) -> Variables {
    let mut variables = parts(prefix, url, list);
    if let Some(name) = split_params(url).0.strip_prefix('/') {
        variables.set(format!("{prefix}_NAME"), name);
    }
    variables
}

/// Sets a text that may be a secret.
pub(super) fn set_marked(variables: &mut Variables, name: &str, value: Secret, hidden: bool) {
    if hidden {
        variables.set_secret(name, value);
    } else {
        variables.set(name, value.expose());
    }
}

/// Whoever sees the URL can sign on.
pub(super) fn holds_secret(url: &Connection) -> bool {
    url.password().is_some() || options_hold_secret(url)
}

fn options_hold_secret(url: &Connection) -> bool {
    let is_secret = |(key, _): &(String, String)| {
        let key = key.to_lowercase();
        ["pass", "secret", "token"].iter().any(|word| key.contains(word))
    };
    url.options().iter().any(is_secret)
}

fn split_params(url: &Connection) -> (&str, &str) {
    let path = url.path.as_str();
    if !WITH_PARAMS.contains(&url.scheme.as_str()) {
        return (path, "");
    }
    let last = path.rfind('/').unwrap_or_default();
    let at = path.get(last..).and_then(|segment| segment.find(';')).map(|at| last + at);
    at.and_then(|at| Some((path.get(..at)?, path.get(at + 1..)?))).unwrap_or((path, ""))
}

#[cfg(test)]
mod tests;
