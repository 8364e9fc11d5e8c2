//! Watches the Pebble of each workload container on an agent's behalf. It runs no hook: it tells, and hears how it went.

use std::collections::BTreeSet;
use std::time::Duration;

use sidecharm::juju::names::ContainerName;
use sidecharm::pebble::types::{
    ChangeId, ChangeStatus, Notice, NoticeFilter, NoticeKind, NoticeUsers, Timestamp,
};
use sidecharm::pebble::{Client, Error};
use tokio::time::sleep;

use super::inbox::AgentHandle;
use crate::controller::shared::SharedModel;
use crate::run::{CheckHook, Hook};

/// How long one wait for notices lasts.
const LONG_POLL: Duration = Duration::from_secs(30);
/// The pause after a Pebble could not be asked for notices.
const PAUSE: Duration = Duration::from_secs(1);

/// The changes that were told, by when they were first noticed.
type Told = BTreeSet<(ChangeId, Timestamp)>;

/// Tells of each new boot of a container's Pebble, looking after every poll interval, first after one. A boot whose
/// hook failed is told again.
pub async fn watch_boots(shared: SharedModel, agent: AgentHandle, container: ContainerName, client: Client) {
    let mut known = None;
    loop {
        let seconds = shared.read(|model| model.settings.pebble_poll_interval);
        sleep(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(5))).await;
        let boot = match client.system_info().await {
            Ok(info) => Some(info.boot_id),
            Err(error) => {
                tracing::debug!(%container, %error, "a Pebble does not answer");
                continue;
            }
        };
        if boot != known && agent.tell(Hook::PebbleReady { container: container.clone() }).await {
            known = boot;
        }
    }
}

/// Tells of each custom notice and each check that failed or recovered, from the first that the Pebble still knows.
pub async fn watch_notices(agent: AgentHandle, container: ContainerName, client: Client) {
    let mut filter = NoticeFilter {
        users: NoticeUsers::All,
        kinds: vec![NoticeKind::Custom, NoticeKind::ChangeUpdate],
        ..NoticeFilter::default()
    };
    let mut told = Told::new();
    loop {
        let notices = match client.wait_notices(&filter, LONG_POLL).await {
            Ok(notices) => notices,
            Err(error) => {
                tracing::debug!(%container, %error, "cannot wait for notices");
                sleep(PAUSE).await;
                continue;
            }
        };
        for notice in &notices {
            let hook = match hook(&container, &client, notice, &mut told).await {
                Ok(hook) => hook,
                Err(error) => {
                    tracing::debug!(%container, %error, "cannot ask for a change");
                    None
                }
            };
            if let Some(hook) = hook
                && !agent.tell(hook).await
            {
                // The agent's worker is about to start anew, and with it this watch.
                return;
            }
        }
        filter.advance_past(&notices);
    }
}

/// The hook for a notice. That of a check is told once, although its change may be noticed again.
async fn hook(
    container: &ContainerName,
    client: &Client,
    notice: &Notice,
    told: &mut Told,
) -> Result<Option<Hook>, Error> {
    if notice.kind == NoticeKind::Custom {
        return Ok(Some(Hook::PebbleCustomNotice {
            container: container.clone(),
            id: notice.id.to_string(),
            key: notice.key.clone(),
        }));
    }
    let Some((kind, check)) = about_check(notice) else { return Ok(None) };
    let Ok(id) = ChangeId::parse(&notice.key) else { return Ok(None) };
    // A Pebble that has restarted counts its changes from 1 again.
    let key = (id.clone(), notice.first_occurred);
    if told.contains(&key) {
        return Ok(None);
    }
    let change = client.change(&id).await?;
    let happened = match kind {
        CheckHook::Failed => ChangeStatus::Error,
        CheckHook::Recovered => ChangeStatus::Done,
    };
    if change.status != happened {
        return Ok(None);
    }
    told.insert(key);
    Ok(Some(Hook::PebbleCheck { container: container.clone(), kind, check }))
}

/// Whether a change's notice is about a check, about which, and what its end would mean.
fn about_check(notice: &Notice) -> Option<(CheckHook, String)> {
    let kind = match notice.last_data.get("kind")?.as_str() {
        "perform-check" => CheckHook::Failed,
        "recover-check" => CheckHook::Recovered,
        _ => return None,
    };
    Some((kind, notice.last_data.get("check-name")?.clone()))
}

#[cfg(test)]
mod tests;
