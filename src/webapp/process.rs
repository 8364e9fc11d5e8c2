//! Processes beside the services: a migration, a check. They run as the app does: its user, its directory, its variables.

use super::effects::Command;
use super::framework::Profile;
use super::layer::{Rock, USER, Wrapper};
use super::variables::{Value, Variables};
use crate::pebble::types::{Environment, Exec, Owner};

/// The app's user, who reads the file with the secrets.
pub fn owner() -> Owner {
    Owner::both(USER)
}

/// A command of the app's. What it is told of secrets is where they are.
pub fn exec(
    profile: Profile,
    rock: &Rock,
    variables: &Variables,
    wrapper: &Wrapper<'_>,
    command: impl IntoIterator<Item: Into<String>>,
) -> Command {
    let mut environment = rock.web(profile).map_or_else(Environment::default, |web| web.environment.clone());
    let mut hidden = Vec::new();
    for (name, value) in variables.iter() {
        match value {
            Value::Plain(text) => {
                let _before = environment.insert(name.to_owned(), text.clone());
            }
            Value::Secret(secret) => hidden.push(secret.clone()),
        }
    }
    let owner = owner();
    let wrapping = if hidden.is_empty() { Vec::new() } else { wrapper.words(&owner).into() };
    let exec = Exec {
        command: wrapping.into_iter().chain(command.into_iter().map(Into::into)).collect(),
        environment,
        working_dir: Some(profile.app_dir().to_owned()),
        owner,
        ..Exec::default()
    };
    Command { exec, hidden }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pebble::types::Plan;
    use crate::secret::Secret;
    use crate::webapp::framework::{Framework, Generation};

    /// U041 and M03: where, as whom and with what a migration runs.
    #[test]
    fn a_process_of_the_app_runs_as_the_app_and_its_secrets_stay_in_their_file() {
        let profile = Profile { framework: Framework::Flask, generation: Generation::First };
        let plan = "services: {flask: {override: replace, command: x, environment: {A: rock, B: rock}}}";
        let rock = Rock::of(&Plan::parse(plan).unwrap());
        let mut variables = Variables::new();
        variables.set("B", "ours");
        let salt = Secret::new("");
        let wrapper = Wrapper { program: "/opt/sidecharm", folder: "/run/secrets", salt: &salt };
        let of = |variables: &Variables| exec(profile, &rock, variables, &wrapper, ["python3", "migrate.py"]);
        assert_eq!(of(&variables).exec.command, ["python3", "migrate.py"]);
        variables.set_secret("FLASK_SECRET_KEY", Secret::new("hunter2"));
        let Command { exec, hidden } = of(&variables);
        assert_eq!(hidden, [Secret::new("hunter2")]);
        let expected = "/opt/sidecharm run --environment /run/secrets/_daemon_.json -- python3 migrate.py";
        assert_eq!(exec.command.join(" "), expected);
        assert_eq!(exec.environment, Environment::from([("A", "rock"), ("B", "ours")]));
        assert_eq!(exec.working_dir.as_deref(), Some("/flask/app"));
        assert_eq!((exec.owner.user.as_str(), exec.owner.group.as_str()), ("_daemon_", "_daemon_"));
        assert!(!serde_json::to_string(&exec).unwrap().contains("hunter2"));
    }
}
