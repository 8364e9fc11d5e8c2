//! The interface `ingress`, version 2, from the side that is reached through it (its requirer).
//!
//! Source: `traefik_k8s.v2.ingress`. Every value is JSON: a text has its quotes.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | ours, application | `model`, `name`, `port` | where the application is |
//! | ours, application | `strip-prefix` | `true`: the application does not see the prefix of its URL |
//! | ours, application | `is_port_open` | `true` once Juju has opened the port, else absent |
//! | ours, each unit | `host`, `ip` | the unit's name and address; without every unit's `host` there is no URL |
//! | theirs, application | `ingress` | `{"url": …}` |

use serde::Deserialize;

use super::Databag;
use super::answer::{Answer, Remote};
use super::bags::{bag_of, http_url, json, json_text, missing};
use super::http_url::HttpUrl;
use crate::juju::names::ApplicationName;

/// What the leader writes in the application bag.
pub fn ask(model: &str, application: &ApplicationName, port: u16, port_is_open: bool) -> Databag {
    let open = if port_is_open { "true" } else { "" };
    bag_of([
        ("model", json_text(model)),
        ("name", json_text(application)),
        ("port", port.to_string()),
        ("strip-prefix", "true".to_owned()),
        ("is_port_open", open.to_owned()),
    ])
}

/// What each unit writes in its bag.
pub fn ask_of_unit(host: &str, address: Option<&str>) -> Databag {
    bag_of([("host", json_text(host)), ("ip", json_text(&address))])
}

#[derive(Deserialize)]
struct Ingress {
    url: String,
}

/// Reads the URL that the application is reached by.
///
/// # Errors
/// When there is none yet, or none that could be used.
pub fn parse(remote: &Remote) -> Answer<HttpUrl> {
    let ingress: Option<Ingress> = json(&remote.application, "ingress", "a URL")?;
    http_url("ingress/url", &ingress.ok_or_else(|| missing("ingress"))?.url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{anything, remote};

    #[test]
    fn the_ask_is_in_json() {
        let name = ApplicationName::parse("flask-k8s").unwrap();
        let host = "flask-k8s-0.flask-k8s-endpoints.dev.svc.cluster.local";
        insta::assert_debug_snapshot!((ask("dev", &name, 8080, false), ask_of_unit(host, Some("10.1.2.3"))), @r#"
        (
            {
                "is_port_open": "",
                "model": "\"dev\"",
                "name": "\"flask-k8s\"",
                "port": "8080",
                "strip-prefix": "true",
            },
            {
                "host": "\"flask-k8s-0.flask-k8s-endpoints.dev.svc.cluster.local\"",
                "ip": "\"10.1.2.3\"",
            },
        )
        "#);
        assert_eq!(ask("dev", &name, 8080, true)["is_port_open"], "true");
        assert_eq!(ask_of_unit(host, None)["ip"], "null");
    }

    #[test]
    fn the_url_is_read() {
        let shown = [
            "",
            r#"{"url": "http://10.0.0.1/dev-flask-k8s"}"#,
            r#"{"url": "https://app.example"}"#,
            "null",
            "{}",
            "hunter2",
            r#"{"url": "hunter2"}"#,
        ]
        .map(|text| match parse(&remote(&[("ingress", text)], &[])) {
            Ok(url) => url.as_str().to_owned(),
            Err(not_ready) => not_ready.to_string(),
        });
        insta::assert_snapshot!(shown.join("\n"), @"
        not there yet: ingress
        http://10.0.0.1/dev-flask-k8s
        https://app.example/
        not there yet: ingress
        ingress: is not a URL in JSON
        ingress: is not a URL in JSON
        ingress/url: has no scheme
        ");
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(said in anything(&["ingress"])) {
            drop(parse(&said));
        }
    }
}
