//! Values by event, metric and application, and the table of their medians.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cost::METRICS;

/// An event, and what was measured of it.
type Key = (String, String);

/// One column for each application; the first is the unit of the ratio.
pub struct Table {
    columns: Vec<(&'static str, &'static str)>,
    /// In the order in which they are shown.
    rows: Vec<Key>,
    values: BTreeMap<(Key, String), Vec<f64>>,
    targets: BTreeMap<Key, Target>,
}

/// What a row must reach.
#[derive(Clone, Copy)]
pub enum Target {
    /// The first application's value is at most this.
    AtMost(f64),
    /// The second's is so many times the first's.
    Times(f64),
}

impl Table {
    /// The applications, each with what stands above its column.
    pub fn new(columns: &[(&'static str, &'static str)]) -> Self {
        let columns = columns.to_vec();
        Self { columns, rows: Vec::new(), values: BTreeMap::new(), targets: BTreeMap::new() }
    }

    pub fn target(&mut self, event: &str, metric: &str, target: Target) {
        self.targets.insert((event.to_owned(), metric.to_owned()), target);
    }

    /// All that `measure` has printed of one run.
    pub fn add_all(&mut self, event: &str, application: &str, cost: &Value) {
        for (key, name, factor) in METRICS {
            if let Some(value) = cost.get(key).and_then(Value::as_f64) {
                self.add(event, name, application, value * factor);
            }
        }
    }

    pub fn add(&mut self, event: &str, metric: &str, application: &str, value: f64) {
        let key = (event.to_owned(), metric.to_owned());
        if !self.rows.contains(&key) {
            self.rows.push(key.clone());
        }
        self.values.entry((key, application.to_owned())).or_default().push(value);
    }

    /// Medians, ratios and targets, under this head.
    pub fn render(&self, head: &str) -> String {
        let headings: Vec<_> = self.columns.iter().map(|(_, heading)| (*heading).to_owned()).collect();
        let ratio = self.columns.get(1).map_or("", |_| "ratio");
        let target = if self.targets.is_empty() { "" } else { "target" };
        let mut lines = vec![head.to_owned(), String::new(), line("event", "", &headings, ratio, target)];
        lines.extend(self.rows.iter().map(|key| self.row(key)));
        lines.join("\n")
    }

    fn row(&self, key: &Key) -> String {
        let measured: Vec<_> = self
            .columns
            .iter()
            .map(|(application, _)| self.values.get(&(key.clone(), (*application).to_owned())))
            .map(|values| values.map(|values| summary(values)))
            .collect();
        let median = |column: usize| Some(measured.get(column)?.as_ref()?.0);
        let ratio = match (median(0), median(1)) {
            (Some(first), Some(second)) if first > 0.0 => Some(second / first),
            _ => None,
        };
        let target = self.targets.get(key).map(|target| target.render(median(0), ratio));
        let ratio = ratio.map(|ratio| format!("{ratio:.1}")).unwrap_or_default();
        let texts = measured.iter().map(|value| value.as_ref().map_or("-", |(_, text)| text).to_owned());
        line(&key.0, &key.1, &texts.collect::<Vec<_>>(), &ratio, &target.unwrap_or_default())
    }
}

impl Target {
    fn render(self, first: Option<f64>, ratio: Option<f64>) -> String {
        let (text, is_met) = match self {
            Self::AtMost(most) => (format!("<= {most}"), first.map(|value| value <= most)),
            Self::Times(least) => (format!(">= {least} times"), ratio.map(|ratio| ratio >= least)),
        };
        match is_met {
            Some(true) => format!("{text}: met"),
            Some(false) => format!("{text}: MISSED"),
            None => text,
        }
    }
}

fn line(event: &str, metric: &str, values: &[String], ratio: &str, target: &str) -> String {
    let values = values.iter().map(|value| format!("{value:>28}")).collect::<Vec<_>>().concat();
    format!("{event:<32}{metric:<30}{values}{ratio:>10}  {target}").trim_end().to_owned()
}

/// The median, and how it is shown: with the lowest and the highest where there are several.
fn summary(values: &[f64]) -> (f64, String) {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    let (median, low, high) = (at(values.len() / 2), at(0), at(values.len().saturating_sub(1)));
    let range = if values.len() > 1 { format!(" [{low:.2} {high:.2}]") } else { String::new() };
    (median, format!("{median:.2}{range}"))
}
