//! Waiting for changes, through restarts of the daemon. What a change is stands in `types/change.rs`.
//!
//! ```text
//! start ─► wait (a slice) ─► ready ──────────────► the change
//!            ▲   │ 504: not yet, again
//!            │   │ connection broke or refused: back off
//!            └───┘   └► back, same boot: again;  other boot, or 404: lost
//!
//! deadline: unfinished, or why the daemon cannot be reached if it went away
//! ```

use std::time::Duration;

use tokio::time::sleep;

use super::client::Client;
use super::error::{Error, ErrorKind};
use super::request;
use super::response;
use super::transport::Deadline;
use super::types::{Change, ChangeFilter, ChangeId};

/// The longest that one request waits. Long, since the daemon logs each; short enough to notice a dead peer.
const SLICE: Duration = Duration::from_secs(30);

/// Time for a waiting request to be answered after its slice ended.
const SLICE_MARGIN: Duration = Duration::from_secs(1);

/// Waits between the first attempts to reach a daemon that went away, and between all later ones.
const RECONNECT: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(100), Duration::from_millis(250)];
const LONGEST_RECONNECT: Duration = Duration::from_millis(500);

/// A change that was asked for and may not be ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The change.
    pub id: ChangeId,
    /// The boot of the daemon that made it: ids may start anew with another one.
    pub(super) boot_id: Option<String>,
}

impl From<ChangeId> for Pending {
    /// A change whose id was kept from elsewhere. It is taken for one of the daemon that answers first.
    fn from(id: ChangeId) -> Self {
        Self { id, boot_id: None }
    }
}

impl Client {
    /// Waits until a change is ready and returns it if it was successful.
    ///
    /// Restarts of the daemon within the deadline are waited out.
    ///
    /// # Errors
    /// When the change failed ([`Error::ChangeFailed`]), is gone ([`Error::ChangeLost`]) or not ready in time
    /// ([`Error::ChangeUnfinished`]); when the daemon went away and did not come back in time, or refuses.
    pub async fn wait_change(&self, pending: &Pending, deadline: Duration) -> Result<Change, Error> {
        let change = self.wait_ready(pending, deadline).await?;
        if change.is_successful() { Ok(change) } else { Err(Error::ChangeFailed(Box::new(change))) }
    }

    /// Waits until a change is ready and returns it, however it ended.
    ///
    /// # Errors
    /// As [`Client::wait_change`], but for a change that failed.
    pub async fn wait_ready(&self, pending: &Pending, deadline: Duration) -> Result<Change, Error> {
        let deadline = Deadline::after(deadline);
        let mut boot_id = pending.boot_id.clone();
        let mut connected = boot_id.is_some();
        let mut waits = RECONNECT.iter();
        // What is told when the time is over: a daemon that went away, or a change that takes longer.
        let mut outcome = Error::ChangeUnfinished { id: pending.id.clone(), after: deadline.given() };
        while !deadline.remaining().is_zero() {
            let turn = async {
                if !connected {
                    self.check_boot(&pending.id, &mut boot_id, deadline).await?;
                }
                self.wait_slice(&pending.id, deadline).await
            };
            match turn.await {
                Ok(Some(change)) => return Ok(change),
                Ok(None) => {
                    outcome = Error::ChangeUnfinished { id: pending.id.clone(), after: deadline.given() };
                    waits = RECONNECT.iter();
                    connected = true;
                }
                Err(error) if error.is_retryable() => {
                    tracing::debug!(change = %pending.id, %error, "lost the daemon while waiting");
                    let wait = waits.next().unwrap_or(&LONGEST_RECONNECT);
                    sleep((*wait).min(deadline.remaining())).await;
                    if !matches!(error, Error::TimedOut { .. }) {
                        outcome = error;
                    }
                    connected = false;
                }
                Err(error) if error.kind() == Some(&ErrorKind::NoSuchChange) => {
                    return Err(lost(&pending.id, "the daemon does not know it"));
                }
                Err(error) => return Err(error),
            }
        }
        Err(outcome)
    }

    /// Asks for changes, those of one service if it is named. They come in no order.
    ///
    /// # Errors
    /// When the daemon cannot be reached or does not answer in time.
    pub async fn changes(&self, filter: &ChangeFilter, service: Option<&str>) -> Result<Vec<Change>, Error> {
        self.list(request::changes(filter, service)?).await
    }

    /// Asks for one change.
    ///
    /// # Errors
    /// When the daemon cannot be reached or does not know it.
    pub async fn change(&self, id: &ChangeId) -> Result<Change, Error> {
        self.sync(request::change(id)?).await
    }

    /// Aborts a change that is not ready. A stop cannot be aborted; an aborted command ends as done, with 137.
    ///
    /// # Errors
    /// When the daemon cannot be reached, does not know it, or it is ready.
    pub async fn abort_change(&self, id: &ChangeId) -> Result<Change, Error> {
        self.sync(request::abort_change(id)?).await
    }

    /// Waits for one slice; `None` if the change was not ready by then.
    async fn wait_slice(&self, id: &ChangeId, deadline: Deadline) -> Result<Option<Change>, Error> {
        let slice = deadline.remaining().min(SLICE);
        let call = request::wait_change(id, slice)?;
        let answer = self.transport.fetch(&call, Deadline::after(slice + SLICE_MARGIN)).await?;
        if answer.status() == http::StatusCode::GATEWAY_TIMEOUT {
            return Ok(None);
        }
        response::decode_sync(call.name, answer.status().as_u16(), answer.body()).map(Some)
    }

    /// Compares the daemon's boot with the one that made the change, or keeps it if that is not known.
    async fn check_boot(
        &self,
        id: &ChangeId,
        boot_id: &mut Option<String>,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let call = request::system_info()?;
        let answer = self.transport.fetch(&call, Deadline::after(deadline.remaining())).await?;
        let info: super::types::SystemInfo =
            response::decode_sync(call.name, answer.status().as_u16(), answer.body())?;
        match boot_id {
            None => {
                *boot_id = Some(info.boot_id);
                Ok(())
            }
            Some(made) if *made == info.boot_id => Ok(()),
            Some(_) => Err(lost(id, "the daemon is another one since")),
        }
    }
}

fn lost(id: &ChangeId, reason: &'static str) -> Error {
    Error::ChangeLost { id: id.clone(), reason }
}
