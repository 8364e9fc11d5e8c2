//! What each of the charm's own users may do, and that it may do no more, at a real server.

use std::time::Duration;

use redis::{Cmd, IntoConnectionInfo as _, RedisConnectionInfo};
use sidecharm::secret::Secret;

use crate::roles::run;
use crate::servers::{Servers, until};

/// What the server says to a command of a user: `OK`, or the error's first word.
fn answer(servers: &Servers, user: &str, password: Option<&Secret>, command: &[&str]) -> String {
    let mut settings = RedisConnectionInfo::default().set_skip_set_lib_name();
    if let Some(password) = password {
        settings = settings.set_username(user).set_password(password.expose());
    }
    let address = (servers.hosts[0].clone(), 6379).into_connection_info().unwrap();
    let client = redis::Client::open(address.set_redis_settings(settings)).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut call = Cmd::new();
    call.arg(command);
    match call.query::<redis::Value>(&mut connection) {
        Ok(_) => "OK".to_owned(),
        Err(error) => error.code().unwrap_or("?").to_owned(),
    }
}

#[test]
fn each_user_is_refused_outside_its_rule() {
    run(async || {
        let mut servers = Servers::new(1);
        servers.start_server(0);
        until("the server answers", Duration::from_secs(10), async || servers.view(0).await.server.is_some())
            .await;
        let passwords = servers.passwords.clone();
        let check = |user: &str, password: Option<&Secret>, may: &[&[&str]], may_not: &[&[&str]]| {
            for (commands, expected) in [(may, "OK"), (may_not, "NOPERM")] {
                for command in commands {
                    assert_eq!(answer(&servers, user, password, command), expected, "{user}: {command:?}");
                }
            }
        };
        let data: [&[&str]; 4] = [&["GET", "key"], &["SET", "key", "1"], &["KEYS", "*"], &["FLUSHALL"]];
        let administration: [&[&str]; 4] =
            [&["ACL", "LIST"], &["CONFIG", "SET", "maxmemory", "0"], &["MONITOR"], &["SHUTDOWN"]];
        let neither = [data, administration].concat();
        let (exporter, failover) = (Some(&passwords.exporter), Some(&passwords.failover));
        check(
            "exporter",
            exporter,
            &[&["INFO"], &["CONFIG", "GET", "maxmemory"], &["SLOWLOG", "LEN"]],
            &neither,
        );
        check("sentinel", failover, &[&["INFO"], &["PING"], &["ROLE"]], &neither);
        check("replication", Some(&passwords.replication), &[&["PING"]], &neither);
        // A client without a password, while it is let in. A replica of nobody takes no write.
        check("default", None, &[&["GET", "key"], &["KEYS", "*"]], &administration);
    });
}
