//! What belongs to the unit: ports, storages, resources, and on machines a reboot.

use std::path::PathBuf;

use super::{HookTools, ToolError};
use crate::juju::names::{StorageId, StorageName};
use crate::juju::wire::{self, PortRange, StorageDetails};

/// When the machine reboots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reboot {
    /// When the hook has ended well.
    AfterHook,
    /// At once; the hook is killed and run again.
    Now,
}

impl HookTools {
    /// Opens ports of this unit, when the hook ends well. Kubernetes takes single ports, and no ICMP.
    ///
    /// # Errors
    /// When they conflict or are not possible here, or Juju does not answer.
    pub async fn open_port(&self, ports: PortRange) -> Result<(), ToolError> {
        self.tell("open-port", &[&ports.to_string()]).await
    }

    /// Closes ports of this unit, when the hook ends well.
    ///
    /// # Errors
    /// When they are not possible here, or Juju does not answer.
    pub async fn close_port(&self, ports: PortRange) -> Result<(), ToolError> {
        self.tell("close-port", &[&ports.to_string()]).await
    }

    /// The open ports; Juju before 3.1 knows none on Kubernetes.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn opened_ports(&self) -> Result<Vec<PortRange>, ToolError> {
        self.ask("opened-ports", &[], wire::opened_ports).await
    }

    /// The instances of a storage, or of all; also those that are not there yet, or no longer.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn storage_list(&self, storage: Option<&StorageName>) -> Result<Vec<StorageId>, ToolError> {
        let name: Vec<&str> = storage.into_iter().map(StorageName::as_str).collect();
        self.ask("storage-list", &name, wire::storage_ids).await
    }

    /// Where an instance is.
    ///
    /// # Errors
    /// When it does not exist or is not there yet, or Juju does not answer.
    pub async fn storage_get(&self, storage: &StorageId) -> Result<StorageDetails, ToolError> {
        self.ask("storage-get", &["-s", storage.as_str()], wire::storage_details).await
    }

    /// Asks for more instances, when the hook ends well. Kubernetes has no use for it.
    ///
    /// # Errors
    /// When Juju does not answer.
    pub async fn storage_add(&self, storage: &StorageName, count: u32) -> Result<(), ToolError> {
        self.tell("storage-add", &[&format!("{storage}={count}")]).await
    }

    /// The path of a resource's file, which is downloaded first if need be; of an image, a YAML file about it.
    ///
    /// # Errors
    /// When nothing has been attached, or Juju does not answer.
    pub async fn resource_get(&self, resource: &str) -> Result<PathBuf, ToolError> {
        let answer = self.run("resource-get", &["--", resource], None).await?;
        let path =
            wire::bare_text(&answer).map_err(|source| ToolError::Answer { tool: "resource-get", source })?;
        Ok(PathBuf::from(path))
    }

    /// Reboots the machine. On Kubernetes it makes the hook fail.
    ///
    /// # Errors
    /// When an action runs, or Juju does not answer.
    pub async fn juju_reboot(&self, when: Reboot) -> Result<(), ToolError> {
        match when {
            Reboot::AfterHook => self.tell("juju-reboot", &[]).await,
            Reboot::Now => self.tell("juju-reboot", &["--now"]).await,
        }
    }
}
