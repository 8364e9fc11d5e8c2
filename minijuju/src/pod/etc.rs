//! The files of /etc that Kubernetes and the image would have written. Pure.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::names::{model_domain, pod_name};
use sidecharm::juju::names::UnitName;

/// The users of Juju's charm images, who run the charm when `charm-user` is not root.
const CHARM_USERS: [(&str, u32); 2] = [("juju", 170), ("sudoer", 171)];

/// What this machine's user and group files hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    pub passwd: String,
    pub group: String,
}

/// Name in /etc → text, for a pod.
pub fn files(
    unit: &UnitName,
    model: &str,
    address: Ipv4Addr,
    name_server: Ipv4Addr,
    accounts: &Accounts,
) -> BTreeMap<String, String> {
    let Accounts { passwd, group } = accounts;
    [
        ("hosts", hosts(unit, model, address)),
        ("hostname", format!("{}\n", unit.pod())),
        ("resolv.conf", resolv_conf(model, name_server)),
        (
            "passwd",
            with_charm_users(passwd, |name, id| format!("{name}:x:{id}:{id}::/home/{name}:/bin/bash")),
        ),
        ("group", with_charm_users(group, |name, id| format!("{name}:x:{id}:"))),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .into()
}

/// As the kubelet writes it, for a pod with a host name and a subdomain.
fn hosts(unit: &UnitName, model: &str, address: Ipv4Addr) -> String {
    let (name, pod) = (pod_name(unit, model), unit.pod());
    format!(
        "# Kubernetes-managed hosts file.\n\
         127.0.0.1\tlocalhost\n\
         ::1\tlocalhost ip6-localhost ip6-loopback\n\
         fe00::0\tip6-localnet\n\
         fe00::0\tip6-mcastprefix\n\
         fe00::1\tip6-allnodes\n\
         fe00::2\tip6-allrouters\n\
         {address}\t{name}\t{pod}\n"
    )
}

fn resolv_conf(model: &str, name_server: Ipv4Addr) -> String {
    let domain = model_domain(model);
    format!("search {domain} svc.cluster.local cluster.local\nnameserver {name_server}\noptions ndots:5\n")
}

/// Adds the charm's users where neither the name nor the number is taken.
fn with_charm_users(file: &str, line: impl Fn(&str, u32) -> String) -> String {
    let mut file = file.to_owned();
    if !file.is_empty() && !file.ends_with('\n') {
        file.push('\n');
    }
    for (name, id) in CHARM_USERS {
        let taken = file.lines().any(|line| {
            let mut fields = line.split(':');
            fields.next() == Some(name) || fields.nth(1) == Some(&id.to_string())
        });
        if !taken {
            file.push_str(&line(name, id));
            file.push('\n');
        }
    }
    file
}

/// A user or group file with those of the image, which win where names are the same.
pub fn with_image(image: &str, file: &str) -> String {
    let name = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
    let own: Vec<_> = image.lines().filter(|line| !line.trim().is_empty()).collect();
    let others = file.lines().filter(|line| own.iter().all(|own| name(own) != name(line)));
    others.chain(own.iter().copied()).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_brings_users_of_its_own() {
        let file = "root:x:0:0::/root:/bin/sh\nweb:x:1000:1000::/:/bin/sh\n";
        let image = "root:x:0:0::/:/bin/bash\n\n_daemon_:x:584792:584792::/:/bin/false";
        let expected =
            "web:x:1000:1000::/:/bin/sh\nroot:x:0:0::/:/bin/bash\n_daemon_:x:584792:584792::/:/bin/false\n";
        assert_eq!(with_image(image, file), expected);
        assert_eq!(with_image("", file), file);
    }

    #[test]
    fn a_pod_knows_itself_by_its_full_name() {
        let unit = UnitName::parse("redis-k8s/0").unwrap();
        let accounts =
            Accounts { passwd: "root:x:0:0::/root:/bin/sh".to_owned(), group: "root:x:0:\n".to_owned() };
        let (address, server) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 1));
        let files = files(&unit, "demo", address, server, &accounts);
        insta::assert_snapshot!(files.iter().map(|(name, text)| format!("-- {name}\n{text}")).collect::<Vec<_>>().concat(), @r"
        -- group
        root:x:0:
        juju:x:170:
        sudoer:x:171:
        -- hostname
        redis-k8s-0
        -- hosts
        # Kubernetes-managed hosts file.
        127.0.0.1	localhost
        ::1	localhost ip6-localhost ip6-loopback
        fe00::0	ip6-localnet
        fe00::0	ip6-mcastprefix
        fe00::1	ip6-allnodes
        fe00::2	ip6-allrouters
        10.0.0.2	redis-k8s-0.redis-k8s-endpoints.demo.svc.cluster.local	redis-k8s-0
        -- passwd
        root:x:0:0::/root:/bin/sh
        juju:x:170:170::/home/juju:/bin/bash
        sudoer:x:171:171::/home/sudoer:/bin/bash
        -- resolv.conf
        search demo.svc.cluster.local svc.cluster.local cluster.local
        nameserver 10.0.0.1
        options ndots:5
        ");
    }

    #[test]
    fn names_and_numbers_that_are_taken_stay_as_they_are() {
        let check = |file: &str, expected: &str| {
            assert_eq!(with_charm_users(file, |name, id| format!("{name}:x:{id}:")), expected);
        };
        check("", "juju:x:170:\nsudoer:x:171:\n");
        check("juju:x:999:\nother:x:171:\n", "juju:x:999:\nother:x:171:\n");
        check("short\n", "short\njuju:x:170:\nsudoer:x:171:\n");
    }
}
