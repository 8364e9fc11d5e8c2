//! What the operator tells gunicorn.

use super::Draft;
use crate::webapp::gunicorn::WorkerClass;

/// gunicorn's settings; what is absent is left to gunicorn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Webserver {
    /// How many processes serve requests.
    pub workers: Option<u32>,
    /// How many threads each has.
    pub threads: Option<u32>,
    /// How many seconds an idle connection stays open.
    pub keepalive: Option<u32>,
    /// After how many silent seconds a process is killed.
    pub timeout: Option<u32>,
    /// What kind of processes; absent where the rock's own command decides.
    pub worker_class: Option<WorkerClass>,
}

pub(super) fn read(draft: &mut Draft<'_>) -> Webserver {
    let framework = draft.given.profile.framework;
    if !framework.is_gunicorn() {
        return Webserver::default();
    }
    Webserver {
        workers: number(draft, "webserver-workers", 1),
        threads: number(draft, "webserver-threads", 0),
        keepalive: number(draft, "webserver-keepalive", 0),
        timeout: number(draft, "webserver-timeout", 0),
        worker_class: worker_class(draft),
    }
}

fn number(draft: &mut Draft<'_>, option: &str, least: u32) -> Option<u32> {
    let value = draft.value(option)?;
    let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
    let number = number.filter(|number| *number >= least);
    if number.is_none() {
        draft.faults.invalid(option, format!("must be a number from {least} to {}", u32::MAX));
    }
    number
}

fn worker_class(draft: &mut Draft<'_>) -> Option<WorkerClass> {
    const OPTION: &str = "webserver-worker-class";
    match draft.value(OPTION)?.as_text() {
        Some("") => None,
        Some("sync") => Some(WorkerClass::Sync),
        Some("gevent") => Some(WorkerClass::Gevent),
        _ => {
            let framework = draft.given.profile.framework;
            let text = format!("Only 'gevent' and 'sync' are allowed. https://bit.ly/{framework}-async-doc");
            draft.faults.told(OPTION, text);
            None
        }
    }
}
