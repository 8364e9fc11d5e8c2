use super::*;

fn shown(text: &str) -> String {
    match PaasConfig::parse(text) {
        Ok(config) => format!("{config:?}"),
        Err(faults) => faults.to_string(),
    }
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(shown(text), *expected, "{text}");
    }
}

/// A file with one job whose static config is this.
fn with_group(group: &str) -> String {
    format!("prometheus: {{scrape_configs: [{{job_name: a, static_configs: [{group}]}}]}}")
}

fn groups(group: &str) -> Result<Vec<TargetGroup>, String> {
    let config = PaasConfig::parse(&with_group(group)).map_err(|faults| faults.to_string())?;
    Ok(config.scrape_jobs.into_iter().flat_map(|job| job.groups).collect())
}

fn named(names: &[&str]) -> String {
    let jobs = names.iter().map(|name| format!("{{job_name: {name}, static_configs: []}}"));
    format!("prometheus: {{scrape_configs: [{}]}}", jobs.collect::<Vec<_>>().join(", "))
}

#[test]
fn a_file_without_content_is_the_default() {
    for text in ["", "   \n\n  \n", "# nothing\n", "~", "{}", "---\n"] {
        assert_eq!(PaasConfig::parse(text), Ok(PaasConfig::default()), "{text:?}");
    }
}

#[test]
fn a_prometheus_section_may_be_empty() {
    for text in [
        "prometheus: {}",
        "prometheus:",
        "prometheus: {scrape_configs: }",
        "prometheus: {scrape_configs: []}",
    ] {
        assert_eq!(PaasConfig::parse(text), Ok(PaasConfig::default()), "{text}");
    }
}

#[test]
fn the_logging_format_is_none_or_json() {
    for (value, expected) in [
        ("json", Ok(LoggingFormat::Json)),
        ("none", Ok(LoggingFormat::Plain)),
        ("", Ok(LoggingFormat::Plain)),
        ("xml", Err("Invalid paas-config.yaml: framework_logging_format: must be none or json")),
        ("JSON", Err("Invalid paas-config.yaml: framework_logging_format: must be none or json")),
        ("1", Err("Invalid paas-config.yaml: framework_logging_format: must be none or json")),
    ] {
        let config = PaasConfig::parse(&format!("framework_logging_format: {value}"));
        let found = config.map(|config| config.logging).map_err(|faults| faults.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{value}");
    }
}

#[test]
fn all_of_a_whole_file_is_read() {
    let text = "
framework_logging_format: json
port: 8081
metrics-port: 8082
metrics-path: /alternative
prometheus:
  scrape_configs:
    - job_name: one
      metrics_path: /m
      static_configs:
        - targets: ['*:8000', '@scheduler:8081']
          labels: {env: prod}
config:
  options:
    log-level: {env-var: LOG_LEVEL}
    token: {secret-env-vars: {value: TOKEN, other-key: OTHER}}
";
    insta::assert_debug_snapshot!(PaasConfig::parse(text).unwrap(), @r#"
    PaasConfig {
        logging: Json,
        scrape_jobs: [
            ScrapeJob {
                name: "one",
                metrics_path: "/m",
                groups: [
                    TargetGroup {
                        targets: [
                            At(
                                "*:8000",
                            ),
                            Scheduler(
                                8081,
                            ),
                        ],
                        labels: Some(
                            {
                                "env": "prod",
                            },
                        ),
                    },
                ],
            },
        ],
        port: Some(
            8081,
        ),
        metrics_port: Some(
            8082,
        ),
        metrics_path: Some(
            "/alternative",
        ),
        options: {
            "log-level": Variable(
                "LOG_LEVEL",
            ),
            "token": SecretVariables(
                {
                    "other-key": "OTHER",
                    "value": "TOKEN",
                },
            ),
        },
    }
    "#);
}

#[test]
fn what_is_no_yaml_is_refused() {
    let text = shown("version: 1\n  invalid: yaml: content");
    assert!(text.starts_with("Invalid paas-config.yaml: is not YAML: "), "{text}");
    assert!(shown("port: 1\nport: 2").starts_with("Invalid paas-config.yaml: is not YAML: "), "a key twice");
    assert_eq!(
        PaasConfigFaults::unreadable("permission denied").to_string(),
        "Invalid paas-config.yaml: cannot be read: permission denied"
    );
}

#[test]
fn a_file_must_be_a_map_of_known_keys() {
    check(&[
        ("[]", "Invalid paas-config.yaml: must be a map"),
        ("5", "Invalid paas-config.yaml: must be a map"),
        ("5: x", "Invalid paas-config.yaml: has a key that is no text"),
        (
            "unknown_field: value",
            "Invalid paas-config.yaml: unknown_field: is unknown: only framework_logging_format, prometheus, port, \
             metrics-port, metrics-path, config may be here",
        ),
        (
            "prometheus: {global_config: {}}",
            "Invalid paas-config.yaml: prometheus.global_config: is unknown: only scrape_configs may be here",
        ),
        ("prometheus: []", "Invalid paas-config.yaml: prometheus: must be a map"),
        (
            "prometheus: {scrape_configs: {}}",
            "Invalid paas-config.yaml: prometheus.scrape_configs: must be a list",
        ),
    ]);
}

#[test]
fn every_fault_is_told_at_once() {
    check(&[(
        "{port: x, metrics-path: 1, framework_logging_format: xml}",
        "Invalid paas-config.yaml: framework_logging_format: must be none or json; metrics-path: must be a text; \
         port: must be a number from 1 to 65535",
    )]);
}

#[test]
fn a_port_is_a_number_from_1_to_65535() {
    for key in ["port", "metrics-port"] {
        for value in ["", "0", "65536", "-1", "1.5", "x", "'+1'", "true", "[1]"] {
            let expected = format!("Invalid paas-config.yaml: {key}: must be a number from 1 to 65535");
            assert_eq!(shown(&format!("{key}: {value}")), expected, "{value}");
        }
        for (value, port) in [("1", 1), ("65535", 65535), ("'8080'", 8080)] {
            let config = PaasConfig::parse(&format!("{key}: {value}")).unwrap();
            assert_eq!(config.port.or(config.metrics_port), Some(port), "{key}: {value}");
        }
    }
}

#[test]
fn each_of_the_three_keys_of_the_workload_stands_alone() {
    let path = PaasConfig::parse("metrics-path: /custom").unwrap();
    assert_eq!((path.port, path.metrics_port, path.metrics_path.as_deref()), (None, None, Some("/custom")));
    let port = PaasConfig::parse("port: 9090").unwrap();
    assert_eq!((port.port, port.metrics_port, port.metrics_path), (Some(9090), None, None));
    let empty = PaasConfig::parse("metrics-path: ''").unwrap();
    assert_eq!(empty.metrics_path.as_deref(), Some(""));
}

#[test]
fn a_target_group_has_targets_and_may_have_labels() {
    let at = |text: &str| Target::At(text.to_owned());
    let found =
        groups("{targets: ['localhost:9090', '*:8000'], labels: {env: prod, team: platform}}").unwrap();
    let [group] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(group.targets, [at("localhost:9090"), at("*:8000")]);
    let labels = group.labels.clone().unwrap();
    assert_eq!(
        labels.into_iter().collect::<Vec<_>>(),
        [("env".to_owned(), "prod".to_owned()), ("team".to_owned(), "platform".to_owned())]
    );
    let alone = groups("{targets: ['*:8000']}").unwrap();
    assert_eq!(alone, [TargetGroup { targets: vec![at("*:8000")], labels: None }]);
    assert_eq!(groups("{targets: ['*:8000'], labels: }").unwrap(), alone);
}

#[test]
fn a_target_group_lacks_nothing_and_has_nothing_else() {
    let prefix = "Invalid paas-config.yaml: prometheus.scrape_configs.0.static_configs.0";
    for (group, fault) in [
        ("{}", ".targets: is required"),
        ("{targets: x}", ".targets: must be a list"),
        ("{targets: [8000]}", ".targets.0: must be a text"),
        ("{targets: [], labels: {a: 5}}", ".labels.a: must be a text"),
        ("{targets: [], unknown_field: v}", ".unknown_field: is unknown: only targets, labels may be here"),
        ("x", ": must be a map"),
    ] {
        assert_eq!(groups(group), Err(format!("{prefix}{fault}")), "{group}");
    }
}

#[test]
fn the_scheduler_is_a_target_of_its_own() {
    let targets = |text: &str| groups(&format!("{{targets: [{text}]}}")).map(|mut all| all.remove(0).targets);
    assert_eq!(targets("'@scheduler:8081'"), Ok(vec![Target::Scheduler(8081)]));
    assert_eq!(
        targets("'*:8000', '@scheduler:8081', 'localhost:9090'"),
        Ok(vec![
            Target::At("*:8000".to_owned()),
            Target::Scheduler(8081),
            Target::At("localhost:9090".to_owned()),
        ])
    );
}

#[test]
fn the_scheduler_needs_a_port() {
    let key = "Invalid paas-config.yaml: prometheus.scrape_configs.0.static_configs.0.targets.0";
    for (target, why) in [
        ("@scheduler", "must include a port: @scheduler:PORT"),
        ("@scheduler:abc", "must be @scheduler:PORT, and the port must be a number from 1 to 65535"),
        ("@scheduler:", "must be @scheduler:PORT, and the port must be a number from 1 to 65535"),
        ("@scheduler:65536", "must be @scheduler:PORT, and the port must be a number from 1 to 65535"),
    ] {
        assert_eq!(groups(&format!("{{targets: ['{target}']}}")), Err(format!("{key}: {why}")), "{target}");
    }
}

#[test]
fn a_job_has_a_path_of_its_own_or_the_usual_one() {
    let path = |key: &str| {
        let text = format!("prometheus: {{scrape_configs: [{{job_name: a, static_configs: []{key}}}]}}");
        PaasConfig::parse(&text).unwrap().scrape_jobs.remove(0).metrics_path
    };
    assert_eq!(path(""), "/metrics");
    assert_eq!(path(", metrics_path: /other"), "/other");
    assert_eq!(path(", metrics_path: metrics"), "metrics");
    assert_eq!(path(", metrics_path: ''"), "");
}

#[test]
fn a_job_may_have_several_target_groups() {
    let several = groups("{targets: ['*:1'], labels: {a: b}}, {targets: ['*:2']}").unwrap();
    assert_eq!(several.len(), 2);
    assert_eq!(several[1].targets, [Target::At("*:2".to_owned())]);
}

#[test]
fn a_job_lacks_nothing_and_has_nothing_else() {
    let prefix = "Invalid paas-config.yaml: prometheus.scrape_configs.0";
    for (job, fault) in [
        ("{static_configs: []}", ".job_name: is required"),
        ("{job_name: a}", ".static_configs: is required"),
        ("{job_name: 5, static_configs: []}", ".job_name: must be a text"),
        ("{job_name: a, static_configs: [], metrics_path: }", ".metrics_path: must be a text"),
        (
            "{job_name: a, static_configs: [], scrape_interval: 30s}",
            ".scrape_interval: is unknown: only job_name, metrics_path, static_configs may be here",
        ),
    ] {
        assert_eq!(shown(&format!("prometheus: {{scrape_configs: [{job}]}}")), format!("{prefix}{fault}"));
    }
}

#[test]
fn jobs_are_kept_in_their_order() {
    for names in [&["job1"][..], &["job2", "job1", "job3"], &[]] {
        let jobs = PaasConfig::parse(&named(names)).unwrap().scrape_jobs;
        assert_eq!(jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>(), names);
    }
}

#[test]
fn all_names_that_several_jobs_have_are_told() {
    let fault =
        "Invalid paas-config.yaml: prometheus.scrape_configs: has several jobs with the same job_name: ";
    assert_eq!(shown(&named(&["a", "b", "a"])), format!("{fault}a"));
    assert_eq!(shown(&named(&["b", "a", "b", "a", "c"])), format!("{fault}a, b"));
}

#[test]
fn a_variable_of_an_option_is_named_once_and_well() {
    let prefix = "Invalid paas-config.yaml: config.options";
    for (options, fault) in [
        ("{a: {}}", ".a: must have either env-var or secret-env-vars"),
        ("{a: {env-var: A, secret-env-vars: {b: B}}}", ".a: must have either env-var or secret-env-vars"),
        ("{a: {env-var: ''}}", ".a: must name a variable: a text without = and NUL"),
        ("{a: {env-var: 'A=B'}}", ".a: must name a variable: a text without = and NUL"),
        ("{a: {env-var: \"A\\0\"}}", ".a: must name a variable: a text without = and NUL"),
        ("{a: {secret-env-vars: {k: '='}}}", ".a.k: must name a variable: a text without = and NUL"),
        ("{a: {env-var: 5}}", ".a.env-var: must be a text"),
        ("{a: {secret-env-vars: A}}", ".a.secret-env-vars: must be a map"),
        ("{a: {env-var: X}, b: {env-var: X}}", ".b: names the variable X of config.options.a"),
        ("{a: {env-var: X}, b: {secret-env-vars: {k: X}}}", ".b.k: names the variable X of config.options.a"),
        ("[]", ": must be a map"),
    ] {
        assert_eq!(
            shown(&format!("config: {{options: {options}}}")),
            format!("{prefix}{fault}"),
            "{options}"
        );
    }
    assert_eq!(PaasConfig::parse("config: {options: {}}"), Ok(PaasConfig::default()));
    assert_eq!(shown("config:"), "Invalid paas-config.yaml: config: must be a map");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(
        text in "((port|metrics-path|prometheus|config|options|scrape_configs|[a-z]{1,3}): *|[\\[\\]{},&*<>!'\" \n:@0-9a-z-]){0,40}"
    ) {
        drop(PaasConfig::parse(&text));
    }
}
