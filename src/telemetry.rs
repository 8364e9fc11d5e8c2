//! Tracing to Juju's log in as few `juju-log` processes as can be. It decides nothing and knows no workload.
//!
//! - debug goes to standard output at once: Juju logs a hook's output as DEBUG, for nothing. In an action it would
//!   become part of the result, so there it is dropped.
//! - info and above wait for [`Telemetry::flush`], which writes neighbours of one level together.
//! - a panic writes what waits to standard error, which Juju logs as WARNING.
//!
//! A hook with nothing to say starts no process.

use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::juju::tools::{HookTools, LogLevel};

mod batch;

use batch::Record;

/// What happens to debug lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DebugLines {
    /// They go to standard output.
    Printed,
    /// An action runs: they are dropped.
    Dropped,
}

/// What has been said and not yet been written.
#[derive(Debug, Clone, Default)]
pub struct Telemetry {
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    records: Vec<Record>,
}

impl Telemetry {
    /// Collects what the whole process says, and what it has to say when it panics. The first call counts.
    pub fn start(debug: DebugLines) -> Self {
        let telemetry = Self::default();
        let lines: Option<Box<dyn Write + Send>> = match debug {
            DebugLines::Printed => Some(Box::new(std::io::stdout())),
            DebugLines::Dropped => None,
        };
        if tracing::subscriber::set_global_default(telemetry.subscriber(lines)).is_ok() {
            let last_words = telemetry.clone();
            std::panic::set_hook(Box::new(move |panic| {
                last_words.die(&panic.to_string(), &mut std::io::stderr());
            }));
        }
        telemetry
    }

    /// Writes all that waits, in order. What Juju does not take goes to standard error.
    pub async fn flush(&self, tools: &HookTools) {
        let records = std::mem::take(&mut self.lock().records);
        let mut untold = Vec::new();
        for batch in batch::batches(records) {
            if let Err(error) = tools.juju_log(batch.level, &batch.text).await {
                untold.extend([batch.text, error.to_string()]);
            }
        }
        if !untold.is_empty() {
            untold.push(String::new());
            // There is nowhere left to complain.
            std::io::stderr().write_all(untold.join("\n").as_bytes()).ok();
        }
    }

    fn subscriber(&self, lines: Option<Box<dyn Write + Send>>) -> impl Subscriber + Send + Sync + use<> {
        tracing_subscriber::registry().with(Collect { telemetry: self.clone(), lines: Mutex::new(lines) })
    }

    /// In a panic nothing may be awaited, and this thread may be the one that holds the lock.
    fn die(&self, panic: &str, stderr: &mut dyn Write) {
        let records = match self.waiting.try_lock() {
            Ok(mut waiting) => std::mem::take(&mut waiting.records),
            Err(_) => Vec::new(),
        };
        let mut lines: Vec<&str> = records.iter().map(|record| record.text.as_str()).collect();
        lines.extend([panic, ""]);
        stderr.write_all(lines.join("\n").as_bytes()).ok();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Collect {
    telemetry: Telemetry,
    lines: Mutex<Option<Box<dyn Write + Send>>>,
}

impl<S: Subscriber> Layer<S> for Collect {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let ours = metadata.target().starts_with(env!("CARGO_CRATE_NAME"));
        *metadata.level() <= if ours { Level::DEBUG } else { Level::WARN }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        let text = line.finish();
        let level = match *event.metadata().level() {
            Level::ERROR => LogLevel::Error,
            Level::WARN => LogLevel::Warning,
            Level::INFO => LogLevel::Info,
            _ => {
                if let Some(lines) = &mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner) {
                    // A closed standard output is no reason to fail a hook.
                    writeln!(lines, "{text}").ok();
                }
                return;
            }
        };
        self.telemetry.lock().records.push(Record { level, text });
    }
}

/// One event as one line: its message, then its fields.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn push(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        if field.name() == "message" {
            self.message.write_fmt(value).ok();
        } else {
            write!(self.fields, " {}={value}", field.name()).ok();
        }
    }

    /// Control characters are escaped: a NUL cannot be an argument, and a line end would begin another record.
    fn finish(self) -> String {
        let mut text = String::with_capacity(self.message.len() + self.fields.len());
        for character in self.message.chars().chain(self.fields.chars()) {
            if character.is_control() {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        text
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let plain = field.name() == "message" || !value.contains(|c: char| c.is_whitespace() || c == '"');
        if plain && !value.is_empty() {
            self.push(field, format_args!("{value}"));
        } else {
            self.push(field, format_args!("{value:?}"));
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let causes = std::iter::successors(Some(value), |error| error.source());
        let chain: Vec<String> = causes.map(ToString::to_string).collect();
        self.push(field, format_args!("{:?}", chain.join(": ")));
    }
}

#[cfg(test)]
mod tests;
