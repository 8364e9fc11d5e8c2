//! A deployed app: when it serves, when all is quiet, and its removal.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::model::{Failure, Model};
use crate::relations::{PROVIDER, RELATIONS};

/// The resource of the charm, and its rock.
const IMAGE: &str = "flask-app-image";
const ROCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.tools/rocks/flask");
const PORT: u16 = 8000;
const PATIENCE: Duration = Duration::from_mins(5);
/// The model is quiet when nothing has been executed for so long.
const QUIET: Duration = Duration::from_secs(3);

/// An application of one unit.
pub struct Deployed<'m> {
    pub model: &'m Model,
    pub name: String,
    begun: Instant,
}

impl<'m> Deployed<'m> {
    pub fn deploy(model: &'m Model, charm: &Path, name: &str) -> Result<Self, Failure> {
        let begun = Instant::now();
        let resource = format!("{IMAGE}={ROCK}");
        model.juju(&["deploy", &charm.to_string_lossy(), name, "--resource", &resource])?;
        Ok(Self { model, name: name.to_owned(), begun })
    }

    pub fn unit(&self) -> String {
        format!("{}/0", self.name)
    }

    /// Relates all that can be related.
    pub fn integrate_all(&self) -> Result<(), Failure> {
        RELATIONS.iter().try_for_each(|relation| self.integrate(relation.endpoint))
    }

    pub fn integrate(&self, endpoint: &str) -> Result<(), Failure> {
        let (ours, theirs) = (format!("{}:{endpoint}", self.name), format!("{PROVIDER}:{endpoint}"));
        self.model.ask(&["integrate", &ours, &theirs]).map(drop)
    }

    /// Waits for the first good answer, and returns how long after the deployment it came.
    pub fn serves(&self) -> Result<Duration, Failure> {
        let mut address = None;
        loop {
            address = address.or(self.address()?);
            if address.is_some_and(answers) {
                return Ok(self.begun.elapsed());
            }
            self.look_again("has not served")?;
        }
    }

    /// Waits until nothing in the model has been executed for a while, and returns when the last was, after the deployment.
    pub fn is_quiet(&self) -> Result<Duration, Failure> {
        self.quiet_since(self.begun)
    }

    /// The same after another beginning.
    pub fn quiet_since(&self, begun: Instant) -> Result<Duration, Failure> {
        let mut last = begun;
        loop {
            if !is_quiet(&self.model.json(&["status"])?, &self.name) {
                last = Instant::now();
            } else if last.elapsed() > QUIET {
                return Ok(last - begun);
            }
            self.look_again("is not quiet")?;
        }
    }

    /// Removes the application, and waits until the model is quiet again.
    pub fn remove(self) -> Result<(), Failure> {
        self.model.ask(&["remove-application", &self.name, "--no-prompt"])?;
        let pointer = format!("/applications/{}", self.name);
        while self.model.json(&["status"])?.pointer(&pointer).is_some() {
            self.look_again("is not removed")?;
        }
        Ok(())
    }

    fn look_again(&self, complaint: &str) -> Result<(), Failure> {
        if self.begun.elapsed() > PATIENCE {
            return Err(Failure::new(format!("{} {complaint} within {PATIENCE:?}", self.name)));
        }
        std::thread::sleep(Duration::from_millis(50));
        Ok(())
    }

    fn address(&self) -> Result<Option<SocketAddr>, Failure> {
        let status = self.model.json(&["status"])?;
        let pointer = format!("/applications/{0}/units/{0}~10/address", self.name);
        let address = status.pointer(&pointer).and_then(Value::as_str).and_then(|text| text.parse().ok());
        Ok(address.map(|address| SocketAddr::new(address, PORT)))
    }
}

/// Does the app at this address say 200?
fn answers(address: SocketAddr) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET / HTTP/1.0\r\nHost: bench\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        std::io::Result::Ok(answer)
    };
    ask().is_ok_and(|answer| answer.lines().next().is_some_and(|line| line.contains(" 200 ")))
}

/// Every unit is idle, and those of this application are active.
fn is_quiet(status: &Value, application: &str) -> bool {
    let said = |unit: &Value, key: &str, word: &str| {
        unit.pointer(&format!("/{key}/current")).and_then(Value::as_str) == Some(word)
    };
    let applications = status.get("applications").and_then(Value::as_object);
    applications.into_iter().flatten().all(|(name, details)| {
        let units = details.get("units").and_then(Value::as_object);
        let mut units = units.into_iter().flatten().map(|(_, unit)| unit).peekable();
        (units.peek().is_some() || name != application)
            && units.all(|unit| {
                said(unit, "juju-status", "idle")
                    && (name != application || said(unit, "workload-status", "active"))
            })
    })
}
