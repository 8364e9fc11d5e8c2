//! An `http` or `https` URL in the form in which web apps have always been given it: that of pydantic, the Python
//! library that the charms before this one used. A URL without a path ends with `/`, the scheme's own port is left out.

use std::fmt;

use super::connection::{Connection, InvalidUri};

/// An HTTP URL.
///
/// ```
/// use sidecharm::relations::http_url::HttpUrl;
/// assert_eq!(HttpUrl::parse("HTTP://Tempo:4318")?.as_str(), "http://tempo:4318/");
/// assert_eq!(HttpUrl::parse("https://a.example:443/b?c")?.as_str(), "https://a.example/b?c");
/// assert!(HttpUrl::parse("ftp://a").is_err());
/// # Ok::<(), sidecharm::relations::connection::InvalidUri>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct HttpUrl {
    text: String,
    shown: String,
}

impl HttpUrl {
    /// Reads and normalises.
    ///
    /// # Errors
    /// When it is no URL, or not of HTTP, or names not exactly one host.
    pub fn parse(text: &str) -> Result<Self, InvalidUri> {
        let mut url = Connection::parse(text, None)?;
        let own_port = match url.scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return Err(InvalidUri("is not an HTTP URL")),
        };
        let [host] = url.hosts.as_mut_slice() else { return Err(InvalidUri("names several hosts")) };
        host.name = host.name.to_lowercase();
        host.port = host.port.filter(|port| *port != own_port);
        if url.path.is_empty() {
            url.path.push('/');
        }
        Ok(Self { text: url.uri().expose().to_owned(), shown: url.without_password() })
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for HttpUrl {
    /// Without the password that a URL may hold.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_normalised_as_pydantic_does_it() {
        for (text, expected) in [
            ("http://h:4318", Ok("http://h:4318/")),
            ("http://h:80", Ok("http://h/")),
            ("https://h:443/x", Ok("https://h/x")),
            ("http://10.0.0.1/dev-flask-k8s", Ok("http://10.0.0.1/dev-flask-k8s")),
            ("http://[::1]:3100/loki?a=b#c", Ok("http://[::1]:3100/loki?a=b#c")),
            ("http://u:p@h", Ok("http://u:p@h/")),
            ("", Err("has no scheme")),
            ("h:4317", Err("has no scheme")),
            ("http://", Err("names no host")),
            ("http://h:x", Err("has a port that is not a number from 1 to 65535")),
            ("http://a,b", Err("names several hosts")),
            ("http://a b", Err("holds blanks")),
            ("redis://h", Err("is not an HTTP URL")),
        ] {
            let url = HttpUrl::parse(text);
            assert_eq!(
                url.as_ref().map(HttpUrl::as_str),
                expected.map_err(InvalidUri).as_ref().copied(),
                "{text}"
            );
        }
        assert_eq!(format!("{:?}", HttpUrl::parse("http://u:hunter2@h/x").unwrap()), "http://u:•••@h/x");
    }
}
