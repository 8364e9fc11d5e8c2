//! Follows the model: shows its status at every change, or waits until it is as asked.

use std::time::{Duration, Instant};

use super::output::{complain, print, print_value};
use super::status_view::{Sections, render};
use super::{Failure, Surroundings};
use crate::cli::arguments::Format;
use crate::daemon::connection::{Answers, Connection, ModelPlace};
use crate::daemon::protocol::{Reply, Request};
use crate::daemon::status::{Current, FullStatus};

/// Goes to the upper left corner and clears the terminal below.
const REPAINT: &str = "\x1b[H\x1b[J";

/// What is waited for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Goal {
    /// An application or a unit.
    pub name: String,
    /// The workload status.
    pub status: String,
    pub agent: Option<String>,
    /// Part of the message.
    pub message: Option<String>,
    pub units: Option<usize>,
}

/// Shows the status at every change, at most once in an interval, until interrupted.
///
/// # Errors
/// When the controller ends.
pub fn watch(
    place: &ModelPlace,
    sections: Sections,
    format: Format,
    interval: Duration,
    surroundings: &Surroundings,
) -> Result<(), Failure> {
    let mut answers = Connection::open(place)?.ask(&Request::Watch, place)?;
    let mut status = next_status(&mut answers, None)?;
    loop {
        if let Some(status) = &status {
            match format {
                Format::Json | Format::Yaml => print_value(status, format)?,
                Format::Tabular | Format::Plain => {
                    let repaint = if surroundings.terminal { REPAINT } else { "" };
                    print(&format!("{repaint}{}", render(status, sections, surroundings.paint())));
                }
            }
        }
        let pause = Instant::now() + interval;
        status = next_status(&mut answers, None)?;
        // Of many changes in one interval only the last is shown.
        while let Some(newer) = next_status(&mut answers, Some(pause))? {
            status = Some(newer);
        }
    }
}

/// Waits until the goal is reached.
///
/// # Errors
/// When the time is over, with what was still missing; or the controller ends.
pub fn wait_for(
    place: &ModelPlace,
    goal: &Goal,
    timeout: Duration,
    surroundings: &Surroundings,
) -> Result<(), Failure> {
    let deadline = Instant::now() + timeout;
    let mut answers = Connection::open(place)?.ask(&Request::Watch, place)?;
    let mut missing = "nothing is known yet".to_owned();
    while let Some(status) = next_status(&mut answers, Some(deadline))? {
        match goal.reached(&status) {
            Ok(()) => return Ok(()),
            Err(text) if text != missing => {
                if surroundings.terminal {
                    complain(&text);
                }
                missing = text;
            }
            Err(_) => {}
        }
    }
    Err(Failure::Told(format!("timed out waiting for \"{}\": {missing}", goal.name)))
}

fn next_status(answers: &mut Answers, deadline: Option<Instant>) -> Result<Option<FullStatus>, Failure> {
    let reply = match deadline {
        Some(deadline) => answers.next_before(deadline)?,
        None => Some(answers.next_reply()?),
    };
    match reply {
        None => Ok(None),
        Some(Reply::Item(value)) => {
            serde_json::from_value(value).map(Some).map_err(|error| Failure::Told(error.to_string()))
        }
        Some(_) => Err(Failure::Told("the controller ended".to_owned())),
    }
}

impl Goal {
    /// Whether the model is as asked; else what is missing.
    ///
    /// # Errors
    /// With a line that says what is missing.
    pub fn reached(&self, status: &FullStatus) -> Result<(), String> {
        let (application, of) = match self.name.split_once('/') {
            Some((application, _)) => (application, Some(&self.name)),
            None => (self.name.as_str(), None),
        };
        let absent = || format!("{} does not exist", self.name);
        let application = status.applications.get(application).ok_or_else(absent)?;
        let mut units = application.units.iter().filter(|(name, _)| of.is_none_or(|of| of == *name));
        let wanted = self.units.or_else(|| of.map(|_| 1));
        let wanted = wanted.unwrap_or_else(|| usize::try_from(application.scale).unwrap_or(usize::MAX));
        let count = units.clone().count();
        if count != wanted {
            return Err(format!("{}: {count} of {wanted} units", self.name));
        }
        if of.is_none() {
            self.check(&self.name, &application.application_status)?;
        }
        units.try_for_each(|(name, unit)| {
            self.check(name, &unit.workload_status)?;
            match &self.agent {
                Some(agent) if unit.juju_status.current != *agent => {
                    Err(format!("{name}: agent {}", unit.juju_status.current))
                }
                _ => Ok(()),
            }
        })
    }

    fn check(&self, name: &str, current: &Current) -> Result<(), String> {
        let worded = self.message.as_ref().is_none_or(|message| current.message.contains(message));
        if current.current == self.status && worded {
            return Ok(());
        }
        let message =
            if current.message.is_empty() { String::new() } else { format!(": {}", current.message) };
        Err(format!("{name}: {}{message}", current.current))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::status::tests::example;

    #[test]
    fn a_goal_is_reached_or_the_text_says_what_is_missing() {
        let status = FullStatus::of(&example(), time::OffsetDateTime::UNIX_EPOCH);
        let check = |name: &str, status_word: &str, edit: fn(&mut Goal), expected: Result<(), &str>| {
            let mut goal = Goal { name: name.to_owned(), status: status_word.to_owned(), ..Goal::default() };
            edit(&mut goal);
            assert_eq!(
                goal.reached(&status).as_ref().map_err(String::as_str),
                expected.as_ref().map_err(|text| *text)
            );
        };
        check("redis-k8s/0", "active", |_| {}, Ok(()));
        check("redis-k8s/0", "active", |goal| goal.message = Some("aster".to_owned()), Ok(()));
        check(
            "redis-k8s/0",
            "active",
            |goal| goal.message = Some("x".to_owned()),
            Err("redis-k8s/0: active: master"),
        );
        check("redis-k8s/10", "waiting", |_| {}, Ok(()));
        check(
            "redis-k8s/10",
            "waiting",
            |goal| goal.agent = Some("idle".to_owned()),
            Err("redis-k8s/10: agent executing"),
        );
        check("redis-k8s", "active", |_| {}, Err("redis-k8s: 2 of 3 units"));
        check(
            "redis-k8s",
            "active",
            |goal| goal.units = Some(2),
            Err("redis-k8s: waiting: Waiting for the master"),
        );
        check("web", "error", |_| {}, Ok(()));
        check("none", "active", |_| {}, Err("none does not exist"));
        check("web/7", "active", |_| {}, Err("web/7: 0 of 1 units"));
    }
}
