//! A model's bridge and its pods' links, made with `ip` (iproute2). No other interface is touched, nothing is routed out.
//!
//! `ip` because the kernel's netlink messages have no safe door in std or nix, and its batch mode makes a whole link in
//! one call. Every interface of a model begins with the model's own prefix, so that what a crash left can be found.

use std::fs::File;
use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};

use super::error::{Doing as _, PodError};
use super::namespaces::Namespaces;
use super::subnet::{Range, Subnet};

/// The bridge of one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bridge {
    /// `mj` and seven hex digits of the model's key.
    pub name: String,
    pub subnet: Subnet,
}

impl Bridge {
    /// Makes the bridge of a model, or takes over the one that is there.
    ///
    /// `lock` is a file that all models of this machine share: two that start together must not choose the same
    /// addresses. `known` is the subnet the model used before.
    ///
    /// # Errors
    /// When `ip` is missing or refuses, or no private addresses are free.
    pub fn ensure(key: &str, known: Option<Subnet>, lock: &Path) -> Result<Self, PodError> {
        let name = format!("mj{}", key.get(..7).unwrap_or(key));
        let file = File::create(lock).doing(|| format!("open {}", lock.display()))?;
        let _held = Flock::lock(file, FlockArg::LockExclusive)
            .map_err(|(_, errno)| errno)
            .doing(|| format!("lock {}", lock.display()))?;
        if let (Some(subnet), true) = (known, interface_exists(&name)) {
            return Ok(Self { name, subnet });
        }
        // One that is there without a record is of a controller that was killed before it could write it down.
        remove_interface(&name)?;
        let subnet = choose_subnet(key, known)?;
        let bridge = Self { name, subnet };
        let (name, address) = (&bridge.name, Subnet::with_prefix(subnet.gateway()));
        // Left to itself a bridge takes the lowest hardware address of its ports: a pod that goes would change it, and
        // the others would talk to the old one, and so to no name server, until their caches forget it.
        let hardware = hardware_address(0x6a, subnet);
        batch(&format!(
            "link add name {name} address {hardware} type bridge\n\
             addr add {address} dev {name}\n\
             link set dev {name} up\n"
        ))?;
        Ok(bridge)
    }

    /// Connects a pod: a pair of interfaces, one in the bridge, the other as `eth0` in the pod.
    ///
    /// # Errors
    /// When `ip` refuses.
    pub fn connect(&self, serial: u32, pod: &Namespaces, address: Ipv4Addr) -> Result<(), PodError> {
        let (bridge, link) = (&self.name, self.link(serial));
        let namespace = pod.network_path();
        batch(&format!(
            "link add name {link} type veth peer name eth0 netns {namespace}\n\
             link set dev {link} master {bridge} up\n"
        ))?;
        let address = Subnet::with_prefix(address);
        pod.inside(|| {
            batch(&format!("link set dev lo up\naddr add {address} dev eth0\nlink set dev eth0 up\n"))
        })
    }

    /// Connects the namespaces of the model's Services, which have no address yet.
    ///
    /// # Errors
    /// When `ip` refuses.
    pub fn connect_services(&self, services: &Namespaces) -> Result<(), PodError> {
        let (bridge, link, subnet) = (&self.name, self.services_link(), self.subnet);
        // That of a controller that was killed goes by itself, but not at once.
        remove_interface(&link)?;
        let namespace = services.network_path();
        // The same for each controller, so that pods need not first forget that of the last one.
        let hardware = hardware_address(0x6b, subnet);
        batch(&format!(
            "link add name {link} type veth peer name eth0 address {hardware} netns {namespace}\n\
             link set dev {link} master {bridge} up\n"
        ))?;
        services.inside(|| batch(&format!("link set dev eth0 up\nroute add {subnet} dev eth0\n")))
    }

    /// Removes a pod's link; one that is gone already is no error.
    ///
    /// # Errors
    /// When `ip` refuses.
    pub fn disconnect(&self, serial: u32) -> Result<(), PodError> {
        remove_interface(&self.link(serial))
    }

    /// Removes the bridge and every link of the model that is left.
    ///
    /// # Errors
    /// When `ip` refuses.
    pub fn remove(&self) -> Result<(), PodError> {
        let entries = std::fs::read_dir("/sys/class/net").doing(|| "list the interfaces".to_owned())?;
        for entry in entries.flatten() {
            if let Some(name) = entry.file_name().to_str().filter(|name| self.is_link(name)) {
                remove_interface(name)?;
            }
        }
        remove_interface(&self.name)
    }

    fn link(&self, serial: u32) -> String {
        format!("{}p{serial}", self.name)
    }

    fn services_link(&self) -> String {
        format!("{}s", self.name)
    }

    fn is_link(&self, interface: &str) -> bool {
        let of_pod = |rest: &str| {
            rest.strip_prefix('p').is_some_and(|serial| serial.bytes().all(|byte| byte.is_ascii_digit()))
        };
        interface.strip_prefix(&self.name).is_some_and(|rest| rest == "s" || of_pod(rest))
    }
}

/// The known subnet if it is still free, else a new one.
fn choose_subnet(key: &str, known: Option<Subnet>) -> Result<Subnet, PodError> {
    let routes = run(&["-4", "-json", "route", "show", "table", "all"], "")?;
    let used = used_ranges(&routes);
    if let Some(subnet) = known.filter(|subnet| !used.iter().any(|range| subnet.overlaps(*range))) {
        return Ok(subnet);
    }
    let seed = u32::from_str_radix(key.get(..8).unwrap_or_default(), 16).unwrap_or_default();
    Subnet::choose(&used, seed).ok_or_else(|| {
        PodError::Missing(
            "no private IPv4 addresses are free: the routes of this machine cover them all".to_owned(),
        )
    })
}

/// The destinations of all routes but the default, in the JSON of `ip route`.
fn used_ranges(routes: &str) -> Vec<Range> {
    let routes: Vec<serde_json::Value> = serde_json::from_str(routes).unwrap_or_default();
    routes.iter().filter_map(|route| Range::parse(route.get("dst")?.as_str()?)).collect()
}

/// A hardware address that is the model's alone, one for each kind.
fn hardware_address(kind: u8, subnet: Subnet) -> String {
    let [a, b, c, d] = subnet.gateway().octets();
    format!("02:{kind:02x}:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}

fn interface_exists(name: &str) -> bool {
    Path::new("/sys/class/net").join(name).exists()
}

fn remove_interface(name: &str) -> Result<(), PodError> {
    match batch(&format!("link del dev {name}\n")) {
        Err(error) if interface_exists(name) => Err(error),
        // Gone meanwhile: the pod's namespace ended by itself.
        _ => Ok(()),
    }
}

/// Has `ip` run commands in the network namespace of the calling thread.
pub(super) fn batch(commands: &str) -> Result<(), PodError> {
    run(&["-batch", "-"], commands).map(drop)
}

/// Runs `ip` in the network namespace of the calling thread.
fn run(arguments: &[&str], input: &str) -> Result<String, PodError> {
    let doing = || format!("run ip {}", arguments.join(" "));
    let child = Command::new("ip")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(PodError::Missing(
                "the program ip is missing: install the package iproute2".to_owned(),
            ));
        }
        other => other.doing(doing)?,
    };
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).doing(doing)?;
    }
    let output = child.wait_with_output().doing(doing)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr).trim().replace('\n', ": ");
    Err(PodError::Told { doing: format!("set up the network ({})", input.trim().replace('\n', "; ")), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_of_every_table_are_in_use_but_not_the_default() {
        let routes = r#"[{"dst":"default","gateway":"192.0.2.1","dev":"eth0"},
            {"dst":"10.0.0.0/20","dev":"mj0"},{"type":"local","dst":"192.0.2.2","table":"local"},{"dst":7},{}]"#;
        let expected = ["10.0.0.0/20", "192.0.2.2"].map(|text| Range::parse(text).unwrap());
        assert_eq!(used_ranges(routes), expected);
        assert_eq!(used_ranges("not json"), []);
    }

    #[test]
    fn only_interfaces_of_the_model_are_its_links() {
        let bridge = Bridge { name: "mj0123456".to_owned(), subnet: Subnet::choose(&[], 0).unwrap() };
        assert_eq!(bridge.link(12), "mj0123456p12");
        for (interface, expected) in [
            ("mj0123456p12", true),
            ("mj0123456", false),
            ("mj0123456s", true),
            ("mj0123456px", false),
            ("mj0123456s1", false),
            ("mj9p1", false),
            ("eth0", false),
        ] {
            assert_eq!(bridge.is_link(interface), expected, "{interface}");
        }
    }
}
