//! Reads the text of `INFO` and the fields of `SENTINEL MASTER`. Talks to nobody.

use std::collections::BTreeMap;
use std::time::Duration;

use super::age::{self, KnownReplica};
use super::view::{Address, Sentinel, Server, ServerRole};

/// An answer that lacks a field, or holds it in another form than Redis gives it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer has no usable {field:?}")]
pub struct MissingField {
    /// The field's name in Redis' answer.
    pub field: &'static str,
}

/// Reads `INFO` (at least its server, persistence and replication sections).
///
/// # Errors
/// When a field that every Redis since 5 gives is not there.
pub fn server(text: &str) -> Result<Server, MissingField> {
    let fields: BTreeMap<&str, &str> =
        text.lines().filter_map(|line| line.trim_end().split_once(':')).collect();
    let need = |field: &'static str| fields.get(field).copied().ok_or(MissingField { field });
    let number = |field: &'static str| need(field)?.parse::<u64>().map_err(|_| MissingField { field });
    let role = match need("role")? {
        "master" => ServerRole::Master,
        "slave" => ServerRole::Replica {
            of: Address {
                host: need("master_host")?.to_owned(),
                port: need("master_port")?.parse().map_err(|_| MissingField { field: "master_port" })?,
            },
            link_up: need("master_link_status")? == "up",
        },
        _ => return Err(MissingField { field: "role" }),
    };
    let failed = |field: &str| fields.get(field).is_some_and(|value| *value == "err");
    Ok(Server {
        role,
        loading: fields.get("loading").is_some_and(|value| *value != "0"),
        uptime: Duration::from_secs(number("uptime_in_seconds")?),
        version: need("redis_version")?.to_owned(),
        offset: number(if fields.contains_key("slave_repl_offset") {
            "slave_repl_offset"
        } else {
            "master_repl_offset"
        })?,
        // A master does not say.
        priority: fields.get("slave_priority").and_then(|value| value.parse().ok()).unwrap_or(age::USUAL),
        replicas: (0..)
            .map_while(|number| fields.get(format!("slave{number}").as_str()))
            .filter_map(|line| replica(line))
            .collect(),
        disk_trouble: failed("rdb_last_bgsave_status") || failed("aof_last_write_status"),
    })
}

/// Reads `ip=app-1.x,port=6379,state=online,offset=14,lag=0`; nothing unless it is online.
fn replica(line: &str) -> Option<Address> {
    let fields: BTreeMap<&str, &str> = line.split(',').filter_map(|field| field.split_once('=')).collect();
    let online = fields.get("state").is_some_and(|state| *state == "online");
    let host = fields.get("ip").filter(|_| online)?;
    Some(Address { host: (*host).to_owned(), port: fields.get("port")?.parse().ok()? })
}

/// What a sentinel says of the failover that it leads once it has promoted the new master.
const PROMOTED: [&str; 2] = ["reconf_slaves", "update_config"];

/// Reads the fields of `SENTINEL MASTER name`.
///
/// # Errors
/// When a field that Sentinel always gives is not there.
pub fn sentinel(fields: &BTreeMap<String, String>) -> Result<Sentinel, MissingField> {
    let need = |field: &'static str| fields.get(field).ok_or(MissingField { field });
    let number = |field: &'static str| need(field)?.parse::<u64>().map_err(|_| MissingField { field });
    let small = |field: &'static str| need(field)?.parse::<u32>().map_err(|_| MissingField { field });
    let flags: Vec<&str> = need("flags")?.split(',').collect();
    Ok(Sentinel {
        master: Address {
            host: need("ip")?.clone(),
            port: need("port")?.parse().map_err(|_| MissingField { field: "port" })?,
        },
        down: flags.contains(&"s_down") || flags.contains(&"o_down"),
        failover: flags.contains(&"failover_in_progress"),
        promoted: fields.get("failover-state").is_some_and(|state| PROMOTED.contains(&state.as_str())),
        disconnected: flags.contains(&"disconnected"),
        config_epoch: number("config-epoch")?,
        last_ok_ping: Duration::from_millis(number("last-ok-ping-reply")?),
        quorum: small("quorum")?,
        other_sentinels: small("num-other-sentinels")?,
        replicas: small("num-slaves")?,
    })
}

/// Reads one entry of `SENTINEL REPLICAS`.
///
/// # Errors
/// When a field is not there or cannot be read.
pub fn known_replica(fields: &BTreeMap<String, String>) -> Result<KnownReplica, MissingField> {
    let need = |field: &'static str| fields.get(field).ok_or(MissingField { field });
    let priority = need("slave-priority")?.parse().map_err(|_| MissingField { field: "slave-priority" })?;
    let down = need("flags")?.split(',').any(|flag| ["s_down", "disconnected"].contains(&flag));
    Ok(KnownReplica { host: need("ip")?.clone(), priority, down })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLICA: &str = "# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:12\r\n\r\n# Persistence\r\nloading:0\r\n\
        rdb_last_bgsave_status:ok\r\naof_last_write_status:err\r\n# Replication\r\nrole:slave\r\nmaster_host:127.0.0.1\r\n\
        master_port:1\r\nmaster_link_status:down\r\nslave_repl_offset:14\r\nmaster_repl_offset:9\r\n";

    #[test]
    fn a_born_read_only_server_is_a_replica_of_nobody() {
        let server = server(REPLICA).unwrap();
        let nobody = Address { host: "127.0.0.1".to_owned(), port: 1 };
        assert_eq!(server.role, ServerRole::Replica { of: nobody, link_up: false });
        assert_eq!((server.uptime, server.version.as_str()), (Duration::from_secs(12), "7.0.15"));
        assert!(server.disk_trouble && !server.loading);
        assert_eq!((server.offset, server.replicas), (14, vec![]));
    }

    #[test]
    fn a_master_lists_the_replicas_that_are_in_step() {
        let text = "redis_version:7.0.15\nuptime_in_seconds:1\nrole:master\nmaster_repl_offset:9\n\
                    slave0:ip=a-1.x,port=6379,state=online,offset=9,lag=0\nslave1:ip=a-2.x,port=6379,state=wait_bgsave,offset=0,lag=0\n";
        let server = server(text).unwrap();
        assert_eq!((server.role, server.offset), (ServerRole::Master, 9));
        assert_eq!(server.replicas, [Address { host: "a-1.x".to_owned(), port: 6379 }]);
    }

    #[test]
    fn a_missing_field_is_named() {
        let text = REPLICA.replace("master_port:1", "master_port:x");
        assert_eq!(server(&text), Err(MissingField { field: "master_port" }));
        assert_eq!(server("role:king"), Err(MissingField { field: "role" }));
        assert_eq!(sentinel(&BTreeMap::new()), Err(MissingField { field: "flags" }));
    }

    #[test]
    fn sentinels_flags_become_questions_answered() {
        let check = |flags: &str, state: &str, expected: (bool, bool, bool, bool)| {
            let fields = [
                ("failover-state", state),
                ("ip", "a-0.x"),
                ("port", "6379"),
                ("flags", flags),
                ("config-epoch", "3"),
                ("last-ok-ping-reply", "411"),
                ("quorum", "2"),
                ("num-other-sentinels", "2"),
                ("num-slaves", "1"),
            ];
            let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let sentinel = sentinel(&fields).unwrap();
            let told = (sentinel.down, sentinel.failover, sentinel.promoted, sentinel.disconnected);
            assert_eq!(told, expected, "{flags}");
            assert_eq!(sentinel.last_ok_ping, Duration::from_millis(411));
        };
        check("master", "", (false, false, false, false));
        check("s_down,master", "", (true, false, false, false));
        let leads = "s_down,o_down,master,failover_in_progress,force_failover";
        check(leads, "wait_start", (true, true, false, false));
        check(leads, "reconf_slaves", (true, true, true, false));
        check("master,disconnected", "", (false, false, false, true));
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_it_panic(text in "\\PC*", lines in proptest::collection::vec("[a-z_]{1,20}:[a-z0-9]{0,9}", 0..9)) {
            drop(server(&text));
            drop(server(&lines.join("\r\n")));
        }
    }
}
