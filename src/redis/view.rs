//! What one unit knows of the servers and sentinels at one moment, as plain data.
//!
//! `observe` fills it for a hook and `watch` for itself; the same pure code decides from it.

use std::time::Duration;

/// A server's place in the network, as Sentinel and replicas name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// A host name; an address only in clusters that were not set up by this charm.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Address {
    /// The address that a server is born following: nobody listens there.
    pub fn is_nobody(&self) -> bool {
        self.host == "127.0.0.1" && self.port == 1
    }
}

/// What this unit's own redis-server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its role now.
    pub role: ServerRole,
    /// It reads its files and answers nothing else yet.
    pub loading: bool,
    /// How long this process has certainly run. Never more than the truth.
    pub uptime: Duration,
    /// `7.0.15`
    pub version: String,
    /// How far its data stream has come: what it has written as master, or received as replica.
    pub offset: u64,
    /// Its `replica-priority`: see [`super::age`].
    pub priority: u32,
    /// The replicas attached to it and in step.
    pub replicas: Vec<Address>,
    /// Why it refuses writes as far as its disk is concerned: the last save or AOF write failed.
    pub disk_trouble: bool,
}

/// The role of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerRole {
    /// It accepts writes.
    Master,
    /// It follows another server, or, born so, nobody.
    Replica {
        /// Whom it was told to follow.
        of: Address,
        /// It is connected and in step.
        link_up: bool,
    },
}

/// What one sentinel says of the application's master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentinel {
    /// Whom it names.
    pub master: Address,
    /// It thinks the master is down (`s_down` or `o_down`).
    pub down: bool,
    /// It leads a failover.
    pub failover: bool,
    /// And has promoted the new master.
    pub promoted: bool,
    /// Its link to the master is cut.
    pub disconnected: bool,
    /// The generation of its knowledge: grows with each failover.
    pub config_epoch: u64,
    /// How long ago the master last answered its ping.
    pub last_ok_ping: Duration,
    /// Sentinels it needs to agree before it calls the master down.
    pub quorum: u32,
    /// Other sentinels it knows.
    pub other_sentinels: u32,
    /// Replicas it knows.
    pub replicas: u32,
}

/// The sentinel of one unit: its answer, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentinelAnswer {
    /// The unit's host name.
    pub host: String,
    /// What it says; `None` when it could not be reached or does not know the application.
    pub sentinel: Option<Sentinel>,
}

/// All that one unit sees at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The own unit's host name.
    pub me: String,
    /// The own server; `None` when it does not answer.
    pub server: Option<Server>,
    /// One entry for each unit that should have a sentinel, the own one included.
    pub sentinels: Vec<SentinelAnswer>,
}

impl View {
    /// The own sentinel's answer.
    pub fn own_sentinel(&self) -> Option<&Sentinel> {
        self.sentinels.iter().find(|answer| answer.host == self.me)?.sentinel.as_ref()
    }

    /// All the answers that came.
    pub fn answers(&self) -> impl Iterator<Item = &Sentinel> {
        self.sentinels.iter().filter_map(|answer| answer.sentinel.as_ref())
    }

    /// Sentinels that make a majority of those there should be.
    pub fn majority(&self) -> usize {
        self.sentinels.len() / 2 + 1
    }

    /// The master that a majority of the configured sentinels name.
    pub fn announced_master(&self) -> Option<&Address> {
        let candidate = |address: &Address| self.answers().filter(|other| other.master == *address).count();
        self.answers().map(|sentinel| &sentinel.master).find(|address| candidate(address) >= self.majority())
    }

    /// The generation of the knowledge that names the announced master.
    pub fn announced_epoch(&self) -> Option<u64> {
        let master = self.announced_master()?;
        self.answers()
            .filter(|sentinel| sentinel.master == *master)
            .map(|sentinel| sentinel.config_epoch)
            .max()
    }

    /// The own sentinel has yet to learn of the others: were the master to die now, it could lead no failover.
    pub fn is_blind(&self) -> bool {
        let others = u32::try_from(self.answers().count().saturating_sub(1)).unwrap_or(u32::MAX);
        let knows = |own: &Sentinel| own.other_sentinels >= others && (others == 0 || own.replicas > 0);
        self.own_sentinel().is_some_and(|own| !knows(own))
    }

    /// The own sentinel may have heard of a master whose name could not be looked up, since its pod had just died: then it has
    /// taken the generation of that knowledge and kept the master that it named before, and nothing that it hears mends that.
    /// This is the master that it should name, which another sentinel names in the same generation. Who of the two is right
    /// is told by `known`, the last master that was confirmed and its generation; in another generation by whom the own
    /// server follows.
    pub fn misled_from(&self, own: (&Address, u64), known: Option<(&str, u64)>) -> Option<&Address> {
        let (named, epoch) = own;
        if self.announced_master() == Some(named) {
            return None;
        }
        let confirmed = known.filter(|(_, of)| *of == epoch).map(|(host, _)| host);
        let followed = self.server.as_ref().and_then(|server| match &server.role {
            ServerRole::Replica { of, .. } => Some(of),
            ServerRole::Master => None,
        });
        let others = self.answers().filter(|other| !other.failover && other.config_epoch == epoch);
        let mut masters = others.map(|other| &other.master).filter(|master| *master != named);
        masters.find(|master| confirmed.map_or_else(|| followed == Some(*master), |host| master.host == host))
    }

    /// Whom the own sentinel names, and in which generation, where it leads no failover.
    pub fn own_word(&self) -> Option<(&Address, u64)> {
        let own = self.own_sentinel().filter(|own| !own.failover)?;
        Some((&own.master, own.config_epoch))
    }

    /// The own server accepts writes.
    pub fn is_master(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.role == ServerRole::Master)
    }
}
