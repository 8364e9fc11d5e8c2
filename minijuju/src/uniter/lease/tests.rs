use super::*;
use crate::controller::sample;

#[tokio::test(start_paused = true)]
async fn a_leader_whose_agent_lives_keeps_its_lease_in_a_model_where_nothing_happens() {
    let shared = SharedModel::new(sample::model());
    let leases = Leases::default();
    let (leader, other) = (sample::unit("web/0"), sample::unit("web/1"));
    let leads = |shared: &SharedModel| {
        shared.read(|model| model.applications[&leader.application()].leadership.leader.clone())
    };
    assert_eq!(leads(&shared), Some(leader.clone()));
    tokio::select! {
        () = keep(&shared, &leases, &leader, |_| ()) => {}
        () = keep(&shared, &leases, &other, |_| ()) => {}
        () = sleep(Duration::from_secs(400)) => {}
    }
    assert_eq!(leads(&shared), Some(leader.clone()));
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_taken_over_when_nobody_renews_it_and_not_before() {
    let shared = SharedModel::new(sample::model());
    let leases = Leases::default();
    let (leader, other) = (sample::unit("web/0"), sample::unit("web/1"));
    let leads = |shared: &SharedModel| {
        shared.read(|model| model.applications[&leader.application()].leadership.leader.clone())
    };
    tokio::select! {
        () = keep(&shared, &leases, &leader, |_| ()) => {}
        () = sleep(Duration::from_secs(100)) => {}
    }
    // Renewed last after 90 s, for a minute.
    tokio::select! {
        () = keep(&shared, &leases, &other, |_| ()) => {}
        () = sleep(Duration::from_secs(49)) => {}
    }
    assert_eq!(leads(&shared), Some(leader.clone()));
    tokio::select! {
        () = keep(&shared, &leases, &other, |_| ()) => {}
        () = sleep(Duration::from_secs(2)) => {}
    }
    assert_eq!(leads(&shared), Some(other.clone()));
}
