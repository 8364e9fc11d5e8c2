//! The peer relation `secret-storage` of a web app: where its units share the secret key that signs sessions.
//!
//! Source: paas-charm 1.x (`secret_storage.py`).
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | application | `FRAMEWORK_secret_key` | 64 random bytes in URL-safe Base64: `flask_secret_key`, `spring-boot_secret_key` |

use super::Databag;
use super::answer::Answer;
use super::bags::{bag_of, missing, text};
use super::base64;
use super::topology::unit_host;
use crate::juju::names::UnitName;
use crate::secret::Secret;

const BYTES: usize = 64;

/// A new key, from a source of random bytes.
pub fn generate(random: impl FnMut() -> u8) -> Secret {
    let bytes: Vec<u8> = std::iter::repeat_with(random).take(BYTES).collect();
    Secret::new(base64::url_safe(&bytes))
}

/// What the leader writes in the application bag.
pub fn publish(framework: &str, secret_key: &Secret) -> Databag {
    bag_of([(key(framework).as_str(), secret_key.expose().to_owned())])
}

/// Reads the key that the units share.
///
/// # Errors
/// When the leader has not made it yet.
pub fn parse(application: &Databag, framework: &str) -> Answer<Secret> {
    let key = key(framework);
    text(application, &key).map(Secret::new).ok_or_else(|| missing(key))
}

/// The host names of the other units, sorted.
pub fn peers(units: &[UnitName], own: &UnitName, model: &str) -> Vec<String> {
    let others = units.iter().filter(|unit| *unit != own);
    let mut hosts: Vec<_> = others.map(|unit| unit_host(unit, model)).collect();
    hosts.sort();
    hosts
}

/// What takes the key out of the application bag again.
pub fn remove(framework: &str) -> Databag {
    Databag::from([(key(framework), String::new())])
}

fn key(framework: &str) -> String {
    format!("{framework}_secret_key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_written_and_read() {
        let mut next = 0_u8;
        let made = generate(|| {
            next = next.wrapping_add(4);
            next
        });
        assert_eq!(made.expose().len(), 86);
        assert!(made.expose().starts_with("BAgMEBQYHCAk"), "{}", made.expose());
        let bag = publish("spring-boot", &made);
        assert_eq!(bag.keys().collect::<Vec<_>>(), ["spring-boot_secret_key"]);
        assert_eq!(parse(&bag, "spring-boot"), Ok(made));
        assert_eq!(parse(&bag, "flask"), Err(missing("flask_secret_key")));
    }

    #[test]
    fn the_other_units_have_names() {
        let unit = |name: &str| UnitName::parse(name).unwrap();
        let units = ["app/0", "app/1", "app/2"].map(unit);
        insta::assert_snapshot!(peers(&units, &unit("app/1"), "dev").join("\n"), @"
        app-0.app-endpoints.dev.svc.cluster.local
        app-2.app-endpoints.dev.svc.cluster.local
        ");
        assert!(peers(&units[..1], &unit("app/0"), "dev").is_empty());
    }
}
