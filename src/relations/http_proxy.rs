//! The interface `http_proxy`, from the side that goes out through the proxy (its requirer).
//!
//! Source: `squid_forward_proxy.v0.http_proxy`.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | ours, application | `requests` | JSON list of `{"auth": [], "domains": [], "requirer": UUID}` |
//! | theirs, application | `responses` | JSON list of `{"requirer", "status", "auth", "http_proxy", "https_proxy", "user"}` |
//!
//! `user` names a secret: `username`, `password`. The other side takes our units' `private-address` from their bags, where
//! Juju wrote it: it must stay there.

use serde::Deserialize;
use serde_json::json;

use super::Databag;
use super::answer::{Answer, NamedSecrets, NotReady, Remote};
use super::bags::{
    bag_of, broken, content, http_url, in_secret, json, json_text, missing, named_secrets, text,
};
use super::connection::{Connection, Credentials};
use super::identity::uuid;
use crate::juju::wire::SecretContent;
use crate::secret::Secret;

/// A proxy that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpProxy {
    /// For `http` URLs; a user and a password may be in it.
    pub http: Connection,
    /// For `https` URLs.
    pub https: Connection,
}

/// What the leader writes in the application bag. What it asked before is kept; `seed` makes the request unique.
pub fn ask(own_application: &Databag, seed: &str) -> Databag {
    #[derive(Deserialize)]
    struct Request {
        requirer: String,
    }
    let one = |text: &&str| matches!(serde_json::from_str::<Vec<Request>>(text).as_deref(), Ok([one]) if !one.requirer.is_empty());
    let kept = text(own_application, "requests").filter(one);
    let made = || json_text(&json!([{"auth": [], "domains": [], "requirer": uuid(seed)}]));
    bag_of([("requests", kept.map_or_else(made, str::to_owned))])
}

#[derive(Deserialize)]
struct Response {
    status: String,
    auth: Option<String>,
    http_proxy: Option<String>,
    https_proxy: Option<String>,
    user: Option<String>,
}

/// The secrets to read before `parse`.
pub fn secrets(remote: &Remote) -> NamedSecrets {
    let responses = responses(remote).unwrap_or_default();
    responses.iter().flat_map(|response| named_secrets(&as_bag(response), &["user"])).collect()
}

/// Reads what the proxy's charm says. There is one response; a unit that does not lead could not match it with its
/// application's request, which it cannot read.
///
/// # Errors
/// When it cannot be used yet, or at all: also when it was refused.
pub fn parse(remote: &Remote) -> Answer<HttpProxy> {
    let responses = responses(remote)?;
    let ready = responses.iter().find(|response| response.status == "ready");
    let response = ready.or_else(|| responses.first()).ok_or_else(|| missing("responses"))?;
    match response.status.as_str() {
        "ready" => {}
        "pending" | "accepted" => return Err(missing("a response that is ready")),
        "rejected" => return Err(broken("responses/status", "is rejected")),
        "unsupported" => return Err(broken("responses/status", "is unsupported")),
        "invalid" => return Err(broken("responses/status", "is invalid")),
        "error" => return Err(broken("responses/status", "is error")),
        _ => return Err(broken("responses/status", "is none of the known ones")),
    }
    let (Some(http), Some(https)) = (&response.http_proxy, &response.https_proxy) else {
        let keys = [("http_proxy", &response.http_proxy), ("https_proxy", &response.https_proxy)];
        let absent = keys.into_iter().filter(|(_, url)| url.is_none());
        return Err(NotReady::Missing(absent.map(|(key, _)| format!("responses/{key}")).collect()));
    };
    let user = content(remote, &as_bag(response), "user")?.map(credentials).transpose()?;
    if user.is_none() && response.auth.as_deref().is_some_and(|auth| auth.contains("userpass")) {
        return Err(missing("responses/user"));
    }
    Ok(HttpProxy {
        http: proxy("responses/http_proxy", http, user.as_ref())?,
        https: proxy("responses/https_proxy", https, user.as_ref())?,
    })
}

fn responses(remote: &Remote) -> Answer<Vec<Response>> {
    json(&remote.application, "responses", "a list of responses").map(Option::unwrap_or_default)
}

/// The one key of a response that names a secret, as a bag.
fn as_bag(response: &Response) -> Databag {
    response.user.iter().map(|user| ("user".to_owned(), user.clone())).collect()
}

fn credentials(content: &SecretContent) -> Answer<Credentials> {
    let field = |key| in_secret(content, key).ok_or_else(|| missing(format!("user/{key}")));
    Ok(Credentials {
        user: field("username")?.expose().to_owned(),
        password: Secret::new(field("password")?.expose()),
    })
}

fn proxy(key: &str, url: &str, user: Option<&Credentials>) -> Answer<Connection> {
    let url = http_url(key, url)?;
    let proxy = Connection::parse(url.as_str(), None).map_err(|why| broken(key, why.to_string()))?;
    Ok(if let Some(user) = user { proxy.signed_on(user) } else { proxy })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{anything, bag, remote};

    const USER: &str = "secret:9m4e2mr0ui3e8a215n4g";

    fn said(keys: &str, password: &str) -> Remote {
        let response = format!(r#"[{{"requirer": "6b459c3c-6222-4dec-bcc3-ca8136985fd9", {keys}}}]"#);
        let secret = [(USER, "username", "u"), (USER, "password", password)];
        remote(&[("responses", &response)], if password.is_empty() { &[] } else { &secret })
    }

    #[test]
    fn the_ask_is_kept_once_it_was_written() {
        let asked = ask(&Databag::new(), "model/app/http-proxy:3");
        insta::assert_debug_snapshot!(asked, @r#"
        {
            "requests": "[{\"auth\":[],\"domains\":[],\"requirer\":\"b63d3628-b97b-4a0c-8a76-87743a394acc\"}]",
        }
        "#);
        assert_eq!(ask(&asked, "x"), asked);
        let theirs = r#"[{"auth": [], "domains": [], "requirer": "6b459c3c-6222-4dec-bcc3-ca8136985fd9"}]"#;
        assert_eq!(ask(&bag(&[("requests", theirs)]), "x")["requests"], theirs);
        assert_ne!(ask(&bag(&[("requests", "[]")]), "x")["requests"], "[]");
    }

    #[test]
    fn a_response_is_read() {
        let urls = r#""http_proxy": "http://10.1.1.1:3128", "https_proxy": "http://10.1.1.1:3128""#;
        let ready = format!(r#""status": "ready", {urls}"#);
        let user = format!(r#"{ready}, "auth": "userpass", "user": "{USER}""#);
        assert_eq!(secrets(&said(&user, "")).len(), 1);
        let shown = [
            ("a user", said(&user, "p/w@")),
            ("nobody", said(&format!(r#"{ready}, "auth": "none""#), "")),
            ("nothing", Remote::default()),
            ("no response", remote(&[("responses", "[]")], &[])),
            ("pending", said(r#""status": "pending""#, "")),
            ("rejected", said(r#""status": "rejected""#, "")),
            ("a status", said(r#""status": "hunter2""#, "")),
            ("no URL", said(r#""status": "ready", "http_proxy": "http://h""#, "")),
            ("a URL", said(r#""status": "ready", "http_proxy": "hunter2", "https_proxy": "x""#, "")),
            ("no user", said(&format!(r#"{ready}, "auth": "srcip+userpass""#), "")),
            ("a secret not granted", said(&user, "")),
            ("not JSON", remote(&[("responses", "hunter2")], &[])),
        ]
        .map(|(case, said)| match parse(&said) {
            Ok(proxy) => format!("{case}: {} {}", proxy.http.uri().expose(), proxy.https.uri().expose()),
            Err(not_ready) => format!("{case}: {not_ready}"),
        });
        insta::assert_snapshot!(shown.join("\n"), @"
        a user: http://u:p%2Fw%40@10.1.1.1:3128/ http://u:p%2Fw%40@10.1.1.1:3128/
        nobody: http://10.1.1.1:3128/ http://10.1.1.1:3128/
        nothing: not there yet: responses
        no response: not there yet: responses
        pending: not there yet: a response that is ready
        rejected: responses/status: is rejected
        a status: responses/status: is none of the known ones
        no URL: not there yet: responses/https_proxy
        a URL: responses/http_proxy: has no scheme
        no user: not there yet: responses/user
        a secret not granted: not there yet: the content of user
        not JSON: responses: is not a list of responses in JSON
        ");
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(said in anything(&["responses", "requests", "username", "password"])) {
            drop((secrets(&said), parse(&said), ask(&said.application, "x")));
        }
    }
}
