//! Commands that are not run: whether what they name is there.

use std::fs;
use std::process::Command;

use crate::place::project;

/// Verbs of Juju that minijuju has no use for.
const ONLY_JUJU: [&str; 5] = ["add-k8s", "bootstrap", "download", "scp", "ssh"];
/// What builds the project beside `make` and its scripts.
const BUILDERS: [&str; 4] = ["alias", "cargo", "cd", "export"];
/// Programs of others.
const OTHERS: [&str; 6] = ["charmcraft", "kubectl", "microk8s", "redis-cli", "rockcraft", "snap"];

/// A command for a real Juju: the verb is one of its, and the flags are those of minijuju's verb of that name.
///
/// # Errors
/// With what is not known.
pub fn juju(command: &str) -> Result<(), String> {
    let words = words(command);
    let ["juju", verb, rest @ ..] = words.as_slice() else {
        return Err(format!("`{command}` is not juju's"));
    };
    if ONLY_JUJU.contains(verb) {
        return Ok(());
    }
    let verbs = minijuju(&["help"]);
    if !verbs.lines().any(|line| line.split_whitespace().next() == Some(verb)) {
        return Err(format!("neither juju nor minijuju has a verb {verb}"));
    }
    let help = minijuju(&[verb, "--help"]);
    let known = |flag: &str| help.split([' ', ',', '\n', '=', '[']).any(|word| word == flag);
    let flags = rest.iter().take_while(|word| **word != "--").filter(|word| word.starts_with('-'));
    let mut flags = flags.filter_map(|flag| flag.split('=').next());
    flags.find(|flag| !known(flag)).map_or(Ok(()), |flag| Err(format!("{verb} has no flag {flag}")))
}

/// A command that builds: its targets are in the Makefile, and its scripts in the project.
///
/// # Errors
/// With what is not there.
pub fn build(command: &str) -> Result<(), String> {
    let makefile = fs::read_to_string(project().join("Makefile")).map_err(|error| error.to_string())?;
    let has_target = |target: &str| makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
    for part in command.split(['\n', '&']).map(str::trim).filter(|part| !part.is_empty()) {
        let words = words(part);
        match words.as_slice() {
            ["make", targets @ ..] => {
                if let Some(target) =
                    targets.iter().find(|target| !target.contains('=') && !has_target(target))
                {
                    return Err(format!("the Makefile has no {target}"));
                }
            }
            [script, ..] if script.starts_with("tools/") => {
                if !project().join(script).is_file() {
                    return Err(format!("{script} is not there"));
                }
            }
            [program, ..] if BUILDERS.contains(program) => {}
            _ => return Err(format!("`{part}` does not build this project")),
        }
    }
    Ok(())
}

/// A command of a program of somebody else's.
///
/// # Errors
/// When it is none of those.
pub fn elsewhere(command: &str) -> Result<(), String> {
    let words = words(command);
    let program = words.iter().find(|word| **word != "sudo");
    if program.is_some_and(|program| OTHERS.contains(program)) {
        return Ok(());
    }
    Err(format!("`{command}` is of no program that this project sends its readers to"))
}

fn words(command: &str) -> Vec<&str> {
    command.split_whitespace().filter(|word| *word != "\\").collect()
}

/// What minijuju prints.
pub fn minijuju(arguments: &[&str]) -> String {
    let here = std::env::current_exe().unwrap();
    let program = here.ancestors().nth(2).unwrap().join("minijuju");
    let output = Command::new(program).args(arguments).output();
    let output = output.expect("minijuju is missing: run `cargo build --workspace`");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn unknown_verbs_flags_targets_and_programs_are_noticed() {
    assert_eq!(juju("juju deploy ./a.charm -n 3 \\\n  --resource image=b"), Ok(()));
    assert_eq!(juju("juju exec --unit a/0 -- ls --colour"), Ok(()));
    assert_eq!(juju("juju ssh --anything a/0"), Ok(()));
    assert_eq!(juju("juju deply a").unwrap_err(), "neither juju nor minijuju has a verb deply");
    assert_eq!(juju("juju deploy a --units 3").unwrap_err(), "deploy has no flag --units");
    assert!(juju("minijuju status").is_err());
    assert_eq!(build("make setup && cargo build\ntools/assemble a b"), Ok(()));
    assert_eq!(build("make setpu").unwrap_err(), "the Makefile has no setpu");
    assert_eq!(build("tools/assembel a").unwrap_err(), "tools/assembel is not there");
    assert!(build("rm a").is_err());
    assert_eq!(elsewhere("sudo snap install juju"), Ok(()));
    assert!(elsewhere("curl x").is_err());
}
