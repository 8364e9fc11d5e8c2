//! The models of this machine, read from their files: looking at them starts no controller.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::cli::ago::ago;
use crate::cli::arguments::Format;
use crate::cli::output::{complain, print, print_value};
use crate::cli::table::{Cell, Lean, Look, Table};
use crate::cli::{Failure, Surroundings};
use crate::controller::model::Settings;
use crate::daemon::connection::{self, ModelPlace};

/// What of a model's file is shown.
#[derive(Debug, Clone, Deserialize)]
struct Listed {
    name: String,
    uuid: String,
    settings: Settings,
    units: Map<String, Value>,
    /// When the file changed last: nothing else is known of who looked at it.
    #[serde(skip)]
    changed: Option<OffsetDateTime>,
}

pub fn list(format: Format, place: &ModelPlace, surroundings: &Surroundings) -> Result<(), Failure> {
    let mut models = Vec::new();
    for file in connection::model_files(surroundings.home.as_deref())? {
        match read(&file) {
            Ok(model) => models.push(model),
            Err(error) => complain(&format!("cannot read {}: {error}", file.display())),
        }
    }
    let now = OffsetDateTime::now_utc();
    if matches!(format, Format::Json | Format::Yaml) {
        return print_value(&summaries(&models, &place.name, now), format);
    }
    let table = table(&models, &place.name, now).render(surroundings.paint());
    print(&format!("Controller: minijuju\n\n{table}"));
    if models.is_empty() {
        complain("There are no models available. You can add models with\n\"minijuju add-model\".");
    }
    Ok(())
}

fn read(file: &Path) -> std::io::Result<Listed> {
    let mut model: Listed = serde_json::from_slice(&fs::read(file)?)?;
    model.changed = fs::metadata(file)?.modified().ok().map(OffsetDateTime::from);
    Ok(model)
}

fn summaries(models: &[Listed], current: &str, now: OffsetDateTime) -> Value {
    let summary = |model: &Listed| {
        json!({
            "name": format!("admin/{}", model.name),
            "short-name": model.name,
            "model-uuid": model.uuid,
            "model-type": "caas",
            "controller-name": "minijuju",
            "is-controller": false,
            "cloud": "localhost",
            "type": "kubernetes",
            "life": "alive",
            "status": { "current": "available" },
            "access": "admin",
            "last-connection": last_connection(model, now),
            "agent-version": model.settings.agent_version,
        })
    };
    let mut shown = json!({ "models": models.iter().map(summary).collect::<Vec<_>>() });
    if let (Some(shown), true) = (shown.as_object_mut(), models.iter().any(|model| model.name == current)) {
        shown.insert("current-model".to_owned(), json!(current));
    }
    shown
}

fn last_connection(model: &Listed, now: OffsetDateTime) -> String {
    model.changed.map_or_else(|| "never connected".to_owned(), |changed| ago(changed, now))
}

/// Juju leans Access to the right, and not Units, for which that was meant.
fn table(models: &[Listed], current: &str, now: OffsetDateTime) -> Table {
    let left = ["Model", "Cloud/Region", "Type", "Status", "Units"].map(|name| (name, Lean::Left));
    let rest = [("Access", Lean::Right), ("Last connection", Lean::Left)];
    let mut table = Table::new(&[left.as_slice(), &rest].concat());
    for model in models {
        let name = match model.name.as_str() {
            name if name == current => Cell::new(format!("{name}*"), Look::Good),
            name => name.into(),
        };
        let units = match model.units.len() {
            0 => "-".to_owned(),
            units => units.to_string(),
        };
        table.push(vec![
            name,
            "localhost".into(),
            "kubernetes".into(),
            "available".into(),
            units.into(),
            "admin".into(),
            last_connection(model, now).into(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::table::Paint;
    use crate::controller::model::Model;
    use crate::controller::sample;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-25 10:20:00 UTC);

    fn listed(model: &Model, changed: OffsetDateTime) -> Listed {
        let read: Listed = serde_json::from_value(serde_json::to_value(model).unwrap()).unwrap();
        Listed { changed: Some(changed), ..read }
    }

    fn models() -> Vec<Listed> {
        let empty = Model::empty("demo", "7b0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11");
        vec![
            listed(&empty, datetime!(2026-11-20 10:20:00 UTC)),
            listed(&sample::model(), datetime!(2026-11-25 10:19:59 UTC)),
        ]
    }

    #[test]
    fn models_are_shown_as_jujus_table() {
        insta::assert_snapshot!(table(&models(), "prod", NOW).render(Paint::Plain), @r"
        Model  Cloud/Region  Type        Status     Units  Access  Last connection
        demo   localhost     kubernetes  available  -       admin  2026-11-20
        prod*  localhost     kubernetes  available  3       admin  just now
        ");
    }

    #[test]
    fn models_have_the_shape_of_jujus_json() {
        let shown = summaries(&models()[1..], "prod", NOW);
        insta::assert_snapshot!(serde_json::to_string_pretty(&shown).unwrap(), @r#"
        {
          "current-model": "prod",
          "models": [
            {
              "access": "admin",
              "agent-version": "3.6.9",
              "cloud": "localhost",
              "controller-name": "minijuju",
              "is-controller": false,
              "last-connection": "just now",
              "life": "alive",
              "model-type": "caas",
              "model-uuid": "5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11",
              "name": "admin/prod",
              "short-name": "prod",
              "status": {
                "current": "available"
              },
              "type": "kubernetes"
            }
          ]
        }
        "#);
        assert_eq!(summaries(&models(), "other", NOW).get("current-model"), None);
    }
}
