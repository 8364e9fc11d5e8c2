//! The Redis workload as the pass knows it: what it wants read, one look at its servers, and its own changes carried out.

use std::error::Error;
use std::time::Duration;

use super::admin;
use super::decide;
use super::effects::{Change, RedisEffect};
use super::handover;
use super::layers;
use super::observe::{self, Cluster};
use super::sentinel_config;
use super::situation::{self, LiveSettings, RedisObserved, SECRET_KEY};
use super::view::{Address, Server, View};
use super::{SERVER_PORT, membership};
use crate::effects::{Decision, services};
use crate::juju::environment::HookContext;
use crate::juju::metadata::Role;
use crate::juju::names::{ContainerName, EndpointName, InvalidName, UnitName};
use crate::observed::{
    Basis, ContainerWant, EndpointWant, Observed, OwnBags, PresenceWant, SecretState, Wants,
};
use crate::reconcile::Workload;

/// How long one answer of a server may take in a hook.
const ANSWER: Duration = Duration::from_secs(1);

/// The charm `redis-k8s`.
#[derive(Debug)]
pub struct Redis {
    build: String,
    wants: Wants,
}

impl Redis {
    /// The workload, for the program of this build.
    ///
    /// # Errors
    /// Never: the names are constants.
    pub fn new(build: String) -> Result<Self, InvalidName> {
        let program = layers::program_path(&build);
        let logging = EndpointWant {
            role: Role::Requirer,
            own: OwnBags::Never,
            address: false,
            reads_units: true,
            ..EndpointWant::provided(EndpointName::parse("logging")?)
        };
        let container = |name: &str, contents: &[&str], presence: &[(&str, &'static str)]| {
            let asked =
                |&(path, unless_active): &(&str, _)| PresenceWant { path: path.to_owned(), unless_active };
            Ok(ContainerWant {
                name: ContainerName::parse(name)?,
                contents: contents.iter().map(|path| (*path).to_owned()).collect(),
                presence: presence.iter().map(asked).collect(),
                listing: None,
                checks: false,
            })
        };
        let files = [
            layers::SERVER_FILE,
            layers::ACL_FILE,
            layers::EXPORTER_FILE,
            layers::WATCH_FILE,
            layers::LINEAGE_FILE,
            services::REPLAN_FILE,
        ];
        let presence = [
            (layers::DATA_DIR, layers::SERVER),
            (program.as_str(), layers::WATCH),
            (layers::DEBIAN_EXPORTER, layers::EXPORTER),
        ];
        let wants = Wants {
            peer: Some(EndpointName::parse("redis-peers")?),
            secret_key: Some(SECRET_KEY),
            endpoints: vec![
                EndpointWant::provided(EndpointName::parse("redis")?),
                EndpointWant::provided(EndpointName::parse("metrics-endpoint")?),
                logging,
            ],
            containers: vec![
                container("redis", &files, &presence)?,
                container("sentinel", &[layers::SENTINEL_FILE, services::REPLAN_FILE], &[])?,
            ],
            last_unit: false,
            in_turn_with: Vec::new(),
            secret_label: None,
            opened_ports: false,
        };
        Ok(Self { build, wants })
    }
}

impl Workload for Redis {
    type Observed = RedisObserved;
    type Effect = RedisEffect;

    fn wants(&self) -> Wants {
        self.wants.clone()
    }

    async fn observe(&self, basis: &Basis<'_>) -> RedisObserved {
        let nothing = RedisObserved { build: self.build.clone(), ..RedisObserved::default() };
        let configured =
            basis.containers.values().any(|container| container.plan.services.contains_key(layers::SERVER));
        let Some(cluster) = cluster(basis.context, basis.hosts_file, &basis.secret, &basis.planned_units)
            .filter(|_| configured)
        else {
            return nothing;
        };
        let (own, sentinels) =
            tokio::join!(ask_own_server(&cluster), observe::ask_sentinels(&cluster, ANSWER));
        let refused = matches!(own, Err(admin::Error::Refused { .. }));
        let (server, live) = own.ok().unzip();
        RedisObserved {
            view: Some(View { me: cluster.me, server, sentinels }),
            refused,
            live: live.flatten(),
            ..nothing
        }
    }

    fn decide(&self, observed: &Observed, own: &RedisObserved) -> Decision<RedisEffect> {
        decide::decide(observed, own)
    }

    async fn apply(&self, observed: &Observed, effect: &RedisEffect) -> Result<(), Box<dyn Error>> {
        let Observed { context, hosts_file, secret, planned_units, .. } = observed;
        let Some(cluster) = cluster(context, hosts_file, secret, planned_units) else { return Ok(()) };
        tracing::info!(change = ?effect.change, "changing the own servers");
        change(&cluster, observed, &effect.change).await
    }
}

/// The cluster as the charm sees it; nothing without passwords.
fn cluster(
    context: &HookContext,
    hosts_file: &str,
    secret: &SecretState,
    planned_units: &[UnitName],
) -> Option<Cluster> {
    let passwords = situation::passwords(secret)?.ok()?;
    let hosts = situation::hosts(context, hosts_file);
    let unit = &context.unit;
    let cluster = Cluster::new(
        unit.application().as_str(),
        &hosts.name(unit),
        planned_units.iter().map(|unit| hosts.name(unit)).collect(),
        passwords.operator,
        passwords.sentinel,
    );
    Some(Cluster { own_address: hosts.own_address().map(str::to_owned), ..cluster })
}

/// All that is asked of the own server, over one connection and in one exchange. A server that still loads its data
/// gives no settings.
async fn ask_own_server(cluster: &Cluster) -> Result<(Server, Option<LiveSettings>), admin::Error> {
    let connection = cluster.server(&cluster.me, ANSWER).await?;
    let [mut server, mut replicas, mut sync, mut user] = std::array::from_fn(|_| connection.clone());
    let live = async {
        let (min_replicas, appendfsync, default_is_open) = tokio::try_join!(
            replicas.config_get("min-replicas-to-write"),
            sync.config_get("appendfsync"),
            user.acl_is_open("default"),
        )?;
        Ok::<_, admin::Error>(LiveSettings { min_replicas, appendfsync, default_is_open })
    };
    let (server, live) = tokio::join!(server.server(), live);
    Ok((server?, live.ok()))
}

async fn change(cluster: &Cluster, observed: &Observed, change: &Change) -> Result<(), Box<dyn Error>> {
    let name = cluster.application.as_str();
    let server = async || cluster.server(&cluster.me, ANSWER).await;
    let sentinel = async || cluster.sentinel(&cluster.me, ANSWER).await;
    match change {
        Change::Promote => server().await?.promote().await?,
        Change::Follow(master) => server().await?.follow(master).await?,
        Change::FailOver => handover::fail_over(cluster, ANSWER).await?,
        Change::GiveWay => handover::give_way(cluster, ANSWER).await?,
        Change::Claim => handover::claim(cluster).await?,
        Change::HandOver => {
            let outcome = handover::hand_over(cluster).await?;
            tracing::info!(?outcome, "the hand-over has ended");
        }
        Change::Configure(setting, value) => server().await?.config_set(setting, value).await?,
        Change::DefaultUser { rule, disconnect } => {
            let mut server = server().await?;
            server.acl_set_user("default", rule).await?;
            if *disconnect {
                server.kill_clients_of("default").await?;
            }
        }
        Change::SentinelSet(setting, value) => sentinel().await?.sentinel_set(name, setting, value).await?,
        Change::SentinelRestart => sentinel().await?.shut_down().await?,
        Change::SentinelReset => sentinel().await?.reset(name).await?,
        Change::SentinelTakeOver => take_over(cluster, observed).await?,
    }
    Ok(())
}

/// Interrupted after the first step it leaves a sentinel that knows no master, and this is decided again.
async fn take_over(cluster: &Cluster, observed: &Observed) -> Result<(), Box<dyn Error>> {
    let passwords = situation::passwords(&observed.secret).ok_or("the passwords are not known")??;
    let name = cluster.application.as_str();
    let mut sentinel = cluster.sentinel(&cluster.me, ANSWER).await?;
    match sentinel.unmonitor(name).await {
        // It knows no such master: interrupted before.
        Ok(()) | Err(admin::Error::Answered { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let own = Address { host: cluster.me.clone(), port: SERVER_PORT };
    let quorum = membership::quorum(1);
    sentinel.monitor(name, &own, quorum).await?;
    for (setting, value) in sentinel_config::settings(quorum, &passwords) {
        sentinel.sentinel_set(name, setting, &value).await?;
    }
    cluster.server(&cluster.me, ANSWER).await?.promote().await?;
    Ok(())
}
