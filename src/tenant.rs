//! Which workload this charm is. Reads no file.

use serde::Deserialize;

use crate::juju::metadata::Metadata;
use crate::webapp::framework::{Framework, Profile};

const REDIS: &str = "redis";

/// The workloads in this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenant {
    /// Redis with Sentinel.
    Redis,
    /// A web app.
    WebApp(Profile),
}

/// A charm whose workload is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: sidecharm.yaml must say `workload:` and one of {}", names())]
pub struct NoTenant {
    reason: String,
}

fn names() -> String {
    let frameworks = Framework::ALL.iter().map(|framework| framework.as_str());
    [REDIS].into_iter().chain(frameworks).collect::<Vec<_>>().join(", ")
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
    pub fn find(file: Option<&str>, metadata: &Metadata, options: &[&str]) -> Result<Self, NoTenant> {
        match file {
            Some(text) => {
                let file: File = serde_yaml::from_str(text)
                    .map_err(|_| NoTenant { reason: "sidecharm.yaml cannot be read".to_owned() })?;
                match (file.workload.as_str(), Framework::parse(&file.workload)) {
                    (REDIS, _) => Ok(Self::Redis),
                    (_, Some(framework)) => Ok(Self::WebApp(Profile::of(framework, metadata))),
                    (other, None) => Err(NoTenant { reason: format!("workload {other:?} is not known") }),
                }
            }
            None => Self::recognise(metadata, options),
        }
    }

    fn recognise(metadata: &Metadata, options: &[&str]) -> Result<Self, NoTenant> {
        let has_container =
            |name: &str| metadata.containers.keys().any(|container| container.as_str() == name);
        let has_endpoint = |name: &str| metadata.endpoints.keys().any(|endpoint| endpoint.as_str() == name);
        if has_container("redis") && has_container("sentinel") && has_endpoint("redis-peers") {
            Ok(Self::Redis)
        } else if let Some(profile) = Profile::recognise(metadata, options) {
            Ok(Self::WebApp(profile))
        } else {
            Err(NoTenant { reason: format!("the charm {} is not one of ours", metadata.name) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REDIS_CHARM: &str = "{name: x, summary: s, description: d, containers: {redis: {resource: i}, sentinel: {resource: i}}, \
                         resources: {i: {type: oci-image}}, peers: {redis-peers: {interface: redis-peers}}}";
    const OTHER: &str = "{name: x, summary: s, description: d}";

    fn check(file: Option<&str>, metadata: &str, expected: Result<Tenant, &str>) {
        let metadata = Metadata::parse(metadata).unwrap();
        let found = Tenant::find(file, &metadata, &[]).map_err(|error| error.to_string());
        assert_eq!(found.as_ref().copied().map_err(String::as_str), expected, "{file:?}");
    }

    #[test]
    fn the_file_names_the_workload_and_the_metadata_stand_in_for_it() {
        check(Some("workload: redis"), OTHER, Ok(Tenant::Redis));
        check(None, REDIS_CHARM, Ok(Tenant::Redis));
        check(
            None,
            OTHER,
            Err(
                "the charm x is not one of ours: sidecharm.yaml must say `workload:` and one of redis, flask, django, fastapi, go, expressjs, spring-boot",
            ),
        );
        check(
            Some("["),
            REDIS_CHARM,
            Err(
                "sidecharm.yaml cannot be read: sidecharm.yaml must say `workload:` and one of redis, flask, django, fastapi, go, expressjs, spring-boot",
            ),
        );
        check(
            Some("workload: mysql"),
            REDIS_CHARM,
            Err(
                "workload \"mysql\" is not known: sidecharm.yaml must say `workload:` and one of redis, flask, django, fastapi, go, expressjs, spring-boot",
            ),
        );
    }
}
