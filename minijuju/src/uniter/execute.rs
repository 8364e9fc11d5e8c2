//! Runs one process of the charm and serves its hook tools meanwhile. It decides nothing about what comes of it.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::time::Duration;

use sidecharm::juju::names::UnitName;
use time::OffsetDateTime;
use tokio::net::UnixListener;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::process::{CharmProcess, Exit, ProcessEvent, ProcessSpec, RunningProcess as _, Stream};
use crate::controller::log::{Level, LogLine};
use crate::controller::secret::ModelSecret;
use crate::controller::shared::SharedModel;
use crate::hooktools::context::HookContext;
use crate::hooktools::effect::Effect;
use crate::hooktools::server;

/// How long the outputs of an ended process are read on, if something it left behind holds them open.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// A line longer than this is logged in pieces.
const LONGEST_LINE: usize = 64 * 1024;

/// What a process said, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    pub exit: Exit,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// What becomes of the lines of output besides being kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logging {
    /// Logged under the hook's name, and not kept.
    Logged,
    LoggedAndKept,
    Kept,
}

/// Runs a process to its end. `cancelled` kills it, as does the wish of its own hook tools.
pub async fn execute<P: CharmProcess>(
    process: &P,
    spec: ProcessSpec,
    listener: &UnixListener,
    context: &RefCell<HookContext>,
    shared: &SharedModel,
    logging: Logging,
    cancelled: impl Future<Output = ()>,
) -> Executed {
    let (unit, name) = {
        let context = context.borrow();
        (context.unit().clone(), context.name().to_owned())
    };
    let kill = Notify::new();
    let observe = |effect| observe(shared, &unit, &kill, effect);
    let mut tools = pin!(server::serve(listener, context, shared, &observe));
    let mut cancelled = pin!(cancelled);
    let is_cancelled = Cell::new(false);
    let mut output = Output::new(shared, &unit, &name, logging);
    let mut ended: Option<(Exit, Instant)> = None;
    let mut running = process.start(spec).await;
    loop {
        let limit = ended.as_ref().map_or_else(Instant::now, |(_, end)| *end + LAST_WORDS);
        tokio::select! {
            event = running.next() => match event {
                Some(ProcessEvent::Output(stream, bytes)) => output.take(stream, &bytes),
                Some(ProcessEvent::Ended(exit)) => ended = Some((exit, Instant::now())),
                None => break,
            },
            error = &mut tools => {
                tracing::warn!(%error, "the hook tools can no longer be served");
                running.kill().await;
                break;
            }
            () = &mut cancelled, if !is_cancelled.get() => {
                is_cancelled.set(true);
                running.kill().await;
            }
            () = kill.notified() => running.kill().await,
            () = sleep_until(limit), if ended.is_some() => break,
        }
    }
    let (stdout, stderr) = output.end();
    let lost = || Exit::NotStarted("the charm container is gone".to_owned());
    Executed { exit: ended.map_or_else(lost, |(exit, _)| exit), stdout, stderr }
}

/// What a tool's call means for the agent itself.
fn observe(shared: &SharedModel, unit: &UnitName, kill: &Notify, effect: Effect) {
    match effect {
        Effect::Log(line) => shared.log(line),
        Effect::KillHook => kill.notify_one(),
        Effect::SecretContent(read) => {
            shared.change_if(|model| {
                let latest = model.secrets.get(&read.secret).map(ModelSecret::latest);
                let (Some(latest), Some(unit)) = (latest, model.units.get_mut(unit)) else {
                    return ((), false);
                };
                let known = unit.agent.secret_revisions.contains_key(&read.secret);
                if !known {
                    unit.agent.secret_revisions.insert(read.secret.clone(), latest);
                }
                ((), !known)
            });
        }
        Effect::UnitStatus { .. }
        | Effect::ApplicationStatus { .. }
        | Effect::WorkloadVersion(_)
        | Effect::AgentStatus(_)
        | Effect::LeaderSettings(_)
        | Effect::ActionLog(_) => {}
    }
}

/// The outputs of a process on their way to the log and to who asked for them.
struct Output<'o> {
    shared: &'o SharedModel,
    entity: String,
    module: String,
    logging: Logging,
    kept: [Vec<u8>; 2],
    /// What came after the last end of a line.
    rest: [Vec<u8>; 2],
}

impl<'o> Output<'o> {
    fn new(shared: &'o SharedModel, unit: &UnitName, name: &str, logging: Logging) -> Self {
        let module = format!("unit.{unit}.{name}");
        Self {
            shared,
            entity: unit.tag(),
            module,
            logging,
            kept: Default::default(),
            rest: Default::default(),
        }
    }

    fn take(&mut self, stream: Stream, bytes: &[u8]) {
        let [standard, error] = &mut self.kept;
        let (kept, level) = match stream {
            Stream::Standard => (standard, Level::Debug),
            Stream::Error => (error, Level::Warning),
        };
        if self.logging != Logging::Logged {
            kept.extend_from_slice(bytes);
        }
        let [standard, error] = &mut self.rest;
        let rest = match stream {
            Stream::Standard => standard,
            Stream::Error => error,
        };
        rest.extend_from_slice(bytes);
        let mut lines: Vec<Vec<u8>> = Vec::new();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            lines.push(line);
        }
        if rest.len() > LONGEST_LINE {
            lines.push(std::mem::take(rest));
        }
        for line in &lines {
            self.log(level, line);
        }
    }

    fn end(mut self) -> (Vec<u8>, Vec<u8>) {
        let [standard, error] = std::mem::take(&mut self.rest);
        for (level, rest) in [(Level::Debug, standard), (Level::Warning, error)] {
            if !rest.is_empty() {
                self.log(level, &rest);
            }
        }
        let [stdout, stderr] = self.kept;
        (stdout, stderr)
    }

    fn log(&self, level: Level, line: &[u8]) {
        if self.logging == Logging::Kept {
            return;
        }
        let message = String::from_utf8_lossy(line).trim_end_matches(['\n', '\r']).to_owned();
        let (entity, module) = (self.entity.clone(), self.module.clone());
        self.shared.log(LogLine { time: OffsetDateTime::now_utc(), entity, level, module, message });
    }
}
