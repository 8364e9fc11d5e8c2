//! What comes back: the envelope, the error kinds, and the messages that have no kind. Nothing here is received.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{ApiError, Error, ErrorKind, PathError};
use super::types::ChangeId;

/// The outer object of every JSON answer.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Envelope {
    r#type: String,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    change: Option<ChangeId>,
}

/// The result of an error answer, and of one path in an answer about files.
#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    message: String,
    #[serde(default)]
    kind: String,
}

/// The result of one path.
#[derive(Deserialize)]
struct PathResult {
    path: String,
    #[serde(default)]
    error: Option<Fault>,
}

/// One path of an answer about several, and what became of it.
pub type PathOutcome = (String, Result<(), PathError>);

/// Reads the answer to a call that is done at once. A missing result is read as null.
///
/// # Errors
/// When the daemon answered with an error, or with something that is not its protocol.
pub fn decode_sync<T: DeserializeOwned>(call: &'static str, status: u16, body: &[u8]) -> Result<T, Error> {
    let envelope = open(call, status, body)?;
    if envelope.r#type != "sync" {
        return Err(unexpected(call, "an asynchronous answer where a plain one belongs"));
    }
    decode_result(call, envelope.result)
}

/// Reads the answer to a call that makes a change: the change's id, and the result.
///
/// # Errors
/// When the daemon answered with an error, or with something that is not its protocol.
pub fn decode_async<T: DeserializeOwned>(
    call: &'static str,
    status: u16,
    body: &[u8],
) -> Result<(ChangeId, T), Error> {
    let envelope = open(call, status, body)?;
    match (envelope.r#type.as_str(), envelope.change) {
        ("async", Some(change)) => Ok((change, decode_result(call, envelope.result)?)),
        _ => Err(unexpected(call, "no change where a change belongs")),
    }
}

/// Reads the answer about several paths: nothing, or the error, for each.
///
/// # Errors
/// When the daemon answered with an error, or with something that is not its protocol.
pub fn decode_paths(call: &'static str, status: u16, body: &[u8]) -> Result<Vec<PathOutcome>, Error> {
    let results: Option<Vec<PathResult>> = decode_sync(call, status, body)?;
    Ok(results.unwrap_or_default().into_iter().map(path_outcome).collect())
}

/// Reads the answer about health, which is status 502 when it is bad and yet no error.
///
/// # Errors
/// When the daemon answered with an error, or with something that is not its protocol.
pub fn decode_health(call: &'static str, status: u16, body: &[u8]) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Health {
        healthy: bool,
    }
    decode_sync::<Health>(call, status, body).map(|health| health.healthy)
}

fn path_outcome(result: PathResult) -> PathOutcome {
    let PathResult { path, error } = result;
    let outcome = match error {
        None => Ok(()),
        Some(fault) => Err(PathError {
            path: path.clone(),
            kind: kind_of("", 0, &fault.kind, &fault.message),
            message: fault.message,
        }),
    };
    (path, outcome)
}

fn open(call: &'static str, status: u16, body: &[u8]) -> Result<Envelope, Error> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|_| {
        unexpected(call, &format!("status {status} and a body that is not Pebble's envelope"))
    })?;
    if envelope.r#type != "error" {
        return Ok(envelope);
    }
    let fault: Fault = decode_result(call, envelope.result)?;
    let kind = kind_of(call, status, &fault.kind, &fault.message);
    Err(Error::Api { call, source: ApiError { status, kind, message: fault.message } })
}

fn decode_result<T: DeserializeOwned>(call: &'static str, result: Value) -> Result<T, Error> {
    // serde's messages name types and fields, but may quote values: only where it stopped is told.
    serde_json::from_value(result).map_err(|error| {
        let reason =
            if error.is_data() { "values of other types than expected" } else { "an unreadable result" };
        unexpected(call, reason)
    })
}

fn unexpected(call: &'static str, detail: &str) -> Error {
    Error::Protocol { call, detail: detail.to_owned() }
}

/// The kind of an error: what the daemon states, or what its words say. The only place that reads messages.
///
/// The texts are those of canonical/pebble 1.1.1 to 1.32.1; a text that changes becomes `Other`, and a test
/// against the real daemon fails.
fn kind_of(call: &str, status: u16, kind: &str, message: &str) -> ErrorKind {
    match kind {
        "login-required" => ErrorKind::LoginRequired,
        "no-default-services" => ErrorKind::NoDefaultServices,
        "not-found" => ErrorKind::NotFound,
        "permission-denied" => ErrorKind::PermissionDenied,
        "generic-file-error" => ErrorKind::GenericFileError,
        "" => kind_of_message(call, status, message),
        other => ErrorKind::Other(other.to_owned()),
    }
}

fn kind_of_message(call: &str, status: u16, message: &str) -> ErrorKind {
    match status {
        404 if message.starts_with("cannot find change with id ") => ErrorKind::NoSuchChange,
        404 if message.starts_with("cannot find notice with ID ") => ErrorKind::NoSuchNotice,
        404 => quoted(message, "cannot find check with name ", "")
            .map_or_else(|| ErrorKind::Other(String::new()), ErrorKind::NoSuchCheck),
        400 if call == "POST /v1/layers" => kind_of_bad_layer(message),
        400 => kind_of_bad_request(message),
        _ => ErrorKind::Other(String::new()),
    }
}

/// A layer that cannot be read, that makes the plan invalid, or whose label will not do.
fn kind_of_bad_layer(message: &str) -> ErrorKind {
    if let Some(label) = quoted(message, "layer ", " already exists") {
        return ErrorKind::LabelExists(label);
    }
    let is_about_the_request = ["label must be set", "invalid ", "cannot decode "];
    if is_about_the_request.iter().any(|beginning| message.starts_with(beginning)) {
        return ErrorKind::Other(String::new());
    }
    ErrorKind::InvalidPlan
}

fn kind_of_bad_request(message: &str) -> ErrorKind {
    // What actions on services say, and exec of its context.
    let service = quoted(message, "service ", " does not exist")
        .or_else(|| quoted(message, "context service ", " not found"));
    let check = message.split_once("cannot find checks in plan: ");
    match (service, check) {
        (Some(service), _) => ErrorKind::NoSuchService(service),
        (None, Some((_, check))) => ErrorKind::NoSuchCheck(check.to_owned()),
        (None, None) => ErrorKind::Other(String::new()),
    }
}

/// The name that Go quoted between two texts.
fn quoted(message: &str, before: &str, after: &str) -> Option<String> {
    let start = message.rfind(&format!("{before}\""))? + before.len() + 1;
    let rest = message.get(start..)?;
    let end = rest.find(&format!("\"{after}"))?;
    rest.get(..end).map(str::to_owned)
}

#[cfg(test)]
mod tests;
