//! Drives [`super::switch`]: the own server, which is master, hands over without losing an acknowledged write.
//!
//! Shared by hooks and `watch`. It decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::SERVER_PORT;
use super::admin::{Admin, Error};
use super::age;
use super::observe::{Cluster, ask_server};
use super::switch::{self, Progress, ReplicaState, SwitchStep};
use super::view::{Address, Server, ServerRole};
use crate::secret::Secret;

/// How often the replicas are asked while they are waited for.
const POLL: Duration = Duration::from_millis(20);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_millis(500);

/// How long the own sentinel may take to hear of the own server's priority: it asks every 10 s at the least.
const CLAIM: Duration = Duration::from_secs(11);

/// How a hand-over ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Another server is master now, and the own one follows it.
    Switched(Address),
    /// Nothing has changed, and why.
    Abandoned(&'static str),
}

/// Hands over. Clients see writes paused, then their connection closed.
///
/// # Errors
/// When the own server stops answering: then its death is Sentinel's to handle.
pub async fn hand_over(cluster: &Cluster) -> Result<Outcome, Error> {
    let begun = Instant::now();
    let mut own = cluster.server(&cluster.me, ANSWER).await?;
    let (mut paused, mut failover_begun) = (false, false);
    // A promoted replica detaches from the own server, so whoever was seen once stays a candidate.
    let mut candidates = BTreeSet::new();
    loop {
        let server = own.server().await?;
        candidates.extend(server.replicas);
        let progress = Progress {
            elapsed: begun.elapsed(),
            offset: server.offset,
            paused,
            failover_begun,
            replicas: ask_replicas(cluster, &candidates).await,
        };
        match switch::next(&progress) {
            SwitchStep::Pause => {
                own.pause_writes(switch::PAUSE).await?;
                paused = true;
            }
            SwitchStep::AwaitReplicas | SwitchStep::AwaitPromotion => tokio::time::sleep(POLL).await,
            SwitchStep::FailOver => match fail_over(cluster, ANSWER).await {
                Ok(()) => failover_begun = true,
                // Asked again at the next step.
                Err(_) => tokio::time::sleep(POLL).await,
            },
            SwitchStep::Demote(master) => {
                demote(&mut own, &master).await?;
                return Ok(Outcome::Switched(master));
            }
            SwitchStep::Abandon(reason) => {
                own.resume().await?;
                return Ok(Outcome::Abandoned(reason));
            }
        }
    }
}

async fn ask_replicas(cluster: &Cluster, replicas: &BTreeSet<Address>) -> Vec<ReplicaState> {
    let states = join_all(replicas.iter().map(|address| async move {
        let server = ask_server(cluster, &address.host, ANSWER).await.ok()?;
        let is_master = server.role == ServerRole::Master;
        Some(ReplicaState { address: address.clone(), offset: server.offset, is_master })
    }));
    states.await.into_iter().flatten().collect()
}

/// Asks for a failover: the own sentinel first; it may be gone with the pod, or know no replica.
///
/// # Errors
/// What the last sentinel that was asked has answered, when none takes the order.
pub async fn fail_over(cluster: &Cluster, deadline: Duration) -> Result<(), Error> {
    let mut asked = fail_over_at(cluster, &cluster.me, deadline).await;
    for host in cluster.units.iter().filter(|host| **host != cluster.me) {
        let Err(error) = &asked else { break };
        tracing::debug!(%error, "this sentinel does not fail over");
        asked = fail_over_at(cluster, host, deadline).await;
    }
    asked
}

/// Asks for a failover at a sentinel that has heard from every other unit how old its data are; does nothing while there
/// is none.
///
/// # Errors
/// What that sentinel has answered.
pub async fn give_way(cluster: &Cluster, deadline: Duration) -> Result<(), Error> {
    let others: Vec<String> = cluster.units.iter().filter(|host| **host != cluster.me).cloned().collect();
    let servers = servers(cluster, &others, deadline).await;
    for host in &cluster.units {
        let Ok(mut sentinel) = cluster.sentinel(host, deadline).await else { continue };
        let replicas = sentinel.replicas(&cluster.application).await.unwrap_or_default();
        if age::all_told(&replicas, &servers) {
            return sentinel.fail_over(&cluster.application).await;
        }
    }
    tracing::debug!("some unit has not told yet how old its data are");
    Ok(())
}

/// What these units' servers say of themselves; `None` where one does not answer.
pub async fn servers(
    cluster: &Cluster,
    hosts: &[String],
    deadline: Duration,
) -> BTreeMap<String, Option<Server>> {
    let servers = hosts
        .iter()
        .map(|host| async move { (host.clone(), ask_server(cluster, host, deadline).await.ok()) });
    BTreeMap::from_iter(join_all(servers).await)
}

/// Makes Sentinel choose the own server.
///
/// # Errors
/// When the own server or the own sentinel does not answer, or refuses; when that sentinel does not hear from the server.
pub async fn claim(cluster: &Cluster) -> Result<(), Error> {
    let begun = Instant::now();
    let first = Secret::new(age::FIRST.to_string());
    cluster.server(&cluster.me, ANSWER).await?.config_set("replica-priority", &first).await?;
    let mut sentinel = cluster.sentinel(&cluster.me, ANSWER).await?;
    loop {
        let replicas = sentinel.replicas(&cluster.application).await?;
        let is_known = replicas.iter().any(|it| it.host == cluster.me && it.priority == age::FIRST);
        let asked = if is_known {
            sentinel.fail_over(&cluster.application).await
        } else {
            let (host, port) = (cluster.me.clone(), SERVER_PORT);
            Err(Error::Unreachable { host, port, source: None })
        };
        // It may have to connect to the own server first.
        if asked.is_ok() || begun.elapsed() > CLAIM {
            return asked;
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn fail_over_at(cluster: &Cluster, host: &str, deadline: Duration) -> Result<(), Error> {
    cluster.sentinel(host, deadline).await?.fail_over(&cluster.application).await
}

async fn demote(own: &mut Admin, master: &Address) -> Result<(), Error> {
    own.follow(master).await?;
    own.resume().await?;
    own.kill_clients().await
}
