//! Gunicorn, which runs Flask and Django: its configuration file, and what is asked of it before it gets one.

use super::command::CommandLine;
use super::framework::{Framework, Generation, Profile};
use crate::juju::environment::JujuVersion;

/// What the operator sees when gunicorn refuses its configuration.
pub const REFUSED: &str =
    "Webserver configuration check failed, please review your charm configuration or database relation";
/// A command that fails in rocks without gevent.
pub const GEVENT_CHECK: [&str; 3] = ["python3", "-c", "import gevent"];

const STATSD: &str = "localhost:9125";
const JSON_RECORD: &str = include_str!("files/json_record.py");
const GUNICORN_RECORDS: &str = include_str!("files/gunicorn_records.py");
const TRACING_IMPORTS: &str = include_str!("files/tracing_imports.py");
/// Apache's combined format, and the request's id as the app answers it.
const TRACED_FORMAT: &str =
    r#"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %({x-request-id}o)s"#;
const TRACING_PROVIDER: &str = "
    trace.set_tracer_provider(TracerProvider())
    trace.get_tracer_provider().add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))";
const SPAN_MIDDLEWARE: &str = "
    load = worker.app.wsgi
    worker.app.wsgi = lambda: OtelSpanMiddleware(load())";

/// How gunicorn's workers work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerClass {
    /// One request at a time.
    Sync,
    /// Many, in greenlets; the rock must have gevent.
    Gevent,
}

/// Where the logs go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logs {
    /// Into the service's output, which Pebble forwards.
    Forwarded,
    /// Into files, which a process beside the app reads.
    Files,
}

/// What the configuration file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// TCP port.
    pub port: u16,
    /// Option `webserver-workers`; gunicorn itself judges the numbers.
    pub workers: Option<u32>,
    /// Option `webserver-threads`.
    pub threads: Option<u32>,
    /// Option `webserver-keepalive`, in seconds.
    pub keepalive: Option<u32>,
    /// Option `webserver-timeout`, in seconds.
    pub timeout: Option<u32>,
    /// Requests are traced.
    pub is_traced: bool,
    /// Logs are lines of JSON.
    pub is_json: bool,
    /// Where the logs go.
    pub logs: Logs,
}

/// What to do about the configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// It is as it should be.
    Nothing,
    /// The new one is pushed as [`candidate`] and checked. Where it passes it is pushed in its place.
    Install {
        /// Then SIGHUP makes the running gunicorn read it.
        reload: bool,
    },
}

impl WorkerClass {
    /// Reads option `webserver-worker-class`.
    ///
    /// # Errors
    /// The text for the operator, when it is another class.
    pub fn parse(option: &str, framework: Framework) -> Result<Self, String> {
        match option {
            "sync" => Ok(Self::Sync),
            "gevent" => Ok(Self::Gevent),
            _ => Err(format!("Only 'gevent' and 'sync' are allowed. https://bit.ly/{framework}-async-doc")),
        }
    }

    /// Gunicorn's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Gevent => "gevent",
        }
    }

    /// Whether [`GEVENT_CHECK`] must pass first: only where gevent is new to the command in the plan.
    pub fn is_to_be_checked(self, in_plan: Option<&str>) -> bool {
        let command = in_plan.and_then(|command| CommandLine::parse(command).ok());
        let has = command.as_ref().and_then(CommandLine::worker_class);
        self == Self::Gevent && has != Some(self.as_str())
    }

    /// What the operator sees when [`GEVENT_CHECK`] fails.
    pub fn missing_gevent(framework: Framework) -> String {
        format!("gunicorn[gevent] must be installed in the rock. https://bit.ly/{framework}-async-doc")
    }
}

impl Logs {
    /// Pebble forwards logs from Juju 3.4 on. Charms of the second generation need at least that.
    pub fn of(profile: Profile, juju: &JujuVersion) -> Self {
        let forwards = *juju >= JujuVersion::release(3, 4, 0);
        if forwards || profile.generation == Generation::Second { Self::Forwarded } else { Self::Files }
    }

    /// The directory that must be there, the app's user's.
    pub fn directory(self, profile: Profile) -> Option<String> {
        (self == Self::Files).then(|| format!("/var/log/{}", profile.framework))
    }

    /// The files to read.
    pub fn files(self, profile: Profile) -> Vec<String> {
        let directory = self.directory(profile);
        directory
            .iter()
            .flat_map(|directory| ["access", "error"].map(|log| format!("{directory}/{log}.log")))
            .collect()
    }
}

impl Settings {
    /// The text of `gunicorn.conf.py`.
    pub fn render(&self, profile: Profile) -> String {
        let mut parts = Vec::new();
        if self.is_traced {
            parts.push(TRACING_IMPORTS.to_owned());
        }
        if self.is_json {
            parts.push(format!("{JSON_RECORD}{GUNICORN_RECORDS}"));
        }
        parts.push(self.directives(profile).join("\n"));
        let hook = match (self.is_traced, self.is_json) {
            (false, false) => None,
            (true, false) => Some(TRACING_PROVIDER.to_owned()),
            (false, true) => Some(SPAN_MIDDLEWARE.to_owned()),
            (true, true) => Some(format!("{TRACING_PROVIDER}{SPAN_MIDDLEWARE}")),
        };
        if let Some(hook) = hook {
            parts.push(format!("\ndef post_fork(server, worker):{hook}"));
        }
        parts.join("\n")
    }

    fn directives(&self, profile: Profile) -> Vec<String> {
        let files = self.logs.files(profile);
        let (access, error) = match files.as_slice() {
            [access, error] => (access.as_str(), error.as_str()),
            _ => ("-", "-"),
        };
        let mut lines = vec![
            format!("bind = ['0.0.0.0:{}']", self.port),
            format!("chdir = '{}'", profile.app_dir()),
            format!("accesslog = '{access}'"),
            format!("errorlog = '{error}'"),
            format!("statsd_host = '{STATSD}'"),
        ];
        let numbers = [
            ("workers", self.workers),
            ("threads", self.threads),
            ("keepalive", self.keepalive),
            ("timeout", self.timeout),
        ];
        lines.extend(numbers.iter().filter_map(|(name, number)| Some(format!("{name} = {}", (*number)?))));
        if self.is_traced {
            lines.push(format!("access_log_format = '{TRACED_FORMAT}'"));
        }
        lines
    }
}

impl FileChange {
    /// Compares the file in the container with the one it should be. `runs` is whether the service runs and will not be
    /// restarted anyway.
    pub fn between(installed: Option<&[u8]>, wanted: &str, runs: bool) -> Self {
        if installed == Some(wanted.as_bytes()) { Self::Nothing } else { Self::Install { reload: runs } }
    }
}

/// Where a file is checked. Until it has passed, the one in force is another, so that the next pass checks again.
pub fn candidate(profile: Profile) -> Option<String> {
    let file = profile.gunicorn_file()?;
    Some(file.replace("gunicorn.conf.py", "gunicorn.candidate.conf.py"))
}

/// The command that checks the candidate, of a service with this command.
pub fn check_command(service: &CommandLine, candidate: &str) -> Vec<String> {
    let more = ["-c", candidate, "--check-config"];
    service.arguments().into_iter().chain(more).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
