//! Commands: input, output, exit codes, signals, time-outs, and nothing that hangs.

use std::time::{Duration, Instant};

use rustix::process::Signal as OsSignal;
use sidecharm::pebble::types::{ChangeStatus, Environment, Exec, Owner, Signal, Terminal};
use sidecharm::pebble::{Client, Error, ErrorKind, Event, Output, Process};

use crate::daemon::{Daemon, eventually, layer};

const LONG: Duration = Duration::from_secs(30);

async fn start() -> (Daemon, Client) {
    let daemon = Daemon::start().await;
    let client = daemon.client();
    (daemon, client)
}

async fn run(client: &Client, command: &[&str], input: &'static str) -> Output {
    client.run(&Exec::new(command.iter().copied()), input, LONG).await.unwrap()
}

fn shell(script: &str) -> Exec {
    Exec::new(["sh", "-c", script])
}

#[tokio::test]
async fn exit_code_and_both_outputs_come_back() {
    let (_daemon, client) = start().await;
    assert_eq!(run(&client, &["true"], "").await.exit_code, 0);
    let output = client.run(&shell("echo out; echo err >&2; exit 42"), "", LONG).await.unwrap();
    let texts = (output.exit_code, &output.stdout[..], &output.stderr[..]);
    assert_eq!(texts, (42, &b"out\n"[..], &b"err\n"[..]));
    assert_eq!(
        format!("{output:?}"),
        "Output { exit_code: 42, stdout: 4 bytes, stderr: 4 bytes, is_truncated: false }"
    );
    let output = client.run(&shell("kill -TERM $$"), "", LONG).await.unwrap();
    assert_eq!(output.exit_code, 143);
}

#[tokio::test]
async fn input_is_delivered_and_ended() {
    let (_daemon, client) = start().await;
    let output = run(&client, &["tr", "a-z", "A-Z"], "grüße\n").await;
    assert_eq!(output.stdout, "GRüßE\n".as_bytes());
    let start = Instant::now();
    assert_eq!(run(&client, &["cat"], "").await.stdout, b"", "no input is an ended input");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_mebibyte_goes_both_ways() {
    let (_daemon, client) = start().await;
    let input: Vec<u8> = (0..1_u32 << 18).flat_map(u32::to_le_bytes).collect();
    let output = client.run(&shell("tee /dev/stderr"), input.clone(), LONG).await.unwrap();
    assert!(output.stdout == input && output.stderr == input && !output.is_truncated);
    let mut echoed = Vec::new();
    let process = client.exec(&Exec::new(["cat"]), LONG).await.unwrap();
    let exit_code = process.attach(&input[..], &mut echoed, tokio::io::sink()).await.unwrap();
    assert!(exit_code == 0 && echoed == input);
}

#[tokio::test]
async fn a_capture_is_the_end_of_what_was_said_and_says_so() {
    let (_daemon, client) = start().await;
    for size in ["5000000", "20000000"] {
        let command = format!("head -c {size} /dev/zero; printf end");
        let output = run(&client, &["sh", "-c", &command], "").await;
        assert_eq!((output.stdout.len(), output.is_truncated), (4 << 20, true));
        assert!(output.stdout.ends_with(b"\0end"), "{size}");
    }
}

#[tokio::test]
async fn a_command_that_reads_nothing_does_not_hold_its_input_up() {
    let (_daemon, client) = start().await;
    let input = vec![0_u8; 4 << 20];
    let start = Instant::now();
    let output = client.run(&shell("exec <&-; sleep 0.2; echo done"), input.clone(), LONG).await.unwrap();
    assert_eq!(output.stdout, b"done\n");
    let process = client.exec(&shell("echo done"), LONG).await.unwrap();
    let mut out = Vec::new();
    assert_eq!(process.attach(&input[..], &mut out, tokio::io::sink()).await.unwrap(), 0);
    assert!(start.elapsed() < Duration::from_secs(15), "took {:?}", start.elapsed());
}

#[tokio::test]
async fn lines_come_back_one_by_one() {
    let (_daemon, client) = start().await;
    let mut process = client.exec(&Exec::new(["cat"]), LONG).await.unwrap();
    for line in ["one\n", "two\n", "three\n"] {
        process.write(line);
        assert_eq!(process.next().await.unwrap(), Event::Stdout(line.into()));
    }
    process.close_stdin();
    process.close_stdin();
    assert_eq!(process.next().await.unwrap(), Event::Exited(0));
    assert_eq!(process.next().await.unwrap(), Event::Exited(0), "it stays ended");
}

#[tokio::test]
async fn environment_directory_and_user_are_as_asked() {
    let (daemon, client) = start().await;
    let exec = Exec {
        environment: Environment::from([("GREETING", "hello")]),
        working_dir: Some(daemon.text_path("")),
        ..shell("echo \"$GREETING $UNSET\"; pwd")
    };
    let expected = format!("hello \n{}\n", daemon.text_path("").trim_end_matches('/'));
    assert_eq!(client.run(&exec, "", LONG).await.unwrap().stdout, expected.as_bytes());
    if rustix::process::geteuid().is_root() {
        let exec = Exec {
            owner: Owner::user("nobody"),
            working_dir: Some("/".to_owned()),
            ..Exec::new(["id", "-un"])
        };
        assert_eq!(client.run(&exec, "", LONG).await.unwrap().stdout, b"nobody\n");
    }
    if !daemon.is_before(3).await {
        let service = "services: {s: {override: replace, command: sleep 1, environment: {OF: service}}}";
        client.add_layer("s", &layer(service)).await.unwrap();
        let exec = Exec { service_context: Some("s".to_owned()), ..shell("echo $OF") };
        assert_eq!(client.run(&exec, "", LONG).await.unwrap().stdout, b"service\n");
        let exec = Exec { service_context: Some("missing".to_owned()), ..exec };
        assert!(client.run(&exec, "", LONG).await.unwrap_err().is_no_such_service("missing"));
    }
}

#[tokio::test]
async fn commands_that_cannot_start_say_why() {
    let (daemon, client) = start().await;
    let error = client.run(&Exec::new(["no-such-program"]), "", LONG).await.unwrap_err();
    assert!(matches!(&error, Error::Api { source, .. } if source.status == 400), "{error:?}");
    let none: [&str; 0] = [];
    assert!(client.run(&Exec::new(none), "", LONG).await.is_err());
    let lost = Exec { working_dir: Some("/no/such/folder".to_owned()), ..Exec::new(["true"]) };
    let error = client.run(&lost, "", LONG).await.unwrap_err();
    assert!(matches!(&error, Error::Api { source, .. } if source.status == 500), "{error:?}");
    let stranger = Exec { owner: Owner::user("nobody-here"), ..Exec::new(["true"]) };
    let error = client.run(&stranger, "", LONG).await.unwrap_err();
    assert!(matches!(error.kind(), Some(ErrorKind::Other(_))), "{error:?}");

    let path = daemon.text_path("not-a-program");
    std::fs::write(&path, "\u{7f}ELF nonsense").unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let start = Instant::now();
    let error = client.run(&Exec::new([path]), "", LONG).await.unwrap_err();
    let change = error.failed_change().unwrap();
    assert!(change.err.as_ref().unwrap().contains("exec format error"), "{change:?}");
    assert!(start.elapsed() < Duration::from_secs(15), "took {:?}", start.elapsed());
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_killed() {
    let (_daemon, client) = start().await;
    let error = client.run(&Exec::new(["sleep", "100"]), "", Duration::from_millis(200)).await.unwrap_err();
    let change = error.failed_change().unwrap();
    assert_eq!(change.status, ChangeStatus::Error);
    assert!(change.err.as_ref().unwrap().contains("timed out"), "{change:?}");
    assert!(error.to_string().contains("timed out") && !error.to_string().contains("100"), "{error}");
}

#[tokio::test]
async fn an_orphan_that_holds_the_output_does_not_hold_the_client() {
    let (_daemon, client) = start().await;
    let start = Instant::now();
    let outcome = client.run(&shell("sleep 30 & sleep 100"), "", Duration::from_millis(200)).await;
    assert!(matches!(outcome, Err(Error::ChangeUnfinished { .. })), "{outcome:?}");
    assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
}

async fn expect_line(process: &mut Process, line: &'static str) {
    assert_eq!(process.next().await.unwrap(), Event::Stdout(line.into()));
}

#[tokio::test]
async fn signals_reach_the_command() {
    let (_daemon, client) = start().await;
    let script = "trap 'echo hung' USR1; trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done";
    let mut process = client.exec(&shell(script), LONG).await.unwrap();
    expect_line(&mut process, "ready\n").await;
    process.signal(Signal::User1).await.unwrap();
    expect_line(&mut process, "hung\n").await;
    process.signal(Signal::Terminate).await.unwrap();
    assert_eq!(process.next().await.unwrap(), Event::Exited(7));
}

#[tokio::test]
async fn a_dropped_process_is_killed() {
    let (daemon, client) = start().await;
    let mut process = client.exec(&shell("echo $$; exec sleep 1000"), LONG).await.unwrap();
    let Event::Stdout(pid) = process.next().await.unwrap() else { panic!("no output") };
    let pid = std::str::from_utf8(&pid).unwrap().trim().to_owned();
    let pending = process.pending().clone();
    drop(process);
    let change = client.wait_ready(&pending, LONG).await.unwrap();
    assert_eq!(change.exit_code(), Some(137));
    assert!(!std::fs::exists(format!("/proc/{pid}")).unwrap());
    drop(daemon);
}

#[tokio::test]
async fn an_aborted_command_ends_as_if_killed() {
    let (_daemon, client) = start().await;
    let mut process = client.exec(&Exec::new(["sleep", "1000"]), LONG).await.unwrap();
    client.abort_change(&process.pending().id.clone()).await.unwrap();
    assert_eq!(process.next().await.unwrap(), Event::Exited(137));
}

#[tokio::test]
async fn a_terminal_has_a_size_and_line_ends() {
    let (_daemon, client) = start().await;
    let exec = Exec {
        terminal: Some(Terminal { width: 99, height: 33 }),
        ..shell("stty size; read x; stty size; tty")
    };
    let mut process = client.exec(&exec, LONG).await.unwrap();
    expect_line(&mut process, "33 99\r\n").await;
    process.resize(Terminal { width: 80, height: 25 }).await.unwrap();
    // What is resized and what is typed come on different sockets: the size is seen before the line is sent.
    eventually("the terminal has its new size", async || {
        let sizes =
            client.run(&shell("for t in /dev/pts/*; do stty size < $t; done 2>/dev/null"), "", LONG).await;
        String::from_utf8_lossy(&sizes.unwrap().stdout).contains("25 80").then_some(())
    })
    .await;
    process.write("x\n");
    let mut output = Vec::new();
    let exit_code = loop {
        match process.next().await.unwrap() {
            Event::Stdout(data) | Event::Stderr(data) => output.extend_from_slice(&data),
            Event::Exited(exit_code) => break exit_code,
        }
    };
    let text = String::from_utf8(output).unwrap();
    assert!(text.contains("25 80\r\n") && text.contains("/dev/pts/") && exit_code == 0, "{text:?}");
}

#[tokio::test]
async fn a_daemon_that_ends_under_a_command_is_no_success() {
    for signal in [OsSignal::KILL, OsSignal::TERM] {
        let (mut daemon, client) = start().await;
        if signal == OsSignal::TERM && daemon.is_before(5).await {
            // It waits for its commands without end.
            return;
        }
        let mut process = client.exec(&shell("echo ready; exec sleep 1000"), LONG).await.unwrap();
        expect_line(&mut process, "ready\n").await;
        let restart = async {
            daemon.signal(signal);
            daemon.wait().await;
            daemon.start_again().await;
        };
        let (outcome, ()) = tokio::join!(process.next(), restart);
        let is_failure = match &outcome {
            Err(Error::ChangeLost { .. }) | Ok(Event::Exited(137)) => true,
            // Old daemons try to start it again when they are back, and find nobody connected.
            Err(Error::ChangeFailed(_)) => daemon.is_before(26).await,
            _ => false,
        };
        assert!(is_failure, "after {signal:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn the_environment_that_the_daemon_echoes_is_not_kept() {
    let (_daemon, client) = start().await;
    let exec = Exec {
        environment: Environment::from([("TOKEN", "hunter2")]),
        ..Exec::new(["login", "--password=hunter3"])
    };
    assert_eq!(format!("{exec:?}"), "Exec(Some(\"login\"), ..)");
    let error = client.run(&exec, "", LONG).await.map(|output| output.exit_code);
    let shown = format!("{error:?}");
    assert!(!shown.contains("hunter"), "{shown}");
}
