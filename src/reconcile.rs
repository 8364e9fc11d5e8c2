//! The pass: read → decide → apply → report. The only place that knows the order; generic over the workload.
//!
//! ```text
//! observed::read ──┐                            ┌─→ effects::apply ──→ status set if it differs ──→ exit code
//!                  ├─→ Workload::decide (pure) ─┤
//! Workload::observe┘                            └─→ statuses
//! ```

use crate::effects::apply::{self, Failure};
use crate::effects::{Decision, OwnEffect, Problem};
use crate::juju::event::Event;
use crate::juju::status::Status;
use crate::juju::tools::{HookTools, Reason, ToolError};
use crate::juju::wire::Config;
use crate::observed::read::{self, Given, Pebbles};
use crate::observed::{Basis, Observed, Relations, Wants};
use crate::relations::answer::NamedSecrets;

/// What runs in the pods: the one trait that both tenants of the house implement.
pub trait Workload {
    /// What it knows of its own servers.
    type Observed;
    /// What it does to its own servers.
    type Effect: OwnEffect;

    /// What it wants read.
    fn wants(&self) -> Wants;

    /// The secrets that options and relations name, and that it wants read.
    fn named_secrets(&self, _config: &Config, _relations: &Relations) -> NamedSecrets {
        NamedSecrets::new()
    }

    /// Looks at its own servers. What does not answer is part of what is seen, never an error.
    fn observe(&self, basis: &Basis<'_>) -> impl Future<Output = Self::Observed>;

    /// Decides. Pure.
    fn decide(&self, observed: &Observed, own: &Self::Observed) -> Decision<Self::Effect>;

    /// Makes one change of its own servers.
    ///
    /// # Errors
    /// When a server does not take it.
    fn apply(
        &self,
        observed: &Observed,
        effect: &Self::Effect,
    ) -> impl Future<Output = Result<(), Box<dyn std::error::Error>>>;
}

/// How a pass ended.
#[derive(Debug)]
pub enum Outcome {
    /// There was nothing to change.
    Settled,
    /// There was something to change, and the next hook looks what became of it, whatever it tells of. Where a change failed
    /// the status says which.
    Done,
    /// There could be no pass; the status says why.
    Unread,
    /// Juju did not do something: only running the hook again mends it.
    Retry(ToolError),
}

/// Makes one pass.
pub async fn run<W: Workload>(
    workload: &W,
    given: Given,
    tools: &HookTools,
    pebbles: &Pebbles,
    random: &mut impl FnMut() -> u8,
) -> Outcome {
    let observe = async |basis: &Basis<'_>| workload.observe(basis).await;
    let named = |config: &Config, relations: &Relations| workload.named_secrets(config, relations);
    let (observed, own) = match read::read(given, &workload.wants(), tools, pebbles, named, observe).await {
        Ok(all) => all,
        Err(error) => return Outcome::Retry(error),
    };
    let decision = workload.decide(&observed, &own);
    for note in &decision.notes {
        tracing::info!("{note}");
    }
    let own_effect = async |effect: &W::Effect| workload.apply(&observed, effect).await;
    let failures = apply::apply(&decision, tools, pebbles, random, own_effect).await;
    for failure in &failures {
        tracing::warn!(failure = chain(failure), "a change failed and is tried again in the next hook");
    }
    // What an action reports it reports as done.
    let is_action = matches!(observed.event, Event::Action(_));
    if let Some(failure) = failures.first().filter(|_| is_action)
        && let Err(error) = tools.action_fail(&format!("not done: {}", chain(failure))).await
    {
        return Outcome::Retry(error);
    }
    let is_settled = decision.effects.is_empty();
    match report(&observed, decision, &failures, tools).await {
        Err(error) => Outcome::Retry(error),
        Ok(()) if is_settled => Outcome::Settled,
        Ok(()) => failures.into_iter().find_map(tool_error).map_or(Outcome::Done, Outcome::Retry),
    }
}

fn tool_error(failure: Failure) -> Option<ToolError> {
    match failure {
        Failure::Tool(error) => Some(error),
        Failure::Pebble { .. } | Failure::Local { .. } | Failure::Workload { .. } => None,
    }
}

/// Shows the statuses, where they differ from what Juju shows already. A change that failed is worse than what was decided.
async fn report<W>(
    observed: &Observed,
    decision: Decision<W>,
    failures: &[Failure],
    tools: &HookTools,
) -> Result<(), ToolError> {
    let problems = || failures.iter().filter_map(Failure::problem).map(|Problem(status)| status.clone());
    let unforeseen = failures.iter().find(|failure| failure.problem().is_none());
    let unforeseen = unforeseen.map(|failure| Status::waiting(&format!("trying again: {}", chain(failure))));
    if let Some(status) = decision.unit_status {
        let status = Status::worst([status].into_iter().chain(unforeseen).chain(problems()));
        if let Some(status) = status.filter(|status| !observed.shown_unit_status.shows(status)) {
            tools.status_set(&status).await?;
        }
    }
    if let Some(status) = decision.application_status {
        let status = Status::worst(problems()).unwrap_or(status);
        let shown = observed.shown_application_status.as_ref().is_some_and(|shown| shown.shows(&status));
        if !shown {
            match tools.application_status_set(&status).await {
                // Another unit leads by now, and says it.
                Err(error) if error.reason() == Reason::NotLeader => {}
                done => done?,
            }
        }
    }
    Ok(())
}

/// An error with its causes, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests;
