//! The verbs that run something in units and wait for it: actions and commands.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::{call, duration};
use crate::cli::arguments::{Exec, Format, Run};
use crate::cli::output::{complain, print, print_value};
use crate::cli::result_view;
use crate::cli::{Failure, values};
use crate::daemon::connection::{Connection, ModelPlace};
use crate::daemon::protocol::{Reply, Request};
use crate::pod::enter::ENTER;

/// A task that was started.
struct Task {
    unit: String,
    id: u64,
}

/// `juju run`: an action on units.
pub fn run(arguments: &Run, place: &ModelPlace) -> Result<(), Failure> {
    let words = &arguments.words;
    let first_other = words.iter().position(|word| !word.contains('/')).unwrap_or(words.len());
    let (units, rest) = words.split_at_checked(first_other).unwrap_or_default();
    let [action, pairs @ ..] = rest else {
        return Err(Failure::Usage("no action specified".to_owned()));
    };
    if units.is_empty() {
        return Err(Failure::Usage("no unit specified".to_owned()));
    }
    let mut parameters = match &arguments.params {
        Some(file) => values::yaml_map(file)?,
        None => Map::new(),
    };
    parameters.extend(values::parameters(pairs)?);
    let request = |unit: &String| Request::Run {
        unit: unit.clone(),
        action: action.clone(),
        parameters: parameters.clone(),
    };
    let tasks = start(units, request, place)?;
    if arguments.background {
        for Task { unit, id } in tasks {
            complain(&format!("Scheduled task {id} on {unit}"));
        }
        return Ok(());
    }
    let plain = matches!(arguments.format, Format::Plain | Format::Tabular);
    if plain {
        announce(&tasks);
    }
    let results = wait(&tasks, &arguments.wait, place)?;
    if !plain {
        print_value(&results, arguments.format)?;
    }
    finish(&tasks, &results, plain)
}

/// Shows the results where a person reads them, and fails if a task did.
fn finish(tasks: &[Task], results: &Map<String, Value>, plain: bool) -> Result<(), Failure> {
    let mut failed = Vec::new();
    for Task { unit, id } in tasks {
        let result = results.get(unit).unwrap_or(&Value::Null);
        if plain {
            print(&show(result, tasks.len() > 1));
        }
        if result.get("status").and_then(Value::as_str) != Some("completed") {
            let message = result.get("message").and_then(Value::as_str).unwrap_or("no reason given");
            failed.push(format!(" - task {id} on {unit}: {message}"));
        }
    }
    match failed.as_slice() {
        [] => Ok(()),
        _ => Err(Failure::Told(format!("the following tasks failed:\n{}", failed.join("\n")))),
    }
}

/// `juju exec`: a command in units, as the charm would run it; or in a workload container.
pub fn exec(arguments: Exec, place: &ModelPlace) -> Result<(), Failure> {
    let units = units_of(&arguments, place)?;
    if let Some(container) = arguments.container {
        let [unit] = units.as_slice() else {
            return Err(Failure::Usage("--container needs exactly one --unit".to_owned()));
        };
        return enter(unit, container, &arguments.command, place);
    }
    let command = shell_command(&arguments.command);
    let request = |unit: &String| Request::Exec { unit: unit.clone(), command: command.clone() };
    let tasks = start(&units, request, place)?;
    let results = wait(&tasks, &arguments.wait, place)?;
    if !matches!(arguments.format, Format::Plain | Format::Tabular) {
        return print_value(&results, arguments.format);
    }
    let mut code = 0;
    for Task { unit, .. } in &tasks {
        let results = results.get(unit).and_then(|task| task.get("results")).cloned().unwrap_or_default();
        let text = |name: &str| results.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if tasks.len() > 1 {
            print(&format!("{unit}:\n"));
        }
        print(&text("stdout"));
        if !text("stderr").is_empty() {
            complain(text("stderr").trim_end_matches('\n'));
        }
        let this = results.get("return-code").and_then(Value::as_u64).unwrap_or(1);
        code = code.max(u8::try_from(this).unwrap_or(1));
    }
    if code == 0 { Ok(()) } else { Err(Failure::Quiet(code)) }
}

/// One word is a shell's line; several are a program and its arguments.
fn shell_command(words: &[String]) -> String {
    match words {
        [line] => line.clone(),
        _ => words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "),
    }
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn units_of(arguments: &Exec, place: &ModelPlace) -> Result<Vec<String>, Failure> {
    let mut units = arguments.units.clone();
    if !arguments.applications.is_empty() {
        let status = call(place, &Request::Status)?;
        for application in &arguments.applications {
            let found = status.pointer(&format!("/applications/{application}/units"));
            let found = found.and_then(Value::as_object);
            let found =
                found.ok_or_else(|| Failure::Told(format!("application \"{application}\" not found")))?;
            units.extend(found.keys().cloned());
        }
    }
    if units.is_empty() {
        return Err(Failure::Usage("specify a target: --unit or --application".to_owned()));
    }
    Ok(units)
}

/// Becomes the command, inside the container; returns only if that fails.
fn enter(unit: &str, container: String, command: &[String], place: &ModelPlace) -> Result<(), Failure> {
    let unit = unit.to_owned();
    let spec = call(place, &Request::Container { unit, container })?;
    let spec = spec.as_str().unwrap_or_default();
    let error = Command::new("/proc/self/exe").arg(ENTER).arg(spec).args(command).exec();
    Err(Failure::Told(format!("cannot run our own program: {error}")))
}

fn start(
    units: &[String],
    request: impl Fn(&String) -> Request,
    place: &ModelPlace,
) -> Result<Vec<Task>, Failure> {
    let mut tasks = Vec::new();
    for unit in units {
        let started = call(place, &request(unit))?;
        let id = started.get("id").and_then(Value::as_u64).unwrap_or_default();
        // `redis-k8s/leader` has become the unit's own name.
        let unit = started.get("unit").and_then(Value::as_str).unwrap_or(unit).to_owned();
        tasks.push(Task { unit, id });
    }
    Ok(tasks)
}

/// Waits for all tasks; unit → what the controller tells of its task.
fn wait(tasks: &[Task], timeout: &str, place: &ModelPlace) -> Result<Map<String, Value>, Failure> {
    let deadline = Instant::now() + duration(timeout)?;
    let mut results = Map::new();
    for Task { unit, id } in tasks {
        let mut answers = Connection::open(place)?.ask(&Request::Task { id: *id }, place)?;
        let result = loop {
            match answers.next_before(deadline)? {
                Some(Reply::Done(value)) => break value,
                Some(_) => {}
                None => {
                    return Err(Failure::Told(format!(
                        "timed out waiting for results from: unit {unit} (task {id} goes on)"
                    )));
                }
            }
        };
        results.insert(unit.clone(), result);
    }
    Ok(results)
}

fn announce(tasks: &[Task]) {
    let count = if tasks.len() == 1 { "1 task".to_owned() } else { format!("{} tasks", tasks.len()) };
    complain(&format!("Running operation with {count}"));
    for Task { unit, id } in tasks {
        complain(&format!("  - task {id} on unit-{}", unit.replace('/', "-")));
    }
    complain("");
}

/// The results for people; the unit's name stands before them when there are several.
fn show(task: &Value, several: bool) -> String {
    let mut results = task.get("results").and_then(Value::as_object).cloned().unwrap_or_default();
    // Of interest only when there was a failure, which is told elsewhere.
    if results.get("return-code") == Some(&json!(0)) {
        results.remove("return-code");
    }
    if several {
        let unit = task.get("unit").and_then(Value::as_str).unwrap_or_default();
        results = [(unit.to_owned(), Value::Object(results))].into_iter().collect();
    }
    result_view::plain(&results)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_reaches_the_shell_as_it_was_typed() {
        let check = |words: &[&str], expected: &str| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(shell_command(&words), expected);
        };
        check(&["echo a | wc -l"], "echo a | wc -l");
        check(&["relation-get", "-", "redis/0"], "relation-get - redis/0");
        check(&["echo", "it's", ""], r"echo 'it'\''s' ''");
    }
}
