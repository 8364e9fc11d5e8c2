//! One look at the servers and sentinels. Decides nothing, changes nothing.

use std::time::Duration;

use futures_util::future::join_all;

use super::admin::{Admin, Error, Login};
use super::pace::Pace;
use super::view::{Address, Sentinel, SentinelAnswer, Server, View};
use super::watch_config::Known;
use super::{SENTINEL_PORT, SERVER_PORT};
use crate::secret::Secret;

/// Where to look, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// The application's name, and the master's name for Sentinel.
    pub application: String,
    /// The own unit's host name.
    pub me: String,
    /// Where the own unit is reached without asking a name server, if that is known.
    pub own_address: Option<String>,
    /// The host names of all units that should be there, the own one included, in the units' numerical order.
    pub units: Vec<String>,
    /// The charm's user at the servers.
    pub operator: Login,
    /// The charm at the sentinels.
    pub sentinel: Login,
}

impl Cluster {
    /// The cluster as the charm sees it.
    pub fn new(application: &str, me: &str, units: Vec<String>, operator: Secret, sentinel: Secret) -> Self {
        Self {
            application: application.to_owned(),
            me: me.to_owned(),
            own_address: None,
            units,
            operator: Login { user: Some("sidecharm"), password: operator },
            sentinel: Login { user: None, password: sentinel },
        }
    }

    /// The cluster as `watch` is told of it.
    pub fn of(known: &Known) -> Self {
        let (operator, sentinel) = (known.operator_password.clone(), known.sentinel_password.clone());
        Self::new(&known.application, &known.host, known.units.clone(), operator, sentinel)
    }

    /// How often its sentinels look.
    pub fn pace(&self) -> Pace {
        Pace::of(self.units.len())
    }

    fn at(&self, host: &str, port: u16) -> Address {
        let own = self.own_address.as_deref().filter(|_| host == self.me);
        Address { host: own.unwrap_or(host).to_owned(), port }
    }

    /// Connects to a unit's server.
    ///
    /// # Errors
    /// As [`Admin::connect`].
    pub async fn server(&self, host: &str, deadline: Duration) -> Result<Admin, Error> {
        Admin::connect(&self.at(host, SERVER_PORT), &self.operator, deadline).await
    }

    /// Connects to a unit's sentinel.
    ///
    /// # Errors
    /// As [`Admin::connect`].
    pub async fn sentinel(&self, host: &str, deadline: Duration) -> Result<Admin, Error> {
        Admin::connect(&self.at(host, SENTINEL_PORT), &self.sentinel, deadline).await
    }
}

/// Looks at the own server and at every unit's sentinel, all at once, each within the deadline.
pub async fn look(cluster: &Cluster, deadline: Duration) -> View {
    let server = async { ask_server(cluster, &cluster.me, deadline).await.ok() };
    let (server, sentinels) = tokio::join!(server, ask_sentinels(cluster, deadline));
    View { me: cluster.me.clone(), server, sentinels }
}

/// What the sentinels of all units say.
pub async fn ask_sentinels(cluster: &Cluster, deadline: Duration) -> Vec<SentinelAnswer> {
    let answers = join_all(cluster.units.iter().map(|host| async move {
        let sentinel = ask_sentinel(cluster, host, deadline).await;
        if let Err(error) = &sentinel {
            tracing::debug!(host, %error, "a sentinel does not answer");
        }
        SentinelAnswer { host: host.clone(), sentinel: sentinel.ok().flatten() }
    }));
    answers.await
}

/// What one server says of itself.
///
/// # Errors
/// When it does not answer.
pub async fn ask_server(cluster: &Cluster, host: &str, deadline: Duration) -> Result<Server, Error> {
    cluster.server(host, deadline).await?.server().await
}

async fn ask_sentinel(cluster: &Cluster, host: &str, deadline: Duration) -> Result<Option<Sentinel>, Error> {
    cluster.sentinel(host, deadline).await?.sentinel(&cluster.application).await
}
