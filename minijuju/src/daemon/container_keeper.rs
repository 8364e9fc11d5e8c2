//! Keeps one container running: whenever its first process ends it is started again, as Kubernetes does.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::controller::Controller;
use crate::controller::log::Level;
use crate::pod::error::chain;
use crate::pod::sandbox::Sandbox;

/// A container that lived shorter than this is started again only after a pause, which doubles each time.
const STEADY: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerEvent {
    Ended,
    Started,
}

/// Keeps the container until the pod is being stopped. Each end and start is told.
pub async fn keep(
    controller: &Controller,
    pod: Arc<Sandbox>,
    container: String,
    stopping: watch::Receiver<bool>,
    tell: mpsc::UnboundedSender<(String, ContainerEvent)>,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let since = Instant::now();
        wait_for_end(&pod, &container).await;
        if *stopping.borrow() {
            return;
        }
        // A pod keeper that has gone away needs no telling.
        tell.send((container.clone(), ContainerEvent::Ended)).ok();
        controller
            .log(Level::Warning, format!("container {container} of {} ended and is started again", pod.unit));
        if since.elapsed() < STEADY {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        } else {
            pause = FIRST_PAUSE;
        }
        if *stopping.borrow() {
            return;
        }
        match start(Arc::clone(&pod), container.clone()).await {
            Ok(()) => drop(tell.send((container.clone(), ContainerEvent::Started))),
            Err(text) => {
                controller.log(Level::Error, format!("container {container} of {}: {text}", pod.unit));
            }
        }
    }
}

/// Waits until the container's first process has ended; not at all where it never started.
pub async fn wait_for_end(pod: &Sandbox, container: &str) {
    if let Some(first) = pod.first_process(container)
        && let Err(error) = first.ended().await
    {
        tracing::warn!(container, %error, "cannot wait for the end of a container");
    }
}

async fn start(pod: Arc<Sandbox>, container: String) -> Result<(), String> {
    let started = tokio::task::spawn_blocking(move || pod.start(&container).map(drop)).await;
    started.map_err(|error| error.to_string())?.map_err(|error| chain(&error))
}
