//! The interface `loki_push_api`, from the side that sends logs (its requirer).
//!
//! Source: `loki_k8s.v1.loki_push_api`. Each unit of the other side publishes `endpoint` = `{"url": "…/loki/api/v1/push"}`;
//! Pebble sends the services' output there itself.

use serde::Deserialize;

use super::Databag;

/// A unit's `endpoint` that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key \"endpoint\" holds no URL")]
pub struct UnusableEndpoint;

#[derive(Deserialize)]
struct Endpoint {
    url: String,
}

/// The push URL of one unit of the other side; `None` while it has published nothing.
///
/// # Errors
/// When it has published something that is not an HTTP URL in JSON.
pub fn parse(unit_bag: &Databag) -> Result<Option<String>, UnusableEndpoint> {
    let Some(text) = unit_bag.get("endpoint").filter(|text| !text.is_empty()) else { return Ok(None) };
    let endpoint: Endpoint = serde_json::from_str(text).map_err(|_| UnusableEndpoint)?;
    let usable = ["http://", "https://"].iter().any(|scheme| endpoint.url.starts_with(scheme));
    if usable { Ok(Some(endpoint.url)) } else { Err(UnusableEndpoint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(endpoint: &str, expected: Result<Option<&str>, UnusableEndpoint>) {
        let bag = Databag::from([("endpoint".to_owned(), endpoint.to_owned())]);
        assert_eq!(parse(&bag), expected.map(|url| url.map(str::to_owned)), "{endpoint}");
    }

    #[test]
    fn an_endpoint_is_a_url_in_json() {
        check(
            r#"{"url": "http://loki-0:3100/loki/api/v1/push"}"#,
            Ok(Some("http://loki-0:3100/loki/api/v1/push")),
        );
        check("", Ok(None));
        assert_eq!(parse(&Databag::new()), Ok(None));
        for broken in ["{", "null", r#"{"url": 1}"#, r#"{"url": "ftp://x"}"#, "http://x"] {
            check(broken, Err(UnusableEndpoint));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(text in "\\PC*") {
            drop(parse(&Databag::from([("endpoint".to_owned(), text)])));
        }
    }
}
