use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::juju::tools::HookTools;

const PATH: &str = "/nowhere:/usr/bin:/bin";

fn call<'a>(arguments: &'a [&'a str], input: Option<&'a [u8]>) -> Call<'a> {
    Call { tool: "sh", arguments, input, deadline: Duration::from_secs(20) }
}

async fn run(script: &str, input: Option<&[u8]>) -> Output {
    Processes::new(PATH).run(call(&["-c", script], input)).await.unwrap()
}

#[tokio::test]
async fn a_tool_is_run_with_its_arguments_and_input() {
    let output = run("cat; echo err >&2; exit 2", Some(b"in")).await;
    assert_eq!(output, Output { code: Some(2), stdout: b"in".to_vec(), stderr: b"err\n".to_vec() });
    let arguments = ["-c", "printf %s:%s \"$1\" \"$2\"", "sh", "a b", "é\n"];
    let output = Processes::new(PATH).run(call(&arguments, None)).await.unwrap();
    assert_eq!(output.stdout, "a b:é\n".as_bytes());
}

#[tokio::test]
async fn without_input_there_is_nothing_to_read() {
    assert_eq!(run("cat; readlink /proc/self/fd/0", None).await.stdout, b"/dev/null\n");
}

#[tokio::test]
async fn a_tool_that_does_not_read_its_input_is_judged_by_its_exit_code() {
    let much = vec![b'x'; 1 << 20];
    let output = run("exec <&-; echo no >&2; exit 1", Some(&much)).await;
    assert_eq!((output.code, output.stderr.as_slice()), (Some(1), b"no\n".as_slice()));
}

#[tokio::test]
async fn much_input_and_much_output_do_not_wait_for_each_other() {
    let much = vec![b'x'; 4 << 20];
    let output = run("head -c 4194304 /dev/zero; cat; head -c 300000 /dev/zero >&2", Some(&much)).await;
    assert_eq!((output.stdout.len(), output.stderr.len()), (8 << 20, 300_000));
}

#[tokio::test]
async fn a_killed_tool_has_no_exit_code() {
    assert_eq!(run("kill -9 $$", None).await.code, None);
}

#[tokio::test]
async fn a_tool_that_does_not_end_is_killed_at_its_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let script = format!("echo $$ > {}; exec sleep 600", pid_file.display());
    let deadline = Duration::from_mins(10);
    let processes = Processes::new(PATH);
    let arguments = ["-c", script.as_str()];
    let slow = Call { deadline, ..call(&arguments, None) };
    let time_passes = async {
        written(&pid_file).await;
        tokio::time::pause();
        tokio::time::advance(deadline).await;
    };
    let (ended, ()) = tokio::join!(processes.run(slow), time_passes);
    assert_eq!(ended.unwrap_err().to_string(), "sh did not end within 600s");
    let pid = std::fs::read_to_string(pid_file).unwrap();
    assert!(!Path::new("/proc").join(pid.trim()).exists(), "it still runs");
}

#[tokio::test]
async fn a_tool_that_nobody_waits_for_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let script = format!("echo $$ > {}; exec sleep 600", pid_file.display());
    let processes = Processes::new(PATH);
    let arguments = ["-c", script.as_str()];
    tokio::select! {
        _ = processes.run(call(&arguments, None)) => panic!("it ended"),
        () = written(&pid_file) => {}
    }
    let pid = std::fs::read_to_string(&pid_file).unwrap();
    let alive = || {
        let status = std::fs::read_to_string(Path::new("/proc").join(pid.trim()).join("status"));
        status.is_ok_and(|status| !status.contains("State:\tZ"))
    };
    let gone = async {
        while alive() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), gone).await.expect("it still runs");
}

async fn written(path: &Path) {
    while !std::fs::read_to_string(path).is_ok_and(|text| text.ends_with('\n')) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_tool_that_is_not_there_is_missing_and_not_counted() {
    let processes = Processes::new(PATH);
    let unknown = Call { tool: "no-such-tool-on-this-juju", ..call(&[], None) };
    assert!(matches!(processes.run(unknown).await, Err(ToolError::Missing { .. })));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("not-executable"), "x").unwrap();
    let processes = Processes::new(folder.path().to_str().unwrap());
    let refused = Call { tool: "not-executable", ..call(&[], None) };
    assert!(matches!(processes.run(refused).await, Err(ToolError::Run { .. })));
    assert_eq!(processes.processes_started(), 0);
}

#[tokio::test]
async fn tools_run_together_but_not_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // Each waits until as many as may run at once have been seen.
    let script = format!(
        "cd {}; mkdir u$$; while [ ! -e full ]; do n=$(ls -d u* | wc -l); \
         [ $n -ge {AT_ONCE} ] && echo $n && : > full; sleep 0.01; done; rmdir u$$",
        folder.path().display()
    );
    let processes = Arc::new(Processes::new(PATH));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (processes, script) = (processes.clone(), script.clone());
        running.spawn(async move { processes.run(call(&["-c", &script], None)).await.unwrap().stdout });
    }
    let mut most = 0;
    while let Some(stdout) = running.join_next().await {
        let text = String::from_utf8(stdout.unwrap()).unwrap();
        most = text.lines().map(|line| line.trim().parse::<usize>().unwrap()).chain([most]).max().unwrap();
    }
    assert_eq!(most, AT_ONCE);
    assert_eq!(processes.processes_started(), 20);
}

#[tokio::test]
async fn hook_tools_run_as_processes_of_the_hook() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/bin/echo", folder.path().join("resource-get")).unwrap();
    let processes = Arc::new(Processes::new(folder.path().to_str().unwrap()));
    let tools = HookTools::new(processes.clone(), Path::new("/charm"), Duration::from_secs(20));
    assert_eq!(tools.resource_get("cert").await.unwrap(), PathBuf::from("-- cert"));
    assert_eq!(processes.processes_started(), 1);
}
