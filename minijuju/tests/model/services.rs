//! A Service forwards the ports that units have opened to pods that are ready.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Charm, PATIENCE, TestModel, poll};

/// A server that is in every pod: its Pebble.
const PORT: u16 = 38813;

/// Asks the Pebble behind an address for its boot, which tells whose it is.
fn ask(address: Ipv4Addr) -> io::Result<String> {
    let address = SocketAddr::from((address, PORT));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /v1/system-info HTTP/1.0\r\nHost: pebble\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap_or_default())?;
    Ok(body["result"]["boot-id"].as_str().unwrap_or_default().to_owned())
}

fn service_address(model: &TestModel) -> Ipv4Addr {
    let address = &model.status()["applications"]["web"]["address"];
    address.as_str().unwrap().parse().unwrap()
}

#[test]
fn a_service_forwards_what_its_units_have_opened_to_the_ready_ones_in_turn() {
    let model = TestModel::new("services");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 2);
    model.deploy(&Charm::plain(&model, "db", &["server"]), 1);
    let service = service_address(&model);
    let why = || model.logs();
    let asked = || (0..4).map(|_| ask(service)).collect::<io::Result<BTreeSet<_>>>();
    let refused = || ask(service).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    let boots = ["web/0", "web/1"].map(|unit| model.boot_id(unit, "server").unwrap());
    let both = BTreeSet::from(boots.clone());
    assert!(refused(), "nothing is open yet");

    // One unit opens it for all.
    model.run(&["exec", "--unit", "web/0", "--", "open-port", &PORT.to_string()]);
    poll("an open port", || ask(service).ok(), why);
    assert_eq!(asked().unwrap(), both);
    let from_pod = |unit: &str| {
        let request = "printf 'GET /v1/health HTTP/1.0\\r\\n\\r\\n' >&3; head -n 1 <&3";
        let name = "web.services.svc.cluster.local";
        let script = format!("exec 3<>/dev/tcp/{name}/{PORT}; {request}");
        model.run(&["exec", "-u", unit, "--container", "server", "--", "bash", "-c", &script])
    };
    assert!(from_pod("db/0").starts_with("HTTP/1.0 200"));
    assert!(from_pod("web/0").starts_with("HTTP/1.0 200"), "a pod reaches its own Service");

    // A pod that is not ready gets nothing, and gets its turns again.
    let check = |command: &str| {
        let layer = format!(
            "checks: {{able: {{override: replace, level: ready, threshold: 1, period: 100ms, exec: {{command: {command}}}}}}}"
        );
        let script = format!(
            "echo '{layer}' >/tmp/layer; $PEBBLE_BIN add --combine able /tmp/layer && $PEBBLE_BIN replan"
        );
        let script = script.replace("$PEBBLE_BIN", "/charm/bin/pebble");
        model.sh("web/1", "server", &script);
    };
    check("\"false\"");
    let only = BTreeSet::from([boots[0].clone()]);
    poll("one unit alone", || asked().ok().filter(|asked| *asked == only), why);
    check("\"true\"");
    poll("both again", || asked().ok().filter(|asked| *asked == both), why);

    // The next controller forwards too.
    model.end_controller(Signal::SIGKILL);
    assert!(ask(service).is_err());
    model.status();
    let again = Instant::now();
    poll("the port again", || ask(service).ok(), why);
    // Measured: some milliseconds; half a minute if neighbours must forget the last one's hardware address.
    assert!(again.elapsed() < Duration::from_secs(5), "after {:?}", again.elapsed());
    assert_eq!(asked().unwrap(), both);

    model.run(&["exec", "--unit", "web/0", "--", "close-port", &PORT.to_string()]);
    poll("a closed port", || refused().then_some(()), why);
    model.run(&["exec", "--unit", "web/1", "--", "open-port", &PORT.to_string()]);
    poll("a port open again", || ask(service).ok(), why);
    model.run(&["remove-application", "web", "--no-prompt"]);
    poll("the Service's end", || ask(service).is_err().then_some(()), why);
}

#[test]
fn a_service_needs_no_port_of_this_machine() {
    let model = TestModel::new("ports");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 1);
    let _taken = TcpListener::bind(("0.0.0.0", PORT)).unwrap();
    let service = service_address(&model);
    model.run(&["exec", "--unit", "web/0", "--", "open-port", &PORT.to_string()]);
    let boot = model.boot_id("web/0", "server");
    poll("the pod's own answer", || (ask(service).ok() == boot).then_some(()), || model.logs());
}
