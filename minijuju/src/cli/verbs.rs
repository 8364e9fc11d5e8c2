//! Each verb: what is asked of the controller, and how the answer is shown.

mod inspect;
mod models;
mod secrets;
mod tasks;

use std::collections::BTreeMap;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use serde_json::Value;

use super::arguments::{Config, Deploy, Format, Prompt, Verb, WaitFor};
use super::follow::{self, Goal};
use super::output::{complain, print, print_value};
use super::{Failure, Surroundings, named, values};
use crate::daemon::connection::{Connection, ModelPlace};
use crate::daemon::protocol::{self, Reply, Request};
use crate::daemon::settings::parse_duration;

/// How long `deploy --wait` waits.
const DEPLOY_TIMEOUT: &str = "10m";

/// Runs one verb.
///
/// # Errors
/// When it fails or was wrongly used.
pub fn run(verb: Verb, place: &ModelPlace, surroundings: &Surroundings) -> Result<(), Failure> {
    match verb {
        Verb::Deploy(arguments) => deploy(&arguments, place, surroundings),
        Verb::AddUnit { application, number } => quiet(place, &Request::AddUnits { application, number }),
        Verb::RemoveUnit { application, number, prompt } => {
            refuse_unit(&application)?;
            confirm(&prompt, &format!("remove {number} of the units of {application}"))?;
            quiet(place, &Request::RemoveUnits { application, number })
        }
        Verb::RemoveApplication { applications, prompt } => {
            confirm(&prompt, &format!("remove {}", applications.join(", ")))?;
            remove_applications(applications, place)
        }
        Verb::Integrate { one, other } => quiet(place, &Request::Integrate { one, other }),
        Verb::RemoveRelation { one, other } => quiet(place, &Request::RemoveRelation { one, other }),
        Verb::Config(arguments) => config(arguments, place),
        Verb::Actions { application, schema, format } => inspect::actions(application, schema, format, place),
        Verb::Run(arguments) => tasks::run(&arguments, place),
        Verb::Exec(arguments) => tasks::exec(arguments, place),
        Verb::Status(arguments) => inspect::status(&arguments, place, surroundings),
        Verb::DebugLog(arguments) => inspect::debug_log(arguments, place, surroundings),
        Verb::ShowUnit { units, format } => inspect::show_units(&units, format, place),
        Verb::Secret(verb) => secrets::run(verb, place, surroundings),
        Verb::ModelConfig { settings, format } => model_config(&settings, format, place),
        Verb::Resolved { units, no_retry } => {
            units.into_iter().try_for_each(|unit| quiet(place, &Request::Resolved { unit, retry: !no_retry }))
        }
        Verb::Refresh { application, path, resources } => refresh(application, &path, &resources, place),
        Verb::AttachResource { application, resource } => attach_resource(application, resource, place),
        Verb::Trust { application, remove } => quiet(place, &Request::Trust { application, trust: !remove }),
        Verb::WaitFor(arguments) => wait_for(arguments, place, surroundings),
        Verb::Models { format } => models::list(format, place, surroundings),
        Verb::AddModel { name } => add_model(&named(place, name.as_deref(), surroundings.home.as_deref())?),
        Verb::DestroyModel { name, prompt } => {
            let place = named(place, name.as_deref(), surroundings.home.as_deref())?;
            confirm(&prompt, &format!("destroy the model \"{}\" with its storage", place.name))?;
            destroy(&place)
        }
        Verb::KillPod { unit } => quiet(place, &Request::KillPod { unit }),
        Verb::DeletePod { unit } => quiet(place, &Request::DeletePod { unit }),
        Verb::RestartContainer { unit, container } => {
            quiet(place, &Request::RestartContainer { unit, container })
        }
    }
}

/// Kubernetes decides which unit goes: the one with the highest number.
fn refuse_unit(name: &str) -> Result<(), Failure> {
    match name.split_once('/') {
        Some((application, _)) => Err(Failure::Usage(format!(
            "k8s models do not support removing named units.\nInstead specify an application with --num-units: \
             'minijuju remove-unit {application} --num-units 1' removes its unit with the highest number."
        ))),
        None => Ok(()),
    }
}

fn remove_applications(applications: Vec<String>, place: &ModelPlace) -> Result<(), Failure> {
    let mut applications = applications.into_iter();
    applications.try_for_each(|application| quiet(place, &Request::RemoveApplication { application }))
}

fn refresh(
    application: String,
    path: &Path,
    resources: &[String],
    place: &ModelPlace,
) -> Result<(), Failure> {
    let (charm, resources) = (values::charm(path)?, values::resources(resources)?);
    quiet(place, &Request::Refresh { application, charm, resources })
}

fn attach_resource(application: String, resource: String, place: &ModelPlace) -> Result<(), Failure> {
    let mut resource = values::resources(&[resource])?;
    let (name, value) = resource.pop_first().unwrap_or_default();
    quiet(place, &Request::AttachResource { application, name, value })
}

fn add_model(place: &ModelPlace) -> Result<(), Failure> {
    if place.folder.join("model.json").exists() {
        return Err(Failure::Told(format!(
            "failed to create new model: model \"{}\" already exists",
            place.name
        )));
    }
    Connection::open_or_create(place)?.call(&Request::AddModel, place)?;
    complain(&format!("Added '{}' model", place.name));
    Ok(())
}

/// Returns when the controller's process is gone too.
fn destroy(place: &ModelPlace) -> Result<(), Failure> {
    let connection = Connection::open(place)?;
    let controller = connection.controller();
    let mut answers = connection.ask(&Request::DestroyModel, place)?;
    while !matches!(answers.next_reply()?, Reply::Done(_)) {}
    answers.wait_for_end(controller.as_ref());
    complain(&format!("Model \"{}\" destroyed", place.name));
    Ok(())
}

fn call(place: &ModelPlace, request: &Request) -> Result<Value, Failure> {
    Ok(Connection::open(place)?.call(request, place)?)
}

fn quiet(place: &ModelPlace, request: &Request) -> Result<(), Failure> {
    call(place, request).map(drop)
}

fn deploy(arguments: &Deploy, place: &ModelPlace, surroundings: &Surroundings) -> Result<(), Failure> {
    let request = Request::Deploy(protocol::Deploy {
        charm: values::charm(&arguments.charm)?,
        name: arguments.name.clone(),
        number: arguments.number,
        config: values::options(&arguments.config, arguments.name.as_deref())?,
        resources: values::resources(&arguments.resources)?,
        trust: arguments.trust,
    });
    let deployed = Connection::open_or_create(place)?.call(&request, place)?;
    let text = |name: &str| deployed.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    complain(&format!("Deployed \"{}\" from charm \"{}\"", text("application"), text("charm")));
    if !arguments.wait {
        return Ok(());
    }
    let goal = Goal {
        name: text("application"),
        status: "active".to_owned(),
        agent: Some("idle".to_owned()),
        ..Goal::default()
    };
    let timeout = duration(DEPLOY_TIMEOUT)?;
    follow::wait_for(place, &goal, timeout, surroundings)
}

fn config(arguments: Config, place: &ModelPlace) -> Result<(), Failure> {
    let Config { application, options, reset, file, format } = arguments;
    let (set, show): (Vec<String>, Vec<String>) = options.into_iter().partition(|word| word.contains('='));
    if set.is_empty() && reset.is_empty() && file.is_none() {
        let shown = call(place, &Request::Config { application })?;
        let [name] = show.as_slice() else {
            return if show.is_empty() { print_value(&shown, format) } else { Err(one_option()) };
        };
        let setting = shown.get("settings").and_then(|settings| settings.get(name));
        let setting =
            setting.ok_or_else(|| Failure::Told(format!("key \"{name}\" not found in settings")))?;
        match setting.get("value") {
            Some(Value::String(text)) => print(&format!("{text}\n")),
            Some(value) => print(&format!("{value}\n")),
            None => {}
        }
        return Ok(());
    }
    if !show.is_empty() {
        return Err(Failure::Usage("cannot set and retrieve options at once".to_owned()));
    }
    let mut changes: BTreeMap<String, String> = BTreeMap::new();
    if let Some(file) = file {
        changes.extend(values::options_of_file(&file, Some(&application))?);
    }
    changes.extend(values::options(&set, None)?);
    quiet(place, &Request::SetConfig { application, set: changes, reset })
}

fn one_option() -> Failure {
    Failure::Usage("can only retrieve a single option".to_owned())
}

fn model_config(words: &[String], format: Format, place: &ModelPlace) -> Result<(), Failure> {
    if words.iter().any(|word| word.contains('=')) {
        let set: Result<_, Failure> = words.iter().map(|word| values::pair(word)).collect();
        let request = Request::SetModelConfig { set: set? };
        Connection::open_or_create(place)?.call(&request, place)?;
        return Ok(());
    }
    let shown = call(place, &Request::ModelConfig)?;
    match words {
        [] => inspect::settings(&shown, format),
        [name] => match shown.get(name).and_then(Value::as_str) {
            Some(value) => {
                print(&format!("{value}\n"));
                Ok(())
            }
            None => Err(Failure::Told(format!("key \"{name}\" not found in \"{}\" model", place.name))),
        },
        _ => Err(one_option()),
    }
}

fn wait_for(arguments: WaitFor, place: &ModelPlace, surroundings: &Surroundings) -> Result<(), Failure> {
    let WaitFor { name, status, agent, message, units, timeout } = arguments;
    let name = match name.as_slice() {
        [name] => name,
        [kind, name] if kind == "application" || kind == "unit" => name,
        _ => return Err(Failure::Usage("expected the name of an application or a unit".to_owned())),
    };
    let goal = Goal { name: name.clone(), status, agent, message, units };
    follow::wait_for(place, &goal, duration(&timeout)?, surroundings)
}

fn duration(text: &str) -> Result<std::time::Duration, Failure> {
    parse_duration(text)
        .ok_or_else(|| Failure::Usage(format!("\"{text}\" is not a duration such as 500ms or 5m")))
}

/// Asks the person at the terminal; without one the operator must say so with a flag.
fn confirm(prompt: &Prompt, deed: &str) -> Result<(), Failure> {
    if prompt.no_prompt {
        return Ok(());
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::Usage(format!("this would {deed}: say --no-prompt if it shall")));
    }
    complain(&format!("WARNING This will {deed}.\n\nContinue [y/N]? "));
    let mut answer = String::new();
    drop(stdin.lock().read_line(&mut answer));
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Failure::Told("aborted".to_owned()))
}
