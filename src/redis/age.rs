//! How old a copy of the data is, told to Sentinel as the server's `replica-priority`. Pure.
//!
//! After a restart of all units replication offsets begin anew and say nothing. If the master's storage is then gone,
//! Sentinel would choose by chance between a copy that was in step and one that had been cut off for a day. So no server is
//! born eligible. In step with a master it gets the usual priority: then the offset decides, as ever. Where no master can be
//! had, `watch` gives it one that is the better the younger its last write is, once all other copies are there: one that
//! loads its data is waited for, one that does not answer has [`PATIENCE`] to come back.
//!
//! | `replica-priority` | the server |
//! | --- | --- |
//! | [`UNTOLD`] | was started, and nothing more is known: Sentinel never chooses it |
//! | [`FIRST`] | was chosen by the operator |
//! | [`USUAL`] | is in step, or was when its master was lost |
//! | above | was started without a master; the more seconds since its last write, the higher |
//!
//! The last write is the last time stamp in its append-only file (`aof-timestamp-enabled`), in whole seconds of that
//! unit's clock. The file's own time of change will not do: a server that crashed cuts the end off at its next start.
//! Each reads its file before it waits for the others, so all tell within a look or two of `watch` (50 ms each); a failover
//! that Sentinel begins by itself in between may still choose the first. Without `watch` the hooks tell [`LAST`].

use std::collections::BTreeMap;
use std::io::{BufRead, Read as _};
use std::time::Duration;

use super::topology::Topology;
use super::view::{Server, ServerRole, View};

/// The priority of a server in step, Redis' own default.
pub const USUAL: u32 = 100;
/// The priority of a server that the operator has chosen.
pub const FIRST: u32 = 1;
/// The priority that a server is born with.
pub const UNTOLD: u32 = 0;
/// The last of all priorities: of a copy whose age nobody knows.
pub const LAST: u32 = i32::MAX.unsigned_abs();
/// How long a server without a master waits for other copies.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// 2020-01-01T00:00:00Z. Counted from here, seconds fit until 2088.
const YEAR_2020: u64 = 1_577_836_800;

/// The longest line that is no value.
const LINE: u64 = 1024;

/// What to do about the own server's priority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tell {
    /// It is right.
    Nothing,
    /// It becomes [`USUAL`].
    Usual,
    /// It becomes [`priority`] of the last write, once these units' servers have read their files; those that do not answer
    /// count only in the first [`PATIENCE`].
    Age {
        /// The hosts of the other copies.
        others: Vec<String>,
        /// Those that do not answer are waited for.
        patient: bool,
    },
}

/// Decides what the own server is to tell.
pub fn next(view: &View) -> Tell {
    let Some(server) = view.server.as_ref().filter(|server| !server.loading) else { return Tell::Nothing };
    let ServerRole::Replica { link_up, .. } = server.role else { return Tell::Nothing };
    let topology = Topology::of(view);
    if link_up {
        if server.priority == USUAL { Tell::Nothing } else { Tell::Usual }
    } else if [UNTOLD, LAST].contains(&server.priority) && (topology.master_down || topology.master.is_none())
    {
        let others = view.sentinels.iter().map(|answer| &answer.host).filter(|host| **host != view.me);
        // The master's own copy is gone, or the master is.
        let copies = others.filter(|host| Some(*host) != topology.master.as_ref());
        Tell::Age { others: copies.cloned().collect(), patient: server.uptime < PATIENCE }
    } else {
        Tell::Nothing
    }
}

/// The priority of a copy whose last write was so many seconds after 1970; of one without any, the last.
pub fn priority(last_write: Option<u64>) -> u32 {
    let since = u32::try_from(last_write.unwrap_or(0).saturating_sub(YEAR_2020)).unwrap_or(u32::MAX);
    LAST.saturating_sub(since).max(USUAL + 1)
}

/// What a sentinel knows of one replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownReplica {
    /// The unit's host name.
    pub host: String,
    /// Its priority.
    pub priority: u32,
    /// It is out of reach.
    pub down: bool,
}

/// All these servers, by their hosts, tell their age, and the sentinel has heard it: what it knows may be from before they
/// were restarted.
pub fn all_told(replicas: &[KnownReplica], servers: &BTreeMap<String, Option<Server>>) -> bool {
    let told = |host: &str, server: &Server| {
        let mut known = replicas.iter().filter(|replica| replica.host == host);
        let heard = known.any(|replica| !replica.down && replica.priority == server.priority);
        heard && server.priority != UNTOLD && !server.loading
    };
    servers.iter().all(|(host, server)| server.as_ref().is_some_and(|server| told(host, server)))
}

/// All these servers have read their files; those that do not answer count where they are waited for.
pub fn all_ready(servers: &BTreeMap<String, Option<Server>>, patient: bool) -> bool {
    servers.values().all(|server| server.as_ref().map_or(!patient, |server| !server.loading))
}

/// The part of an append-only file that is written now, from its manifest (`appendonly.aof.manifest`).
pub fn increment(manifest: &str) -> Option<&str> {
    part(manifest, "i")
}

/// The part that holds all that was written before.
pub fn base(manifest: &str) -> Option<&str> {
    part(manifest, "b")
}

/// `file appendonly.aof.3.incr.aof seq 3 type i`; the last one counts.
fn part<'a>(manifest: &'a str, kind: &str) -> Option<&'a str> {
    let mut parts = manifest.lines().rev().filter_map(|line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let after = |key: &str| {
            let at = words.iter().position(|word| *word == key)?;
            words.get(at + 1).copied()
        };
        after("file").filter(|name| after("type") == Some(kind) && !name.contains('/'))
    });
    parts.next()
}

/// The last time stamp (`#TS:1732600000`) in an append-only file.
///
/// Read from the beginning, since a value may hold the same bytes, and up to where it ends or is no such file any more: a
/// crash may have cut its last command off.
pub fn last_timestamp(mut file: impl BufRead) -> Option<u64> {
    let mut last = None;
    loop {
        let mut line = Vec::new();
        (&mut file).take(LINE).read_until(b'\n', &mut line).ok()?;
        let Some(text) = str::from_utf8(&line).ok().and_then(|line| line.strip_suffix("\r\n")) else {
            return last;
        };
        if let Some(stamp) = text.strip_prefix("#TS:") {
            last = stamp.parse().ok().or(last);
        } else if let Some(length) = text.strip_prefix('$').and_then(|length| length.parse::<u64>().ok()) {
            let word = length.saturating_add(2);
            let skipped = std::io::copy(&mut (&mut file).take(word), &mut std::io::sink()).ok()?;
            if skipped < word {
                return last;
            }
        } else if !text.starts_with(['*', '#']) {
            return last;
        }
    }
}

#[cfg(test)]
mod tests;
