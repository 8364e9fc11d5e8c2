//! Query strings, percent-encoded so that nothing in a value can be taken for syntax.

use std::fmt::Write as _;

/// A query string in the making.
pub(super) struct Query(String);

impl Query {
    pub(super) const fn new() -> Self {
        Self(String::new())
    }

    pub(super) fn pair(mut self, name: &str, value: &str) -> Self {
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        self.0.push_str(name);
        self.0.push('=');
        for byte in value.bytes() {
            // `+` would be read as a space, so all but the unreserved characters of RFC 3986 are encoded.
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
                self.0.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(self.0, "%{byte:02X}");
            }
        }
        self
    }

    pub(super) fn option(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.pair(name, value),
            None => self,
        }
    }

    /// One pair for each value. The daemon splits values at commas, so one that has any finds nothing.
    pub(super) fn list(self, name: &str, values: &[&str]) -> Self {
        values.iter().fold(self, |query, value| query.pair(name, value))
    }

    /// The path with the query behind it.
    pub(super) fn after(self, path: &str) -> String {
        format!("{path}{}", self.0)
    }
}
