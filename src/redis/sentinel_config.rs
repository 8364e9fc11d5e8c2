//! Renders a first `sentinel.conf`, and reads the one that a sentinel has kept. Writes no file.
//!
//! From its first start on the file belongs to Sentinel, which rewrites it with everything it learns; it lies on
//! the unit's storage, so that a restart of all units does not roll back to an older master. The charm renders it only
//! where there is none. Everything later goes through `SENTINEL SET`.

use std::fmt::Write as _;

use super::passwords::Passwords;
use super::view::Address;
use super::{SENTINEL_PORT, SERVER_PORT};
use crate::secret::Secret;

/// How long a master must be silent before a sentinel calls it down. A failover is announced up to 1.5 s later (votes
/// 0.2 s, then the new master's INFO, which Sentinel asks for once a second); below 1 s a throttled pod gives false alarms.
const DOWN_AFTER_MILLISECONDS: u32 = 1200;
/// A failed failover is tried again after twice this time. A hand-over pauses writes for longer than a failover that it
/// asked for may take: nobody is promoted once writes go on at the old master.
const FAILOVER_TIMEOUT_MILLISECONDS: u32 = 5000;

/// What goes into a sentinel's first configuration.
#[derive(Debug, Clone, Copy)]
pub struct SentinelConfig<'a> {
    /// The application's name, which is also the name of its master for Sentinel's clients.
    pub application: &'a str,
    /// The unit's own host name.
    pub host: &'a str,
    /// See [`super::hosts::sentinel_id`].
    pub id: &'a str,
    /// The host of the master to begin with.
    pub master: &'a str,
    /// The configuration epoch under which that master was named; 0 for the first.
    pub epoch: u64,
    /// Sentinels that must agree that the master is down.
    pub quorum: u32,
    /// The application's passwords.
    pub passwords: &'a Passwords,
}

/// Renders the whole file; it holds passwords.
pub fn render(config: SentinelConfig<'_>) -> Secret {
    let SentinelConfig { application, host, id, master, epoch, quorum, passwords } = config;
    let mut text = String::new();
    let mut line = |value: &str| {
        // Writing to a String cannot fail.
        let _infallible = writeln!(text, "{value}");
    };
    line("bind * -::*");
    line(&format!("port {SENTINEL_PORT}"));
    line("protected-mode no");
    line("dir /tmp");
    line(&format!("requirepass {}", passwords.sentinel.expose()));
    line("sentinel resolve-hostnames yes");
    line("sentinel announce-hostnames yes");
    line(&format!("sentinel announce-ip {host}"));
    line(&format!("sentinel announce-port {SENTINEL_PORT}"));
    line(&format!("sentinel myid {id}"));
    line(&format!("sentinel monitor {application} {master} {SERVER_PORT} {quorum}"));
    line(&format!("sentinel config-epoch {application} {epoch}"));
    line(&format!("sentinel down-after-milliseconds {application} {DOWN_AFTER_MILLISECONDS}"));
    line(&format!("sentinel failover-timeout {application} {FAILOVER_TIMEOUT_MILLISECONDS}"));
    line(&format!("sentinel parallel-syncs {application} 1"));
    line(&format!("sentinel auth-user {application} sentinel"));
    line(&format!("sentinel auth-pass {application} {}", passwords.failover.expose()));
    // No later failover may be numbered lower.
    line(&format!("sentinel current-epoch {epoch}"));
    Secret::new(text)
}

/// A kept file that names this master instead of the one that it does, which becomes a replica; the rest, votes among it, stays
/// as it is.
pub fn renamed(text: &str, application: &str, master: &Address) -> Option<Secret> {
    let before = parse(text, application)?.master;
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words.as_slice() {
            ["sentinel", "monitor", name, _host, _port, rest @ ..] if *name == application => {
                format!("sentinel monitor {name} {} {} {}", master.host, master.port, rest.join(" "))
            }
            ["sentinel", "known-replica" | "known-slave", name, host, _port]
                if *name == application && *host == master.host =>
            {
                format!("sentinel known-replica {name} {} {}", before.host, before.port)
            }
            _ => line.to_owned(),
        }
    });
    Some(Secret::new(lines.map(|line| line + "\n").collect::<String>()))
}

/// Everything that `SENTINEL SET` must tell a sentinel that was just given the master anew.
pub fn settings(quorum: u32, passwords: &Passwords) -> Vec<(&'static str, Secret)> {
    vec![
        ("down-after-milliseconds", Secret::new(DOWN_AFTER_MILLISECONDS.to_string())),
        ("failover-timeout", Secret::new(FAILOVER_TIMEOUT_MILLISECONDS.to_string())),
        ("parallel-syncs", Secret::new("1")),
        ("quorum", Secret::new(quorum.to_string())),
        ("auth-user", Secret::new("sentinel")),
        ("auth-pass", passwords.failover.clone()),
    ]
}

/// What a kept file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The id of the sentinel that wrote it.
    pub id: Option<String>,
    /// The master it knew last.
    pub master: Address,
    /// The generation of that knowledge.
    pub config_epoch: u64,
}

/// Reads the file for this application's master; `None` when it does not monitor it.
pub fn parse(text: &str, application: &str) -> Option<Kept> {
    let mut id = None;
    let mut master = None;
    let mut config_epoch = 0;
    for line in text.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().map(|word| word.trim_matches('"')).collect();
        match words.as_slice() {
            ["sentinel", "myid", value] => id = Some((*value).to_owned()),
            ["sentinel", "monitor", name, host, port, _quorum] if *name == application => {
                let port = port.parse().ok()?;
                master = Some(Address { host: (*host).to_owned(), port });
            }
            ["sentinel", "config-epoch", name, epoch] if *name == application => {
                config_epoch = epoch.parse().ok()?;
            }
            _ => {}
        }
    }
    master.map(|master| Kept { id, master, config_epoch })
}

#[cfg(test)]
mod tests {
    use super::super::switch;
    use super::*;
    use crate::redis::passwords::seeded;

    #[test]
    fn the_first_file_says_what_a_pod_needs() {
        let passwords = seeded(5);
        let config = SentinelConfig {
            application: "app",
            host: "app-0.x",
            id: "0123456789012345678901234567890123456789",
            master: "app-1.x",
            epoch: 4,
            quorum: 2,
            passwords: &passwords,
        };
        let text = render(config).expose().to_owned();
        let expected = Kept {
            id: Some(config.id.to_owned()),
            master: Address { host: "app-1.x".to_owned(), port: 6379 },
            config_epoch: 4,
        };
        assert_eq!(parse(&text, "app"), Some(expected));
        let hidden = text
            .replace(passwords.sentinel.expose(), "SENTINEL")
            .replace(passwords.failover.expose(), "FAILOVER");
        insta::assert_snapshot!(hidden, @"
        bind * -::*
        port 26379
        protected-mode no
        dir /tmp
        requirepass SENTINEL
        sentinel resolve-hostnames yes
        sentinel announce-hostnames yes
        sentinel announce-ip app-0.x
        sentinel announce-port 26379
        sentinel myid 0123456789012345678901234567890123456789
        sentinel monitor app app-1.x 6379 2
        sentinel config-epoch app 4
        sentinel down-after-milliseconds app 1200
        sentinel failover-timeout app 5000
        sentinel parallel-syncs app 1
        sentinel auth-user app sentinel
        sentinel auth-pass app FAILOVER
        sentinel current-epoch 4
        ");
    }

    #[test]
    fn a_file_that_sentinel_rewrote_is_read() {
        let text = "# note\nport 26379\nsentinel monitor other h 1 2\nsentinel monitor app app-2.x 6379 2\n\
                    sentinel config-epoch app 7\nsentinel known-replica app app-0.x 6379\nsentinel myid \"ab\"\n";
        let kept = parse(text, "app").unwrap();
        assert_eq!(
            (kept.master.host.as_str(), kept.config_epoch, kept.id.as_deref()),
            ("app-2.x", 7, Some("ab"))
        );
        assert_eq!(parse(text, "nobody"), None);
        assert_eq!(parse("sentinel monitor app h notaport 2", "app"), None);
    }

    #[test]
    fn another_master_takes_the_place_of_the_one_that_a_file_names() {
        let text = "port 26379\nsentinel myid ab\nsentinel monitor app app-0.x 6379 2\nsentinel config-epoch app 7\n\
                    sentinel known-replica app app-1.x 6379\nsentinel known-replica app app-2.x 6379\n\
                    sentinel known-sentinel app app-2.x 26379 cd\nsentinel current-epoch 8\n";
        let master = Address { host: "app-2.x".to_owned(), port: 6379 };
        insta::assert_snapshot!(renamed(text, "app", &master).unwrap().expose(), @"
        port 26379
        sentinel myid ab
        sentinel monitor app app-2.x 6379 2
        sentinel config-epoch app 7
        sentinel known-replica app app-1.x 6379
        sentinel known-replica app app-0.x 6379
        sentinel known-sentinel app app-2.x 26379 cd
        sentinel current-epoch 8
        ");
        assert_eq!(renamed(text, "other", &master), None);
    }

    #[test]
    fn no_failover_outlasts_the_pause_of_the_hand_over_that_asked_for_it() {
        let failover = std::time::Duration::from_millis(FAILOVER_TIMEOUT_MILLISECONDS.into());
        assert!(switch::GIVE_UP + failover < switch::PAUSE);
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_it_panic(text in "\\PC*") {
            drop(parse(&text, "app"));
        }
    }
}
