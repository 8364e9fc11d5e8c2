use super::*;

const FLASK: Profile = Profile { framework: Framework::Flask, generation: Generation::First };
const PLAIN: Settings = Settings {
    port: 8000,
    workers: None,
    threads: None,
    keepalive: None,
    timeout: None,
    is_traced: false,
    is_json: false,
    logs: Logs::Forwarded,
};

/// U060: ten workers.
#[test]
fn options_become_directives() {
    let settings = Settings { workers: Some(10), logs: Logs::Files, ..PLAIN };
    insta::assert_snapshot!(settings.render(FLASK), @"
    bind = ['0.0.0.0:8000']
    chdir = '/flask/app'
    accesslog = '/var/log/flask/access.log'
    errorlog = '/var/log/flask/error.log'
    statsd_host = 'localhost:9125'
    workers = 10
    ");
}

/// U060: the others, in their order.
#[test]
fn only_options_that_are_set_are_there_in_a_fixed_order() {
    let settings =
        Settings { timeout: Some(1), keepalive: Some(2), threads: Some(3), workers: Some(4), ..PLAIN };
    let text = settings.render(Profile { framework: Framework::Django, ..FLASK });
    insta::assert_snapshot!(text, @"
    bind = ['0.0.0.0:8000']
    chdir = '/django/app'
    accesslog = '-'
    errorlog = '-'
    statsd_host = 'localhost:9125'
    workers = 4
    threads = 3
    keepalive = 2
    timeout = 1
    ");
}

/// U060: tracing.
#[test]
fn requests_are_traced_where_there_is_a_tracer() {
    let settings = Settings { is_traced: true, ..PLAIN };
    insta::assert_snapshot!(settings.render(FLASK), @r#"
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    bind = ['0.0.0.0:8000']
    chdir = '/flask/app'
    accesslog = '-'
    errorlog = '-'
    statsd_host = 'localhost:9125'
    access_log_format = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %({x-request-id}o)s'

    def post_fork(server, worker):
        trace.set_tracer_provider(TracerProvider())
        trace.get_tracer_provider().add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    "#);
}

#[test]
fn the_second_generation_has_its_own_directory_and_port() {
    let profile = Profile { generation: Generation::Second, ..FLASK };
    let settings = Settings { port: 9000, logs: Logs::of(profile, &JujuVersion::release(3, 1, 0)), ..PLAIN };
    let text = settings.render(profile);
    assert!(
        text.starts_with("bind = ['0.0.0.0:9000']\nchdir = '/app'\naccesslog = '-'\nerrorlog = '-'\n"),
        "{text}"
    );
    assert_eq!(candidate(profile).as_deref(), Some("/var/lib/gunicorn/gunicorn.candidate.conf.py"));
}

/// U057, and what is there with both.
#[test]
fn lines_of_json_are_the_loggers_and_the_spans_part_is_the_middlewares() {
    let has = |settings: Settings| {
        let text = settings.render(FLASK);
        [
            "class GunicornJsonLogger",
            "class OtelSpanMiddleware",
            "\nlogger_class = GunicornJsonLogger\n",
            "worker.app.wsgi = ",
            "set_tracer_provider",
        ]
        .map(|part| text.contains(part))
    };
    assert_eq!(has(PLAIN), [false; 5]);
    assert_eq!(has(Settings { is_traced: true, ..PLAIN }), [false, false, false, false, true]);
    assert_eq!(has(Settings { is_json: true, ..PLAIN }), [true, true, true, true, false]);
    assert_eq!(has(Settings { is_json: true, is_traced: true, ..PLAIN }), [true; 5]);
}

/// U062 and U063.
#[test]
fn logs_go_into_files_until_juju_forwards_them() {
    let of = |major, minor, patch| Logs::of(FLASK, &JujuVersion::release(major, minor, patch));
    assert_eq!([of(3, 3, 1), of(3, 4, 0), of(4, 0, 0)], [Logs::Files, Logs::Forwarded, Logs::Forwarded]);
    assert_eq!(Logs::Files.files(FLASK), ["/var/log/flask/access.log", "/var/log/flask/error.log"]);
    assert_eq!(Logs::Forwarded.files(FLASK), [""; 0]);
    let text = PLAIN.render(FLASK);
    assert!(text.contains("\naccesslog = '-'\nerrorlog = '-'\n"), "{text}");
}

/// Defect 1 of paas-charm; U061 and M05.
#[test]
fn an_unchanged_configuration_is_neither_checked_nor_reloaded() {
    let text = PLAIN.render(FLASK);
    let change = |installed, runs| FileChange::between(installed, &text, runs);
    for runs in [true, false] {
        assert_eq!(change(Some(text.as_bytes()), runs), FileChange::Nothing);
        assert_eq!(change(Some(b"bind = []"), runs), FileChange::Install { reload: runs });
        assert_eq!(change(None, runs), FileChange::Install { reload: runs });
    }
}

#[test]
fn a_configuration_is_checked_where_it_is_not_yet_in_force() {
    let command =
        CommandLine::parse("python3 -m gunicorn -c /flask/gunicorn.conf.py 'app:create_app()' -k [ sync ]");
    let check = check_command(&command.unwrap(), &candidate(FLASK).unwrap()).join(" ");
    let expected = "python3 -m gunicorn -c /flask/gunicorn.conf.py app:create_app() -k sync \
                    -c /flask/gunicorn.candidate.conf.py --check-config";
    assert_eq!(check, expected);
}

/// U008, U065 and U066: of Django and of Flask.
#[test]
fn a_worker_class_is_sync_or_gevent() {
    for framework in [Framework::Django, Framework::Flask] {
        assert_eq!(WorkerClass::parse("sync", framework), Ok(WorkerClass::Sync));
        assert_eq!(WorkerClass::parse("gevent", framework), Ok(WorkerClass::Gevent));
        let expected = format!("Only 'gevent' and 'sync' are allowed. https://bit.ly/{framework}-async-doc");
        assert_eq!(WorkerClass::parse("eventlet", framework), Err(expected));
    }
}

/// U009 and U066.
#[test]
fn a_rock_without_gevent_is_named() {
    let texts = [Framework::Django, Framework::Flask].map(WorkerClass::missing_gevent);
    insta::assert_snapshot!(texts.join("\n"), @"
    gunicorn[gevent] must be installed in the rock. https://bit.ly/django-async-doc
    gunicorn[gevent] must be installed in the rock. https://bit.ly/flask-async-doc
    ");
}

#[test]
fn gevent_is_looked_for_once_and_not_where_the_rock_is_made_for_it() {
    let (gevent, sync) = (WorkerClass::Gevent, WorkerClass::Sync);
    assert!(gevent.is_to_be_checked(Some("gunicorn -k [ sync ]")));
    assert!(gevent.is_to_be_checked(Some("gunicorn")));
    assert!(!gevent.is_to_be_checked(Some("sidecharm run -- gunicorn -k [ gevent ]")));
    assert!(!sync.is_to_be_checked(Some("gunicorn -k [ gevent ]")));
}
