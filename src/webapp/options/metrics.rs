//! Where the app's metrics are, and how the app is told to serve them there.

use super::framework::{chosen, path, port};
use super::{Draft, builtin};
use crate::webapp::framework::{Framework, Generation};

/// Where metrics are scraped from each unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// TCP port.
    pub port: u16,
    /// Path of the URL.
    pub path: String,
}

/// Sets the variables, and tells where the metrics are: nowhere without a port and a path.
pub(super) fn place(draft: &mut Draft<'_>) -> Option<Metrics> {
    let profile = draft.given.profile;
    let file = draft.given.paas_config;
    let default = profile.default_metrics();
    let (metrics_port, metrics_path) = if let Some((of_port, of_path)) = builtin::metrics_options(profile) {
        let metrics_port = chosen(draft, of_port, file.metrics_port, port);
        let metrics_path = chosen(draft, of_path, file.metrics_path.clone(), path);
        let has_default = profile.framework == Framework::SpringBoot;
        (
            metrics_port.or_else(|| has_default.then_some(default.port)),
            metrics_path.or_else(|| has_default.then(|| default.path.to_owned())),
        )
    } else {
        (
            Some(file.metrics_port.unwrap_or(default.port)),
            Some(file.metrics_path.clone().unwrap_or_else(|| default.path.to_owned())),
        )
    };
    let metrics_path = metrics_path.filter(|path| !path.is_empty());
    if profile.framework == Framework::SpringBoot {
        place_spring(draft, metrics_port, metrics_path.as_deref());
    } else {
        place_common(draft, metrics_port, metrics_path.as_deref());
    }
    metrics_port.zip(metrics_path).map(|(port, path)| Metrics { port, path })
}

/// gunicorn's metrics have variables since 2.x only: before, where the file speaks of them.
fn place_common(draft: &mut Draft<'_>, port: Option<u16>, path: Option<&str>) {
    let profile = draft.given.profile;
    let file = draft.given.paas_config;
    let first = profile.generation == Generation::First;
    if first && profile.framework.is_gunicorn() && file.metrics_port.is_none() && file.metrics_path.is_none()
    {
        return;
    }
    let prefix = match (profile.framework, profile.generation) {
        (Framework::Go, Generation::First) | (Framework::Flask | Framework::Django, _) => {
            profile.framework.prefix()
        }
        _ => "",
    };
    let path = if first { path } else { path.or(Some("/metrics")) };
    let (of_port, of_path) = builtin::metrics_options(profile).unwrap_or_default();
    if let Some(port) = port {
        draft.place_plain(of_port, &format!("{prefix}METRICS_PORT"), port.to_string());
    }
    if let Some(path) = path {
        draft.place_plain(of_path, &format!("{prefix}METRICS_PATH"), path);
    }
}

/// Spring Boot serves its metrics where its own properties say.
fn place_spring(draft: &mut Draft<'_>, port: Option<u16>, path: Option<&str>) {
    if path.is_some_and(|path| path.split('/').all(str::is_empty)) {
        draft.faults.invalid("metrics-path", "must be the path of a page, such as /actuator/prometheus");
        return;
    }
    let segments: Vec<_> =
        path.into_iter().flat_map(|path| path.split('/')).filter(|one| !one.is_empty()).collect();
    let port = port.map(|port| port.to_string());
    let first = draft.given.profile.generation == Generation::First;
    if first {
        if let Some(port) = &port {
            draft.place_plain("metrics-port", "MANAGEMENT_SERVER_PORT", port);
            if draft.value("metrics-port").is_some() {
                draft.place_plain("metrics-port", "APP_METRICS_PORT", port);
            }
        }
        if let Some(path) = path {
            draft.place_plain("metrics-path", "METRICS_PATH", path);
        }
    }
    let endpoints = "management.endpoints.web";
    if let Some((page, above)) = segments.split_last() {
        if let Some(port) = port.filter(|_| !first) {
            draft.variables.set("management.server.port", port);
        }
        draft.variables.set(format!("{endpoints}.base-path"), format!("/{}", above.join("/")));
        draft.variables.set(format!("{endpoints}.path-mapping.prometheus"), *page);
    }
    if !(first && segments.is_empty()) {
        draft.variables.set(format!("{endpoints}.exposure.include"), "prometheus");
    }
}
