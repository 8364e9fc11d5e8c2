//! The model's log on disk, one JSON object a line, and which lines of it the operator wants.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::log_size;
use super::protocol::LogFilter;
use crate::controller::log::{Level, LogLine};
use crate::pod::folders::Folders;

/// Where the log of a model is.
pub fn path(folders: &Folders) -> PathBuf {
    folders.logs().join("model.log")
}

/// Adds every line of the model's log to the file, until this future is dropped.
///
/// # Errors
/// When the disk refuses.
pub async fn keep(mut lines: Receiver<LogLine>, path: &Path) -> io::Result<()> {
    let mut file = File::options().create(true).append(true).mode(0o600).open(path)?;
    loop {
        match lines.recv().await {
            Ok(line) => {
                let mut text = serde_json::to_vec(&line)?;
                text.push(b'\n');
                file.write_all(&text)?;
            }
            Err(RecvError::Lagged(lost)) => {
                tracing::warn!(lost, "log lines came faster than the disk takes them");
            }
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}

/// The lines that are on disk already and pass the filter.
///
/// # Errors
/// When the file cannot be read.
pub fn read(path: &Path, filter: &LogFilter) -> io::Result<Vec<LogLine>> {
    let mut texts = Vec::new();
    for path in [log_size::older(path), path.to_path_buf()] {
        match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => texts.push(other?),
        }
    }
    let mut lines: Vec<LogLine> = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line| passes(line, filter))
        .collect();
    if let Some(last) = filter.last {
        lines.drain(..lines.len().saturating_sub(last));
    }
    Ok(lines)
}

/// Whether the operator wants the line.
pub fn passes(line: &LogLine, filter: &LogFilter) -> bool {
    let is_of = |entity: &String| line.entity == tag(entity);
    let grave = filter.level.as_deref().and_then(parse_level).is_none_or(|level| line.level >= level);
    let included = filter.include.is_empty() || filter.include.iter().any(is_of);
    grave && included && !filter.exclude.iter().any(is_of)
}

/// The level of this name.
pub fn parse_level(name: &str) -> Option<Level> {
    match name.to_ascii_uppercase().as_str() {
        "TRACE" => Some(Level::Trace),
        "DEBUG" => Some(Level::Debug),
        "INFO" => Some(Level::Info),
        "WARNING" | "WARN" => Some(Level::Warning),
        "ERROR" => Some(Level::Error),
        "CRITICAL" => Some(Level::Critical),
        _ => None,
    }
}

/// `redis-k8s/0` as the tag that stands in the log: `unit-redis-k8s-0`.
fn tag(entity: &str) -> String {
    match entity.split_once('/') {
        Some((application, number)) => format!("unit-{application}-{number}"),
        None => entity.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn line(entity: &str, level: Level, message: &str) -> LogLine {
        LogLine {
            time: datetime!(2026-11-25 10:20:30 UTC),
            entity: entity.to_owned(),
            level,
            module: "juju.worker".to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn the_operator_gets_the_lines_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.log");
        assert_eq!(read(&path, &LogFilter::default()).unwrap(), []);
        let lines = [
            line("unit-a-0", Level::Info, "one"),
            line("unit-a-1", Level::Warning, "two"),
            line("controller", Level::Error, "three"),
        ];
        let text = |lines: &[LogLine]| {
            lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect::<String>()
        };
        fs::write(log_size::older(&path), format!("cut\n{}", text(&lines[..1]))).unwrap();
        fs::write(&path, format!("{}{{\"cut", text(&lines[1..]))).unwrap();
        let check = |filter: LogFilter, expected: &[&str]| {
            let found = read(&path, &filter).unwrap();
            assert_eq!(
                found.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(),
                expected,
                "{filter:?}"
            );
        };
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        check(LogFilter::default(), &["one", "two", "three"]);
        check(LogFilter { last: Some(1), ..LogFilter::default() }, &["three"]);
        check(LogFilter { include: names(&["a/0", "unit-a-1"]), ..LogFilter::default() }, &["one", "two"]);
        check(LogFilter { exclude: names(&["a/0"]), ..LogFilter::default() }, &["two", "three"]);
        check(LogFilter { level: Some("warning".to_owned()), ..LogFilter::default() }, &["two", "three"]);
    }
}
