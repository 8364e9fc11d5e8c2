use std::path::Path;
use std::time::Duration;

use tracing::{debug, error, info, trace, warn};

use super::*;
use crate::juju::tools::{Call, Output, RunTool, Running};

/// Notes what is logged, or refuses to.
#[derive(Default)]
struct Log {
    entries: Mutex<Vec<String>>,
    refuses: bool,
}

impl RunTool for Log {
    fn run<'a>(&'a self, call: Call<'a>) -> Running<'a> {
        self.entries.lock().unwrap().push(format!("{} {}", call.tool, call.arguments.join(" ")));
        let code = Some(i32::from(self.refuses));
        Box::pin(async move { Ok(Output { code, stdout: Vec::new(), stderr: b"ERROR no\n".to_vec() }) })
    }
}

fn tools(log: &Arc<Log>) -> HookTools {
    HookTools::new(log.clone(), Path::new("/charm"), Duration::from_secs(5))
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Says things, then flushes: the log's entries and the standard output.
async fn said(say: impl FnOnce()) -> (Vec<String>, String) {
    let (telemetry, lines, log) = (Telemetry::default(), Lines::default(), Arc::new(Log::default()));
    tracing::subscriber::with_default(telemetry.subscriber(Some(Box::new(lines.clone()))), say);
    telemetry.flush(&tools(&log)).await;
    telemetry.flush(&tools(&log)).await;
    let entries = log.entries.lock().unwrap().clone();
    (entries, lines.text())
}

#[tokio::test]
async fn neighbours_are_written_together_and_debug_is_free() {
    let (entries, lines) = said(|| {
        info!("the layer changed");
        debug!(container = "redis", "no change");
        info!(unit = "redis/0", roles = ?["a b"], count = 3, empty = "", spaced = "a b", "a role changed");
        trace!("never seen");
        warn!(reason = %"x\ny\0", "went on");
        info!("at last");
    })
    .await;
    insta::assert_debug_snapshot!(entries, @r#"
    [
        "juju-log -l INFO -- the layer changed\na role changed unit=redis/0 roles=[\"a b\"] count=3 empty=\"\" spaced=\"a b\"",
        "juju-log -l WARNING -- went on reason=x\\ny\\u{0}",
        "juju-log -l INFO -- at last",
    ]
    "#);
    assert_eq!(lines, "no change container=redis\n");
}

#[tokio::test]
async fn a_hook_with_nothing_to_say_starts_no_process() {
    let (entries, lines) = said(|| {
        debug!("settled");
        trace!("x");
        info!(target: "hyper::client", "of others only warnings are heard");
    })
    .await;
    assert_eq!((entries.len(), lines.as_str()), (0, "settled\n"));
}

#[tokio::test]
async fn an_error_is_told_with_its_causes_in_one_line() {
    let (entries, _) = said(|| {
        let source = std::io::Error::other("disk\nfull");
        let failure = crate::juju::tools::ToolError::Run { tool: "is-leader", source };
        error!(error = &failure as &dyn std::error::Error, "the pass failed");
        warn!(target: "hyper", "heard");
    })
    .await;
    insta::assert_debug_snapshot!(entries, @r#"
    [
        "juju-log -l ERROR -- the pass failed error=\"is-leader could not be run: disk\\nfull\"",
        "juju-log -l WARNING -- heard",
    ]
    "#);
}

#[tokio::test]
async fn an_action_keeps_its_output_to_itself() {
    let telemetry = Telemetry::default();
    tracing::subscriber::with_default(telemetry.subscriber(None), || {
        debug!("dropped");
        info!("kept");
    });
    let log = Arc::new(Log::default());
    telemetry.flush(&tools(&log)).await;
    assert_eq!(log.entries.lock().unwrap().as_slice(), ["juju-log -l INFO -- kept"]);
}

#[tokio::test]
async fn a_log_that_refuses_is_no_reason_to_stop() {
    let (telemetry, log) = (Telemetry::default(), Arc::new(Log { refuses: true, ..Log::default() }));
    tracing::subscriber::with_default(telemetry.subscriber(None), || info!("untold"));
    telemetry.flush(&tools(&log)).await;
    assert_eq!(log.entries.lock().unwrap().len(), 1);
    assert!(telemetry.lock().records.is_empty());
}

#[test]
fn the_last_words_hold_all_that_waited() {
    let telemetry = Telemetry::default();
    tracing::subscriber::with_default(telemetry.subscriber(None), || {
        info!("one");
        error!("two");
    });
    let mut stderr = Vec::new();
    telemetry.die("panicked at x.rs:1", &mut stderr);
    assert_eq!(String::from_utf8(stderr).unwrap(), "one\ntwo\npanicked at x.rs:1\n");

    let locked = telemetry.lock();
    let mut stderr = Vec::new();
    telemetry.die("panicked while it was at it", &mut stderr);
    assert_eq!(String::from_utf8(stderr).unwrap(), "panicked while it was at it\n");
    drop(locked);
}
