//! The health check of the web app. Kubernetes' probes follow it, so a unit whose app does not answer gets no traffic.

use super::options::CHECK_HOST;
use crate::pebble::types::{Check, CheckLevel, HttpCheck, Override, TcpCheck};

/// The name of the check; one that the rock has of its own stays beside it.
pub const WEB: &str = "sidecharm-web";

/// The app listens at its port; where a path is known that answers 2xx when all is well, it must.
pub fn web(port: u16, path: Option<&str>) -> Check {
    let http = path
        .map(|path| HttpCheck { url: format!("http://{CHECK_HOST}:{port}{path}"), ..HttpCheck::default() });
    let tcp = TcpCheck { port: i64::from(port), ..TcpCheck::default() };
    Check {
        level: Some(CheckLevel::Ready),
        // What the daemon would set, so that what it shows is what was asked for.
        threshold: 3,
        tcp: http.is_none().then_some(tcp),
        http,
        ..Check::new(Override::Replace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_asked_for_and_the_path_where_one_is_known() {
        let of = |path| serde_json::to_string(&web(8000, path)).unwrap();
        assert_eq!(of(None), r#"{"override":"replace","level":"ready","threshold":3,"tcp":{"port":8000}}"#);
        let expected = r#"{"override":"replace","level":"ready","threshold":3,"http":{"url":"http://localhost:8000/_status/ok"}}"#;
        assert_eq!(of(Some("/_status/ok")), expected);
    }
}
