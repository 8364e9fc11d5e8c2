//! What a charm assumes of its model, checked as Juju's controller does at deploy and refresh. Pure.

use sidecharm::juju::metadata::{Assumes, Platform};

/// Says in Juju's words why a model on Kubernetes with agents of this version cannot have the charm.
pub fn refusal(assumes: &Assumes, agent_version: &str, kubernetes: &str) -> Option<String> {
    let (Ok(juju), Ok(kubernetes)) = (agent_version.parse(), kubernetes.parse()) else {
        return Some(format!("the model's setting agent-version is no version: \"{agent_version}\""));
    };
    let platform = Platform { juju, kubernetes: Some(kubernetes) };
    let unmet = assumes.unmet(&platform);
    let lines = nested("Charm cannot be deployed because:", unmet.iter().map(|one| explain(one, &platform)));
    (!unmet.is_empty()).then(|| lines.join("\n"))
}

/// Why an expression does not hold, in lines; none if it holds. It is worded as [`Assumes::unmet`] words it:
/// `juju >= 4.0.0`, `gpu`, `any of (gpu, all of (juju >= 4.0.0, k8s-api))`.
fn explain(expression: &str, platform: &Platform) -> Vec<String> {
    let parts = |kind: &str| expression.strip_prefix(kind)?.strip_suffix(')').map(split);
    let explained =
        |parts: Vec<&str>| parts.into_iter().map(|part| explain(part, platform)).collect::<Vec<_>>();
    if let Some(reasons) = parts("any of (").map(explained) {
        if reasons.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        return nested("charm requires at least one of the following:", reasons.into_iter());
    }
    if let Some(reasons) = parts("all of (").map(explained) {
        let reasons: Vec<_> = reasons.into_iter().filter(|lines| !lines.is_empty()).collect();
        if reasons.is_empty() {
            return Vec::new();
        }
        return nested("charm requires all of the following:", reasons.into_iter());
    }
    explain_feature(expression, platform).into_iter().collect()
}

/// The parts between the commas that stand in no parentheses.
fn split(list: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let outer = |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    list.split(outer).map(str::trim).collect()
}

/// A heading, and below it each reason as an item of a list.
fn nested(heading: &str, reasons: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let item = |(number, line): (usize, String)| format!("  {}{line}", if number == 0 { "- " } else { "" });
    let items = reasons.flat_map(|lines| lines.into_iter().enumerate().map(item));
    std::iter::once(heading.to_owned()).chain(items).collect()
}

/// Why a feature does not do; `None` if it does.
fn explain_feature(feature: &str, platform: &Platform) -> Option<String> {
    let (name, bound) = feature.split_once(' ').map_or((feature, None), |(name, bound)| (name, Some(bound)));
    let version = match name {
        "juju" => Some(&platform.juju),
        "k8s-api" => platform.kubernetes.as_ref(),
        _ => None,
    };
    let Some(version) = version else {
        return Some(format!("charm requires feature \"{name}\" but model does not support it"));
    };
    let bound = bound?;
    let (comparison, wanted) = bound.split_once(' ')?;
    let order = version.cmp(&wanted.parse().ok()?);
    let holds = if comparison == "<" { order.is_lt() } else { order.is_ge() };
    (!holds).then(|| match name {
        "juju" => format!("charm requires Juju version {bound}, model has version {version}"),
        _ => format!("charm requires Kubernetes version {bound}, model is running on version {version}"),
    })
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
        // As Juju's own tests have it.
        check(
            "[{any-of: [k8s-api >= 42, gpu]}, {all-of: [disk, juju >= 4]}]",
            cannot(
                "  - charm requires at least one of the following:\n    \
                   - charm requires Kubernetes version >= 42.0.0, model is running on version 1.30.0\n    \
                   - charm requires feature \"gpu\" but model does not support it\n  \
                   - charm requires all of the following:\n    \
                   - charm requires feature \"disk\" but model does not support it\n    \
                   - charm requires Juju version >= 4.0.0, model has version 3.6.9",
            )
            .as_deref(),
        );
        check(
            "[{any-of: [k8s-api, gpu]}, {all-of: [juju < 4, juju >= 3, {all-of: [juju]}, {any-of: [gpu, {all-of: [disk]}]}]}]",
            cannot(
                "  - charm requires all of the following:\n    \
                   - charm requires at least one of the following:\n      \
                   - charm requires feature \"gpu\" but model does not support it\n      \
                   - charm requires all of the following:\n        \
                   - charm requires feature \"disk\" but model does not support it",
            )
            .as_deref(),
        );
    }

    #[test]
    fn a_model_whose_version_is_none_takes_no_charm() {
        let refused = refusal(&Assumes::default(), "latest", "1.30.0").unwrap();
        assert!(refused.contains("agent-version is no version: \"latest\""), "{refused}");
    }
}
