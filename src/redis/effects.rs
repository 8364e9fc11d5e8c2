//! What the Redis workload does to its own servers. `workload` is the only one that carries it out.

use super::view::Address;
use crate::effects::OwnEffect;
use crate::juju::names::ContainerName;
use crate::secret::Secret;

/// A change of the own server or the own sentinel. No unit touches another's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisEffect {
    /// Whose: the container `redis` or `sentinel`.
    pub container: ContainerName,
    /// What.
    pub change: Change,
}

/// See [`RedisEffect`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The own server becomes master.
    Promote,
    /// The own server follows another.
    Follow(Address),
    /// The own sentinel is asked to fail over.
    FailOver,
    /// The same, where every other server has told its age.
    GiveWay,
    /// The own server is promoted, whatever the others hold.
    Claim,
    /// The own server, which is master, hands over: the unit is going.
    HandOver,
    /// `CONFIG SET`.
    Configure(&'static str, Secret),
    /// The rule of user `default`; whoever came under the old one is disconnected where it is closed.
    DefaultUser {
        /// As `ACL SETUSER default` takes it.
        rule: Secret,
        /// Connections of `default` are ended.
        disconnect: bool,
    },
    /// `SENTINEL SET`.
    SentinelSet(&'static str, Secret),
    /// The own sentinel forgets units that left.
    SentinelReset,
    /// The own sentinel ends, and is started again.
    SentinelRestart,
    /// The own sentinel watches the own server as master, whatever it knew: the last unit takes over.
    SentinelTakeOver,
}

impl OwnEffect for RedisEffect {
    fn container(&self) -> &ContainerName {
        &self.container
    }
}
