//! The charm's binary needs nothing of the machine it runs on: docs/decisions/0001-one-static-binary.md.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sidecharm::redis::SERVER_PORT;
use sidecharm::redis::passwords::Passwords;
use sidecharm::redis::watch_config::{self, WatchConfig};
use sidecharm::secret::Secret;

const BINARY: &str = env!("CARGO_BIN_EXE_sidecharm");

/// Root, and the user that Juju gives a charm which declares `charm-user: non-root`.
const USERS: [&str; 2] = ["0:0", "170:170"];

/// Where an ELF file says which loader starts it, and where it says that it can be loaded anywhere.
const PROGRAM_INTERPRETER: u32 = 3;
const SHARED_OBJECT: u16 = 3;

#[test]
fn the_binary_names_no_interpreter_and_loads_anywhere() {
    let elf = fs::read(BINARY).unwrap();
    assert_eq!(elf[..5], *b"\x7fELF\x02", "not a 64-bit ELF file");
    assert_eq!(number(&elf, 16, 2), u64::from(SHARED_OBJECT), "not position independent");
    let (table, size, count) = (number(&elf, 32, 8), number(&elf, 54, 2), number(&elf, 56, 2));
    assert!(count > 0);
    for header in 0..count {
        let kind = number(&elf, usize::try_from(table + header * size).unwrap(), 4);
        assert_ne!(kind, u64::from(PROGRAM_INTERPRETER), "the binary needs a dynamic loader");
    }
}

#[test]
fn outside_a_hook_it_exits_64_in_an_empty_root_for_any_user() {
    for user in USERS {
        let root = empty_root();
        let output = in_root(root.path(), user).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "as {user}: {output:?}");
    }
}

#[test]
fn names_are_resolved_in_a_root_without_a_name_service() {
    for (number, user) in (1..).zip(USERS) {
        let root = empty_root();
        // What a workload's image may bring along: modules that are not there, before the ones that are built in.
        let switch = "hosts: mymachines resolve [!UNAVAIL=return] files dns\n";
        let address = own_address(number);
        put(root.path(), "etc/nsswitch.conf", switch);
        put(root.path(), "etc/hosts", &format!("{address} redis-k8s-0.unlikely.name\n"));
        put(root.path(), "watch.json", &watched("redis-k8s-0.unlikely.name"));

        let server = TcpListener::bind((address.as_str(), SERVER_PORT)).unwrap();
        server.set_nonblocking(true).unwrap();
        let mut command = in_root(root.path(), user);
        command.args(["watch", "/watch.json"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut watch = command.spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while server.accept().is_err() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        watch.kill().unwrap();
        watch.wait().unwrap();
        assert!(Instant::now() < deadline, "as {user}: nobody came to the server of that name");
    }
}

/// A root with nothing in it but the binary: no library, no /etc, no /proc. Any user may enter.
fn empty_root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::copy(BINARY, root.path().join("dispatch")).unwrap();
    fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
    root
}

fn put(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
}

fn in_root(root: &Path, user: &str) -> Command {
    let mut command = Command::new("chroot");
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin");
    command.arg(format!("--userspec={user}")).arg(root).arg("/dispatch");
    command
}

/// What `watch` is told: one unit, under this host name.
fn watched(host: &str) -> String {
    let password = || Secret::new("secret");
    let passwords = Passwords {
        redis: password(),
        sentinel: password(),
        operator: password(),
        replication: password(),
        failover: password(),
        exporter: password(),
    };
    let config = WatchConfig {
        application: "redis-k8s",
        model_uuid: "5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11",
        host,
        units: &[host.to_owned()],
        passwords: &passwords,
        bootstrapped: false,
        joined: 0,
        known_epoch: 0,
        strict: false,
    };
    watch_config::render(config).unwrap().expose().to_owned()
}

/// A loopback address of this process's own.
fn own_address(number: u32) -> String {
    let process = std::process::id();
    format!("127.{}.{}.{}", 1 + (process >> 8) % 250, process % 250, 250 + number)
}

/// The `width` bytes at `at` as a number in the file's byte order.
fn number(elf: &[u8], at: usize, width: usize) -> u64 {
    let bytes = &elf[at..at + width];
    let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    if elf[5] == 1 { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) }
}
