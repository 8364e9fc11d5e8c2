//! Renders the server's ACL file: who may do what. Writes no file.
//!
//! Rules and their least commands: Redis' own documentation for the sentinel and replica users, the exporter's
//! published list for its user; each user is tested to be refused outside its rule.

use super::passwords::{Passwords, digest};

/// Whether clients may come without a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAccess {
    /// Today's `redis` relation carries no password: while such a relation exists, `default` needs none, and may
    /// do anything but administer the server.
    Open,
    /// `default` needs the password that `get-initial-admin-password` shows.
    Closed,
}

/// Users of the charm's own; `default` aside.
const OPERATOR: &str = "~* &* +@all";
const REPLICATION: &str = "+psync +replconf +ping";
const FAILOVER: &str = "&* +multi +exec +slaveof +replicaof +config|rewrite +client|setname +client|kill +script|kill \
                        +ping +info +role +publish +subscribe";
const EXPORTER: &str = "~* +client|setname +client|list +ping +info +config|get +slowlog|get +slowlog|len \
                        +latency|latest +latency|histogram +memory|usage +select +cluster|info +dbsize";

/// The rule of user `default` as `ACL SETUSER default` takes it.
pub fn default_user(access: ClientAccess, passwords: &Passwords) -> String {
    match access {
        ClientAccess::Open => "on nopass ~* &* +@all -@admin".to_owned(),
        ClientAccess::Closed => format!("on #{} ~* &* +@all", digest(&passwords.redis)),
    }
}

/// The whole file. It holds digests, not passwords.
pub fn render(access: ClientAccess, passwords: &Passwords) -> String {
    let own = |name: &str, password, rule: &str| format!("user {name} on #{} {rule}\n", digest(password));
    [
        format!("user default {}\n", default_user(access, passwords)),
        own("sidecharm", &passwords.operator, OPERATOR),
        own("replication", &passwords.replication, REPLICATION),
        own("sentinel", &passwords.failover, FAILOVER),
        own("exporter", &passwords.exporter, EXPORTER),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::passwords::seeded;

    #[test]
    fn open_access_leaves_the_own_users_their_passwords() {
        let passwords = seeded(5);
        let open = render(ClientAccess::Open, &passwords);
        let closed = render(ClientAccess::Closed, &passwords);
        assert!(open.starts_with("user default on nopass ~* &* +@all -@admin\n"), "{open}");
        assert!(!closed.contains("nopass"), "{closed}");
        assert_eq!(open.lines().skip(1).collect::<Vec<_>>(), closed.lines().skip(1).collect::<Vec<_>>());
        assert!(!open.contains(passwords.operator.expose()), "a password stands in the file");
    }
}
