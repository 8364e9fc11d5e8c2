//! What a pod should be, and the containers that follow from it. Pure: it knows paths, and touches none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sidecharm::juju::metadata::CharmUser;
use sidecharm::juju::names::{ContainerName, UnitName};

use super::folders::{Folders, PodFolders};
use super::spec::{Access, Bind, ContainerSpec, FirstProcess, RootSpec, User};

/// The charm container's own name in Kubernetes.
pub const CHARM: &str = "charm";
/// Kubernetes' fsGroup in Juju's pods: every root of the pod is a member, every volume belongs to it.
pub const VOLUME_GROUP: u32 = 170;
/// Where Pebble looks for its socket, and the charm finds it.
pub const PEBBLE_SOCKET: &str = "pebble.socket";
/// The port of the first workload container's health probe; the next container has the next.
const FIRST_PROBE_PORT: usize = 38813;
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What the operator and the charm's metadata ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodPlan {
    pub unit: UnitName,
    pub model: String,
    /// The unpacked charm, copied into the pod.
    pub charm: PathBuf,
    /// Whom dispatch runs as.
    pub charm_user: CharmUser,
    /// Sorted by name, which fixes the probe ports.
    pub containers: BTreeMap<ContainerName, WorkloadPlan>,
    pub storage: Vec<StoragePlan>,
    /// Names of the hook tools.
    pub tools: Vec<String>,
}

/// A workload container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkloadPlan {
    /// Pebble's own user and group.
    pub uid: u32,
    pub gid: u32,
    /// Folders that stand in for the image, uppermost first.
    pub rock: Vec<PathBuf>,
}

/// A volume and where it is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoragePlan {
    /// Canonical.
    pub source: PathBuf,
    /// In the charm container.
    pub location: PathBuf,
    /// In the workload containers.
    pub mounts: Vec<(ContainerName, PathBuf)>,
    pub access: Access,
}

/// Where a pod's things are on this machine, and what its containers see of it.
pub struct Place<'a> {
    pub folders: &'a Folders,
    pub pod: &'a PodFolders,
    pub root: &'a RootSpec,
}

/// The folder of the unit's agent, as the charm container sees it.
pub fn agent_folder(unit: &UnitName) -> PathBuf {
    Path::new("/var/lib/juju/agents").join(unit.tag())
}

/// The folder of the unit's hook tools, as the charm container sees it.
pub fn tools_folder(unit: &UnitName) -> PathBuf {
    Path::new("/var/lib/juju/tools").join(unit.tag())
}

/// The abstract socket on which hook tools find the agent, without the leading `@`.
pub fn agent_socket(unit: &UnitName) -> String {
    format!("{}/agent.socket", agent_folder(unit).display())
}

impl PodPlan {
    /// The names of all containers; a container's place in this list is its index.
    pub fn container_names(&self) -> Vec<String> {
        let workloads = self.containers.keys().map(ToString::to_string);
        std::iter::once(CHARM.to_owned()).chain(workloads).collect()
    }

    /// The containers in the order of their names' list; each start adds a scratch folder.
    pub fn specs(&self, place: &Place<'_>) -> Vec<ContainerSpec> {
        let workloads = self.containers.iter().zip(1..);
        let workloads =
            workloads.map(|((name, workload), index)| self.workload_spec(name, workload, index, place));
        std::iter::once(self.charm_spec(place)).chain(workloads).collect()
    }

    fn charm_spec(&self, place: &Place<'_>) -> ContainerSpec {
        let mut binds = vec![
            bind(place.pod.data(), "/var/lib/juju", Access::ReadWrite),
            bind(place.folders.programs(), "/charm/bin", Access::ReadOnly),
        ];
        binds.extend(self.containers.keys().zip(1..).map(|(name, index)| {
            bind(
                place.pod.shared(index),
                Path::new("/charm/containers").join(name.as_str()),
                Access::ReadWrite,
            )
        }));
        binds.extend(
            self.storage.iter().map(|storage| bind(&storage.source, &storage.location, storage.access)),
        );
        ContainerSpec {
            scratch: PathBuf::new(),
            root: place.root.clone(),
            binds: outer_first(binds),
            user: User { uid: 0, gid: 0, groups: vec![VOLUME_GROUP] },
            environment: BTreeMap::new(),
            process: FirstProcess::Init { socket: place.pod.init_socket() },
            record: place.pod.record(0),
            log: place.folders.log(&self.unit.pod(), CHARM),
        }
    }

    fn workload_spec(
        &self,
        name: &ContainerName,
        workload: &WorkloadPlan,
        index: usize,
        place: &Place<'_>,
    ) -> ContainerSpec {
        let mut binds = vec![
            bind(place.folders.programs(), "/charm/bin", Access::ReadOnly),
            bind(place.pod.shared(index), "/charm/container", Access::ReadWrite),
            bind(place.pod.settings(), "/charm/etc/pebble", Access::ReadOnly),
        ];
        for storage in &self.storage {
            let mounts = storage.mounts.iter().filter(|(container, _)| container == name);
            binds.extend(mounts.map(|(_, location)| bind(&storage.source, location, storage.access)));
        }
        ContainerSpec {
            scratch: PathBuf::new(),
            root: RootSpec { rock: workload.rock.clone(), ..place.root.clone() },
            binds: outer_first(binds),
            user: User { uid: workload.uid, gid: workload.gid, groups: vec![VOLUME_GROUP] },
            environment: self.pebble_environment(name),
            process: FirstProcess::Program { arguments: self.pebble_arguments(index) },
            record: place.pod.record(index),
            log: place.folders.log(&self.unit.pod(), name.as_str()),
        }
    }

    /// Juju's own command line (juju/juju, `ApplicationPodSpec`).
    fn pebble_arguments(&self, index: usize) -> Vec<String> {
        let probe = format!(":{}", FIRST_PROBE_PORT + index - 1);
        let mut arguments: Vec<String> =
            ["/charm/bin/pebble", "run", "--create-dirs", "--hold", "--http", &probe, "--verbose"]
                .map(str::to_owned)
                .into();
        if self.charm_user != CharmUser::Root {
            arguments.extend(["--identities", "/charm/etc/pebble/identities.yaml"].map(str::to_owned));
        }
        arguments
    }

    fn pebble_environment(&self, name: &ContainerName) -> BTreeMap<String, String> {
        [
            ("HOME", "/root"),
            ("HOSTNAME", &self.unit.pod()),
            ("JUJU_CONTAINER_NAME", name.as_str()),
            ("PATH", PATH),
            ("PEBBLE", "/charm/container/pebble"),
            ("PEBBLE_COPY_ONCE", "/var/lib/pebble/default"),
            ("PEBBLE_SOCKET", "/charm/container/pebble.socket"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }
}

/// A volume inside another one must be mounted after it.
fn outer_first(mut binds: Vec<Bind>) -> Vec<Bind> {
    binds.sort_by(|one, other| one.target.cmp(&other.target));
    binds
}

/// The identity that lets the charm's user command Pebble.
pub fn identities(user: CharmUser) -> String {
    let id = user.id();
    format!("identities:\n    charm:\n        access: admin\n        local:\n            user-id: {id}\n")
}

fn bind(source: impl Into<PathBuf>, target: impl Into<PathBuf>, access: Access) -> Bind {
    Bind { source: source.into(), target: target.into(), access }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::pod::spec::HostRoot;

    fn plan(charm_user: CharmUser) -> PodPlan {
        let container = |name: &str| ContainerName::parse(name).unwrap();
        PodPlan {
            unit: UnitName::parse("redis-k8s/0").unwrap(),
            model: "demo".to_owned(),
            charm: "/charms/redis-k8s-0".into(),
            charm_user,
            containers: [
                (container("redis"), WorkloadPlan::default()),
                (
                    container("sentinel"),
                    WorkloadPlan { uid: 999, gid: 998, rock: vec!["/rocks/sentinel".into()] },
                ),
            ]
            .into(),
            storage: vec![StoragePlan {
                source: "/model/storage/database-0".into(),
                location: "/var/lib/juju/storage/database/0".into(),
                mounts: vec![(container("redis"), "/var/lib/redis".into())],
                access: Access::ReadWrite,
            }],
            tools: Vec::new(),
        }
    }

    fn render(charm_user: CharmUser) -> String {
        let folders = Folders { model: "/model".into(), run: "/run/mj".into(), key: "0123".to_owned() };
        let pod = folders.pod(7);
        let root = RootSpec { rock: Vec::new(), host: HostRoot::default(), etc: BTreeMap::new() };
        let mut text = String::new();
        for spec in plan(charm_user).specs(&Place { folders: &folders, pod: &pod, root: &root }) {
            let ContainerSpec { root, binds, user, environment, process, record, log, .. } = spec;
            let (record, log, rock) = (record.display(), log.display(), root.rock);
            writeln!(text, "{record} {log} {user:?} {process:?} rock {rock:?}").unwrap();
            for Bind { source, target, access } in binds {
                writeln!(text, "  {} -> {} {access:?}", source.display(), target.display()).unwrap();
            }
            for (name, value) in environment {
                writeln!(text, "  {name}={value}").unwrap();
            }
        }
        text
    }

    #[test]
    fn containers_are_what_juju_makes_of_a_charm() {
        insta::assert_snapshot!(render(CharmUser::Root), @r#"
        /run/mj/p7/0.pid /model/log/redis-k8s-0.charm.log User { uid: 0, gid: 0, groups: [170] } Init { socket: "/run/mj/p7/init.sock" } rock []
          /model/bin -> /charm/bin ReadOnly
          /run/mj/p7/c1 -> /charm/containers/redis ReadWrite
          /run/mj/p7/c2 -> /charm/containers/sentinel ReadWrite
          /model/pods/7/data -> /var/lib/juju ReadWrite
          /model/storage/database-0 -> /var/lib/juju/storage/database/0 ReadWrite
        /run/mj/p7/1.pid /model/log/redis-k8s-0.redis.log User { uid: 0, gid: 0, groups: [170] } Program { arguments: ["/charm/bin/pebble", "run", "--create-dirs", "--hold", "--http", ":38813", "--verbose"] } rock []
          /model/bin -> /charm/bin ReadOnly
          /run/mj/p7/c1 -> /charm/container ReadWrite
          /run/mj/p7/etc -> /charm/etc/pebble ReadOnly
          /model/storage/database-0 -> /var/lib/redis ReadWrite
          HOME=/root
          HOSTNAME=redis-k8s-0
          JUJU_CONTAINER_NAME=redis
          PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
          PEBBLE=/charm/container/pebble
          PEBBLE_COPY_ONCE=/var/lib/pebble/default
          PEBBLE_SOCKET=/charm/container/pebble.socket
        /run/mj/p7/2.pid /model/log/redis-k8s-0.sentinel.log User { uid: 999, gid: 998, groups: [170] } Program { arguments: ["/charm/bin/pebble", "run", "--create-dirs", "--hold", "--http", ":38814", "--verbose"] } rock ["/rocks/sentinel"]
          /model/bin -> /charm/bin ReadOnly
          /run/mj/p7/c2 -> /charm/container ReadWrite
          /run/mj/p7/etc -> /charm/etc/pebble ReadOnly
          HOME=/root
          HOSTNAME=redis-k8s-0
          JUJU_CONTAINER_NAME=sentinel
          PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
          PEBBLE=/charm/container/pebble
          PEBBLE_COPY_ONCE=/var/lib/pebble/default
          PEBBLE_SOCKET=/charm/container/pebble.socket
        "#);
    }

    #[test]
    fn pebble_obeys_a_charm_that_is_not_root() {
        assert!(
            render(CharmUser::NonRoot).contains("\"--identities\", \"/charm/etc/pebble/identities.yaml\"")
        );
        assert_eq!(
            identities(CharmUser::NonRoot),
            "identities:\n    charm:\n        access: admin\n        local:\n            user-id: 170\n"
        );
    }
}
