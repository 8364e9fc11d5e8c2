//! A hook is killed at a point, is run again, and the model becomes what it becomes without a kill.

use crate::cluster::Cluster;
use crate::harm::{self, Point};
use crate::model::Model;
use crate::second_pass;
use crate::state::State;
use crate::target::APPLICATION;

/// So many units of the charm that can be harmed.
pub fn deploy(name: &str, units: usize) -> Cluster {
    let model = Model::new(name);
    let charm = harm::charm(&model);
    Cluster::deploy(model, &charm, units)
}

/// What so many units become without a kill.
pub fn unharmed(name: &str, units: usize) -> State {
    State::of(&deploy(name, units).model, units)
}

/// Deploys so many units, one of which is killed there. Whether it got there at all.
pub fn bootstrap(name: &str, units: usize, point: &Point, unharmed: &State) -> bool {
    let model = Model::new(name);
    let charm = harm::charm(&model);
    harm::before_deployment(&charm, point);
    let cluster = Cluster::deploy(model, &charm, units);
    let killed = harm::kills(&cluster.model, point) > 0;
    if killed {
        check(&cluster, units, unharmed);
    }
    killed
}

/// Whose hook is killed once all is settled.
const UNIT: &str = "redis-k8s/0";

/// What the application becomes when an option is set.
pub fn configured(cluster: &Cluster, units: usize, option: &str) -> State {
    cluster.model.juju(&["config", APPLICATION, option]);
    second_pass::writes_nothing(&cluster.model, APPLICATION, units);
    State::of(&cluster.model, units)
}

/// Sets an option, while a hook is killed there. Whether it got there.
pub fn config(cluster: &Cluster, units: usize, option: &str, point: &Point, unharmed: &State) -> bool {
    let model = &cluster.model;
    let before = harm::kills(model, point);
    harm::deployed(model, UNIT, point);
    model.juju(&["config", APPLICATION, option]);
    model.until("the option is set", || !harm::is_awaited(model, UNIT));
    cluster.converge(units);
    check(cluster, units, unharmed);
    harm::kills(model, point) > before
}

/// Fails unless the settled application is what it is without a kill, and another pass changes nothing.
pub fn check(cluster: &Cluster, units: usize, unharmed: &State) {
    State::of(&cluster.model, units).check(unharmed);
    second_pass::writes_nothing(&cluster.model, APPLICATION, units);
}
