//! A deployed web app: what it answers over HTTP, and how its services do.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::model::Model;
use crate::provider::{self, Says, Server};
use crate::second_pass;

/// How many models there were: each has a name of its own.
static MODELS: AtomicUsize = AtomicUsize::new(0);

/// How long an app may take to answer: a pod that is replaced takes its connections with it, and nobody is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// What differs from framework to framework.
pub struct Kind {
    pub framework: &'static str,
    pub container: &'static str,
    pub resource: &'static str,
    pub port: u16,
}

/// A model with an application of this kind, called `FRAMEWORK-k8s`.
pub struct App {
    pub model: Model,
    pub model_name: String,
    pub name: String,
    /// The folder that was deployed.
    pub charm: String,
    kind: Kind,
    units: usize,
}

/// What tools/rocks has made of one of tests/apps or tests/servers.
pub fn rock(name: &str) -> PathBuf {
    let rock = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/rocks").join(name);
    assert!(rock.is_dir(), "the rock {name} is missing: run 'tools/setup test'");
    rock
}

impl App {
    /// Deploys it, with changes that the author of a charm would make: file, text, what comes before it; a whole file where
    /// nothing does.
    pub fn deploy(kind: Kind, units: usize, additions: &[(&str, &str, &str)]) -> Self {
        let framework = kind.framework;
        let model_name = format!("web-{framework}-{}", MODELS.fetch_add(1, Ordering::Relaxed));
        let model = Model::new(&model_name);
        let charm = model.assembled(&format!("charms/{framework}"));
        for (file, line, after) in additions {
            let path = Path::new(&charm).join(file);
            if after.is_empty() {
                std::fs::write(&path, line).unwrap();
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let place = format!("\n{after}\n");
            let text = format!("\n{text}");
            assert_eq!(text.matches(&place).count(), 1, "`{after}` in {file}");
            std::fs::write(&path, text.replace(&place, &format!("{place}{line}\n"))).unwrap();
        }
        let rock = rock(framework);
        let name = format!("{framework}-k8s");
        let resource = format!("{}={}", kind.resource, rock.display());
        model.juju(&["deploy", &charm, &name, "-n", &units.to_string(), "--resource", &resource]);
        Self { model, model_name, name, charm, kind, units }
    }

    /// Deploys one unit of a packed charm, under this name.
    pub fn deploy_packed(kind: Kind, name: &str, charm: impl FnOnce(&Model) -> String) -> Self {
        let model_name = format!("web-{name}-{}", MODELS.fetch_add(1, Ordering::Relaxed));
        let model = Model::new(&model_name);
        let charm = charm(&model);
        let resource = format!("{}={}", kind.resource, rock(kind.framework).display());
        model.juju(&["deploy", &charm, name, "--resource", &resource]);
        Self { model, model_name, name: name.to_owned(), charm, kind, units: 1 }
    }

    pub fn unit(&self, number: usize) -> String {
        format!("{}/{number}", self.name)
    }

    pub fn each_unit(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.units).map(|number| self.unit(number))
    }

    /// Waits until every unit says so.
    pub fn says(&self, status: &str) {
        self.model.until(&format!("every unit of {} says `{status}`", self.name), || {
            let told = self.model.statuses(&self.name);
            told.len() == self.units && told.values().all(|told| told == status)
        });
    }

    /// Waits until every unit is active and serves.
    pub fn serves(&self) {
        self.says("active: ");
        for unit in self.each_unit() {
            self.model.until(&format!("{unit} serves"), || self.get(&unit, "/").is_some());
        }
    }

    /// The body of a good answer.
    pub fn get(&self, unit: &str, path: &str) -> Option<String> {
        self.get_at(unit, self.kind.port, path)
    }

    /// The body of a good answer at this port.
    pub fn get_at(&self, unit: &str, port: u16, path: &str) -> Option<String> {
        let address = format!("{}:{port}", self.model.address(unit)).parse().ok()?;
        let host = format!("{}.{}", self.name, self.model_name);
        let ask = || {
            let mut answer = String::new();
            let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes())?;
            stream.read_to_string(&mut answer)?;
            std::io::Result::Ok(answer)
        };
        let answer = ask().ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.lines().next()?.contains(" 200 ").then(|| body.to_owned())
    }

    /// The environment of the process that serves.
    pub fn environment(&self, unit: &str) -> BTreeMap<String, String> {
        let body = self.get(unit, "/env").unwrap_or_default();
        serde_json::from_str(&body).unwrap_or_default()
    }

    /// A variable of the process that serves; empty while it does not, or has none.
    pub fn variable(&self, unit: &str, name: &str) -> String {
        self.environment(unit).remove(name).unwrap_or_default()
    }

    /// Waits until every unit serves with this value.
    pub fn has(&self, name: &str, value: &str) {
        for unit in self.each_unit() {
            self.model
                .until(&format!("{name} of {unit} is `{value}`"), || self.variable(&unit, name) == value);
        }
    }

    /// Fails unless every unit serves with these.
    pub fn is_given(&self, expected: &[(&str, &str)]) {
        for unit in self.each_unit() {
            let given = self.environment(&unit);
            for (name, value) in expected {
                assert_eq!(given.get(*name).map(String::as_str), Some(*value), "{name} of {unit}");
            }
        }
    }

    pub fn set(&self, options: &[&str]) {
        self.model.juju(&[&["config", &self.name], options].concat());
    }

    /// Deploys a provider that says this, and relates it at each of these endpoints once its server takes connections.
    pub fn related_to(&self, provider: &str, units: usize, says: &[Says<'_>], server: Option<Server>) {
        provider::deploy(&self.model, provider, units, says, server);
        for one in says {
            let sides = [&self.name, provider].map(|side| format!("{side}:{}", one.endpoint));
            self.model.juju(&["integrate", &sides[0], &sides[1]]);
        }
    }

    /// How often each unit has started each service.
    pub fn all_starts(&self) -> Vec<BTreeMap<String, usize>> {
        self.each_unit().map(|unit| self.starts(&unit)).collect()
    }

    /// What the migrations of all units have written.
    pub fn migrations(&self) -> String {
        self.each_unit().map(|unit| self.inside(&unit, "cat /tmp/migrations 2>/dev/null; true")).collect()
    }

    /// What a shell script in a unit's container prints.
    pub fn inside(&self, unit: &str, script: &str) -> String {
        let exec = ["exec", "--unit", unit, "--container", self.kind.container, "--", "sh", "-c", script];
        self.model.juju(&exec)
    }

    /// How often Pebble has started the services of a unit.
    pub fn starts(&self, unit: &str) -> BTreeMap<String, usize> {
        let log = format!("{}.{}.log", unit.replace('/', "-"), self.kind.container);
        let logs = self.model.container_logs();
        let service = |line: &str| {
            let (service, rest) = line.split_once("[pebble] Service \"")?.1.split_once('"')?;
            rest.starts_with(" starting: ").then(|| service.to_owned())
        };
        let mut starts = BTreeMap::new();
        for service in logs[&log].lines().filter_map(service) {
            *starts.entry(service).or_default() += 1;
        }
        starts
    }

    /// A further pass changes nothing.
    pub fn is_settled(&self) {
        second_pass::writes_nothing(&self.model, &self.name, self.units);
    }
}
