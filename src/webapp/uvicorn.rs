//! Uvicorn, which runs FastAPI: its logs as lines of JSON.

use serde_json::json;

use super::layer::TEMPORARY;
use super::variables::Variables;
use crate::pebble::types::Environment;

/// The module with the formatter and the filter.
const MODULE: &str = "uvicorn_log_handler";
const JSON_RECORD: &str = include_str!("files/json_record.py");
const UVICORN_RECORDS: &str = include_str!("files/uvicorn_records.py");

/// A file for the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it is.
    pub path: String,
    /// What it says.
    pub content: String,
}

/// The directory of the files.
pub fn directory() -> String {
    format!("{TEMPORARY}/fastapi/log_config")
}

/// The files, for loggers of this level: the value of option `webserver-log-level`.
pub fn files(level: &str) -> [File; 2] {
    let handler = |stream: &str| {
        json!({
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["otel_correlation"],
            "stream": stream,
        })
    };
    let logger =
        |handler: &str| json!({"handlers": [handler], "level": level.to_uppercase(), "propagate": false});
    let config = json!({
        "version": 1,
        "disable_existing_loggers": false,
        "filters": {"otel_correlation": {"()": format!("{MODULE}.OtelCorrelationFilter")}},
        "formatters": {"json": {"()": format!("{MODULE}.UvicornJsonFormatter")}},
        "handlers": {"default": handler("ext://sys.stderr"), "access": handler("ext://sys.stdout")},
        "loggers": {
            "uvicorn": logger("default"),
            "uvicorn.error": logger("default"),
            "uvicorn.access": logger("access"),
        },
    });
    [
        File {
            path: format!("{}/{MODULE}.py", directory()),
            content: format!("{JSON_RECORD}{UVICORN_RECORDS}"),
        },
        File { path: config_file(), content: format!("{config:#}\n") },
    ]
}

/// Adds the variables that make uvicorn read the files. A `PYTHONPATH` of the app's or of the rock's stays, behind ours.
pub fn add_variables(variables: &mut Variables, rock: &Environment) {
    let own = variables.get("PYTHONPATH").map(|value| value.expose().to_owned());
    let own = own.or_else(|| rock.get("PYTHONPATH").cloned()).filter(|path| !path.is_empty());
    let path = own.map_or_else(directory, |own| format!("{}:{own}", directory()));
    variables.set("PYTHONPATH", path);
    variables.set("UVICORN_LOG_CONFIG", config_file());
}

fn config_file() -> String {
    format!("{}/uvicorn-log-config.json", directory())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// U014, where it is on; off, nobody calls it.
    #[test]
    fn uvicorn_is_told_of_its_log_configuration_and_a_python_path_of_the_apps_stays() {
        let path = |variables: &mut Variables, rock: &[(&str, &str)]| {
            add_variables(variables, &rock.iter().copied().collect());
            let of = |name| variables.get(name).unwrap().expose().to_owned();
            assert_eq!(of("UVICORN_LOG_CONFIG"), "/tmp/fastapi/log_config/uvicorn-log-config.json");
            of("PYTHONPATH")
        };
        let mut variables = Variables::new();
        assert_eq!(path(&mut variables.clone(), &[]), "/tmp/fastapi/log_config");
        assert_eq!(path(&mut variables.clone(), &[("PYTHONPATH", "/rock")]), "/tmp/fastapi/log_config:/rock");
        variables.set("PYTHONPATH", "/own");
        assert_eq!(path(&mut variables, &[("PYTHONPATH", "/rock")]), "/tmp/fastapi/log_config:/own");
    }

    /// U015.
    #[test]
    fn both_files_are_in_the_directory() {
        let paths = files("info").map(|file| file.path);
        let expected = ["uvicorn_log_handler.py", "uvicorn-log-config.json"];
        assert_eq!(paths, expected.map(|name| format!("/tmp/fastapi/log_config/{name}")));
    }

    /// Defect 27 of paas-charm.
    #[test]
    fn the_level_of_json_logs_is_that_of_the_option() {
        for level in ["critical", "error", "warning", "info", "debug", "trace"] {
            let [_, config] = files(level);
            let config: serde_json::Value = serde_json::from_str(&config.content).unwrap();
            for logger in ["uvicorn", "uvicorn.error", "uvicorn.access"] {
                assert_eq!(config["loggers"][logger]["level"], level.to_uppercase(), "{logger}");
                assert_eq!(config["loggers"][logger]["propagate"], false);
            }
        }
    }
}
