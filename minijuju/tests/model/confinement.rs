//! What a root in a container cannot do, and does not see.

use crate::support::{Charm, TestModel};

#[test]
fn a_root_in_a_container_is_confined() {
    let model = TestModel::new("confined");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 1);
    for container in ["server", "charm"] {
        let status = model.sh(
            "web/0",
            container,
            "grep -E '^(Cap(Eff|Bnd|Prm)|NoNewPrivs)' /proc/1/status /proc/self/status",
        );
        for line in status.lines() {
            let value = line.rsplit('\t').next().unwrap();
            // CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT AUDIT_WRITE SETFCAP
            assert!(matches!(value, "1" | "00000000a00425fb"), "{container}: {line}");
        }
        let refused = |script: &str| {
            let outcome = model.sh(
                "web/0",
                container,
                &format!("({script}) >/dev/null 2>&1 && echo done || echo refused"),
            );
            assert_eq!(outcome, "refused\n", "{container}: {script}");
        };
        refused("mount -t tmpfs none /mnt");
        refused("umount /proc/sys");
        refused("mknod /srv/disk b 254 0");
        refused("echo x >/proc/sys/kernel/core_pattern");
        refused("echo x >/sys/kernel/uevent_helper");
        refused("hostname other");
        refused("unshare --mount true");
        refused("touch /charm/bin/pebble");
        refused("dmesg");
    }
}

#[test]
fn secrets_of_this_machine_are_not_in_a_container() {
    let model = TestModel::new("secrets");
    model.deploy(&Charm::plain(&model, "web", &["server"]), 1);
    for container in ["server", "charm"] {
        let found = model.sh(
            "web/0",
            container,
            "for path in /etc/shadow /etc/gshadow /etc/ssh /etc/sudoers /etc/ssl/private /work; do [ ! -e $path ] || echo $path; done; \
             ls -A /root /home; find /etc -xdev ! -type l ! -perm -o=r ! -name 'resolv.conf'",
        );
        assert_eq!(found, "/home:\n\n/root:\n", "{container}");
        // Removing what hides a secret must not bring it back.
        let again = "mkdir /etc/ssh && rmdir /etc/ssh && touch /etc/shadow && rm /etc/shadow; ls /etc/shadow /etc/ssh 2>&1 | grep -c 'No such'";
        assert_eq!(model.sh("web/0", container, again), "2\n", "{container}");
        // Users of this machine's packages are there.
        assert_eq!(
            model.sh("web/0", container, "id -u juju; id -u sudoer; getent passwd redis | cut -d : -f 6"),
            "170\n171\n/var/lib/redis\n"
        );
    }
    assert_eq!(
        model.sh("web/0", "server", "touch /usr/bin/mine /etc/mine && ls /usr/bin/mine"),
        "/usr/bin/mine\n"
    );
    assert!(!std::path::Path::new("/usr/bin/mine").exists());
}
