use super::super::view::{Address, Sentinel, SentinelAnswer};
use super::*;

const COMMANDS: &str =
    "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n#TS:1700000001\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n";

fn check(end: &str, expected: Option<u64>) {
    assert_eq!(last_timestamp(end.as_bytes()), expected, "{end:?}");
}

#[test]
fn the_last_time_stamp_is_found_of_a_file() {
    check("", None);
    check("*1\r\n$4\r\nPING\r\n", None);
    check(COMMANDS, Some(1_700_000_001));
    check(&format!("{COMMANDS}#TS:1700000007\r\n"), Some(1_700_000_007));
    check(&format!("{COMMANDS}nonsense\r\n#TS:1700000007\r\n"), Some(1_700_000_001));
}

#[test]
fn a_command_that_was_cut_off_hides_no_time_stamp() {
    for length in COMMANDS.find("*3").unwrap()..COMMANDS.len() {
        check(&COMMANDS[..length], Some(1_700_000_001));
    }
}

#[test]
fn a_time_stamp_inside_of_a_value_is_none() {
    let value = "\r\n#TS:1900000000\r\nand more";
    let text = format!("{COMMANDS}*2\r\n$3\r\nSET\r\n${}\r\n{value}\r\n", value.len());
    check(&text, Some(1_700_000_001));
}

#[test]
fn the_younger_copy_has_the_lower_priority() {
    let of = |last_write| priority(Some(last_write));
    assert!(of(1_800_000_001) < of(1_800_000_000));
    assert!(of(1_800_000_000) < priority(None));
    assert!(of(1_800_000_001) > USUAL);
    assert_eq!(of(u64::MAX), USUAL + 1);
    assert_eq!(of(0), priority(None));
}

#[test]
fn the_manifest_names_the_parts() {
    let manifest = "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n\
                    file appendonly.aof.3.incr.aof seq 3 type i\nfile appendonly.aof.1.base.rdb seq 1 type h\n";
    assert_eq!(increment(manifest), Some("appendonly.aof.3.incr.aof"));
    assert_eq!(base(manifest), Some("appendonly.aof.2.base.rdb"));
    assert_eq!(increment("file ../../etc/passwd seq 1 type i"), None);
    assert_eq!(increment("file"), None);
}

fn server(priority: u32) -> Server {
    Server {
        role: ServerRole::Replica { of: Address { host: "app-0.x".to_owned(), port: 6379 }, link_up: false },
        loading: false,
        uptime: Duration::from_secs(5),
        version: "7.0.15".to_owned(),
        offset: 0,
        priority,
        replicas: Vec::new(),
        disk_trouble: false,
    }
}

#[test]
fn a_choice_needs_every_copy_in_reach() {
    let known = |host: &str, priority, down| KnownReplica { host: host.to_owned(), priority, down };
    let check = |second: KnownReplica, told: Option<u32>, expected| {
        let replicas = [known("app-1.x", 5000, false), second];
        let servers = BTreeMap::from([
            ("app-1.x".to_owned(), Some(server(5000))),
            ("app-2.x".to_owned(), told.map(server)),
        ]);
        assert_eq!(all_told(&replicas, &servers), expected, "{replicas:?} {told:?}");
    };
    check(known("app-2.x", USUAL, false), Some(USUAL), true);
    check(known("app-2.x", UNTOLD, false), Some(UNTOLD), false);
    check(known("app-2.x", USUAL, true), Some(USUAL), false);
    check(known("app-3.x", USUAL, false), Some(USUAL), false);
    // It has been restarted, or died, and the sentinel has not noticed.
    check(known("app-2.x", USUAL, false), Some(6000), false);
    check(known("app-2.x", USUAL, false), None, false);
}

#[test]
fn a_copy_that_loads_is_waited_for_and_one_that_does_not_answer_for_a_while() {
    let check = |other: Option<Server>, patient, expected| {
        let servers = BTreeMap::from([("app-1.x".to_owned(), other)]);
        assert_eq!(all_ready(&servers, patient), expected, "{servers:?}");
    };
    check(Some(server(UNTOLD)), true, true);
    check(Some(Server { loading: true, ..server(UNTOLD) }), true, false);
    check(Some(Server { loading: true, ..server(UNTOLD) }), false, false);
    check(None, true, false);
    check(None, false, true);
}

#[test]
fn a_server_tells_its_age_only_where_there_is_no_master_to_follow() {
    let check = |link_up, priority, down, uptime, expected| {
        let master = Address { host: "app-1.x".to_owned(), port: 6379 };
        let role = ServerRole::Replica { of: master.clone(), link_up };
        let server = Server { role, uptime: Duration::from_secs(uptime), ..server(priority) };
        let sentinel = Sentinel {
            master,
            down,
            failover: false,
            promoted: false,
            disconnected: false,
            config_epoch: 0,
            last_ok_ping: Duration::ZERO,
            quorum: 2,
            other_sentinels: 2,
            replicas: 2,
        };
        let answer = |host: &str| SentinelAnswer { host: host.to_owned(), sentinel: Some(sentinel.clone()) };
        let sentinels = ["app-0.x", "app-1.x", "app-2.x"].map(answer).into();
        let view = View { me: "app-0.x".to_owned(), server: Some(server), sentinels };
        assert_eq!(next(&view), expected, "{view:?}");
    };
    check(true, UNTOLD, false, 5, Tell::Usual);
    check(true, USUAL, false, 5, Tell::Nothing);
    let age = |patient| Tell::Age { others: vec!["app-2.x".to_owned()], patient };
    check(false, UNTOLD, true, 5, age(true));
    check(false, UNTOLD, true, 30, age(false));
    // A hook told it, for want of a better one.
    check(false, LAST, true, 30, age(false));
    check(false, UNTOLD, false, 5, Tell::Nothing);
    // Its master was lost while it was in step.
    check(false, USUAL, true, 5, Tell::Nothing);
}

proptest::proptest! {
    #[test]
    fn no_file_makes_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200), text in "[*$#TS:0-9\r\n]{0,80}") {
        let _any = (last_timestamp(bytes.as_slice()), last_timestamp(text.as_bytes()));
    }

    #[test]
    fn no_value_is_taken_for_a_time_stamp(value in "([a-z]|\r|\n|#TS:1900000000){0,9}") {
        let text = format!("{COMMANDS}*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n{value}\r\n*1\r\n$4\r\nPING\r\n", value.len());
        proptest::prop_assert_eq!(last_timestamp(text.as_bytes()), Some(1_700_000_001));
    }
}
