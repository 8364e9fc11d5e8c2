//! `sidecharm watch`: acts between hooks, in the `redis` container of each unit. The shell only; [`role`], [`switch`] and
//! [`topology`] decide.
//!
//! No hook runs when a server restarts or a failover happens. This service gives its server its role, demotes it at once
//! when a majority names another, asks for a failover the moment its master dies, raises a notice when the topology
//! has changed so that Juju runs a hook, and hands over on SIGTERM. Without it the hooks do the same later, and nothing
//! is unsafe meanwhile: servers are born read-only.
//!
//! [`switch`]: super::switch
//! [`topology`]: super::topology

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::admin::{Error, Subscription};
use super::age::{self, Tell};
use super::aof;
use super::handover::{self, Outcome};
use super::lineage::Lineage;
use super::observe::{self, Cluster};
use super::pace::Pace;
use super::role::{self, Standing, Step};
use super::topology::Topology;
use super::view::{Address, ServerRole, View};
use super::watch_config::{self, Known};
use super::{SENTINEL_PORT, SERVER_PORT};
use crate::secret::Secret;

/// Between two looks while all is well: messages and ended connections come at once anyway.
const CALM: Duration = Duration::from_secs(1);
/// How long after the last change looks are frequent ([`Pace::restless`]).
const SETTLING: Duration = Duration::from_secs(15);
/// How long after a notice another one is raised while all is not well: what the hooks wait for (a unit that is gone
/// for good, say) may come without any event.
const REMINDER: Duration = Duration::from_secs(10);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_millis(800);

/// Where `watch` finds what it needs.
#[derive(Debug, Clone)]
pub struct Paths {
    /// See [`watch_config`].
    pub config: PathBuf,
    /// See [`Lineage`].
    pub lineage: PathBuf,
    /// The server's data.
    pub data: PathBuf,
}

/// Watches until `terminated`, then hands over if the own server is master.
///
/// `notify` is called with the master's host after each change of the topology, the first look included, and from time to
/// time while the topology is not settled. It says whether Juju will hear of it; if not, it is called again.
pub async fn run(
    paths: &Paths,
    notify: impl AsyncFn(Option<&str>) -> bool,
    terminated: impl Future<Output = ()>,
) {
    let mut watch = Watch::new();
    let mut terminated = std::pin::pin!(terminated);
    loop {
        let turn = async {
            let interval = watch.turn(paths, &notify).await;
            watch.wake(interval).await;
        };
        tokio::select! {
            () = &mut terminated => break,
            () = turn => {}
        }
    }
    watch.leave(paths).await;
}

struct Watch {
    server: Option<Subscription>,
    sentinel: Option<Subscription>,
    /// What was seen last; `None` before the first look.
    seen: Option<Topology>,
    /// The pace that its sentinel was given.
    pace: Option<Pace>,
    last_step: Option<Step>,
    /// Its role when it was last seen alive.
    was_master: bool,
    died_as_master: bool,
    /// When this server process was first seen: its age is at least the time since then.
    server_since: Option<Instant>,
    changed_at: Instant,
    notified_at: Instant,
    /// Finds out when the server's data were last written to, where there is no master to follow.
    last_write: Option<JoinHandle<Option<u64>>>,
    /// The last notice could not be raised.
    is_owed: bool,
}

impl Watch {
    fn new() -> Self {
        Self {
            server: None,
            sentinel: None,
            seen: None,
            pace: None,
            last_step: None,
            was_master: false,
            died_as_master: false,
            server_since: None,
            changed_at: Instant::now(),
            notified_at: Instant::now(),
            last_write: None,
            is_owed: false,
        }
    }

    /// Looks, acts, notifies; returns when to look again at the latest.
    async fn turn(&mut self, paths: &Paths, notify: &impl AsyncFn(Option<&str>) -> bool) -> Duration {
        let Some(known) = read_config(&paths.config).await else { return CALM };
        let cluster = Cluster::of(&known);
        let mut view = observe::look(&cluster, ANSWER).await;
        self.note_server(&mut view);
        self.subscribe(&cluster, &view).await;
        let standing = Standing {
            bootstrapped: known.bootstrapped,
            has_lineage: has_lineage(&paths.lineage, &known).await,
            died_as_master: self.died_as_master,
            known_epoch: known.known_epoch,
            strict: known.strict,
        };
        let step = role::next(&view, standing);
        if self.last_step.as_ref() != Some(&step) {
            tracing::info!(?step, "the next step for this server's role");
            self.changed_at = Instant::now();
            self.last_step = Some(step.clone());
        }
        let done = act(&cluster, &step).await;
        if let Err(error) = &done {
            tracing::warn!(%error, "the step failed and is tried again");
        }
        if let Err(error) = self.tell_age(paths, &cluster, &view).await {
            tracing::warn!(%error, "Sentinel cannot be told how old the data are, and is told again");
        }
        let topology = Topology::of(&view);
        let settled = step == Step::Keep && topology.is_settled();
        let changed = self.seen.as_ref() != Some(&topology);
        if changed {
            tracing::info!(?topology, "the topology has changed");
            self.changed_at = Instant::now();
        }
        let since = self.notified_at.elapsed();
        let may_try = !self.is_owed || since > CALM;
        if may_try && (changed || self.is_owed || (!settled && since > REMINDER)) {
            self.is_owed = !notify(topology.master.as_deref()).await;
            self.notified_at = Instant::now();
        }
        self.seen = Some(topology);
        if settled || self.changed_at.elapsed() > SETTLING { CALM } else { cluster.pace().restless() }
    }

    /// Keeps count of the server's life: its age, and whether it died while it was master.
    fn note_server(&mut self, view: &mut View) {
        let announced = view.announced_master().is_none_or(|master| master.host == view.me);
        if view.is_master() || !announced {
            self.died_as_master = false;
        }
        let Some(server) = &mut view.server else {
            self.server_since = None;
            return;
        };
        // INFO gives whole seconds; what this service has seen itself is finer and never too much.
        self.was_master = server.role == ServerRole::Master;
        let since = *self.server_since.get_or_insert_with(Instant::now);
        server.uptime = server.uptime.max(since.elapsed());
    }

    /// The file may be large, so the turn goes on while it is read.
    async fn tell_age(&mut self, paths: &Paths, cluster: &Cluster, view: &View) -> Result<(), Error> {
        let priority = match age::next(view) {
            Tell::Nothing => return Ok(()),
            Tell::Usual => age::USUAL,
            Tell::Age { others, patient } => {
                let data = paths.data.clone();
                let reading = self
                    .last_write
                    .get_or_insert_with(|| tokio::spawn(async move { aof::last_write(&data).await }));
                if !reading.is_finished() {
                    return Ok(());
                }
                let servers = handover::servers(cluster, &others, ANSWER).await;
                if !age::all_ready(&servers, patient) {
                    return Ok(());
                }
                let last_write = reading.await.ok().flatten();
                self.last_write = None;
                tracing::info!(?last_write, "no master is left: telling how old the data are");
                age::priority(last_write)
            }
        };
        let priority = Secret::new(priority.to_string());
        cluster.server(&cluster.me, ANSWER).await?.config_set("replica-priority", &priority).await
    }

    async fn subscribe(&mut self, cluster: &Cluster, view: &View) {
        let at = |port| Address { host: cluster.me.clone(), port };
        if self.server.is_none() && view.server.is_some() {
            // Nobody publishes there: only the end of the connection matters.
            let channel = "sidecharm:nobody-publishes-here";
            self.server = Subscription::open(&at(SERVER_PORT), &cluster.operator, channel, ANSWER).await.ok();
        }
        if view.own_sentinel().is_none() {
            return;
        }
        if self.sentinel.is_none() {
            self.sentinel = Subscription::open(&at(SENTINEL_PORT), &cluster.sentinel, "*", ANSWER).await.ok();
            // It may have been restarted, and is back at its own pace.
            self.pace = None;
        }
        if self.pace != Some(cluster.pace()) {
            match set_pace(cluster).await {
                // An older one refuses.
                Ok(()) | Err(Error::Answered { .. }) => self.pace = Some(cluster.pace()),
                Err(error) => tracing::debug!(%error, "this sentinel keeps its pace"),
            }
        }
    }

    /// Returns after the interval, or as soon as the server dies or the sentinel announces something.
    async fn wake(&mut self, interval: Duration) {
        tokio::select! {
            // The end of a process before all: what is known of it must not be taken for the next one's.
            biased;
            () = ended(&mut self.server) => {
                self.server = None;
                self.server_since = None;
                self.last_write = None;
                self.died_as_master = self.was_master;
                tracing::info!(was_master = self.died_as_master, "the server's process has ended");
            }
            message = announced(&mut self.sentinel) => {
                if message.is_none() {
                    self.sentinel = None;
                }
            }
            () = tokio::time::sleep(interval) => {}
        }
    }

    /// The pod is going: a master hands over while its server still runs.
    async fn leave(&mut self, paths: &Paths) {
        let Some(known) = read_config(&paths.config).await else { return };
        let cluster = Cluster::of(&known);
        let view = observe::look(&cluster, ANSWER).await;
        if !view.is_master() || cluster.units.len() < 2 {
            return;
        }
        match handover::hand_over(&cluster).await {
            Ok(Outcome::Switched(master)) => tracing::info!(master = master.host, "handed over"),
            Ok(Outcome::Abandoned(reason)) => tracing::warn!(reason, "could not hand over"),
            Err(error) => tracing::warn!(%error, "could not hand over"),
        }
    }
}

async fn act(cluster: &Cluster, step: &Step) -> Result<(), Error> {
    match step {
        Step::Keep | Step::Wait(_) => Ok(()),
        Step::Promote => cluster.server(&cluster.me, ANSWER).await?.promote().await,
        Step::Follow(master) => cluster.server(&cluster.me, ANSWER).await?.follow(master).await,
        Step::HandOver => handover::fail_over(cluster, ANSWER).await,
        Step::GiveWay => handover::give_way(cluster, ANSWER).await,
        Step::RestartSentinel => cluster.sentinel(&cluster.me, ANSWER).await?.shut_down().await,
    }
}

async fn set_pace(cluster: &Cluster) -> Result<(), Error> {
    cluster.sentinel(&cluster.me, ANSWER).await?.set_pace(cluster.pace()).await
}

/// Ends when the subscription ends; never when there is none.
async fn ended(subscription: &mut Option<Subscription>) {
    match subscription {
        Some(subscription) => while subscription.next().await.is_some() {},
        None => std::future::pending().await,
    }
}

/// The next message; never when there is no subscription.
async fn announced(subscription: &mut Option<Subscription>) -> Option<String> {
    match subscription {
        Some(subscription) => subscription.next().await,
        None => std::future::pending().await,
    }
}

async fn read_config(path: &Path) -> Option<Known> {
    let text = tokio::fs::read_to_string(path).await;
    let known = text.map_err(|error| error.to_string()).and_then(|text| {
        // The parser's message could quote the file, which holds passwords.
        watch_config::parse(&text).map_err(|error| format!("line {} cannot be read", error.line()))
    });
    match known {
        Ok(known) => Some(known),
        Err(error) => {
            tracing::warn!(error, path = %path.display(), "waiting for a usable configuration");
            None
        }
    }
}

async fn has_lineage(path: &Path, known: &Known) -> bool {
    let text = tokio::fs::read_to_string(path).await.unwrap_or_default();
    Lineage::parse(&text).is_ok_and(|lineage| {
        lineage.is_of(&known.model_uuid, &known.application) && lineage.generation >= known.joined
    })
}
