//! Which workload this charm is. Reads no file.

use serde::Deserialize;

use crate::juju::metadata::Metadata;

/// The workloads in this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenant {
    /// Redis with Sentinel.
    Redis,
}

/// A charm whose workload is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: sidecharm.yaml must say `workload: redis`")]
pub struct NoTenant {
    reason: String,
}

#[derive(Deserialize)]
struct File {
    workload: String,
}

impl Tenant {
    /// Takes the workload that `sidecharm.yaml` names; where there is no such file, recognises it from the names in the
    /// metadata, so that a charm packed for the Python program runs with this one in it.
    ///
    /// # Errors
    /// When the file cannot be read or names something else, or there is none and the metadata are not known.
    pub fn find(file: Option<&str>, metadata: &Metadata) -> Result<Self, NoTenant> {
        match file {
            Some(text) => {
                let file: File = serde_yaml::from_str(text)
                    .map_err(|_| NoTenant { reason: "sidecharm.yaml cannot be read".to_owned() })?;
                match file.workload.as_str() {
                    "redis" => Ok(Self::Redis),
                    other => Err(NoTenant { reason: format!("workload {other:?} is not known") }),
                }
            }
            None => Self::recognise(metadata),
        }
    }

    fn recognise(metadata: &Metadata) -> Result<Self, NoTenant> {
        let has_container =
            |name: &str| metadata.containers.keys().any(|container| container.as_str() == name);
        let has_endpoint = |name: &str| metadata.endpoints.keys().any(|endpoint| endpoint.as_str() == name);
        if has_container("redis") && has_container("sentinel") && has_endpoint("redis-peers") {
            Ok(Self::Redis)
        } else {
            Err(NoTenant { reason: format!("the charm {} is not one of ours", metadata.name) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REDIS: &str = "{name: x, summary: s, description: d, containers: {redis: {resource: i}, sentinel: {resource: i}}, \
                         resources: {i: {type: oci-image}}, peers: {redis-peers: {interface: redis-peers}}}";
    const OTHER: &str = "{name: x, summary: s, description: d}";

    fn check(file: Option<&str>, metadata: &str, expected: Result<Tenant, &str>) {
        let metadata = Metadata::parse(metadata).unwrap();
        let found = Tenant::find(file, &metadata).map_err(|error| error.to_string());
        assert_eq!(found.as_ref().copied().map_err(String::as_str), expected, "{file:?}");
    }

    #[test]
    fn the_file_names_the_workload_and_the_metadata_stand_in_for_it() {
        check(Some("workload: redis"), OTHER, Ok(Tenant::Redis));
        check(None, REDIS, Ok(Tenant::Redis));
        check(None, OTHER, Err("the charm x is not one of ours: sidecharm.yaml must say `workload: redis`"));
        check(
            Some("["),
            REDIS,
            Err("sidecharm.yaml cannot be read: sidecharm.yaml must say `workload: redis`"),
        );
        check(
            Some("workload: mysql"),
            REDIS,
            Err("workload \"mysql\" is not known: sidecharm.yaml must say `workload: redis`"),
        );
    }
}
