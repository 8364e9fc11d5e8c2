//! One operation of an agent from its choice to its record.

use std::cell::RefCell;

use time::OffsetDateTime;
use tokio::time::sleep;

use super::{Agent, Session, SessionEnd};
use crate::controller::action::ActionStatus;
use crate::controller::log::Level;
use crate::controller::model::Model;
use crate::hooktools::context::{FlushError, Flushed, HookContext};
use crate::run::{Hook, Run};
use crate::uniter::execute::{Executed, Logging, execute};
use crate::uniter::handler::Handler;
use crate::uniter::inbox::{CommandError, CommandResult};
use crate::uniter::operation::{self, Begun, Failure, Ran, Start};
use crate::uniter::outcome;
use crate::uniter::process::{CharmProcess, Exit, ProcessSpec};
use crate::uniter::resolver::{Chosen, Source};

/// The shell of `juju exec`.
const SHELL: &str = "/bin/bash";

/// How a hook ended, all things considered.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ending {
    Good,
    /// Somebody killed its process.
    Terminated,
    /// For this reason.
    Failed(String),
}

impl Ending {
    fn of(exit: &Exit) -> Self {
        match outcome::error(exit) {
            None => Self::Good,
            Some(_) if outcome::is_terminated(exit) => Self::Terminated,
            Some(error) => Self::Failed(error),
        }
    }
}

impl<P: CharmProcess> Agent<P> {
    /// Runs what was chosen; says if that was the end of the session.
    pub(super) async fn operate(&self, session: &mut Session, chosen: Chosen) -> Option<SessionEnd> {
        let run = chosen.run.clone();
        let tools = std::mem::take(&mut session.memory.tools);
        let context =
            self.shared.read(|model| HookContext::new(model, &self.unit, &run, &self.surroundings, tools));
        if let Run::Exec { relation: Some(relation), .. } = &run
            && context.environment().get("JUJU_REMOTE_UNIT").is_none_or(String::is_empty)
        {
            let reason = format!(
                "preparing operation \"run commands (0)\" for {}: cannot infer remote unit in empty relation {relation}",
                self.unit
            );
            return Some(SessionEnd::Restart(reason));
        }
        let now = OffsetDateTime::now_utc();
        let start = self.shared.change(|model| {
            operation::begin(model, &self.unit, &mut session.memory, chosen, context.name(), now)
        });
        let Start::Begun(begun) = start else {
            session.memory.tools = context.into_memory();
            return None;
        };
        match run {
            Run::Hook(hook) => self.run_hook(session, context, &begun, &hook).await,
            Run::Action { id } => {
                self.run_action(session, context, &begun, id).await;
                None
            }
            Run::Exec { action: _, command, relation: _, remote_unit: _ } => {
                self.run_command(session, context, &begun, command).await;
                None
            }
        }
    }

    /// Records a hook as if it had run.
    pub(super) fn skip(&self, session: &mut Session, hook: Hook) {
        let now = OffsetDateTime::now_utc();
        let chosen = Chosen { run: Run::Hook(hook), source: Source::Model };
        self.shared.change(|model| {
            operation::skip(model, &self.unit, &mut session.memory, chosen, now);
        });
    }

    /// Ends an action that nobody will run: cancelled before it began, or cut off by the end of an agent.
    pub(super) fn abandon(&self, id: u64) {
        self.shared.change(|model| {
            let was_cut_off =
                model.actions.get(&id).is_some_and(|action| action.status == ActionStatus::Running);
            let (status, message) = if was_cut_off {
                (ActionStatus::Failed, "action terminated")
            } else {
                (ActionStatus::Aborted, "terminated")
            };
            operation::finish_action(model, id, outcome::not_run(status, message.to_owned()));
        });
    }

    async fn run_hook(
        &self,
        session: &mut Session,
        context: HookContext,
        begun: &Begun,
        hook: &Hook,
    ) -> Option<SessionEnd> {
        let name = context.name().to_owned();
        let handler = self.handler(&format!("hooks/{name}"));
        let context = RefCell::new(context);
        let exit = match self.spec(&context, &handler) {
            Ok(spec) => {
                let never = std::future::pending();
                Some(self.execute(&context, spec, Logging::Logged, never).await.exit)
            }
            Err(None) => None,
            Err(Some(reason)) => Some(Exit::NotStarted(reason)),
        };
        let ending = self.record_hook(session, context.into_inner(), begun, exit.as_ref());
        self.log_end(&name, &handler, &ending);
        let again = *hook == Hook::Stop && session.memory.shutdown && ending != Ending::Good;
        if again || ending == Ending::Terminated {
            sleep(self.timing.rerun_delay).await;
        }
        Self::answer_event(session, begun, hook, ending == Ending::Good)
    }

    /// Flushes after a good end, and records the end, in one step. `None` is a hook without a handler.
    fn record_hook(
        &self,
        session: &mut Session,
        mut context: HookContext,
        begun: &Begun,
        exit: Option<&Exit>,
    ) -> Ending {
        let now = OffsetDateTime::now_utc();
        let ended = exit.map_or(Ending::Good, Ending::of);
        let (ending, flushed) = self.shared.change(|model| {
            let flushed =
                (exit.is_some() && ended == Ending::Good).then(|| self.flush(&mut context, model, now));
            let ending = match &flushed {
                Some(Err(error)) => Ending::Failed(error.message.clone()),
                Some(Ok(_)) => ended,
                // A hook that had itself killed for a reboot fails as that does.
                None => context.reboot(model, ended == Ending::Good, now).map_or(ended, Ending::Failed),
            };
            session.memory.tools = context.into_memory();
            match &ending {
                Ending::Good => {
                    operation::commit(model, &self.unit, &mut session.memory, begun, Ran::Yes, now);
                }
                Ending::Terminated => operation::fail(model, &self.unit, begun, Failure::Terminated),
                Ending::Failed(_) => operation::fail(model, &self.unit, begun, Failure::Error),
            }
            (ending, flushed)
        });
        if let Some(flushed) = flushed {
            self.report_flush(&begun.chosen.run, &flushed);
        }
        ending
    }

    /// Tells the watch of a workload container how its hook went. The worker does not survive a failed notice.
    fn answer_event(
        session: &mut Session,
        begun: &Begun,
        hook: &Hook,
        ended_well: bool,
    ) -> Option<SessionEnd> {
        if begun.chosen.source != Source::WorkloadEvent {
            return None;
        }
        let event = session.memory.workload_events.pop_front()?;
        let reply = session.replies.workload.remove(&event.number);
        if let Some(reply) = reply
            && reply.send(ended_well).is_err()
        {
            tracing::debug!("nobody waits any more for a workload event's end");
        }
        let fatal = !ended_well && !matches!(hook, Hook::PebbleReady { .. });
        fatal.then(|| SessionEnd::Restart("failed to send event for custom notice: hook failed".to_owned()))
    }

    async fn run_action(&self, session: &mut Session, context: HookContext, begun: &Begun, id: u64) {
        let handler = self.handler(&format!("actions/{}", context.name()));
        let context = RefCell::new(context);
        let finish = match self.spec(&context, &handler) {
            Err(reason) => {
                session.memory.tools = context.into_inner().into_memory();
                let missing = || format!("action not implemented on unit \"{}\"", self.unit);
                let finish = outcome::not_run(ActionStatus::Failed, reason.unwrap_or_else(missing));
                self.shared.change(|model| operation::finish_action(model, id, finish));
                return;
            }
            Ok(spec) => {
                let cancelled = self.cancelled(id);
                self.execute(&context, spec, Logging::LoggedAndKept, cancelled).await
            }
        };
        let mut context = context.into_inner();
        let now = OffsetDateTime::now_utc();
        let run = context.run().clone();
        let flushed = self.shared.change(|model| {
            let good = outcome::error(&finish.exit).is_none();
            let flushed = good.then(|| self.flush(&mut context, model, now));
            let refused = flushed.as_ref().and_then(|flushed| flushed.as_ref().err());
            let set = context.action_outcome().cloned().unwrap_or_default();
            let is_cancelled = model.actions.get(&id).is_some_and(|action| action.cancelled) && !good;
            let report =
                outcome::action(set, &finish, is_cancelled, refused.map(|error| error.message.as_str()));
            operation::finish(model, &self.unit, begun, Some(report));
            flushed
        });
        session.memory.tools = context.into_memory();
        if let Some(flushed) = flushed {
            self.report_flush(&run, &flushed);
        }
    }

    async fn run_command(&self, session: &mut Session, context: HookContext, begun: &Begun, command: String) {
        let action = match &begun.chosen.run {
            Run::Exec { action, .. } => *action,
            Run::Hook(_) | Run::Action { .. } => None,
        };
        let context = RefCell::new(context);
        let spec = ProcessSpec {
            arguments: vec![SHELL.to_owned(), "-c".to_owned(), command],
            environment: context.borrow().environment().clone(),
            folder: self.surroundings.charm_dir(),
        };
        let cancelled = async {
            match action {
                Some(id) => self.cancelled(id).await,
                None => std::future::pending().await,
            }
        };
        let executed = self.execute(&context, spec, Logging::Kept, cancelled).await;
        let mut context = context.into_inner();
        let now = OffsetDateTime::now_utc();
        let run = context.run().clone();
        let flushed = self.shared.change(|model| {
            let flushed = self.flush(&mut context, model, now);
            let report = action.map(|id| {
                let set = context.action_outcome().cloned().unwrap_or_default();
                let is_cancelled = model.actions.get(&id).is_some_and(|action| action.cancelled);
                let refused = flushed.as_ref().err().map(|error| error.message.as_str());
                outcome::command(set, &executed, is_cancelled, refused)
            });
            operation::finish(model, &self.unit, begun, report);
            flushed
        });
        session.memory.tools = context.into_memory();
        self.report_flush(&run, &flushed);
        if action.is_none() {
            answer_command(session, executed, &flushed);
        }
    }

    async fn execute(
        &self,
        context: &RefCell<HookContext>,
        spec: ProcessSpec,
        logging: Logging,
        cancelled: impl Future<Output = ()>,
    ) -> Executed {
        execute(&self.process, spec, &self.listener, context, &self.shared, logging, cancelled).await
    }

    fn handler(&self, path: &str) -> Handler {
        Handler::find(&self.charm, &self.surroundings.charm_dir(), path)
    }

    /// The process for a handler; else why there is none: no handler at all, or a broken one.
    fn spec(&self, context: &RefCell<HookContext>, handler: &Handler) -> Result<ProcessSpec, Option<String>> {
        let program = match handler {
            Handler::Dispatch(program) | Handler::Script(program) => program,
            Handler::Missing => return Err(None),
            Handler::Broken(reason) => return Err(Some(reason.clone())),
        };
        Ok(ProcessSpec {
            arguments: vec![program.to_string_lossy().into_owned()],
            environment: context.borrow().environment().clone(),
            folder: self.surroundings.charm_dir(),
        })
    }

    fn flush(
        &self,
        context: &mut HookContext,
        model: &mut Model,
        now: OffsetDateTime,
    ) -> Result<Flushed, FlushError> {
        let Some(message) = self.commits.refusal(&self.unit) else { return context.flush(model, now) };
        let changes = context.flush(&mut model.clone(), now).map_or_else(|error| error.changes, Box::new);
        Err(FlushError { message, changes, applied: false })
    }

    fn report_flush(&self, run: &Run, flushed: &Result<Flushed, FlushError>) {
        if let Err(error) = flushed
            && !error.applied
        {
            self.log(Level::Error, "context", &format!("cannot apply changes: {error}"));
        }
        self.commits.done(&self.unit, run, flushed);
    }

    fn log_end(&self, name: &str, handler: &Handler, ending: &Ending) {
        let via = handler.describe();
        let (level, line) = match (ending, handler) {
            (Ending::Good, Handler::Missing) => (Level::Info, format!("skipped \"{name}\" hook (missing)")),
            (Ending::Good, _) => (Level::Info, format!("ran \"{name}\" hook (via {via})")),
            (Ending::Terminated, _) => (Level::Warning, format!("hook \"{name}\" was terminated")),
            (Ending::Failed(error), _) => {
                (Level::Error, format!("hook \"{name}\" (via {via}) failed: {error}"))
            }
        };
        self.log(level, "operation", &line);
    }

    /// Waits until the operator wants an action stopped.
    async fn cancelled(&self, id: u64) {
        let mut changes = self.shared.subscribe();
        loop {
            let is_cancelled =
                self.shared.read(|model| model.actions.get(&id).is_none_or(|action| action.cancelled));
            if is_cancelled {
                self.log(Level::Info, "operation", &format!("action {id} aborting"));
                return;
            }
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }
}

fn answer_command(session: &mut Session, executed: Executed, flushed: &Result<Flushed, FlushError>) {
    let Some(command) = session.memory.commands.pop_front() else { return };
    let Some(reply) = session.replies.commands.remove(&command.number) else { return };
    let Executed { exit, stdout, stderr } = executed;
    let error = flushed.as_ref().err().map(|error| error.message.clone());
    let result = match exit {
        Exit::NotStarted(reason) => Err(CommandError::NotRun(reason)),
        exit => Ok(CommandResult { code: outcome::code(&exit), stdout, stderr, error }),
    };
    if reply.send(result).is_err() {
        tracing::debug!("nobody waits any more for a command's end");
    }
}
