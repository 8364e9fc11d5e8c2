//! Pods find each other by name, and models do not see each other's.

use std::time::{Duration, Instant};

use crate::support::{Charm, TestModel};

fn resolve(model: &TestModel, unit: &str, name: &str) -> String {
    model.sh(unit, "server", &format!("getent ahostsv4 {name} | cut -d ' ' -f 1 | sort -u | xargs"))
}

#[test]
fn pods_resolve_by_their_kubernetes_names() {
    let model = TestModel::new("names");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 2);
    model.deploy(&Charm::plain(&model, "db", &["server"]), 1);
    let [zero, one, db] = ["web/0", "web/1", "db/0"].map(|unit| model.address(unit));
    let full = "web-1.web-endpoints.names.svc.cluster.local";
    for name in [full, "web-1.web-endpoints", "web-1.web-endpoints.names.svc"] {
        assert_eq!(resolve(&model, "db/0", name).trim(), one, "{name}");
    }
    assert_eq!(resolve(&model, "web/0", "db-endpoints").trim(), db);
    let mut both = [zero, one.clone()];
    both.sort();
    assert_eq!(resolve(&model, "db/0", "web-endpoints").trim(), both.join(" "));
    let service = model.status()["applications"]["web"]["address"].as_str().unwrap().to_owned();
    assert_eq!(resolve(&model, "db/0", "web").trim(), service);
    assert_eq!(
        model.sh("db/0", "server", &format!("getent hosts {one}")).split_whitespace().nth(1),
        Some(full)
    );
    // A pod knows itself by its hosts file, before anybody is asked.
    assert_eq!(model.sh("web/1", "server", "hostname; hostname -f"), format!("web-1\n{full}\n"));
}

#[test]
fn what_does_not_exist_is_said_at_once() {
    let model = TestModel::new("absent");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 1);
    let start = Instant::now();
    for name in ["web-7.web-endpoints", "example.com", "web-0.web-endpoints.other.svc.cluster.local"] {
        let lookup = format!("getent hosts {name}; echo $?");
        assert_eq!(model.sh("web/0", "server", &lookup), "2\n", "{name}");
    }
    // A resolver that hears nothing waits five seconds for each.
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn two_models_live_side_by_side() {
    let (one, other) = (TestModel::new("same"), TestModel::new("same"));
    for model in [&one, &other] {
        model.deploy(&Charm::plain(model, "web", &["server"]), 1);
    }
    assert_ne!(one.address("web/0"), other.address("web/0"));
    for model in [&one, &other] {
        assert_eq!(resolve(model, "web/0", "web-0.web-endpoints").trim(), model.address("web/0"));
    }
    one.run(&["destroy-model", "--yes"]);
    assert_eq!(one.traces(), Vec::<String>::new());
    assert_eq!(other.sh("web/0", "server", "hostname"), "web-0\n");
}

#[test]
fn pods_talk_to_each_other_and_this_machine_to_them() {
    let model = TestModel::new("talk");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 2);
    let probe = "exec 3<>/dev/tcp/web-0.web-endpoints/38813; printf 'GET /v1/health HTTP/1.0\\r\\n\\r\\n' >&3; head -n 1 <&3";
    let answer = model.run(&["exec", "-u", "web/1", "--container", "server", "--", "bash", "-c", probe]);
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    let address = format!("{}:38813", model.address("web/0"));
    std::net::TcpStream::connect_timeout(&address.parse().unwrap(), Duration::from_secs(5)).unwrap();
}
