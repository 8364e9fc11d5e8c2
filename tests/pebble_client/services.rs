//! Services: actions on them, how those end, and what a replan does.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::{Pid, Signal as OsSignal, kill_process};
use sidecharm::pebble::types::{
    Change, ChangeFilter, ChangeId, ChangeStatus, Plan, ServiceInfo, ServiceStatus, Signal, Startup,
};
use sidecharm::pebble::{Client, Error, ErrorKind, Pending};

use crate::daemon::{Daemon, eventually, layer};

const LONG: Duration = Duration::from_secs(30);

const PAIR: &str = "
    services:
        back: {override: replace, command: sleep 1000, startup: enabled}
        front: {override: replace, command: sleep 1000, requires: [back], after: [back]}
        alone: {override: replace, command: sleep 1000}";

async fn done(client: &Client, pending: Result<Pending, Error>) -> Change {
    client.wait_change(&pending.unwrap(), LONG).await.unwrap()
}

async fn active(client: &Client) -> Vec<String> {
    let services = client.services(&[]).await.unwrap();
    services.into_iter().filter(ServiceInfo::is_active).map(|service| service.name).collect()
}

#[tokio::test]
async fn actions_reach_what_is_required_and_what_requires() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    client.add_layer("pair", &layer(PAIR)).await.unwrap();
    let services = client.services(&[]).await.unwrap();
    let names: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["alone", "back", "front"]);
    assert_eq!(services[1].startup, Startup::Enabled);
    assert_eq!((&services[1].current, services[1].current_since), (&ServiceStatus::Inactive, None));

    let change = done(&client, client.start(&["front"]).await).await;
    assert_eq!((change.kind.as_str(), &change.status), ("start", &ChangeStatus::Done));
    assert_eq!(active(&client).await, ["back", "front"]);
    assert!(client.services(&["back", "missing"]).await.unwrap()[0].current_since.is_some());
    assert!(change.duration().unwrap() >= Duration::from_secs(1), "a start is good after a second");

    let again = done(&client, client.start(&["front"]).await).await;
    assert!(again.duration().unwrap() < Duration::from_millis(900), "a running service is left alone");

    done(&client, client.restart(&["front", "alone"]).await).await;
    assert_eq!(active(&client).await, ["alone", "back", "front"]);
    done(&client, client.stop(&["back"]).await).await;
    assert_eq!(active(&client).await, ["alone"]);
    done(&client, client.autostart().await).await;
    assert_eq!(active(&client).await, ["alone", "back"]);
    done(&client, client.stop(&["alone", "front"]).await).await;
    done(&client, client.stop(&["alone"]).await).await;

    let of_alone = client.changes(&ChangeFilter::All, Some("alone")).await.unwrap();
    let kinds: BTreeSet<&str> = of_alone.iter().map(|change| change.kind.as_str()).collect();
    assert_eq!(kinds, ["restart", "stop"].into());
    assert!(client.changes(&ChangeFilter::InProgress, None).await.unwrap().is_empty());
    let ids: BTreeSet<_> = of_alone.iter().map(|change| change.id.clone()).collect();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn refused_actions_say_why() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let error = client.autostart().await.unwrap_err();
    assert_eq!(error.kind(), Some(&ErrorKind::NoDefaultServices));
    for error in [
        client.start(&["missing"]).await.unwrap_err(),
        client.stop(&["missing"]).await.unwrap_err(),
        client.restart(&["missing"]).await.unwrap_err(),
    ] {
        assert!(error.is_no_such_service("missing") && !error.is_no_such_service("other"), "{error:?}");
        assert!(!error.is_retryable());
    }
    let error = client.start(&[]).await.unwrap_err();
    assert!(matches!(&error, Error::Api { source, .. } if source.status == 400), "{error:?}");
    let error = client.change(&ChangeId::parse("4711").unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), Some(&ErrorKind::NoSuchChange));
    let unknown = Pending::from(ChangeId::parse("4711").unwrap());
    assert!(matches!(client.wait_change(&unknown, LONG).await, Err(Error::ChangeLost { .. })));
}

#[tokio::test]
async fn a_replan_with_nothing_to_do_is_done_at_once() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let change = done(&client, client.replan().await).await;
    assert!(change.tasks.is_empty() && change.is_successful(), "{change:?}");
}

#[tokio::test]
async fn a_service_that_cannot_start_fails_its_change() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let services = "
        services:
            missing: {override: replace, command: /no/such/program}
            quick: {override: replace, command: \"sh -c 'echo for the log; exit 3'\", on-failure: ignore}";
    client.add_layer("bad", &layer(services)).await.unwrap();
    for (name, reason) in [("missing", "no such file or directory"), ("quick", "exited quickly with code 3")]
    {
        let pending = client.start(&[name]).await.unwrap();
        let error = client.wait_change(&pending, LONG).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(reason) && text.lines().count() == 1, "{text}");
        assert!(!text.contains("for the log"), "output of a service is not for an error's text");
        let change = error.failed_change().unwrap();
        assert_eq!(change.status, ChangeStatus::Error);
        assert!(!change.tasks[0].log.is_empty());
    }
    let statuses: Vec<_> =
        client.services(&[]).await.unwrap().into_iter().map(|service| service.current).collect();
    let after_failure =
        if daemon.is_before(17).await { ServiceStatus::Inactive } else { ServiceStatus::Error };
    assert_eq!(statuses, [ServiceStatus::Inactive, after_failure]);
}

#[tokio::test]
async fn a_failure_holds_what_depends_on_it() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let services = "
        services:
            bad: {override: replace, command: /no/such/program}
            after: {override: replace, command: sleep 100, requires: [bad], after: [bad]}
            alone: {override: replace, command: sleep 100}";
    client.add_layer("bad", &layer(services)).await.unwrap();
    let pending = client.start(&["after", "alone"]).await.unwrap();
    let change = client.wait_ready(&pending, LONG).await.unwrap();
    let status = |name: &str| {
        let task = change.tasks.iter().find(|task| task.summary.contains(&format!("\"{name}\""))).unwrap();
        task.status.clone()
    };
    assert_eq!((status("bad"), status("after")), (ChangeStatus::Error, ChangeStatus::Hold));
    if !daemon.is_before(16).await {
        assert_eq!(status("alone"), ChangeStatus::Done, "other lanes go on");
    }
}

#[tokio::test]
async fn a_killed_service_is_in_backoff_and_comes_back() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let file = daemon.text_path("pid");
    let service = format!(
        "services: {{s: {{override: replace, command: \"sh -c 'echo $$ > {file}; exec sleep 1000'\", backoff-delay: 300ms}}}}"
    );
    client.add_layer("s", &layer(&service)).await.unwrap();
    done(&client, client.start(&["s"]).await).await;
    let since = client.services(&[]).await.unwrap()[0].current_since;
    let pid = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), OsSignal::KILL).unwrap();
    let status = async |status: ServiceStatus| {
        eventually(status.as_str(), async || {
            client.services(&[]).await.unwrap().pop().filter(|service| service.current == status)
        })
        .await
    };
    status(ServiceStatus::Backoff).await;
    assert!(status(ServiceStatus::Active).await.current_since > since);
}

#[tokio::test]
async fn signals_go_to_running_services() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    let file = daemon.text_path("hung");
    let service = format!(
        "services: {{s: {{override: replace, command: \"sh -c 'trap \\\"touch {file}\\\" USR1; while :; do sleep 0.05; done'\", kill-delay: 200ms}}}}"
    );
    client.add_layer("s", &layer(&service)).await.unwrap();
    let error = client.send_signal(Signal::User1, &["s"]).await.unwrap_err();
    assert!(matches!(&error, Error::Api { source, .. } if source.status == 500), "{error:?}");
    done(&client, client.start(&["s"]).await).await;
    client.send_signal(Signal::User1, &["s"]).await.unwrap();
    eventually("the signal is seen", async || std::fs::exists(&file).unwrap().then_some(())).await;
}

/// Compares what the client foresees of a replan with what the daemon does.
async fn check_replan(client: &Client, started: &Plan, change: &str, stops: &[&str], starts: &[&str]) {
    client.add_layer("pair", &layer(change)).await.unwrap();
    let plan = client.plan().await.unwrap();
    let before = client.services(&[]).await.unwrap();
    let preview = plan.replan_preview(started, &before);
    assert_eq!(preview.stops.iter().collect::<Vec<_>>(), stops, "stops of {change}");
    assert_eq!(preview.starts.iter().collect::<Vec<_>>(), starts, "starts of {change}");
    done(client, client.replan().await).await;
    for service in client.services(&[]).await.unwrap() {
        let old = before.iter().find(|old| old.name == service.name);
        let was_active = old.is_some_and(ServiceInfo::is_active);
        let restarted =
            was_active && service.is_active() && old.unwrap().current_since != service.current_since;
        let stopped = was_active && !service.is_active();
        let started = !was_active && service.is_active();
        let name = service.name.as_str();
        assert_eq!(restarted || stopped, stops.contains(&name), "{name} stopped by {change}");
        assert_eq!(restarted || started, starts.contains(&name), "{name} started by {change}");
    }
    let now = client.services(&[]).await.unwrap();
    assert!(plan.longest_change() > Duration::from_secs(5));
    let rest = plan.replan_preview(&plan, &now);
    assert!(rest.is_empty(), "a second replan would do nothing, not {rest:?}");
}

#[tokio::test]
async fn what_a_replan_does_is_foreseen() {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    client.add_layer("pair", &layer(PAIR)).await.unwrap();
    let first = client.plan().await.unwrap();
    // Startup-enabled services are started.
    check_replan(&client, &first, "{}", &[], &["back"]).await;
    done(&client, client.start(&["front", "alone"]).await).await;
    if daemon.is_before(16).await {
        return;
    }
    // A change of a mere summary restarts a service, and stops one that requires it without starting it again.
    let summary = "services: {back: {override: merge, summary: other}}";
    check_replan(&client, &first, summary, &["back", "front"], &["back"]).await;
    let second = client.plan().await.unwrap();
    // A service that was started once and stopped is started when its definition changed.
    done(&client, client.stop(&["alone"]).await).await;
    let changed = "services: {alone: {override: merge, summary: other}}";
    check_replan(&client, &second, changed, &[], &["alone"]).await;
    let third = client.plan().await.unwrap();
    // A startup-enabled service that was stopped by hand is started.
    done(&client, client.stop(&["back"]).await).await;
    check_replan(&client, &third, "{}", &[], &["back"]).await;
}
