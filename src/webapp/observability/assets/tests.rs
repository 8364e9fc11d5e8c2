use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn custom(paths: &[&str]) -> BTreeMap<String, String> {
    paths.iter().map(|path| ((*path).to_owned(), format!("text of {path}"))).collect()
}

fn names(assets: &Assets<'_>) -> Vec<String> {
    let of = |folder: &'static str| assets.of(folder).map(move |(name, _)| format!("{folder}/{name}"));
    [DASHBOARDS, LOG_RULES, METRIC_RULES].into_iter().flat_map(of).collect()
}

#[test]
fn every_framework_has_a_dashboard_and_two_have_a_rule() {
    let all: Vec<_> = Framework::ALL
        .iter()
        .flat_map(|framework| names(&Assets::merge(*framework, &custom(&[])).0))
        .collect();
    insta::assert_snapshot!(all.join("\n"), @"
    grafana_dashboards/flask.json
    prometheus_alert_rules/flask.rule
    grafana_dashboards/django.json
    prometheus_alert_rules/django.rule
    grafana_dashboards/fastapi.json
    grafana_dashboards/go.json
    grafana_dashboards/expressjs.json
    grafana_dashboards/spring_boot.json
    ");
}

#[test]
fn without_a_folder_of_ones_own_the_frameworks_assets_are_all() {
    let nothing = custom(&[]);
    let (assets, fault) = Assets::merge(Framework::Flask, &nothing);
    assert_eq!(names(&assets), ["grafana_dashboards/flask.json", "prometheus_alert_rules/flask.rule"]);
    assert_eq!(fault, None);
}

#[test]
fn an_empty_folder_of_ones_own_is_right() {
    let empty = custom(&[
        "grafana_dashboards/.gitkeep",
        "loki_alert_rules/.gitkeep",
        "prometheus_alert_rules/.gitkeep",
    ]);
    assert_eq!(Assets::merge(Framework::Go, &empty).1, None);
}

#[test]
fn files_of_ones_own_stand_beside_the_frameworks() {
    let custom = custom(&[
        "grafana_dashboards/flask.json",
        "loki_alert_rules/errors.rule",
        "prometheus_alert_rules/flask.rule",
        "prometheus_alert_rules/deep/no.rule",
    ]);
    let (assets, fault) = Assets::merge(Framework::Flask, &custom);
    assert_eq!(fault, None);
    insta::assert_snapshot!(names(&assets).join("\n"), @"
    grafana_dashboards/custom_flask.json
    grafana_dashboards/flask.json
    loki_alert_rules/custom_errors.rule
    prometheus_alert_rules/custom_flask.rule
    prometheus_alert_rules/flask.rule
    ");
    assert_eq!(assets.of(LOG_RULES).next().unwrap().1, "text of loki_alert_rules/errors.rule");
}

#[test]
fn a_file_in_the_root_leaves_the_whole_folder_out() {
    let custom = custom(&["a.json", "grafana_dashboards/b.json"]);
    let (assets, fault) = Assets::merge(Framework::Go, &custom);
    assert_eq!(names(&assets), ["grafana_dashboards/go.json"]);
    insta::assert_snapshot!(fault.unwrap(), @"cos_custom is left out: a.json must be in one of its folders");
}

#[test]
fn an_unknown_folder_leaves_the_whole_folder_out() {
    let custom = custom(&["grafana_dashboards/b.json", "grafana_panels/a.json"]);
    let (assets, fault) = Assets::merge(Framework::Go, &custom);
    assert_eq!(names(&assets), ["grafana_dashboards/go.json"]);
    insta::assert_snapshot!(fault.unwrap(), @"cos_custom is left out: its folders are grafana_dashboards, loki_alert_rules and prometheus_alert_rules, not grafana_panels");
}

fn dashboard(framework: Framework) -> Value {
    let nothing = custom(&[]);
    let (assets, _) = Assets::merge(framework, &nothing);
    serde_json::from_str(assets.of(DASHBOARDS).next().unwrap().1).unwrap()
}

fn texts<'v>(list: &'v Value, key: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap()).collect()
}

#[test]
fn every_panel_asks_for_the_chosen_units_only() {
    for framework in Framework::ALL {
        let dashboard = dashboard(framework);
        let panels = dashboard["panels"].as_array().unwrap();
        assert!((6..=8).contains(&panels.len()), "{framework}");
        for panel in panels {
            let source = if panel["type"] == "logs" { "${lokids}" } else { "${prometheusds}" };
            assert_eq!(panel["datasource"]["uid"], source, "{framework}: {}", panel["title"]);
            let queries = texts(&panel["targets"], "expr");
            assert!(!queries.is_empty(), "{framework}: {}", panel["title"]);
            for query in queries {
                // Each selector of the query has all four.
                let selectors = query.matches('{').count();
                for label in ["juju_model", "juju_model_uuid", "juju_application", "juju_unit"] {
                    let matcher = format!(r#"{label}=~"${label}""#);
                    assert_eq!(query.matches(&matcher).count(), selectors, "{framework}: {label} in {query}");
                }
            }
        }
    }
}

#[test]
fn dashboards_have_the_variables_that_the_observability_stack_fills() {
    for framework in Framework::ALL {
        let expected =
            ["prometheusds", "lokids", "juju_model", "juju_model_uuid", "juju_application", "juju_unit"];
        assert_eq!(texts(&dashboard(framework)["templating"]["list"], "name"), expected, "{framework}");
    }
}

#[test]
fn no_panel_lies_on_another() {
    for framework in Framework::ALL {
        let mut taken = BTreeSet::new();
        for panel in dashboard(framework)["panels"].as_array().unwrap() {
            let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            assert!(at("x") + at("w") <= 24, "{framework}: {}", panel["title"]);
            for (x, y) in
                (at("x")..at("x") + at("w")).flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y)))
            {
                assert!(taken.insert((x, y)), "{framework}: {}", panel["title"]);
            }
        }
    }
}

/// Of two dashboards with one id Grafana shows the one of the higher version, and paas-charm's go up to 4.
#[test]
fn our_dashboards_win_over_those_of_the_python_charm_that_was_replaced() {
    for framework in Framework::ALL {
        let dashboard = dashboard(framework);
        assert!(dashboard["version"].as_u64().unwrap() > 4, "{framework}");
        assert_eq!(
            dashboard.get("uid"),
            None,
            "{framework}: the id is made of the charm's name and the path"
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_tree_makes_it_panic_and_the_frameworks_assets_stay(
        paths in proptest::collection::btree_map("((grafana_dashboards|loki_alert_rules|prometheus_alert_rules|\\PC{0,3})/){0,2}\\PC{0,4}", "\\PC*", 0..4),
    ) {
        let (assets, _) = Assets::merge(Framework::Django, &paths);
        let names = names(&assets);
        for own in ["grafana_dashboards/django.json", "prometheus_alert_rules/django.rule"] {
            proptest::prop_assert!(names.iter().any(|name| name == own));
        }
    }
}
