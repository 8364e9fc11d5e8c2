//! What a client sees that writes without pause while servers die.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::roles::{bootstrapped, run, settled};
use crate::servers::{APPLICATION, Servers, until};
use crate::writer::{Target, Writer};

fn target(servers: &Servers) -> Target {
    let hosts = servers.hosts.iter().map(|host| (host.clone(), host.parse().unwrap())).collect();
    Target {
        application: APPLICATION.to_owned(),
        sentinel_password: servers.passwords.sentinel.expose().to_owned(),
        password: None,
        hosts: Arc::new(Mutex::new(hosts)),
        favourite: Arc::default(),
    }
}

#[test]
fn no_acknowledged_write_is_lost_when_the_masters_server_dies() {
    run(async || {
        let mut servers = Servers::new(3);
        let _watches = bootstrapped(&mut servers).await;
        let target = target(&servers);
        let writer = Writer::start(target.clone(), Duration::from_millis(1));
        until("the client writes", Duration::from_secs(15), async || writer.acknowledged() > 100).await;
        servers.kill_server(0);
        tokio::time::sleep(Duration::from_millis(600)).await;
        servers.start_server(0);
        until("settled again", Duration::from_secs(15), async || settled(&servers).await).await;
        let record = writer.stop();
        let gap = record.longest_gap().unwrap();
        println!(
            "{} writes; none for {:?}, from {} to {}",
            record.writes.len(),
            gap.length,
            gap.old_host,
            gap.new_host
        );
        assert_eq!(record.lost(&target).unwrap(), [0_u64; 0]);
        assert_ne!(gap.old_host, gap.new_host);
        assert!(gap.length < Duration::from_secs(10), "{:?}", gap.length);
    });
}
