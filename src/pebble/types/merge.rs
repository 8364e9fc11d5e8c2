//! How layers become one: the rules of the daemon's own combining (canonical/pebble `internals/plan/plan.go`,
//! `CombineLayers` and the `Merge` methods), so that what is computed here equals what `GET /v1/plan` shows.

use std::collections::BTreeMap;

use super::{Layer, Override};

/// One named entry of a section: a service, a check, a log target or a workload.
pub(super) trait Entry: Clone {
    /// How it meets the entry of the same name in a lower layer.
    fn policy(&self) -> Override;

    /// Merges the fields that are set in `upper` into this entry. Its own `override` stays.
    fn merge(&mut self, upper: &Self);
}

/// Combines layers, lowest first, into the one that the daemon makes of them.
///
/// Defaults show where the daemon shows them: a check without a threshold gets 3, and a check's time-out is at
/// most its period. Summary and description are the last layer's. Nothing is validated.
pub(super) fn combine(layers: &[Layer]) -> Layer {
    let mut combined = Layer::default();
    for layer in layers {
        let Layer { summary, description, services, checks, log_targets, workloads, unknown } = layer;
        combined.summary.clone_from(summary);
        combined.description.clone_from(description);
        combine_section(&mut combined.services, services);
        combine_section(&mut combined.checks, checks);
        combine_section(&mut combined.log_targets, log_targets);
        combine_section(&mut combined.workloads, workloads);
        // Sections of newer daemons: the best guess is that the upper one counts.
        merge_map(&mut combined.unknown, unknown);
    }
    for check in combined.checks.values_mut() {
        check.set_defaults();
    }
    combined
}

fn combine_section<E: Entry>(lower: &mut BTreeMap<String, E>, upper: &BTreeMap<String, E>) {
    for (name, entry) in upper {
        match (entry.policy(), lower.get_mut(name)) {
            (Override::Merge, Some(existing)) => existing.merge(entry),
            (Override::Merge, None) | (Override::Replace, _) => {
                lower.insert(name.clone(), entry.clone());
            }
        }
    }
}

/// Takes the upper value if there is one.
pub(super) fn merge_option<T: Clone>(lower: &mut Option<T>, upper: Option<&T>) {
    if let Some(upper) = upper {
        *lower = Some(upper.clone());
    }
}

/// Takes the upper text if it is not empty.
pub(super) fn merge_text(lower: &mut String, upper: &str) {
    if !upper.is_empty() {
        upper.clone_into(lower);
    }
}

/// Takes each key that the upper map has.
pub(super) fn merge_map<V: Clone>(lower: &mut BTreeMap<String, V>, upper: &BTreeMap<String, V>) {
    lower.extend(upper.iter().map(|(name, value)| (name.clone(), value.clone())));
}
