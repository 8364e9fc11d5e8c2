//! Notices: raising, reading, and waiting for the next.

use std::time::Duration;

use serde::Deserialize;

use super::client::Client;
use super::error::Error;
use super::request;
use super::response;
use super::transport::Deadline;
use super::types::{Notice, NoticeFilter, NoticeId, Requirement};

impl Client {
    /// Raises a custom notice (1.5) and returns its id. Within `repeat_after` of the last time it is counted, but
    /// not told again to who follows notices.
    ///
    /// The key is `domain.tld/path` in lower case. Never repeated by the client: each call counts.
    ///
    /// # Errors
    /// When the daemon cannot be reached, is too old, or refuses the key or more than 4 KiB of data.
    pub async fn notify(
        &self,
        key: &str,
        data: &[(&str, &str)],
        repeat_after: Option<Duration>,
    ) -> Result<NoticeId, Error> {
        #[derive(Deserialize)]
        struct Raised {
            id: NoticeId,
        }
        self.require(Requirement::since(5, "notices")).await?;
        let raised: Raised = self.sync(request::notify(key, data, repeat_after)?).await?;
        Ok(raised.id)
    }

    /// Asks for the notices that pass the filter, oldest first by when they were last told.
    ///
    /// # Errors
    /// When the daemon cannot be reached, is too old, or the filter is for administrators.
    pub async fn notices(&self, filter: &NoticeFilter) -> Result<Vec<Notice>, Error> {
        self.require(filter.requirement()).await?;
        self.list(request::notices(filter, None)?).await
    }

    /// Waits up to `timeout` for a notice that passes the filter; none came if the list is empty.
    ///
    /// To follow notices, move the filter's cursor between calls with [`NoticeFilter::advance_past`]. Prefer long
    /// time-outs: the daemon logs each request.
    ///
    /// # Errors
    /// As [`Client::notices`].
    pub async fn wait_notices(&self, filter: &NoticeFilter, timeout: Duration) -> Result<Vec<Notice>, Error> {
        self.require(filter.requirement()).await?;
        let call = request::notices(filter, Some(timeout))?;
        let deadline = Deadline::after(timeout.saturating_add(self.deadline));
        let answer = self.transport.fetch(&call, deadline).await?;
        let notices: Option<Vec<Notice>> =
            response::decode_sync(call.name, answer.status().as_u16(), answer.body())?;
        Ok(notices.unwrap_or_default())
    }

    /// Asks for one notice.
    ///
    /// # Errors
    /// When the daemon cannot be reached, is too old, or does not know it.
    pub async fn notice(&self, id: &NoticeId) -> Result<Notice, Error> {
        self.require(Requirement::since(5, "notices")).await?;
        self.sync(request::notice(id)?).await
    }
}
