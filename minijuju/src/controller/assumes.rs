//! What a charm assumes of its model, checked as Juju's controller does at deploy and refresh. Pure.

use sidecharm::juju::metadata::{Assumes, Platform};

/// Says in Juju's words why a model on Kubernetes with agents of this version cannot have the charm.
pub fn refusal(assumes: &Assumes, agent_version: &str, kubernetes: &str) -> Option<String> {
    let (Ok(juju), Ok(kubernetes)) = (agent_version.parse(), kubernetes.parse()) else {
        return Some(format!("the model's setting agent-version is no version: \"{agent_version}\""));
    };
    let platform = Platform { juju, kubernetes: Some(kubernetes) };
    let unmet = assumes.unmet(&platform);
    let lines: Vec<String> = unmet.iter().map(|one| format!("\n  - {}", explain(one, &platform))).collect();
    (!lines.is_empty()).then(|| format!("Charm cannot be deployed because:{}", lines.concat()))
}

/// One line of metadata that does not hold: `juju >= 4.0.0`, `gpu`, `any of (gpu, juju >= 4.0.0)`.
fn explain(unmet: &str, platform: &Platform) -> String {
    match unmet.split_once(' ') {
        Some(("juju", bound)) => {
            format!("charm requires Juju version {bound}, model has version {}", platform.juju)
        }
        Some(("k8s-api", bound)) => {
            let version = platform.kubernetes.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("charm requires Kubernetes version {bound}, model is running on version {version}")
        }
        Some(("any" | "all", _)) => format!("charm requires {unmet}"),
        Some((feature, _)) => missing(feature),
        None => missing(unmet),
    }
}

fn missing(feature: &str) -> String {
    format!("charm requires feature \"{feature}\" but model does not support it")
}

#[cfg(test)]
mod tests {
    use sidecharm::juju::metadata::{CharmFiles, Sources};

    use super::*;

    #[test]
    fn a_charm_is_refused_in_jujus_words_for_each_thing_the_model_lacks() {
        let check = |assumes: &str, expected: Option<&str>| {
            let metadata =
                format!("name: web\nsummary: s\ndescription: d\ncontainers: {{a: {{}}}}\nassumes: {assumes}");
            let files =
                CharmFiles::parse(&Sources { metadata: Some(&metadata), ..Sources::default() }).unwrap();
            let refused = refusal(&files.metadata.assumes, "3.6.9", "1.30.0");
            assert_eq!(refused.as_deref(), expected, "{assumes}");
        };
        check("[]", None);
        check("[k8s-api, juju >= 3.6, juju < 4.0, {any-of: [gpu, juju >= 3]}]", None);
        let cannot = |lines: &str| Some(format!("Charm cannot be deployed because:\n{lines}"));
        check(
            "[juju >= 9, k8s-api]",
            cannot("  - charm requires Juju version >= 9.0.0, model has version 3.6.9").as_deref(),
        );
        check(
            "[juju < 3.5, k8s-api >= 1.31, gpu, gpu >= 2]",
            cannot(
                "  - charm requires Juju version < 3.5.0, model has version 3.6.9\n  \
                   - charm requires Kubernetes version >= 1.31.0, model is running on version 1.30.0\n  \
                   - charm requires feature \"gpu\" but model does not support it\n  \
                   - charm requires feature \"gpu\" but model does not support it",
            )
            .as_deref(),
        );
        check(
            "[{any-of: [gpu, juju >= 4]}]",
            cannot("  - charm requires any of (gpu, juju >= 4.0.0)").as_deref(),
        );
    }

    #[test]
    fn a_model_whose_version_is_none_takes_no_charm() {
        let refused = refusal(&Assumes::default(), "latest", "1.30.0").unwrap();
        assert!(refused.contains("agent-version is no version: \"latest\""), "{refused}");
    }
}
