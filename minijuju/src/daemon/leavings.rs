//! What an application leaves on disk and in the network when it goes: its charms, resources, volumes and Service.

use std::path::PathBuf;

use sidecharm::juju::names::ApplicationName;

use super::controller::Controller;
use crate::controller::log::Level;
use crate::pod::error::{PodError, chain};
use crate::pod::folders::remove_tree;

/// Noted while the application is still in the model.
#[derive(Debug)]
pub struct Leavings {
    application: ApplicationName,
    volumes: Vec<PathBuf>,
}

impl Leavings {
    pub fn of(controller: &Controller, application: &ApplicationName) -> Self {
        let volumes = controller.model.read(|model| {
            let mine = model.storage.values().filter(|storage| storage.unit.application() == *application);
            mine.map(|storage| storage.source.clone()).collect()
        });
        Self { application: application.clone(), volumes }
    }

    /// Removes them if the application has gone from the model meanwhile. What cannot be removed is logged, and goes with
    /// the model.
    pub fn remove_if_gone(self, controller: &Controller) {
        let gone = controller.model.read(|model| !model.applications.contains_key(&self.application));
        if !gone {
            return;
        }
        if let Err(error) = self.remove(controller) {
            let text = format!("application {} leaves something behind: {}", self.application, chain(&error));
            controller.log(Level::Warning, text);
        }
    }

    fn remove(&self, controller: &Controller) -> Result<(), PodError> {
        controller.node.remove_service(&self.application)?;
        for folder in
            [controller.folders.charms(&self.application), controller.folders.resources(&self.application)]
        {
            remove_tree(&folder)?;
        }
        self.volumes.iter().try_for_each(|volume| remove_tree(volume))
    }
}
