//! Dashboards and alert rules: those that come with each framework, and those in the charm's folder `cos_custom`.

use std::collections::BTreeMap;

use crate::webapp::framework::Framework;

/// The charm's folder with files of its author's.
pub const FOLDER: &str = "cos_custom";
/// Its folder of dashboards.
pub const DASHBOARDS: &str = "grafana_dashboards";
/// Its folder of alert rules for Loki.
pub const LOG_RULES: &str = "loki_alert_rules";
/// Its folder of alert rules for Prometheus.
pub const METRIC_RULES: &str = "prometheus_alert_rules";

/// What the names of its files get before them.
pub const CUSTOM: &str = "custom_";

/// Texts by folder and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assets<'a>(BTreeMap<(&'a str, String), &'a str>);

impl<'a> Assets<'a> {
    /// The framework's own, and over them the author's. `custom` holds the text of each file by its path in
    /// [`FOLDER`]; folders in its folders are not looked at. A folder that is not laid out as it should be gives nothing,
    /// and what is wrong with it is returned beside.
    pub fn merge(framework: Framework, custom: &'a BTreeMap<String, String>) -> (Self, Option<String>) {
        let mut files = own(framework);
        let fault = custom.keys().find_map(|path| fault(path));
        if fault.is_none() {
            files.extend(custom.iter().filter_map(|(path, text)| {
                let (folder, name) = path.split_once('/').filter(|(_, name)| !name.contains('/'))?;
                Some(((folder, format!("{CUSTOM}{name}")), text.as_str()))
            }));
        }
        (Self(files), fault)
    }

    /// The names and texts of a folder.
    pub fn of(&self, folder: &str) -> impl Iterator<Item = (&str, &'a str)> {
        let found = self.0.iter().filter(move |((own, _), _)| *own == folder);
        found.map(|((_, name), text)| (name.as_str(), *text))
    }
}

fn fault(path: &str) -> Option<String> {
    match path.split_once('/') {
        None => Some(format!("{FOLDER} is left out: {path} must be in one of its folders")),
        Some((DASHBOARDS | LOG_RULES | METRIC_RULES, _)) => None,
        Some((folder, _)) => Some(format!(
            "{FOLDER} is left out: its folders are {DASHBOARDS}, {LOG_RULES} and {METRIC_RULES}, not {folder}"
        )),
    }
}

fn own<'a>(framework: Framework) -> BTreeMap<(&'a str, String), &'a str> {
    let (dashboard, text) = match framework {
        Framework::Flask => ("flask", include_str!("../assets/grafana_dashboards/flask.json")),
        Framework::Django => ("django", include_str!("../assets/grafana_dashboards/django.json")),
        Framework::FastApi => ("fastapi", include_str!("../assets/grafana_dashboards/fastapi.json")),
        Framework::Go => ("go", include_str!("../assets/grafana_dashboards/go.json")),
        Framework::ExpressJs => ("expressjs", include_str!("../assets/grafana_dashboards/expressjs.json")),
        Framework::SpringBoot => {
            ("spring_boot", include_str!("../assets/grafana_dashboards/spring_boot.json"))
        }
    };
    let rules = match framework {
        Framework::Flask => Some(include_str!("../assets/prometheus_alert_rules/flask.rule")),
        Framework::Django => Some(include_str!("../assets/prometheus_alert_rules/django.rule")),
        Framework::FastApi | Framework::Go | Framework::ExpressJs | Framework::SpringBoot => None,
    };
    let mut files = BTreeMap::from([((DASHBOARDS, format!("{dashboard}.json")), text)]);
    files.extend(rules.map(|text| ((METRIC_RULES, format!("{framework}.rule")), text)));
    files
}

#[cfg(test)]
mod tests;
