//! The other units, as the app is told of them.

use crate::juju::names::UnitName;
use crate::relations::secret_storage;
use crate::webapp::framework::Framework;
use crate::webapp::variables::Variables;

/// `FLASK_PEER_FQDNS`: the names of the other units, if there are any, sorted as text.
pub fn variables(framework: Framework, units: &[UnitName], own: &UnitName, model: &str) -> Variables {
    let names = secret_storage::peers(units, own, model);
    let mut variables = Variables::new();
    if !names.is_empty() {
        variables.set(format!("{}PEER_FQDNS", framework.prefix()), names.join(","));
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(framework: Framework, own: &str, units: &[&str]) -> Vec<(String, String)> {
        let unit = |name: &&str| UnitName::parse(name).unwrap();
        let units: Vec<_> = units.iter().map(unit).collect();
        let variables = variables(framework, &units, &unit(&own), "prod");
        variables.iter().map(|(name, value)| (name.to_owned(), value.expose().to_owned())).collect()
    }

    #[test]
    fn the_other_units_are_listed_as_text_is_sorted() {
        let units = ["go-k8s/0", "go-k8s/1", "go-k8s/2", "go-k8s/10"];
        let names =
            [1, 10, 2].map(|number| format!("go-k8s-{number}.go-k8s-endpoints.prod.svc.cluster.local"));
        assert_eq!(
            listed(Framework::Go, "go-k8s/0", &units),
            [("APP_PEER_FQDNS".to_owned(), names.join(","))]
        );
        assert_eq!(listed(Framework::Flask, "go-k8s/0", &units[..2])[0].0, "FLASK_PEER_FQDNS");
        assert_eq!(listed(Framework::Django, "a/0", &["a/0", "a/1"])[0].0, "DJANGO_PEER_FQDNS");
    }

    #[test]
    fn a_single_unit_has_no_list() {
        assert!(listed(Framework::Flask, "a/0", &["a/0"]).is_empty());
        assert!(listed(Framework::Flask, "a/0", &[]).is_empty());
    }

    #[test]
    fn the_names_are_those_of_kubernetes() {
        for (unit, model, expected) in [
            ("a/0", "m", "a-0.a-endpoints.m.svc.cluster.local"),
            ("my-app-k8s/1", "m", "my-app-k8s-1.my-app-k8s-endpoints.m.svc.cluster.local"),
            ("a/23", "stg-x", "a-23.a-endpoints.stg-x.svc.cluster.local"),
        ] {
            let unit = UnitName::parse(unit).unwrap();
            let other = UnitName::parse("other/9").unwrap();
            let variables = variables(Framework::Go, &[unit], &other, model);
            assert_eq!(variables.get("APP_PEER_FQDNS").unwrap().expose(), expected);
        }
    }
}
