//! The web app as the pass knows it: what it wants read, and its own changes carried out.

use std::error::Error;
use std::time::Duration;

use super::charm::Charm;
use super::decide::{self, OUTPUT_FILE, contents};
use super::effects::{Change, Command, WebEffect};
use super::integrations::{Interface, state};
use super::layer::USER;
use super::observability::{DASHBOARD_ENDPOINT, METRICS_ENDPOINT};
use super::options;
use super::output;
use super::situation::SECRET_NAME;
use crate::effects::{Decision, Problem};
use crate::juju::names::{ContainerName, EndpointName, InvalidName};
use crate::juju::status::Status;
use crate::juju::wire::Config;
use crate::observed::read::Pebbles;
use crate::observed::{Basis, ContainerWant, EndpointWant, Observed, PresenceWant, Relations, Wants};
use crate::pebble::types::{Owner, Permissions, Signal};
use crate::pebble::{Client, Content, Upload};
use crate::reconcile::Workload;
use crate::relations::answer::NamedSecrets;

mod prove;

use prove::Proof;

/// How long a check may take.
const CHECK: Duration = Duration::from_mins(2);
/// How long a migration, or the command of an action, may take.
const LONG: Duration = Duration::from_hours(24);
/// The end of a failed command's output that the log gets, in bytes.
const TAIL: usize = 4096;
/// And the status, in characters.
const DETAIL: usize = 120;

/// A charm for a web app.
#[derive(Debug)]
pub struct WebApp {
    charm: Charm,
    wants: Wants,
    pebbles: Pebbles,
}

impl WebApp {
    /// The workload of this charm.
    ///
    /// # Errors
    /// Never: the names are constants.
    pub fn new(charm: Charm, pebbles: Pebbles) -> Result<Self, InvalidName> {
        let metrics = EndpointWant::provided(EndpointName::parse(METRICS_ENDPOINT)?);
        let dashboards = EndpointWant::provided(EndpointName::parse(DASHBOARD_ENDPOINT)?);
        let told = [metrics, EndpointWant { address: false, ..dashboards }];
        let declared = |want: &EndpointWant| charm.metadata.endpoints.contains_key(&want.endpoint);
        let mut endpoints = state::wants(&charm.integrations);
        endpoints.extend(told.into_iter().filter(declared));
        let profile = charm.profile;
        let container = ContainerWant {
            name: ContainerName::parse(profile.container())?,
            contents: contents(&charm),
            presence: vec![PresenceWant { path: charm.program(), unless_active: profile.framework.as_str() }],
            listing: Some((profile.app_dir().to_owned(), "m*")),
            checks: true,
        };
        let integrations = charm.integrations.iter();
        let ingresses = integrations.filter(|one| one.interface == Interface::Ingress);
        let in_turn_with = ingresses.map(|one| one.endpoint.clone()).collect();
        let wants = Wants {
            peer: Some(EndpointName::parse(profile.peer_endpoint())?),
            last_unit: true,
            in_turn_with,
            secret_key: Some(SECRET_NAME),
            secret_label: profile.key_label(),
            endpoints,
            containers: vec![container],
            opened_ports: true,
        };
        Ok(Self { charm, wants, pebbles })
    }

    async fn change(&self, client: &Client, change: &Change) -> Result<(), Box<dyn Error>> {
        match change {
            Change::Check { command, problem } => {
                let output = run(client, command, CHECK).await?;
                if output.well { Ok(()) } else { Err(Problem(problem.clone()).into()) }
            }
            Change::Migrate { command, file, completed, failed, problem } => {
                let Ended { well, said } = run(client, command, LONG).await?;
                write(client, OUTPUT_FILE, &said, Owner::both("root"), 0o600).await?;
                write(client, file, if well { completed } else { failed }, Owner::both(USER), 0o644).await?;
                if well { Ok(()) } else { Err(Problem(with_detail(problem, &said)).into()) }
            }
            Change::Act { command } => {
                let Ended { well, said } = run(client, command, LONG).await?;
                if well { Ok(()) } else { Err(said.into()) }
            }
            Change::Prove(probe) => match prove::proves(client, probe).await? {
                Proof::Well => Ok(()),
                Proof::Ended => Err(Problem(probe.ends.clone()).into()),
                Proof::Unanswered => Err(Problem(probe.unanswered.clone()).into()),
            },
            Change::Reload { service } => {
                tracing::info!(service, "SIGHUP");
                Ok(client.send_signal(Signal::Hangup, &[service]).await?)
            }
        }
    }
}

impl Workload for WebApp {
    type Observed = ();
    type Effect = WebEffect;

    fn wants(&self) -> Wants {
        self.wants.clone()
    }

    fn named_secrets(&self, config: &Config, relations: &Relations) -> NamedSecrets {
        let mut named = options::named_secrets(&self.charm.schema, config);
        named.extend(state::named_secrets(&self.charm.integrations, relations));
        named
    }

    async fn observe(&self, _basis: &Basis<'_>) {}

    fn decide(&self, observed: &Observed, (): &()) -> Decision<WebEffect> {
        decide::decide(&self.charm, observed)
    }

    async fn apply(&self, _observed: &Observed, effect: &WebEffect) -> Result<(), Box<dyn Error>> {
        let client = self.pebbles.get(&effect.container).ok_or("its Pebble is not known")?;
        self.change(client, &effect.change).await
    }
}

/// How a command ended.
struct Ended {
    well: bool,
    /// The end of its output, without what must not be seen.
    said: String,
}

/// Runs a command; what it says is for the log.
async fn run(client: &Client, command: &Command, deadline: Duration) -> Result<Ended, Box<dyn Error>> {
    let Command { exec, hidden } = command;
    // What comes after this program's own words.
    let words = exec.command.rsplit(|word| word == "--").next();
    let program = words.and_then(|words| words.first().cloned()).unwrap_or_default();
    tracing::info!(program, "running a command in the app's container");
    let output = client.run(exec, "", deadline).await?;
    let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let said = output::tail(&output::hide(&String::from_utf8_lossy(&all), hidden), TAIL).to_owned();
    if output.exit_code == 0 {
        tracing::debug!(output = said, "it has ended well");
    } else {
        tracing::warn!(code = output.exit_code, output = said, "it has failed");
    }
    Ok(Ended { well: output.exit_code == 0, said })
}

/// With the last line of what a command said.
fn with_detail(problem: &Status, said: &str) -> Status {
    match output::last_line(said, DETAIL) {
        "" => problem.clone(),
        line => Status::blocked(&format!("{}: {line}", problem.message())),
    }
}

async fn write(
    client: &Client,
    path: &str,
    text: &str,
    owner: Owner,
    mode: u16,
) -> Result<(), Box<dyn Error>> {
    let upload = Upload {
        make_dirs: true,
        permissions: Some(Permissions::of(mode)),
        owner,
        ..Upload::new(path, Content::from(text.as_bytes().to_vec()))
    };
    Ok(client.push(upload).await?)
}
