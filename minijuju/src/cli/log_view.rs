//! A line of the log as `debug-log` shows it.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::table::{Paint, printable};
use crate::controller::log::{Level, LogLine};

const CLOCK: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]:[second]");

/// `unit-redis-k8s-0: 10:20:30 INFO juju.worker.uniter.operation ran "start" hook`
pub fn render(line: &LogLine, paint: Paint) -> String {
    let clock = line.time.format(CLOCK).unwrap_or_default();
    let level = level(line.level);
    let code = match line.level {
        Level::Trace | Level::Debug => "2",
        Level::Info => "32",
        Level::Warning => "33",
        Level::Error | Level::Critical => "31",
    };
    let level = match paint {
        Paint::Colours => format!("\x1b[{code}m{level}\x1b[0m"),
        Paint::Plain => level.to_owned(),
    };
    // A message of several lines keeps them; only what moves the cursor goes.
    let message = line.message.lines().map(printable).collect::<Vec<_>>().join("\n");
    format!("{}: {clock} {level} {} {message}\n", line.entity, line.module)
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Trace => "TRACE",
        Level::Debug => "DEBUG",
        Level::Info => "INFO",
        Level::Warning => "WARNING",
        Level::Error => "ERROR",
        Level::Critical => "CRITICAL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_line_looks_as_in_juju() {
        let line = LogLine {
            time: datetime!(2026-11-25 10:20:30.5 UTC),
            entity: "unit-redis-k8s-0".to_owned(),
            level: Level::Info,
            module: "juju.worker.uniter.operation".to_owned(),
            message: "ran \"start\" hook\nand \x1b[2J more".to_owned(),
        };
        assert_eq!(
            render(&line, Paint::Plain),
            "unit-redis-k8s-0: 10:20:30 INFO juju.worker.uniter.operation ran \"start\" hook\nand  [2J more\n"
        );
        assert!(render(&line, Paint::Colours).contains("\x1b[32mINFO\x1b[0m"));
    }
}
