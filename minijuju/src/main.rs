//! Argv and environment in, exit code out: the operator's verbs, or one of the processes that the controller starts.

use std::ffi::OsStr;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use minijuju::cli::{self, Surroundings};
use minijuju::daemon::connection::CONTROLLER;
use minijuju::daemon::process::{self, Environment};
use minijuju::hooktools::{self, client};
use minijuju::pod::{enter, launch};

fn main() -> ExitCode {
    if let Some(name) = std::env::args_os().next().as_deref().and_then(tool_name) {
        return run_tool(name);
    }
    let arguments: Vec<String> =
        std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        [launch::LAUNCH, spec] => launch::launch(Path::new(spec)),
        [launch::START, spec] => launch::become_first(Path::new(spec)),
        [enter::ENTER, spec, command @ ..] => enter::enter(Path::new(spec), command),
        [CONTROLLER, folder, name] => {
            let environment = Environment {
                pebble: std::env::var_os("PEBBLE_BIN").map(PathBuf::from),
                path: std::env::var("PATH").unwrap_or_default(),
            };
            process::run(Path::new(folder), name, &environment)
        }
        _ => cli::run(&Surroundings {
            arguments,
            model: variable("JUJU_MODEL"),
            home: std::env::var_os("MINIJUJU_HOME").map(PathBuf::from),
            terminal: std::io::stdout().is_terminal(),
            no_colour: variable("NO_COLOR").is_some(),
        }),
    }
}

/// The hook tool this program was started as, if it was.
fn tool_name(program: &OsStr) -> Option<String> {
    let name = Path::new(program).file_name()?.to_str()?;
    hooktools::is_tool(name).then(|| name.to_owned())
}

fn run_tool(name: String) -> ExitCode {
    let code = client::run(&mut client::Process {
        name,
        args: std::env::args_os().skip(1).collect(),
        dir: std::env::current_dir().unwrap_or_default(),
        variable: &|name| std::env::var(name).ok(),
        stdin: &mut std::io::stdin(),
        stdout: &mut std::io::stdout(),
        stderr: &mut std::io::stderr(),
    });
    ExitCode::from(code)
}

/// A variable that is set to something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
