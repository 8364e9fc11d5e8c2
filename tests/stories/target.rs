//! A writer's way to the Redis application of a model. It neither deploys nor writes.

use std::sync::Arc;

use serde_json::Value;

use crate::model::Model;
use crate::writer::Target;

/// How the model's application is called.
pub const APPLICATION: &str = "redis-k8s";

/// Where its units are now, and the passwords that its actions tell.
pub fn target(model: &Model) -> Target {
    let target = Target {
        application: APPLICATION.to_owned(),
        sentinel_password: password(model, "get-sentinel-password", "sentinel-password"),
        password: Some(password(model, "get-initial-admin-password", "redis-password")),
        hosts: Arc::default(),
        favourite: Arc::default(),
    };
    refresh(model, &target);
    target
}

/// Tells the writer where the units are now: a replaced pod has a new address, which clients learn from the cluster's DNS.
pub fn refresh(model: &Model, target: &Target) {
    let status = model.json(&["status"]);
    let units = status.pointer(&format!("/applications/{APPLICATION}/units")).and_then(Value::as_object);
    let name = status.pointer("/model/name").and_then(Value::as_str).unwrap();
    let address = |(unit, details): (&String, &Value)| {
        let host = format!("{}.{APPLICATION}-endpoints.{name}.svc.cluster.local", unit.replace('/', "-"));
        Some((host, details.get("address")?.as_str()?.parse().ok()?))
    };
    *target.hosts.lock().unwrap() = units.into_iter().flatten().filter_map(address).collect();
}

fn password(model: &Model, action: &str, key: &str) -> String {
    let results = model.json(&["run", &format!("{APPLICATION}/0"), action]);
    let found = results
        .as_object()
        .and_then(|units| units.values().next()?.pointer(&format!("/results/{key}"))?.as_str());
    found.unwrap().to_owned()
}
