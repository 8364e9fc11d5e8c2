//! What verbs take into the model's folder: charms and resources. A model that goes waits for what is under way, which no
//! verb that goes away stops, and takes no more.

use std::sync::Arc;

use tokio::sync::{OwnedRwLockReadGuard, RwLock};

/// The door to the model's folder.
#[derive(Debug, Default)]
pub struct Intake {
    closed: Arc<RwLock<bool>>,
}

/// Leave to take something, as long as it or a clone of it lives.
#[derive(Debug, Clone)]
pub struct Leave {
    _open: Arc<OwnedRwLockReadGuard<bool>>,
}

impl Intake {
    /// Asks for leave; `None` when the model is going.
    pub async fn enter(&self) -> Option<Leave> {
        let open = Arc::clone(&self.closed).read_owned().await;
        (!*open).then(|| Leave { _open: Arc::new(open) })
    }

    /// Waits for all that is being taken; there is no leave any more.
    pub async fn close(&self) {
        *self.closed.write().await = true;
    }
}
