//! The interface `tracing`, version 2, from the side that sends traces (its requirer).
//!
//! Source: `tempo_coordinator_k8s.v0.tracing`.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | ours, application | `receivers` | JSON list of protocols |
//! | theirs, application | `receivers` | JSON list of `{"protocol": {"name", "type"}, "url"}` |

use serde::Deserialize;

use super::Databag;
use super::answer::{Answer, Remote};
use super::bags::{bag_of, http_url, json, json_text, missing};
use super::http_url::HttpUrl;

/// The protocol that web apps speak: OpenTelemetry over HTTP.
const PROTOCOL: &str = "otlp_http";

/// What the leader writes in the application bag.
pub fn ask() -> Databag {
    bag_of([("receivers", json_text(&[PROTOCOL]))])
}

#[derive(Deserialize)]
struct Receiver {
    protocol: Protocol,
    url: String,
}

#[derive(Deserialize)]
struct Protocol {
    name: String,
}

/// Reads where traces go.
///
/// # Errors
/// When the other side does not take them yet, or says what nobody could use.
pub fn parse(remote: &Remote) -> Answer<HttpUrl> {
    let receivers: Option<Vec<Receiver>> = json(&remote.application, "receivers", "a list of receivers")?;
    let Some(receivers) = receivers else { return Err(missing("receivers")) };
    let ours = receivers.iter().find(|receiver| receiver.protocol.name == PROTOCOL);
    http_url("receivers/url", &ours.ok_or_else(|| missing(format!("receivers/{PROTOCOL}")))?.url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{anything, bag, remote};

    #[test]
    fn a_receiver_is_asked_for_and_found() {
        assert_eq!(ask(), bag(&[("receivers", r#"["otlp_http"]"#)]));
        let grpc = r#"{"protocol": {"name": "otlp_grpc", "type": "grpc"}, "url": "tempo:4317"}"#;
        let http = r#"{"protocol": {"name": "otlp_http", "type": "http"}, "url": "http://tempo.m.svc.cluster.local:4318"}"#;
        let cases = [
            String::new(),
            "[]".to_owned(),
            format!("[{grpc}]"),
            format!("[{grpc}, {http}]"),
            format!("[{}]", http.replace("http://", "")),
            "hunter2".to_owned(),
            r#"["otlp_http"]"#.to_owned(),
        ];
        let shown = cases.map(|text| match parse(&remote(&[("receivers", &text)], &[])) {
            Ok(url) => url.as_str().to_owned(),
            Err(not_ready) => not_ready.to_string(),
        });
        insta::assert_snapshot!(shown.join("\n"), @"
        not there yet: receivers
        not there yet: receivers/otlp_http
        not there yet: receivers/otlp_http
        http://tempo.m.svc.cluster.local:4318/
        receivers/url: has no scheme
        receivers: is not a list of receivers in JSON
        receivers: is not a list of receivers in JSON
        ");
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(said in anything(&["receivers"])) {
            drop(parse(&said));
        }
    }
}
