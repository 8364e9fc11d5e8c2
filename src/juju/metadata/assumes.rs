//! `assumes`: what the model must offer, as an expression that can be evaluated.

use super::node::Node;
use crate::juju::environment::JujuVersion;

/// All of these must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assumes {
    all: Vec<Expression>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    AllOf(Vec<Self>),
    AnyOf(Vec<Self>),
    Feature { name: String, bound: Option<(Comparison, JujuVersion)> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    AtLeast,
    Below,
}

/// What a model offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// Its agents' version: the feature `juju`.
    pub juju: JujuVersion,
    /// Kubernetes' version, where the model is on Kubernetes: the feature `k8s-api`.
    pub kubernetes: Option<JujuVersion>,
}

impl Assumes {
    /// Says what is missing, in the metadata's own words; empty if the charm can be deployed.
    pub fn unmet(&self, platform: &Platform) -> Vec<String> {
        self.all.iter().filter(|expression| !expression.holds(platform)).map(Expression::render).collect()
    }

    pub(super) fn from_node(node: &Node<'_>) -> Self {
        Self { all: expressions(node) }
    }
}

impl Expression {
    fn holds(&self, platform: &Platform) -> bool {
        match self {
            Self::AllOf(list) => list.iter().all(|expression| expression.holds(platform)),
            Self::AnyOf(list) => list.iter().any(|expression| expression.holds(platform)),
            Self::Feature { name, bound } => {
                let version = match name.as_str() {
                    "juju" => Some(&platform.juju),
                    "k8s-api" => platform.kubernetes.as_ref(),
                    _ => None,
                };
                match (version, bound) {
                    (None, _) => false,
                    (Some(_), None) => true,
                    (Some(version), Some((Comparison::AtLeast, bound))) => version >= bound,
                    (Some(version), Some((Comparison::Below, bound))) => version < bound,
                }
            }
        }
    }

    fn render(&self) -> String {
        let join = |list: &[Self]| list.iter().map(Self::render).collect::<Vec<_>>().join(", ");
        match self {
            Self::AllOf(list) => format!("all of ({})", join(list)),
            Self::AnyOf(list) => format!("any of ({})", join(list)),
            Self::Feature { name, bound: None } => name.clone(),
            Self::Feature { name, bound: Some((Comparison::AtLeast, version)) } => {
                format!("{name} >= {version}")
            }
            Self::Feature { name, bound: Some((Comparison::Below, version)) } => {
                format!("{name} < {version}")
            }
        }
    }
}

fn expressions(node: &Node<'_>) -> Vec<Expression> {
    node.items().iter().filter_map(expression).collect()
}

fn expression(node: &Node<'_>) -> Option<Expression> {
    if let Some(text) = node.value().as_str() {
        let feature = feature(text);
        if feature.is_none() {
            node.fault(format!("must be like `juju >= 3.6` or `k8s-api`, got {text:?}"));
        }
        return feature;
    }
    let mut entries = if node.value().is_mapping() { node.entries() } else { Vec::new() };
    match (entries.pop(), entries.is_empty()) {
        (Some((key, list)), true) if key == "any-of" => Some(Expression::AnyOf(expressions(&list))),
        (Some((key, list)), true) if key == "all-of" => Some(Expression::AllOf(expressions(&list))),
        _ => {
            node.fault("must be a feature, or a map with one key any-of or all-of".to_owned());
            None
        }
    }
}

fn feature(text: &str) -> Option<Expression> {
    let (name, bound) = if let Some((name, version)) = text.split_once(">=") {
        (name, Some((Comparison::AtLeast, version)))
    } else if let Some((name, version)) = text.split_once('<') {
        (name, Some((Comparison::Below, version)))
    } else {
        (text, None)
    };
    let name = name.trim();
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let valid =
        name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(inner) && !name.ends_with('-');
    if !valid {
        return None;
    }
    let bound = match bound {
        Some((comparison, version)) => Some((comparison, parse_bound(version.trim())?)),
        None => None,
    };
    Some(Expression::Feature { name: name.to_owned(), bound })
}

/// Here, and only here, a bare major number is a version.
fn parse_bound(text: &str) -> Option<JujuVersion> {
    let minor = if text.contains('.') { "" } else { ".0" };
    JujuVersion::parse(&format!("{text}{minor}")).ok()
}
