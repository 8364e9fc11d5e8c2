//! `sidecharm run` becomes the program that it is told, with the variables of a file.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// The user of the apps in rocks.
const DAEMON: u32 = 584_792;

const BINARY: &str = env!("CARGO_BIN_EXE_sidecharm");

/// A directory that every user may enter, with the file in it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn with(text: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        fs::set_permissions(place.folder.path(), Permissions::from_mode(0o755)).unwrap();
        fs::write(place.path("file.json"), text).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, program: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("run").arg("--environment").arg(self.path("file.json")).arg("--").args(program);
        command.current_dir(self.folder.path());
        command
    }

    /// Puts a program there. Not by this process: a child of another test may have it open for writing just then, and what
    /// is open for writing cannot be executed.
    fn install(&self, from: &str, name: &str, mode: &str) -> PathBuf {
        let to = self.path(name);
        let status = Command::new("install").args(["-m", mode, from]).arg(&to).status().unwrap();
        assert!(status.success());
        to
    }
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Fails with this code and a line that has `expected` in it, and none of the values.
fn fails(output: &Output, code: i32, expected: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(expected) && said.lines().count() == 1, "{said}");
    assert!(!said.contains("hunter2") && output.stdout.is_empty(), "{output:?}");
}

#[test]
fn the_program_gets_the_variables_of_the_file_over_its_own_and_its_arguments_as_they_are() {
    let place = Place::with(r#"{"KEY": "hunter2 \"$HOME\"\n", "BOTH": "file"}"#);
    let script = r#"printf '%s|' "$KEY" "$BOTH" "$OWN" "$@"; pwd"#;
    let mut command = place.run(&["sh", "-c", script, "sh", "a b", "", "--", "-x"]);
    let output = command.env("BOTH", "own").env("OWN", "own").output().unwrap();
    let expected = format!("hunter2 \"$HOME\"\n|file|own|a b||--|-x|{}\n", place.folder.path().display());
    assert_eq!(text(&output), expected);
}

#[test]
fn it_is_the_same_process_and_has_no_signal_ignored_or_blocked_more_than_without() {
    let place = Place::with("{}");
    let child = place.run(&["sh", "-c", "echo $$"]).stdout(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    assert_eq!(text(&child.wait_with_output().unwrap()), format!("{id}\n"));
    let program = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"];
    let mut direct = Command::new(program[0]);
    direct.args(&program[1..]);
    let masks = |mut command: Command| {
        // Above 31 are those that the C library keeps for itself.
        let mask =
            |line: &str| u64::from_str_radix(line.rsplit('\t').next().unwrap(), 16).unwrap() & 0x7fff_ffff;
        text(&command.output().unwrap()).lines().map(mask).collect::<Vec<_>>()
    };
    assert_eq!(masks(place.run(&program)), masks(direct));
}

#[test]
fn its_exit_code_is_the_programs() {
    let status = Place::with("{}").run(&["sh", "-c", "exit 42"]).status().unwrap();
    assert_eq!(status.code(), Some(42));
}

#[test]
fn a_program_is_searched_in_the_path_and_one_that_cannot_be_started_is_named() {
    let place = Place::with(r#"{"PATH": ".", "KEY": "hunter2"}"#);
    fs::write(place.path("text"), "#!/bin/sh\necho \"$KEY\"\n").unwrap();
    let text_file = place.path("text");
    let _app = place.install(text_file.to_str().unwrap(), "app", "644");
    fails(&place.run(&["app"]).output().unwrap(), 126, "\"app\" cannot be started: Permission denied");
    let _app = place.install(text_file.to_str().unwrap(), "app", "755");
    assert_eq!(text(&place.run(&["app"]).output().unwrap()), "hunter2\n");
    fails(&place.run(&["npm"]).output().unwrap(), 127, "\"npm\" cannot be started: No such file");
}

#[test]
fn a_file_that_does_not_do_is_told_without_what_is_in_it() {
    let path = |name: &str| format!("/{name} is not a JSON object of variables and texts");
    for broken in
        ["", "hunter2", r#""hunter2""#, r#"["hunter2"]"#, r#"{"KEY": ["hunter2"]}"#, r#"{"KEY": "hunter2"#]
    {
        fails(&Place::with(broken).run(&["true"]).output().unwrap(), 126, &path("file.json"));
    }
    for (variable, shown) in [(r"A\u0000", r#""A\0""#), ("A=B", r#""A=B""#), ("", r#""""#)] {
        let place = Place::with(&format!(r#"{{"{variable}": "hunter2"}}"#));
        fails(&place.run(&["true"]).output().unwrap(), 126, &format!("can hold the variable {shown}"));
    }
    let place = Place::with(r#"{"KEY": "hunter2\u0000"}"#);
    fails(&place.run(&["true"]).output().unwrap(), 126, "can hold the variable \"KEY\"");
    fs::remove_file(place.path("file.json")).unwrap();
    fails(&place.run(&["true"]).output().unwrap(), 126, "file.json: No such file");
}

#[test]
fn the_user_that_the_file_belongs_to_can_read_it_and_no_other() {
    let place = Place::with(r#"{"KEY": "hunter2"}"#);
    chown(place.path("file.json"), Some(DAEMON), Some(DAEMON)).unwrap();
    fs::set_permissions(place.path("file.json"), Permissions::from_mode(0o400)).unwrap();
    let program = place.install(BINARY, "sidecharm", "755");
    let run_as = |user: u32| {
        let inner = place.run(&["sh", "-c", "echo $KEY; id -u"]);
        let mut command = Command::new("setpriv");
        command.args([format!("--reuid={user}"), format!("--regid={user}")]).arg("--clear-groups");
        command.arg(&program).args(inner.get_args()).output().unwrap()
    };
    assert_eq!(text(&run_as(DAEMON)), format!("hunter2\n{DAEMON}\n"));
    fails(&run_as(170), 126, "file.json: Permission denied");
}
