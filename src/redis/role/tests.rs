use std::time::Duration;

use super::super::view::SentinelAnswer;
use super::*;

const ME: &str = "app-0.x";
const OTHER: &str = "app-1.x";
const NORMAL: Standing =
    Standing { bootstrapped: true, has_lineage: true, died_as_master: false, known_epoch: 0, strict: false };

fn at(host: &str) -> Address {
    Address { host: host.to_owned(), port: 6379 }
}

fn sentinel(master: &str) -> Sentinel {
    Sentinel {
        master: at(master),
        down: false,
        failover: false,
        promoted: false,
        disconnected: false,
        config_epoch: 0,
        last_ok_ping: Duration::from_millis(400),
        quorum: 2,
        other_sentinels: 2,
        replicas: 2,
    }
}

fn server(role: ServerRole) -> Server {
    Server {
        role,
        loading: false,
        uptime: Duration::from_secs(5),
        version: "7.0.15".to_owned(),
        offset: 14,
        priority: 100,
        replicas: Vec::new(),
        disk_trouble: false,
    }
}

fn nobodys() -> Server {
    server(ServerRole::Replica { of: Address { host: "127.0.0.1".to_owned(), port: 1 }, link_up: false })
}

/// Three units; the sentinels name these masters (`None` does not answer).
fn view(server: Option<Server>, named: [Option<&str>; 3]) -> View {
    let sentinels = named.iter().enumerate().map(|(number, master)| SentinelAnswer {
        host: format!("app-{number}.x"),
        sentinel: master.map(sentinel),
    });
    View { me: ME.to_owned(), server, sentinels: sentinels.collect() }
}

fn check(view: &View, standing: Standing, expected: &Step) {
    assert_eq!(next(view, standing), *expected, "{view:#?} {standing:?}");
}

#[test]
fn a_restarted_server_is_promoted_only_when_all_that_answer_name_it() {
    check(&view(Some(nobodys()), [Some(ME); 3]), NORMAL, &Step::Promote);
    check(&view(Some(nobodys()), [Some(ME), Some(ME), None]), NORMAL, &Step::Promote);
    check(&view(Some(nobodys()), [Some(ME), None, None]), NORMAL, &Step::Wait(Reason::NoMajority));
    check(
        &view(Some(nobodys()), [Some(ME), Some(ME), Some(OTHER)]),
        NORMAL,
        &Step::Wait(Reason::NotConfirmed),
    );
    check(&view(Some(nobodys()), [Some(ME), Some(OTHER), None]), NORMAL, &Step::Wait(Reason::NoMajority));
}

#[test]
fn a_sentinel_that_doubts_or_has_not_seen_this_process_holds_the_promotion_back() {
    let doubts: [fn(&mut Sentinel); 4] = [
        |sentinel| sentinel.down = true,
        |sentinel| sentinel.failover = true,
        |sentinel| sentinel.disconnected = true,
        |sentinel| sentinel.last_ok_ping = Duration::from_secs(5),
    ];
    for doubt in doubts {
        let mut view = view(Some(nobodys()), [Some(ME); 3]);
        doubt(view.sentinels[2].sentinel.as_mut().unwrap());
        check(&view, NORMAL, &Step::Wait(Reason::NotConfirmed));
        check(&view, Standing { bootstrapped: false, ..NORMAL }, &Step::Promote);
    }
}

#[test]
fn a_server_follows_whom_the_majority_names() {
    let follow = Step::Follow(at(OTHER));
    check(&view(Some(nobodys()), [Some(ME), Some(OTHER), Some(OTHER)]), NORMAL, &follow);
    check(&view(Some(server(ServerRole::Master)), [None, Some(OTHER), Some(OTHER)]), NORMAL, &follow);
    let following = server(ServerRole::Replica { of: at(OTHER), link_up: false });
    check(&view(Some(following), [Some(OTHER); 3]), NORMAL, &Step::Keep);
    check(&view(None, [Some(OTHER); 3]), NORMAL, &Step::Wait(Reason::ServerDown));
}

#[test]
fn without_a_majority_everything_stays_as_it_is() {
    check(&view(Some(server(ServerRole::Master)), [Some(ME), None, None]), NORMAL, &Step::Keep);
    check(&view(Some(server(ServerRole::Master)), [None; 3]), NORMAL, &Step::Keep);
    check(&view(Some(nobodys()), [None; 3]), NORMAL, &Step::Wait(Reason::NoMajority));
}

#[test]
fn a_master_whose_process_died_hands_over_unless_strict() {
    let died = Standing { died_as_master: true, ..NORMAL };
    check(&view(None, [Some(ME); 3]), died, &Step::HandOver);
    check(&view(None, [Some(ME); 3]), NORMAL, &Step::Wait(Reason::ServerDown));
    check(&view(None, [Some(ME); 3]), Standing { strict: true, ..died }, &Step::Wait(Reason::ServerDown));
    let mut alone = view(None, [Some(ME); 3]);
    alone.sentinels[0].sentinel.as_mut().unwrap().replicas = 0;
    check(&alone, died, &Step::HandOver);
    alone.sentinels.iter_mut().for_each(|answer| answer.sentinel.as_mut().unwrap().replicas = 0);
    check(&alone, died, &Step::Wait(Reason::ServerDown));
}

#[test]
fn an_empty_storage_never_becomes_master_once_there_was_data() {
    let empty = Standing { has_lineage: false, ..NORMAL };
    check(&view(Some(nobodys()), [Some(ME); 3]), empty, &Step::GiveWay);
    check(&view(Some(nobodys()), [Some(ME); 3]), Standing { bootstrapped: false, ..empty }, &Step::Promote);
    let mut busy = view(Some(nobodys()), [Some(ME); 3]);
    busy.sentinels[0].sentinel.as_mut().unwrap().failover = true;
    check(&busy, empty, &Step::Wait(Reason::NotConfirmed));
}

#[test]
fn a_loading_server_waits() {
    let mut loading = nobodys();
    loading.loading = true;
    check(&view(Some(loading), [Some(ME); 3]), NORMAL, &Step::Wait(Reason::ServerDown));
}

#[test]
fn a_promoted_replica_is_left_alone_until_it_is_announced() {
    let spoil: [fn(&mut Sentinel); 2] =
        [|sentinel| sentinel.failover = true, |sentinel| sentinel.down = true];
    for role in [ServerRole::Master, ServerRole::Replica { of: at("app-2.x"), link_up: true }] {
        for change in spoil {
            let mut view = view(Some(server(role.clone())), [Some(OTHER); 3]);
            change(view.sentinels[1].sentinel.as_mut().unwrap());
            check(&view, NORMAL, &Step::Wait(Reason::FailoverUnderWay));
        }
    }
    let mut born = view(Some(nobodys()), [Some(OTHER); 3]);
    born.sentinels[1].sentinel.as_mut().unwrap().down = true;
    check(&born, NORMAL, &Step::Follow(at(OTHER)));
}

#[test]
fn sentinels_that_know_no_replica_cannot_fail_over_so_their_doubt_does_not_count() {
    let blind = |replicas: [u32; 3], named: [Option<&str>; 3]| {
        let mut view = view(Some(nobodys()), named);
        for (answer, replicas) in view.sentinels.iter_mut().zip(replicas) {
            if let Some(sentinel) = &mut answer.sentinel {
                (sentinel.down, sentinel.replicas) = (true, replicas);
            }
        }
        view
    };
    check(&blind([0; 3], [Some(ME); 3]), NORMAL, &Step::Promote);
    check(&blind([0, 0, 1], [Some(ME); 3]), NORMAL, &Step::HandOver);
    check(&blind([0; 3], [Some(ME), Some(ME), None]), NORMAL, &Step::Wait(Reason::NotConfirmed));
    let mut unseen = blind([0; 3], [Some(ME); 3]);
    unseen.sentinels[2].sentinel.as_mut().unwrap().last_ok_ping = Duration::from_secs(6);
    check(&unseen, NORMAL, &Step::Wait(Reason::NotConfirmed));
}

#[test]
fn who_is_named_under_an_older_epoch_than_the_last_master_is_not_promoted() {
    let mut view = view(Some(nobodys()), [Some(ME); 3]);
    for (named, known, expected) in
        [(0, 1, Step::Wait(Reason::Superseded)), (1, 1, Step::Promote), (2, 1, Step::Promote)]
    {
        view.sentinels[1].sentinel.as_mut().unwrap().config_epoch = named;
        check(&view, Standing { known_epoch: known, ..NORMAL }, &expected);
    }
}

#[test]
fn a_master_that_died_before_all_sentinels_knew_a_replica_hands_over_through_one_that_does() {
    let mut view = view(Some(nobodys()), [Some(ME); 3]);
    for answer in &mut view.sentinels {
        let sentinel = answer.sentinel.as_mut().unwrap();
        sentinel.down = true;
        sentinel.replicas = u32::from(answer.host == OTHER);
    }
    check(&view, NORMAL, &Step::HandOver);
    // All know one: the failover is theirs.
    let mut known = view.clone();
    known.sentinels.iter_mut().for_each(|answer| answer.sentinel.as_mut().unwrap().replicas = 2);
    check(&known, NORMAL, &Step::Wait(Reason::NotConfirmed));
    view.sentinels[2].sentinel.as_mut().unwrap().failover = true;
    check(&view, NORMAL, &Step::Wait(Reason::NotConfirmed));
}

#[test]
fn a_sentinel_that_cannot_end_its_failover_is_restarted() {
    let leads = |epochs: [u64; 2], other_is_down: bool| {
        let mut view = view(Some(nobodys()), [Some(ME), Some(OTHER), None]);
        let set = |answer: &mut SentinelAnswer, epoch: u64| {
            let sentinel = answer.sentinel.as_mut().unwrap();
            sentinel.config_epoch = epoch;
            sentinel.down = other_is_down;
        };
        view.sentinels.iter_mut().zip(epochs).for_each(|(answer, epoch)| set(answer, epoch));
        let own = view.sentinels[0].sentinel.as_mut().unwrap();
        (own.failover, own.promoted) = (true, true);
        view
    };
    check(&leads([4, 4], true), NORMAL, &Step::RestartSentinel);
    // It has only begun, and the other one names a master of the past.
    let mut begun = leads([4, 4], true);
    begun.sentinels[0].sentinel.as_mut().unwrap().promoted = false;
    check(&begun, NORMAL, &Step::Wait(Reason::NoMajority));
    check(&leads([4, 4], false), NORMAL, &Step::Wait(Reason::NoMajority));
    // The other one was away while there was a failover.
    check(&leads([4, 3], true), NORMAL, &Step::Wait(Reason::NoMajority));
}
