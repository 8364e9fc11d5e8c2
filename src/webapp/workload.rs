//! The web app as the pass knows it: what it wants read, and its own changes carried out.

use std::error::Error;
use std::time::Duration;

use super::charm::Charm;
use super::decide::{self, contents};
use super::effects::{Change, WebEffect};
use super::integrations::state;
use super::layer::USER;
use super::observability::{DASHBOARD_ENDPOINT, METRICS_ENDPOINT};
use super::options;
use super::situation::SECRET_NAME;
use crate::effects::{Decision, Problem};
use crate::juju::names::{ContainerName, EndpointName, InvalidName};
use crate::juju::wire::Config;
use crate::observed::read::Pebbles;
use crate::observed::{Basis, ContainerWant, EndpointWant, Observed, PresenceWant, Relations, Wants};
use crate::pebble::types::{Exec, Owner, Permissions, Signal};
use crate::pebble::{Client, Content, Output, Upload};
use crate::reconcile::Workload;
use crate::relations::answer::NamedSecrets;

/// How long a check may take.
const CHECK: Duration = Duration::from_mins(2);
/// How long a migration, or the command of an action, may take.
const LONG: Duration = Duration::from_hours(24);
/// The end of a failed command's output that the log gets, in bytes.
const TAIL: usize = 4096;

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
        };
        let wants = Wants {
            peer: Some(EndpointName::parse(profile.peer_endpoint())?),
            last_unit: true,
            secret_key: Some(SECRET_NAME),
            endpoints,
            containers: vec![container],
            opened_ports: true,
        };
        Ok(Self { charm, wants, pebbles })
    }

    async fn change(&self, client: &Client, change: &Change) -> Result<(), Box<dyn Error>> {
        match change {
            Change::Check { exec, problem } => {
                let output = run(client, exec, CHECK).await?;
                if output.exit_code == 0 { Ok(()) } else { Err(Problem(problem.clone()).into()) }
            }
            Change::Migrate { exec, file, completed, failed, problem } => {
                let output = run(client, exec, LONG).await?;
                let good = output.exit_code == 0;
                write(client, file, if good { completed } else { failed }).await?;
                if good { Ok(()) } else { Err(Problem(problem.clone()).into()) }
            }
            Change::Act { exec } => {
                let output = run(client, exec, LONG).await?;
                if output.exit_code == 0 { Ok(()) } else { Err(tail(&output).into()) }
            }
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

/// Runs a command; what it says is for the log.
async fn run(client: &Client, exec: &Exec, deadline: Duration) -> Result<Output, Box<dyn Error>> {
    let program = exec.command.iter().find(|word| !word.contains("sidecharm")).cloned().unwrap_or_default();
    tracing::info!(program, "running a command in the app's container");
    let output = client.run(exec, "", deadline).await?;
    if output.exit_code == 0 {
        tracing::debug!(output = tail(&output), "it has ended well");
    } else {
        tracing::warn!(code = output.exit_code, output = tail(&output), "it has failed");
    }
    Ok(output)
}

fn tail(output: &Output) -> String {
    let all = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&all);
    let text = text.trim();
    let begin = text.len().saturating_sub(TAIL);
    let begin = (begin..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(begin..).unwrap_or_default().to_owned()
}

async fn write(client: &Client, path: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let upload = Upload {
        make_dirs: true,
        permissions: Some(Permissions::of(0o644)),
        owner: Owner::both(USER),
        ..Upload::new(path, Content::from(text.as_bytes().to_vec()))
    };
    Ok(client.push(upload).await?)
}
