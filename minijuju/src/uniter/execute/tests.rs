//! Scripted processes: what is kept, what is logged, and when it is over.

use std::collections::VecDeque;
use std::rc::Rc;

use tokio::sync::broadcast;

use super::*;
use crate::hooktools::memory::AgentMemory;
use crate::hooktools::surroundings::Surroundings;
use crate::run::{Hook, Run};
use crate::uniter::fixture::{settled, unit};
use crate::uniter::process::RunningProcess;

/// Does what it is told, then stays silent until it is killed.
struct Script {
    events: VecDeque<ProcessEvent>,
    /// Whether somebody keeps its outputs open after its end.
    is_held: bool,
    killed: Rc<Cell<u32>>,
}

struct Stage(RefCell<Option<Script>>);

impl CharmProcess for Stage {
    type Running = Script;

    async fn start(&self, _: ProcessSpec) -> Script {
        self.0.borrow_mut().take().unwrap()
    }
}

impl RunningProcess for Script {
    async fn next(&mut self) -> Option<ProcessEvent> {
        match self.events.pop_front() {
            None if self.is_held => std::future::pending().await,
            event => event,
        }
    }

    async fn kill(&mut self) {
        self.killed.set(self.killed.get() + 1);
        self.events.push_back(ProcessEvent::Ended(Exit::Signal(9)));
        self.is_held = false;
    }
}

fn said(stream: Stream, text: &str) -> ProcessEvent {
    ProcessEvent::Output(stream, text.as_bytes().to_vec())
}

fn ended(code: i32) -> ProcessEvent {
    ProcessEvent::Ended(Exit::Code(code))
}

struct Played {
    executed: Executed,
    log: Vec<String>,
    killed: u32,
}

async fn play(
    events: Vec<ProcessEvent>,
    is_held: bool,
    logging: Logging,
    cancelled: impl Future<Output = ()>,
) -> Played {
    let shared = SharedModel::new(settled());
    let mut log = shared.subscribe_log();
    let name: UnitName = unit("web/0");
    let context = shared.read(|model| {
        let surroundings = Surroundings::of(&name);
        HookContext::new(model, &name, &Run::Hook(Hook::Install), &surroundings, AgentMemory::default())
    });
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join("socket")).unwrap();
    let killed = Rc::new(Cell::new(0));
    let script = Script { events: events.into(), is_held, killed: Rc::clone(&killed) };
    let spec = ProcessSpec {
        arguments: vec!["/charm/dispatch".to_owned()],
        environment: context.environment().clone(),
        folder: "/charm".into(),
    };
    let stage = Stage(RefCell::new(Some(script)));
    let context = RefCell::new(context);
    let executed = execute(&stage, spec, &listener, &context, &shared, logging, cancelled).await;
    Played { executed, log: lines(&mut log), killed: killed.get() }
}

fn lines(log: &mut broadcast::Receiver<LogLine>) -> Vec<String> {
    let mut lines = Vec::new();
    while let Ok(line) = log.try_recv() {
        lines.push(format!("{:?} {} {}", line.level, line.module, line.message));
    }
    lines
}

#[tokio::test]
async fn output_is_logged_line_by_line_whatever_pieces_it_comes_in() {
    let events = vec![
        said(Stream::Standard, "one\ntw"),
        said(Stream::Error, "bad\n"),
        said(Stream::Standard, "o\r\nrest"),
        ended(3),
    ];
    let played = play(events, false, Logging::Logged, std::future::pending()).await;
    let expected = [
        "Debug unit.web/0.install one",
        "Warning unit.web/0.install bad",
        "Debug unit.web/0.install two",
        "Debug unit.web/0.install rest",
    ];
    assert_eq!(played.log, expected);
    let nothing = Executed { exit: Exit::Code(3), stdout: Vec::new(), stderr: Vec::new() };
    assert_eq!(played.executed, nothing);
}

#[tokio::test]
async fn output_is_kept_for_who_asked() {
    let events = || vec![said(Stream::Standard, "out\n"), said(Stream::Error, "err\n"), ended(0)];
    for (logging, logged) in [(Logging::LoggedAndKept, 2), (Logging::Kept, 0)] {
        let played = play(events(), false, logging, std::future::pending()).await;
        let kept = Executed { exit: Exit::Code(0), stdout: b"out\n".to_vec(), stderr: b"err\n".to_vec() };
        assert_eq!((played.executed, played.log.len()), (kept, logged));
    }
}

#[tokio::test]
async fn a_line_without_end_is_logged_in_pieces() {
    let long = "x".repeat(LONGEST_LINE + 1);
    let events = vec![said(Stream::Standard, &long), said(Stream::Standard, "y\n"), ended(0)];
    let played = play(events, false, Logging::Logged, std::future::pending()).await;
    assert_eq!(played.log.len(), 2);
    assert!(played.log[1].ends_with(" y"));
}

#[tokio::test]
async fn outputs_that_somebody_holds_open_are_left_soon_after_the_end() {
    let events = vec![ended(0), said(Stream::Standard, "last words\n")];
    let start = Instant::now();
    let played = play(events, true, Logging::Logged, std::future::pending()).await;
    assert_eq!(played.log, ["Debug unit.web/0.install last words"]);
    assert!(start.elapsed() >= LAST_WORDS && played.killed == 0);
}

#[tokio::test]
async fn a_cancelled_process_is_killed_once() {
    let played = play(Vec::new(), true, Logging::Logged, async {}).await;
    assert_eq!((played.executed.exit, played.killed), (Exit::Signal(9), 1));
}

#[tokio::test]
async fn a_container_that_goes_away_is_no_good_end() {
    let played = play(Vec::new(), false, Logging::Logged, std::future::pending()).await;
    assert_eq!(played.executed.exit, Exit::NotStarted("the charm container is gone".to_owned()));
}
