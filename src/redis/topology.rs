//! What the hooks must hear of: a change here makes `watch` raise a notice, so that Juju runs one. Pure.

use std::cmp::Ordering;

use super::age;
use super::view::{Sentinel, ServerRole, View};

/// The part of a view on which databags, statuses and membership depend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topology {
    /// The host that a majority of sentinels name.
    pub master: Option<String>,
    /// Some sentinel holds that master to be down.
    pub master_down: bool,
    /// The own server accepts writes.
    pub is_master: bool,
    /// The own server follows the master and is in step.
    pub is_in_step: bool,
    /// The own server answers and has read its files.
    pub is_ready: bool,
    /// It cannot write to its disk.
    pub disk_trouble: bool,
    /// Sentinel does not choose the own server as master yet.
    pub is_untold: bool,
    /// See [`View::is_blind`].
    pub is_blind: bool,
    /// See [`View::misled_from`].
    pub is_misled: bool,
    /// Each unit's sentinel: whether it knows fewer or more other sentinels and replicas than there are, if it answers.
    /// Not how many: in a large application that changes all the time while it comes up.
    pub sentinels: Vec<Option<(Ordering, Ordering)>>,
}

impl Topology {
    /// Takes the part out of a view.
    pub fn of(view: &View) -> Self {
        let master = view.announced_master();
        let server = view.server.as_ref();
        let in_step = server.is_some_and(|server| match &server.role {
            ServerRole::Replica { of, link_up } => *link_up && Some(of) == master,
            ServerRole::Master => false,
        });
        let others = u32::try_from(view.sentinels.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let known =
            |sentinel: &Sentinel| (sentinel.other_sentinels.cmp(&others), sentinel.replicas.cmp(&others));
        Self {
            master: master.map(|address| address.host.clone()),
            master_down: view.answers().any(|sentinel| sentinel.down && Some(&sentinel.master) == master),
            is_master: view.is_master(),
            is_in_step: in_step,
            is_ready: server.is_some_and(|server| !server.loading),
            disk_trouble: server.is_some_and(|server| server.disk_trouble),
            is_untold: server.is_some_and(|server| server.priority == age::UNTOLD),
            is_blind: view.is_blind(),
            is_misled: view.own_word().is_some_and(|own| view.misled_from(own, None).is_some()),
            sentinels: view.sentinels.iter().map(|answer| answer.sentinel.as_ref().map(known)).collect(),
        }
    }

    /// Nothing is on the way any more: the own server has its role, and every sentinel knows all the others and all
    /// replicas.
    pub fn is_settled(&self) -> bool {
        let complete = self.sentinels.iter().all(|known| *known == Some((Ordering::Equal, Ordering::Equal)));
        complete && !self.master_down && (self.is_master || (self.is_in_step && !self.is_untold))
    }
}
