//! What is sent, as plain values: one function per endpoint. Nothing here is sent.
//!
//! Every function fails only when its values do not fit a request (a query of more than 64 KiB, say). Uploads,
//! whose body is a stream, are made in `files.rs` from the pieces in `multipart.rs`.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use serde::Serialize;

use super::error::Error;
use super::types::{
    ChangeFilter, ChangeId, CheckLevel, Directory, Exec, GoDuration, Layer, LayerPlace, Listing, LogDepth,
    NoticeFilter, NoticeId, NoticeKind, NoticeUsers, Removal, Signal, TaskId,
};

mod query;

use query::Query;

/// A request, the name it has in errors, and whether it may be sent twice.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Method and path pattern.
    pub(super) name: &'static str,
    /// What is sent.
    pub(super) request: Request<Bytes>,
    /// Whether it may be sent again when the connection broke before the answer came.
    pub(super) repeatable: bool,
}

/// What to do with services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ServiceAction {
    /// Start those named and what they require.
    Start,
    /// Stop those named and what requires them.
    Stop,
    /// Stop those named, then start them and what they require.
    Restart,
    /// Restart what changed and start what should run.
    Replan,
    /// Start what should run.
    Autostart,
}

/// What to do with checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CheckAction {
    /// Run them.
    Start,
    /// Stop running them.
    Stop,
}

/// Asks for version and boot id.
pub(super) fn system_info() -> Result<Call, Error> {
    get("GET /v1/system-info", "/v1/system-info", Query::new())
}

/// Asks whether the checks of a level, or those named, are well.
pub(super) fn health(level: Option<&CheckLevel>, names: &[&str]) -> Result<Call, Error> {
    let query = Query::new().option("level", level.map(CheckLevel::as_str)).list("names", names);
    get("GET /v1/health", "/v1/health", query)
}

/// Asks for the combined plan.
pub(super) fn plan() -> Result<Call, Error> {
    get("GET /v1/plan", "/v1/plan", Query::new().pair("format", "yaml"))
}

/// Adds a layer.
pub(super) fn add_layer(label: &str, layer: &Layer, place: LayerPlace) -> Result<Call, Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        action: &'static str,
        combine: bool,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        inner: bool,
        format: &'static str,
        label: &'a str,
        layer: String,
    }
    const NAME: &str = "POST /v1/layers";
    let text = layer.render().map_err(|source| Error::Request { call: NAME, source: source.into() })?;
    let body = Body {
        action: "add",
        combine: place != LayerPlace::Appended,
        inner: place == LayerPlace::Inner,
        format: "yaml",
        label,
        layer: text,
    };
    let call = post(NAME, "/v1/layers", &body)?;
    // Replacing twice is replacing once; merging twice appends lists twice, appending twice is an error.
    Ok(Call { repeatable: place != LayerPlace::Appended && layer.only_replaces(), ..call })
}

/// Asks for the state of services; no name asks for all. Unknown names are left out of the answer.
pub(super) fn services(names: &[&str]) -> Result<Call, Error> {
    get("GET /v1/services", "/v1/services", Query::new().list("names", names))
}

/// Acts on services.
pub(super) fn services_action(action: ServiceAction, services: &[&str]) -> Result<Call, Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        action: ServiceAction,
        services: &'a [&'a str],
    }
    post("POST /v1/services", "/v1/services", &Body { action, services })
}

/// Sends a signal to the main processes of services.
pub(super) fn signal(signal: Signal, services: &[&str]) -> Result<Call, Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        signal: Signal,
        services: &'a [&'a str],
    }
    post("POST /v1/signals", "/v1/signals", &Body { signal, services })
}

/// Asks for changes, those of one service if it is named.
pub(super) fn changes(filter: &ChangeFilter, service: Option<&str>) -> Result<Call, Error> {
    let query = Query::new().pair("select", filter.as_str()).option("for", service);
    get("GET /v1/changes", "/v1/changes", query)
}

/// Asks for one change.
pub(super) fn change(id: &ChangeId) -> Result<Call, Error> {
    get("GET /v1/changes/{id}", &format!("/v1/changes/{id}"), Query::new())
}

/// Asks for one change as soon as it is ready, or for status 504 after `timeout`.
pub(super) fn wait_change(id: &ChangeId, timeout: Duration) -> Result<Call, Error> {
    // A zero would mean for ever.
    let timeout = GoDuration::from(timeout.max(Duration::from_millis(1)));
    let query = Query::new().pair("timeout", &timeout.to_string());
    let call = get("GET /v1/changes/{id}/wait", &format!("/v1/changes/{id}/wait"), query)?;
    // Whoever waits looks first whether a daemon that is there again is the same.
    Ok(Call { repeatable: false, ..call })
}

/// Aborts a change.
pub(super) fn abort_change(id: &ChangeId) -> Result<Call, Error> {
    #[derive(Serialize)]
    struct Body {
        action: &'static str,
    }
    post("POST /v1/changes/{id}", &format!("/v1/changes/{id}"), &Body { action: "abort" })
}

/// Asks for checks.
pub(super) fn checks(level: Option<&CheckLevel>, names: &[&str]) -> Result<Call, Error> {
    let query = Query::new().option("level", level.map(CheckLevel::as_str)).list("names", names);
    get("GET /v1/checks", "/v1/checks", query)
}

/// Starts or stops checks.
pub(super) fn checks_action(action: CheckAction, checks: &[&str]) -> Result<Call, Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        action: CheckAction,
        checks: &'a [&'a str],
    }
    let call = post("POST /v1/checks", "/v1/checks", &Body { action, checks })?;
    Ok(Call { repeatable: true, ..call })
}

/// Runs a check now.
pub(super) fn refresh_check(name: &str) -> Result<Call, Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        name: &'a str,
    }
    post("POST /v1/checks/refresh", "/v1/checks/refresh", &Body { name })
}

/// Asks for notices; waits up to `timeout` for one if there is none.
pub(super) fn notices(filter: &NoticeFilter, timeout: Option<Duration>) -> Result<Call, Error> {
    let kinds: Vec<&str> = filter.kinds.iter().map(NoticeKind::as_str).collect();
    let keys: Vec<&str> = filter.keys.iter().map(String::as_str).collect();
    let query = match filter.users {
        NoticeUsers::Own => Query::new(),
        NoticeUsers::User(id) => Query::new().pair("user-id", &id.to_string()),
        NoticeUsers::All => Query::new().pair("users", "all"),
    };
    let query = query
        .list("types", &kinds)
        .list("keys", &keys)
        .option("after", filter.after.map(|after| after.to_string()).as_deref())
        .option("timeout", timeout.map(|timeout| GoDuration::from(timeout).to_string()).as_deref());
    get("GET /v1/notices", "/v1/notices", query)
}

/// Asks for one notice.
pub(super) fn notice(id: &NoticeId) -> Result<Call, Error> {
    get("GET /v1/notices/{id}", &format!("/v1/notices/{id}"), Query::new())
}

/// Raises a custom notice.
pub(super) fn notify(
    key: &str,
    data: &[(&str, &str)],
    repeat_after: Option<Duration>,
) -> Result<Call, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    struct Body<'a> {
        action: &'static str,
        r#type: &'static str,
        key: &'a str,
        #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
        data: std::collections::BTreeMap<&'a str, &'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        repeat_after: Option<GoDuration>,
    }
    let body = Body {
        action: "add",
        r#type: "custom",
        key,
        data: data.iter().copied().collect(),
        repeat_after: repeat_after.map(GoDuration::from),
    };
    post("POST /v1/notices", "/v1/notices", &body)
}

/// Asks for the files in a directory, or for one path itself.
pub(super) fn list_files(path: &str, listing: Listing<'_>) -> Result<Call, Error> {
    let query = Query::new().pair("action", "list").pair("path", path);
    let query = match listing {
        Listing::Entries => query,
        Listing::Matching(pattern) => query.pair("pattern", pattern),
        Listing::Itself => query.pair("itself", "true"),
    };
    get("GET /v1/files (list)", "/v1/files", query)
}

/// The name of [`read_files`] in errors.
pub(super) const READ_FILES: &str = "GET /v1/files (read)";

/// Asks for the content of files.
pub(super) fn read_files(paths: &[&str]) -> Result<Call, Error> {
    let query =
        paths.iter().fold(Query::new().pair("action", "read"), |query, path| query.pair("path", path));
    let mut call = get(READ_FILES, "/v1/files", query)?;
    // The daemon compares this text; `*/*` is refused.
    call.request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("multipart/form-data"));
    Ok(call)
}

/// Makes directories.
pub(super) fn make_dirs(dirs: &[Directory]) -> Result<Call, Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        action: &'static str,
        dirs: &'a [Directory],
    }
    let call = post("POST /v1/files (make-dirs)", "/v1/files", &Body { action: "make-dirs", dirs })?;
    Ok(Call { repeatable: dirs.iter().all(|dir| dir.make_parents), ..call })
}

/// Removes paths: with everything below, where missing is no error; or only what is a file or an empty directory.
pub(super) fn remove(paths: &[&str], removal: Removal) -> Result<Call, Error> {
    #[derive(Serialize)]
    struct Path<'a> {
        path: &'a str,
        recursive: bool,
    }
    #[derive(Serialize)]
    struct Body<'a> {
        action: &'static str,
        paths: Vec<Path<'a>>,
    }
    let recursive = removal == Removal::Recursive;
    let paths = paths.iter().map(|path| Path { path, recursive }).collect();
    let call = post("POST /v1/files (remove)", "/v1/files", &Body { action: "remove", paths })?;
    Ok(Call { repeatable: recursive, ..call })
}

/// Asks for the output of services; no name asks for all.
pub(super) fn logs(services: &[&str], depth: LogDepth) -> Result<Call, Error> {
    get("GET /v1/logs", "/v1/logs", log_query(services, depth))
}

/// Asks for the output of services as it comes. Nothing is answered, not even headers, before the first line.
pub(super) fn follow_logs(services: &[&str], depth: LogDepth) -> Result<Call, Error> {
    get("GET /v1/logs (follow)", "/v1/logs", log_query(services, depth).pair("follow", "true"))
}

/// Starts a command, which the daemon kills after `timeout`, but not its children.
pub(super) fn exec(command: &Exec, timeout: Duration) -> Result<Call, Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(flatten)]
        command: &'a Exec,
        timeout: GoDuration,
    }
    post("POST /v1/exec", "/v1/exec", &Body { command, timeout: timeout.into() })
}

/// The path of one of a command's websockets: `control`, `stdio` or `stderr`.
pub(super) fn websocket_path(task: &TaskId, stream: &str) -> String {
    format!("/v1/tasks/{task}/websocket/{stream}")
}

fn log_query(services: &[&str], depth: LogDepth) -> Query {
    let depth = match depth {
        LogDepth::Newest(count) => count.to_string(),
        LogDepth::All => "-1".to_owned(),
    };
    Query::new().list("services", services).pair("n", &depth)
}

fn get(name: &'static str, path: &str, query: Query) -> Result<Call, Error> {
    let request = build(name, Method::GET, &query.after(path), Bytes::new())?;
    Ok(Call { name, request, repeatable: true })
}

fn post<T: Serialize>(name: &'static str, path: &str, body: &T) -> Result<Call, Error> {
    let body =
        serde_json::to_vec(body).map_err(|source| Error::Request { call: name, source: source.into() })?;
    let mut request = build(name, Method::POST, path, body.into())?;
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(Call { name, request, repeatable: false })
}

fn build(name: &'static str, method: Method, target: &str, body: Bytes) -> Result<Request<Bytes>, Error> {
    let uri = target.parse::<Uri>().map_err(|source| Error::Request { call: name, source: source.into() })?;
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    // HTTP/1.1 requires the header; on a unix socket any host is right.
    request.headers_mut().insert(header::HOST, HeaderValue::from_static("localhost"));
    Ok(request)
}

#[cfg(test)]
mod tests;
