//! What the end of a process means, in Go's words where Juju passes them on.

use serde_json::{Map, Value};

use super::execute::Executed;
use super::process::Exit;
use crate::controller::action::{ActionFinish, ActionOutcome, ActionStatus};
use crate::hooktools::go::base64;

const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

/// Why a process did not end well; `None` if it did.
pub fn error(exit: &Exit) -> Option<String> {
    match exit {
        Exit::Code(0) => None,
        Exit::Code(code) => Some(format!("exit status {code}")),
        Exit::Signal(signal) => Some(format!("signal: {}", signal_name(*signal))),
        Exit::NotStarted(reason) => Some(reason.clone()),
    }
}

/// Whether somebody ended the process, so that nothing is wrong with the charm.
pub fn is_terminated(exit: &Exit) -> bool {
    matches!(exit, Exit::Signal(SIGTERM | SIGKILL))
}

/// The code that Go gives: -1 for a process that did not exit by itself.
pub fn code(exit: &Exit) -> i32 {
    match exit {
        Exit::Code(code) => *code,
        Exit::Signal(_) | Exit::NotStarted(_) => -1,
    }
}

/// The report of an action's end: what its tools have set, and what its process printed.
pub fn action(
    outcome: ActionOutcome,
    executed: &Executed,
    cancelled: bool,
    flush_error: Option<&str>,
) -> ActionFinish {
    let mut outcome = outcome;
    outcome.results.insert("return-code".to_owned(), Value::from(code(&executed.exit)));
    for (name, bytes) in [("stdout", &executed.stdout), ("stderr", &executed.stderr)] {
        add_output(&mut outcome.results, name, bytes);
    }
    if cancelled {
        let message = "terminated".to_owned();
        return ActionFinish { status: ActionStatus::Aborted, message, results: outcome.results };
    }
    outcome.finish(error(&executed.exit).as_deref(), flush_error)
}

/// The report of a `juju exec`'s end: it completes whatever its code.
pub fn command(
    outcome: ActionOutcome,
    executed: &Executed,
    cancelled: bool,
    flush_error: Option<&str>,
) -> ActionFinish {
    let ended = Executed { exit: Exit::Code(0), ..executed.clone() };
    let mut finish = action(outcome, &ended, cancelled, flush_error);
    finish.results.insert("return-code".to_owned(), Value::from(code(&executed.exit)));
    finish
}

/// The report of an action that no process ran for.
pub fn not_run(status: ActionStatus, message: String) -> ActionFinish {
    ActionFinish { status, message, results: Map::new() }
}

fn add_output(results: &mut Map<String, Value>, name: &str, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        results.insert(name.to_owned(), Value::from(text));
    } else {
        results.insert(name.to_owned(), Value::from(base64::encode(bytes)));
        results.insert(format!("{name}-encoding"), Value::from("base64"));
    }
}

/// As Go calls a signal.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        SIGKILL => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        SIGTERM => "terminated",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn executed(exit: Exit, stdout: &[u8]) -> Executed {
        Executed { exit, stdout: stdout.to_vec(), stderr: Vec::new() }
    }

    #[test]
    fn ends_are_told_in_gos_words() {
        let check = |exit: Exit, expected: Option<&str>| assert_eq!(error(&exit).as_deref(), expected);
        check(Exit::Code(0), None);
        check(Exit::Code(3), Some("exit status 3"));
        check(Exit::Signal(11), Some("signal: segmentation fault"));
        check(Exit::Signal(40), Some("signal: signal 40"));
        check(Exit::NotStarted("no".to_owned()), Some("no"));
    }

    #[test]
    fn an_actions_report_has_what_it_printed_and_its_code() {
        let set = || {
            let results = Map::from_iter([("x".to_owned(), Value::from("y"))]);
            ActionOutcome { results, failed: Some("it is broken".to_owned()) }
        };
        let finish = action(set(), &executed(Exit::Code(0), b"out\n"), false, None);
        assert_eq!((finish.status, finish.message.as_str()), (ActionStatus::Failed, "it is broken"));
        let expected = serde_json::json!({"x": "y", "return-code": 0, "stdout": "out\n"});
        assert_eq!(Value::from(finish.results), expected);
        let finish = action(set(), &executed(Exit::Code(3), b""), false, None);
        assert_eq!(finish.message, "exit status 3");
        let finish = action(set(), &executed(Exit::Signal(9), b""), true, None);
        assert_eq!((finish.status, finish.message.as_str()), (ActionStatus::Aborted, "terminated"));
        assert_eq!(finish.results.get("return-code"), Some(&Value::from(-1)));
        let finish = action(ActionOutcome::default(), &executed(Exit::Code(0), b"\xff\xfe"), false, None);
        let expected = serde_json::json!({"return-code": 0, "stdout": "//4=", "stdout-encoding": "base64"});
        assert_eq!(Value::from(finish.results), expected);
    }

    #[test]
    fn a_command_completes_whatever_its_code() {
        let finish = command(ActionOutcome::default(), &executed(Exit::Code(4), b""), false, None);
        assert_eq!((finish.status, finish.message.as_str()), (ActionStatus::Completed, ""));
        assert_eq!(Value::from(finish.results), serde_json::json!({"return-code": 4}));
    }
}
