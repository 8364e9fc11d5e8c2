//! The actions.

use std::collections::BTreeMap;

use super::{Effects, container, in_container, key};
use crate::effects::{ContainerChange, Effect};
use crate::juju::event::ActionEvent;
use crate::juju::names::ContainerName;
use crate::observed::SecretState;
use crate::secret::Secret;
use crate::webapp::effects::{Change, WebEffect};
use crate::webapp::framework::Framework;
use crate::webapp::layer::Wrapper;
use crate::webapp::migration::{self, Record, State};
use crate::webapp::process;
use crate::webapp::situation::Situation;
use crate::webapp::variables::Value;

/// The notice that makes Juju run a hook with the new key.
const ROTATED: &str = "sidecharm.dev/secret-key";

/// Runs an action.
pub(super) fn run(situation: &Situation<'_>, event: &ActionEvent) -> Effects {
    match event.name.as_str() {
        "rotate-secret-key" => rotate(situation),
        "show-migration" => show_migration(situation),
        "create-superuser" if situation.charm.profile.framework == Framework::Django => superuser(situation),
        other => fail(format!("this charm has no action {other}")),
    }
}

fn fail(reason: String) -> Effects {
    vec![Effect::ActionFailure(reason)]
}

fn rotate(situation: &Situation<'_>) -> Effects {
    if !situation.observed.is_leader {
        return fail("only leader unit can rotate secret key".to_owned());
    }
    let Some(mut effects) = key::rotate(situation) else {
        return fail(match (&situation.observed.secret, situation.key()) {
            (SecretState::Vanished(_) | SecretState::Unreadable(..), Err(lost)) => lost.message().to_owned(),
            _ => "charm is still initializing".to_owned(),
        });
    };
    // What Juju keeps of this hook is seen in the next.
    effects.extend(in_container(situation, [ContainerChange::Notify { key: ROTATED }]));
    effects.push(Effect::ActionResults(BTreeMap::from([("status", Secret::new("success"))])));
    effects
}

/// What the last migration of this unit's said, and how it ended.
fn show_migration(situation: &Situation<'_>) -> Effects {
    let profile = situation.charm.profile;
    let Some(container) = situation.container() else {
        return fail(format!("{} container is not ready", profile.container()));
    };
    let record = container.content(&migration::state_file(profile)).and_then(Record::parse_file);
    let Some(record) = record else {
        return fail(format!(
            "{} has run no migration: another unit has, which is the leader, or the one with the highest number \
             after a refresh",
            situation.unit()
        ));
    };
    let state = match record.state {
        State::Completed => "completed",
        State::Failed => "failed",
    };
    let output = container.content(container::OUTPUT_FILE).unwrap_or_default();
    vec![Effect::ActionResults(BTreeMap::from([
        ("state", Secret::new(state)),
        ("output", Secret::new(output)),
    ]))]
}

fn superuser(situation: &Situation<'_>) -> Effects {
    let name = situation.charm.profile.container();
    let (ready, container) = match (situation.ready(), ContainerName::parse(name)) {
        (Ok(ready), Ok(container)) => (ready, container),
        (Err(hindrance), _) => {
            return fail(format!("{name} container is not ready: {}", hindrance.status.message()));
        }
        (_, Err(_)) => return fail(format!("{name} container is not ready")),
    };
    let parameter = |key: &str| {
        let text = situation.observed.parameters.get(key).and_then(|value| value.as_str());
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let Some((user, email)) = parameter("username").zip(parameter("email")) else {
        return fail("username and email must be given".to_owned());
    };
    let program = situation.charm.program();
    let wrapper = Wrapper { program: &program, folder: container::SECRETS_DIR, salt: &ready.key };
    let mut variables = container::environment(situation, &ready);
    let password = situation.observed.fresh.clone();
    let own = [
        ("DJANGO_SUPERUSER_PASSWORD", Value::Secret(password.clone())),
        ("DJANGO_SUPERUSER_USERNAME", Value::Plain(user)),
        ("DJANGO_SUPERUSER_EMAIL", Value::Plain(email)),
    ];
    for (name, value) in
        own.iter().filter(|(name, _)| variables.get(name).is_none()).cloned().collect::<Vec<_>>()
    {
        variables.extend(std::iter::once((name.to_owned(), value)).collect());
    }
    let command = ["python3", "manage.py", "createsuperuser", "--noinput"];
    let mut create = process::exec(situation.charm.profile, ready.rock, &variables, &wrapper, command);
    // The file with the app's secrets does not know this one. It is in no plan: a process of this one call gets it.
    let _before =
        create.exec.environment.insert("DJANGO_SUPERUSER_PASSWORD".to_owned(), password.expose().to_owned());
    create.hidden.push(password.clone());
    let change = Change::Act { command: Box::new(create) };
    vec![
        Effect::Workload(WebEffect { container, change }),
        Effect::ActionResults(BTreeMap::from([("password", password)])),
    ]
}
