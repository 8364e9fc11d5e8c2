//! The Python that is pushed into workload containers, in a real interpreter.
//!
//! What it finds there is OpenTelemetry's and gunicorn's; stand-ins have the few names that it uses.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sidecharm::webapp::framework::{Framework, Generation, Profile};
use sidecharm::webapp::gunicorn::{Logs, Settings};
use sidecharm::webapp::uvicorn;

/// Debian's, which `make setup` sees to.
const PYTHON: &str = "/usr/bin/python3";

/// `opentelemetry.trace`, whose span is active where `current.ids` is set.
const TRACE: &str = r"
class Span:
    ids = None

    def get_span_context(self):
        return self

    is_valid = property(lambda self: self.ids is not None)
    trace_id = property(lambda self: self.ids[0])
    span_id = property(lambda self: self.ids[1])


current = Span()


def get_current_span():
    return current
";
/// `gunicorn.instrument.statsd`, with loggers and atoms as gunicorn 23 has them.
const STATSD: &str = r#"
import logging, sys


class SafeAtoms(dict):
    def __init__(self, atoms):
        super().__init__((k, v.replace('"', '\\"') if isinstance(v, str) else v) for k, v in atoms.items())

    def __getitem__(self, name):
        return self.get(name.lower() if name.startswith("{") else name, "-")


class Statsd:
    def __init__(self, cfg):
        self.cfg = cfg
        self.error_log, self.access_log = (logging.getLogger("gunicorn." + name) for name in ("error", "access"))
        self.setup(cfg)

    def setup(self, cfg):
        for log in (self.error_log, self.access_log):
            log.handlers, log.propagate = [logging.StreamHandler(sys.stdout)], False
            log.setLevel(logging.INFO)

    def access(self, **atoms):
        self.access_log.info(self.cfg.access_log_format, SafeAtoms(atoms))
"#;
/// What a gunicorn script begins with.
const GUNICORN: &str = r#"
import types, conf
try:
    from opentelemetry.trace import current
except ImportError:
    pass
REQUEST = dict(h="10.1.2.3", m="GET", U='/a"b', q="", r='GET /a%22b HTTP/1.1', s="200", D=1500)
logger = lambda format="%(m)s %(U)s %(s)s": conf.logger_class(types.SimpleNamespace(access_log_format=format))
"#;
/// What a uvicorn script begins with.
const UVICORN: &str = r#"
import json, logging, logging.config, os
try:
    from opentelemetry.trace import current
except ImportError:
    pass
logging.addLevelName(5, "TRACE")
logging.config.dictConfig(json.load(open(os.environ["CONFIG"])))
error, access = logging.getLogger("uvicorn.error"), logging.getLogger("uvicorn.access")
for handler in logging.getLogger("uvicorn").handlers + error.handlers:
    handler.setStream(access.handlers[0].stream)
def request(target="/path", status=200):
    access.info('%s - "%s %s HTTP/%s" %d', "10.1.2.3:4711", "GET", target, "1.1", status)
"#;

/// The lines that a script writes, each an object.
fn lines(folder: &Path, script: &str) -> Vec<Value> {
    let mut python = Command::new(PYTHON);
    let config = folder.join("uvicorn-log-config.json");
    python.env("PYTHONPATH", folder).env("CONFIG", config).args(["-B", "-c", script]);
    let output = python.output().unwrap_or_else(|error| panic!("{PYTHON}: {error}: run `make setup`"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{text}"))).collect()
}

fn put(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn gunicorn(is_traced: bool, script: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        port: 8000,
        workers: None,
        threads: None,
        keepalive: None,
        timeout: None,
        is_traced: false,
        is_json: true,
        logs: Logs::Forwarded,
    };
    let profile = Profile { framework: Framework::Flask, generation: Generation::First };
    put(folder.path(), "conf.py", &settings.render(profile));
    put(folder.path(), "gunicorn/instrument/statsd.py", STATSD);
    if is_traced {
        put(folder.path(), "opentelemetry/trace.py", TRACE);
    }
    lines(folder.path(), &format!("{GUNICORN}{script}"))
}

fn uvicorn_at(level: &str, is_traced: bool, script: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    for file in uvicorn::files(level) {
        put(folder.path(), file.path.rsplit('/').next().unwrap(), &file.content);
    }
    if is_traced {
        put(folder.path(), "opentelemetry/trace.py", TRACE);
    }
    lines(folder.path(), &format!("{UVICORN}{script}"))
}

fn uvicorn(is_traced: bool, script: &str) -> Vec<Value> {
    uvicorn_at("info", is_traced, script)
}

/// Trace and span id of each line, without the zeros before them; empty where there are none.
fn ids(lines: &[Value]) -> Vec<String> {
    let of = |line: &Value, name: &str, length: usize| {
        let text = line.get(name)?.as_str()?;
        assert_eq!(text.len(), length, "{name}");
        Some(text.trim_start_matches('0').to_owned())
    };
    let both = |line| Some(format!("{}-{}", of(line, "traceId", 32)?, of(line, "spanId", 16)?));
    lines.iter().map(|line| both(line).unwrap_or_default()).collect()
}

/// U017.
#[test]
fn in_a_span_uvicorns_records_have_its_ids() {
    let lines = uvicorn(true, "current.ids = (0xabc, 0xdef)\nerror.info('hello')\nrequest()");
    assert_eq!(ids(&lines), ["abc-def"; 2]);
}

/// U018.
#[test]
fn an_error_after_the_span_has_the_ids_of_the_request_that_led_to_it() {
    let lines = uvicorn(true, "current.ids = (1, 2)\nrequest()\ncurrent.ids = None\nerror.error('late')");
    assert_eq!(ids(&lines), ["1-2"; 2]);
}

/// U019.
#[test]
fn a_request_without_a_span_forgets_the_ids_of_the_one_before() {
    let script = "current.ids = (1, 2)\nrequest()\ncurrent.ids = None\nrequest()\nerror.error('other')";
    assert_eq!(ids(&uvicorn(true, script)), ["1-2", "", ""]);
}

/// U020.
#[test]
fn without_opentelemetry_uvicorns_records_have_no_ids() {
    let lines = uvicorn(false, "request('/path?x=1', 404)");
    assert_eq!(ids(&lines), [""]);
    let expected = json!({
        "logger.name": "uvicorn.access",
        "http.request.method": "GET",
        "url.path": "/path",
        "url.query": "x=1",
        "client.address": "10.1.2.3",
        "http.response.status_code": 404,
    });
    assert_eq!(lines[0]["attributes"], expected);
    assert_eq!(lines[0]["body"], r#"10.1.2.3:4711 - "GET /path?x=1 HTTP/1.1" 404"#);
}

const RAISE: &str = "try:\n    raise ValueError('no good')\nexcept ValueError:\n    ";

fn is_exception(line: &Value, kind: &str) {
    let attributes = &line["attributes"];
    assert_eq!(
        (&attributes["exception.type"], &attributes["exception.message"]),
        (&json!(kind), &json!("no good"))
    );
    let trace = attributes["exception.stacktrace"].as_str().unwrap();
    assert!(
        trace.starts_with("Traceback (most recent call last):") && trace.ends_with("ValueError: no good"),
        "{trace}"
    );
}

/// U021 and U022.
#[test]
fn an_exception_is_in_uvicorns_record_where_there_is_one() {
    let lines = uvicorn(false, &format!("{RAISE}error.exception('failed')\nerror.error('failed')"));
    is_exception(&lines[0], "ValueError");
    assert_eq!(lines[1]["attributes"], json!({"logger.name": "uvicorn.error"}));
    assert_eq!(lines[1]["body"], "failed");
}

/// Defect 27 of paas-charm, in the process.
#[test]
fn uvicorn_logs_from_the_level_of_the_option_on() {
    let script =
        "error.log(5, 't')\nerror.debug('d')\nerror.info('i')\nerror.warning('w')\nerror.critical('c')";
    let severities = |level| {
        let lines = uvicorn_at(level, false, script);
        lines.iter().map(|line| line["severityText"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(severities("trace"), ["TRACE", "DEBUG", "INFO", "WARN", "FATAL"]);
    assert_eq!(severities("info"), ["INFO", "WARN", "FATAL"]);
    assert_eq!(severities("critical"), ["FATAL"]);
}

/// U048.
#[test]
fn gunicorns_error_log_is_lines_of_json() {
    let lines = gunicorn(false, "logger().error_log.warning('a %s', 'b')");
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    let names: Vec<_> = line.as_object().unwrap().keys().collect();
    assert_eq!(names, ["attributes", "body", "severityText", "timestamp"]);
    assert_eq!((&line["body"], &line["severityText"]), (&json!("a b"), &json!("WARN")));
    let moment = line["timestamp"].as_str().unwrap();
    let format = &time::format_description::well_known::Rfc3339;
    assert!(
        time::OffsetDateTime::parse(moment, format).is_ok_and(|moment| moment.offset().is_utc()),
        "{moment}"
    );
}

/// U049.
#[test]
fn an_exception_is_in_gunicorns_record() {
    let lines = gunicorn(false, &format!("log = logger().error_log\n{RAISE}log.exception('failed')"));
    is_exception(&lines[0], "ValueError");
}

/// U050 and U051.
#[test]
fn gunicorns_access_log_has_what_the_request_was() {
    let script =
        "logger().access(**REQUEST)\nlogger().access(**{**REQUEST, 'q': 'x=1', '{x-request-id}i': 'r1'})";
    let mut expected = json!({
        "logger.name": "gunicorn.access",
        "http.request.method": "GET",
        "url.path": "/a\"b",
        "client.address": "10.1.2.3",
        "http.response.status_code": 200,
        "duration_ms": 1.5,
    });
    let lines = gunicorn(false, script);
    assert_eq!(lines[0]["attributes"], expected);
    expected["url.query"] = json!("x=1");
    expected["http.request.header.x-request-id"] = json!("r1");
    assert_eq!(lines[1]["attributes"], expected);
}

#[test]
fn a_request_whose_handling_failed_has_the_path_of_its_first_line() {
    let script = "logger().access(**{**REQUEST, 'U': None, 'q': None, 'r': 'GET /boom?x=1 HTTP/1.1'})";
    let attributes = &gunicorn(false, script)[0]["attributes"];
    assert_eq!((&attributes["url.path"], &attributes["url.query"]), (&json!("/boom"), &json!("x=1")));
}

/// U052, U053 and U054.
#[test]
fn the_body_of_an_access_follows_the_format_and_a_broken_one_loses_nothing() {
    let script = "for format in ('%(h)s>%({x-no}i)s', '%(s)d', ''):\n    logger(format).access(**REQUEST)";
    let lines = gunicorn(false, script);
    let bodies: Vec<_> = lines.iter().map(|line| line["body"].as_str().unwrap()).collect();
    assert_eq!(bodies, ["10.1.2.3>-", r#"10.1.2.3 "GET /a%22b HTTP/1.1" 200"#, ""]);
}

const SERVED: &str = r"
log = logger()
def app(environ, start_response):
    current.ids = environ['ids']
    if environ['starts']:
        start_response('200 OK', [])
    current.ids = None
worker = types.SimpleNamespace(app=types.SimpleNamespace(wsgi=lambda: app))
conf.post_fork(None, worker)
def serve(ids, starts=True):
    worker.app.wsgi()({'ids': ids, 'starts': starts}, lambda *a, **k: None)
    log.access(**REQUEST)
";

/// U055.
#[test]
fn an_access_has_the_ids_of_the_span_that_answered() {
    let lines = gunicorn(true, &format!("{SERVED}serve((0xabc, 0xdef))\nlog.error_log.error('late')"));
    assert_eq!(ids(&lines), ["abc-def"; 2]);
}

/// U056.
#[test]
fn no_request_has_the_ids_of_the_one_before() {
    let lines =
        gunicorn(true, &format!("{SERVED}serve((1, 2))\nserve(None)\nserve((3, 4))\nserve((5, 6), False)"));
    assert_eq!(ids(&lines), ["1-2", "", "3-4", ""]);
}
