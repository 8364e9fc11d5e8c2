//! The first process of a charm container: it runs what the unit agent asks for, and reaps. It decides nothing.
//!
//! One connection is one process: a [`RunRequest`], then [`Event`]s until its output has ended. A connection that is
//! lost before the process ended kills it, as the processes of a container die with their agent.
//!
//! Only one place reaps: PID 1 also gets orphans, and whoever waits for "any child" would take the others' endings
//! away. So the reaper peeks, takes the lock under which children are started, and hands each ending out.

pub mod frame;

use std::collections::BTreeMap;
use std::io::{self, Read, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

use frame::{Ending, Event, Output, RunRequest};

/// The children that somebody waits for, by pid.
#[derive(Default)]
struct Children {
    table: Mutex<Table>,
    started: Condvar,
}

#[derive(Default)]
struct Table {
    waiting: BTreeMap<i32, Sender<Ending>>,
    /// How many were ever started, so that a start between two looks is not missed.
    started: u64,
}

/// Serves requests until the container is killed.
pub fn serve(listener: &UnixListener) -> ExitCode {
    let children = Arc::new(Children::default());
    let reaper = Arc::clone(&children);
    thread::spawn(move || reap(&reaper));
    for connection in listener.incoming() {
        match connection {
            Ok(connection) => {
                let children = Arc::clone(&children);
                thread::spawn(move || {
                    // The other side went away: there is nobody to tell.
                    drop(attend(connection, &children));
                });
            }
            Err(error) => tracing::warn!(%error, "cannot take a connection"),
        }
    }
    ExitCode::FAILURE
}

/// Runs what one connection asks for.
fn attend(mut connection: UnixStream, children: &Arc<Children>) -> io::Result<()> {
    let Some(request) = RunRequest::read_from(&mut connection)? else {
        return Ok(());
    };
    let (mut child, ending) = match children.start(request) {
        Ok(started) => started,
        Err(error) => {
            let refused = Event::Refused(kernel_words(&error));
            return connection.write_all(&refused.encode());
        }
    };
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or_default());
    let writer = Arc::new(Mutex::new(connection.try_clone()?));
    let ended = Arc::new(Mutex::new(false));
    let pumps = [
        pump(child.stdout.take(), Output::Standard, &writer),
        pump(child.stderr.take(), Output::Error, &writer),
    ];
    let (told, closing) = (Arc::clone(&ended), Arc::clone(&writer));
    thread::spawn(move || {
        if let Ok(ending) = ending.recv() {
            *lock(&told) = true;
            drop(lock(&closing).write_all(&Event::Ended(ending).encode()));
        }
        for pump in pumps {
            drop(pump.join());
        }
        drop(lock(&closing).shutdown(Shutdown::Write));
    });
    // Nothing more is said to us: what comes is the end of the connection.
    let mut nothing = [0];
    drop(connection.read(&mut nothing));
    if !*lock(&ended) {
        killpg(pid, Signal::SIGKILL).ok();
    }
    Ok(())
}

/// Forwards one stream of the child until its end, or until nobody reads any more.
fn pump(
    stream: Option<impl Read + Send + 'static>,
    output: Output,
    writer: &Arc<Mutex<UnixStream>>,
) -> thread::JoinHandle<()> {
    let writer = Arc::clone(writer);
    thread::spawn(move || {
        let Some(mut stream) = stream else { return };
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            let bytes = buffer.get(..count).unwrap_or_default().to_vec();
            if lock(&writer).write_all(&Event::Output(output, bytes).encode()).is_err() {
                return;
            }
        }
    })
}

impl Children {
    /// Starts a process; its ending comes through the receiver.
    fn start(&self, request: RunRequest) -> io::Result<(Child, Receiver<Ending>)> {
        let RunRequest { arguments, environment, folder, user } = request;
        let (program, rest) =
            arguments.split_first().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut command = Command::new(program);
        command.args(rest).env_clear().envs(environment).current_dir(folder).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some((uid, gid)) = user {
            command.uid(uid).gid(gid);
        }
        let (sender, receiver) = channel();
        // Under the lock: a child that ends at once must not be reaped before somebody waits for it, and std itself
        // reaps the one that could not become the program.
        let mut table = lock(&self.table);
        let child = command.spawn()?;
        table.waiting.insert(i32::try_from(child.id()).unwrap_or_default(), sender);
        table.started += 1;
        self.started.notify_all();
        drop(table);
        Ok((child, receiver))
    }

    /// Reaps everything that has ended and tells who waits for it.
    fn reap_ended(&self) {
        let mut table = lock(&self.table);
        loop {
            let (pid, ending) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, Ending::Exited(code)),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, Ending::Signalled(signal as i32)),
                Ok(WaitStatus::StillAlive) | Err(_) => return,
                Ok(_) => continue,
            };
            if let Some(waiting) = table.waiting.remove(&pid.as_raw()) {
                waiting.send(ending).ok();
            }
        }
    }

    /// Waits until more children have been started than those seen.
    fn wait_for_start(&self, seen: u64) {
        let table = lock(&self.table);
        let waited = self.started.wait_while(table, |table| table.started == seen);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

fn reap(children: &Children) {
    loop {
        let seen = lock(&children.table).started;
        match waitid(Id::All, WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            Ok(_) => children.reap_ended(),
            Err(Errno::ECHILD) => children.wait_for_start(seen),
            Err(_) => {}
        }
    }
}

/// `Permission denied (os error 13)` as Juju's agent says it: `permission denied`.
fn kernel_words(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => Errno::from_raw(number).desc().to_lowercase(),
        None => error.to_string(),
    }
}

/// A panic of another thread leaves nothing half-done under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
