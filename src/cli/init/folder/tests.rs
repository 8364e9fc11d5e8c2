use super::*;
use crate::juju::metadata::{CharmFiles, Sources};
use crate::tenant::Tenant;
use crate::webapp::paas_config::PaasConfig;

fn all() -> impl Iterator<Item = Profile> {
    Framework::ALL.into_iter().flat_map(|framework| {
        [Generation::First, Generation::Second].map(|generation| Profile { framework, generation })
    })
}

fn text(profile: Profile, name: &str) -> String {
    let files = files(profile, &ApplicationName::parse("my-app").unwrap(), "arm64");
    files.into_iter().find(|file| file.name == name).unwrap().text
}

fn parsed(profile: Profile, metadata: &str) -> CharmFiles {
    CharmFiles::parse(&Sources {
        metadata: Some(metadata),
        charmcraft: Some(&text(profile, "charmcraft.yaml")),
        config: Some(&text(profile, "config.yaml")),
        actions: Some(&text(profile, "actions.yaml")),
        manifest: Some(&text(profile, "manifest.yaml")),
    })
    .unwrap()
}

/// The examples of a file, made real.
fn uncommented(text: &str) -> String {
    let is_example = |line: &str| {
        let line = line.trim_start_matches("- ");
        line.split_once(':').is_some_and(|(key, _)| {
            key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
        })
    };
    let line = |line: &str| match line.split_once("# ") {
        Some((before, rest)) if before.trim().is_empty() && is_example(rest.trim_start()) => {
            format!("{before}{rest}\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn every_new_charm_is_one_that_juju_takes_and_this_program_runs() {
    for profile in all() {
        let metadata = text(profile, "metadata.yaml");
        let files = parsed(profile, &metadata);
        let sidecharm = text(profile, "sidecharm.yaml");
        assert_eq!(Tenant::find(Some(&sidecharm), &files.metadata, &[]), Ok(Tenant::WebApp(profile)));
        let containers: Vec<_> =
            files.metadata.containers.keys().map(crate::juju::names::ContainerName::as_str).collect();
        assert_eq!(containers, [profile.container()]);
        assert_eq!(files.manifest.unwrap().bases[0].architectures, ["arm64"]);
        assert_eq!(PaasConfig::parse(&text(profile, "paas-config.yaml")), Ok(PaasConfig::default()));
    }
}

#[test]
fn options_and_actions_are_those_of_charmcrafts_extension_and_our_own() {
    let shown = |profile: Profile| {
        let files = parsed(profile, &text(profile, "metadata.yaml"));
        let config: serde_yaml::Value = serde_yaml::from_str(&text(profile, "config.yaml")).unwrap();
        let mut lines = vec![format!("{} {}", profile.framework, base(profile.generation))];
        for name in files.config.options.keys() {
            let option = &config["options"][name.as_str()];
            let default = option.get("default").map_or(String::new(), |value| format!("={value:?}"));
            lines.push(format!("{name} {}{default}", option["type"].as_str().unwrap()));
        }
        lines.extend(
            serde_yaml::from_str::<serde_yaml::Mapping>(&text(profile, "actions.yaml"))
                .unwrap()
                .keys()
                .map(|key| format!("action {}", key.as_str().unwrap())),
        );
        lines.join("; ")
    };
    insta::assert_snapshot!(all().map(shown).collect::<Vec<_>>().join("\n"), @r#"
    flask ubuntu@24.04; flask-application-root string; flask-debug boolean; flask-env string; flask-permanent-session-lifetime int; flask-preferred-url-scheme string=String("HTTPS"); flask-secret-key string; flask-secret-key-id secret; flask-session-cookie-secure boolean; sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); webserver-keepalive int; webserver-threads int; webserver-timeout int; webserver-worker-class string; webserver-workers int; action rotate-secret-key; action plan; action show-migration
    flask ubuntu@26.04; app-secret-key secret; flask-application-root string; flask-debug boolean; flask-env string; flask-permanent-session-lifetime int; flask-preferred-url-scheme string=String("HTTPS"); flask-session-cookie-secure boolean; sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); webserver-keepalive int; webserver-threads int; webserver-timeout int; webserver-worker-class string; webserver-workers int; action rotate-secret-key; action plan; action show-migration
    django ubuntu@24.04; django-allowed-hosts string; django-debug boolean=Bool(false); django-secret-key string; django-secret-key-id secret; sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); webserver-keepalive int; webserver-threads int; webserver-timeout int; webserver-worker-class string; webserver-workers int; action rotate-secret-key; action plan; action show-migration; action create-superuser
    django ubuntu@26.04; app-secret-key secret; django-allowed-hosts string; django-debug boolean=Bool(false); sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); webserver-keepalive int; webserver-threads int; webserver-timeout int; webserver-worker-class string; webserver-workers int; action rotate-secret-key; action plan; action show-migration; action create-superuser
    fastapi ubuntu@24.04; app-secret-key string; app-secret-key-id secret; metrics-path string=String("/metrics"); metrics-port int=Number(8080); sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); webserver-log-level string=String("info"); webserver-port int=Number(8080); webserver-workers int=Number(1); action rotate-secret-key; action plan; action show-migration
    fastapi ubuntu@26.04; app-secret-key secret; sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); webserver-log-level string=String("info"); webserver-workers int=Number(1); action rotate-secret-key; action plan; action show-migration
    go ubuntu@24.04; app-port int=Number(8080); app-secret-key string; app-secret-key-id secret; metrics-path string=String("/metrics"); metrics-port int=Number(8080); sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); action rotate-secret-key; action plan; action show-migration
    go ubuntu@26.04; app-secret-key secret; sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); action rotate-secret-key; action plan; action show-migration
    expressjs ubuntu@24.04; app-port int=Number(8080); app-secret-key string; app-secret-key-id secret; metrics-path string=String("/metrics"); metrics-port int=Number(8080); sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); action rotate-secret-key; action plan; action show-migration
    expressjs ubuntu@26.04; app-secret-key secret; sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); action rotate-secret-key; action plan; action show-migration
    spring-boot ubuntu@24.04; app-port int=Number(8080); app-profiles string; app-secret-key string; app-secret-key-id secret; metrics-path string=String("/actuator/prometheus"); metrics-port int=Number(8080); sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); action rotate-secret-key; action plan; action show-migration
    spring-boot ubuntu@26.04; app-profiles string; app-secret-key secret; sidecharm-check-path string=String(""); sidecharm-rolling-restart boolean=Bool(true); action rotate-secret-key; action plan; action show-migration
    "#);
}

#[test]
fn every_example_in_the_files_is_right() {
    for profile in all() {
        let metadata = uncommented(&text(profile, "metadata.yaml"));
        let files = parsed(profile, &metadata);
        let names =
            ["logging", "ingress", "postgresql", "mysql", "mongodb", "redis", "valkey", "s3", "rabbitmq"];
        let others = ["smtp", "saml", "openfga", "tracing", "http-proxy"];
        for name in names.into_iter().chain(others) {
            assert!(files.metadata.endpoints.keys().any(|endpoint| endpoint.as_str() == name), "{name}");
        }
        let config = PaasConfig::parse(&uncommented(&text(profile, "paas-config.yaml"))).unwrap();
        assert_eq!(config.port, Some(profile.default_port()));
        assert_eq!((config.scrape_jobs.len(), config.options.len()), (1, 1));
        let options = uncommented(&text(profile, "config.yaml"));
        let options: serde_yaml::Value = serde_yaml::from_str(&options).unwrap();
        assert_eq!(options["options"]["max-items"]["default"], 20);
    }
}

#[test]
fn no_template_has_a_word_left_to_fill_in() {
    for profile in all() {
        for file in files(profile, &ApplicationName::parse("my-app").unwrap(), "s390x") {
            assert!(!file.text.contains("{{") && !file.text.contains("}}"), "{}: {}", file.name, file.text);
        }
    }
}

#[test]
fn a_name_is_one_that_juju_and_charmhub_take() {
    let taken = |name: &str| charm_name(name).is_some();
    assert!(taken("my-app") && taken("a") && taken(&"a".repeat(40)));
    for name in ["", "My-app", "my_app", "1a", "a-1", "-a", "a--b", "a b", &"a".repeat(41)] {
        assert!(!taken(name), "{name}");
    }
}
