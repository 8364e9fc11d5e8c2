use super::*;
use crate::relations::testing::topology;

fn read(files: &[(&str, &str)], language: Language) -> (String, Vec<String>) {
    let files: Vec<_> = files.iter().map(|(path, text)| RuleFile { path, text }).collect();
    let (rules, refused) = AlertRules::read(&files, language, &topology());
    let shown = serde_json::from_str::<Value>(&rules.to_json()).unwrap();
    (serde_json::to_string_pretty(&shown).unwrap(), refused.into_iter().map(str::to_owned).collect())
}

#[test]
fn files_of_both_kinds_are_marked() {
    let groups = "
groups:
- name: grp-one
  interval: 1m
  rules:
  - alert: Down
    expr: up{%%juju_topology%%, a=\"b\"} == 0
    for: 2m
    labels: {severity: critical, juju_charm: mine}
  - record: x
    expr: sum(up{%%juju_topology%%})
";
    let one = "alert: HighErrors\nexpr: sum(rate({%%juju_topology%%} |= \"ERROR\" [5m])) > 10\nlabels: {severity: warning}\n";
    let files = [("b/one.rule", one), ("a.yaml", groups), ("README.md", "x"), ("z.yml", "a: [")];
    let (rules, refused) = read(&files, Language::PromQl);
    assert_eq!(refused, ["z.yml"]);
    insta::assert_snapshot!(rules, @r#"
    {
      "groups": [
        {
          "interval": "1m",
          "name": "dev_11111111_redis_grp_one_rules",
          "rules": [
            {
              "alert": "Down",
              "expr": "up{ a=\"b\"} == 0",
              "for": "2m",
              "labels": {
                "juju_application": "redis",
                "juju_charm": "mine",
                "juju_model": "dev",
                "juju_model_uuid": "11111111-1111-4111-8111-111111111111",
                "severity": "critical"
              }
            },
            {
              "expr": "sum(up{})",
              "labels": {
                "juju_application": "redis",
                "juju_charm": "redis-k8s",
                "juju_model": "dev",
                "juju_model_uuid": "11111111-1111-4111-8111-111111111111"
              },
              "record": "x"
            }
          ]
        },
        {
          "name": "dev_11111111_redis_b_one_rules",
          "rules": [
            {
              "alert": "HighErrors",
              "expr": "sum(rate({} |= \"ERROR\" [5m])) > 10",
              "labels": {
                "juju_application": "redis",
                "juju_charm": "redis-k8s",
                "juju_model": "dev",
                "juju_model_uuid": "11111111-1111-4111-8111-111111111111",
                "severity": "warning"
              }
            }
          ]
        }
      ]
    }
    "#);
    assert!(read(&files[..1], Language::LogQl).0.contains(r#"rate({job=~\".+\"} |="#));
}

#[test]
fn a_name_that_is_marked_already_stays() {
    for (name, expected) in [
        ("dev_11111111_x_rules", true),
        ("_0123abcf_rules", true),
        ("dev_11111111_x_alerts", false),
        ("dev_11111111", false),
        ("11111111_rules", false),
        ("dev_1111111g_rules", false),
        ("grp_rules", false),
    ] {
        assert_eq!(is_marked(name), expected, "{name}");
    }
}

#[test]
fn what_is_no_rule_is_refused() {
    for text in [
        "",
        "[]",
        "groups: 1",
        "groups: [1]",
        "groups: [{name: a}]",
        "groups: [{rules: []}]",
        "groups: [{name: a, rules: [1]}]",
        "groups: [{name: a, rules: [{alert: a}]}]",
        "groups: [{name: a, rules: [{alert: a, expr: 1}]}]",
        "groups: [{name: a, rules: [{alert: a, expr: up, labels: 1}]}]",
        "expr: up",
        "alert: a",
        "\u{0}",
    ] {
        assert_eq!(
            read(&[("a.rule", text)], Language::PromQl),
            ("{}".to_owned(), vec!["a.rule".to_owned()]),
            "{text}"
        );
    }
}

#[test]
fn every_application_with_metrics_has_its_health_watched() {
    insta::assert_snapshot!(AlertRules::default().with_host_health(&topology()).to_json(), @r#"{"groups":[{"name":"dev_11111111_redis_HostHealth_rules","rules":[{"alert":"HostDown","annotations":{"description":"For five minutes Prometheus has not reached {{ $labels.instance }} of the application {{ $labels.juju_application }} in the model {{ $labels.juju_model }}.","summary":"{{ $labels.instance }} cannot be scraped."},"expr":"up < 1","for":"5m","labels":{"juju_application":"redis","juju_charm":"redis-k8s","juju_model":"dev","juju_model_uuid":"11111111-1111-4111-8111-111111111111","severity":"critical"}},{"alert":"HostMetricsMissing","annotations":{"description":"For five minutes there have been no metrics of the application {{ $labels.juju_application }} in the model {{ $labels.juju_model }}.","summary":"{{ $labels.juju_application }} gives no metrics."},"expr":"absent(up)","for":"5m","labels":{"juju_application":"redis","juju_charm":"redis-k8s","juju_model":"dev","juju_model_uuid":"11111111-1111-4111-8111-111111111111","severity":"warning"}}]}]}"#);
    assert_eq!(AlertRules::default().to_json(), "{}");
}

proptest::proptest! {
    #[test]
    fn no_file_makes_it_panic(path in "[a-zé./]{0,6}(\\.rule)?", text in "(\\PC*|groups: *\\[\\{(name: \\PC{0,3}, )?rules: \\[\\{expr: \\PC{0,4}\\}\\]\\}\\])") {
        drop(AlertRules::read(&[RuleFile { path: &path, text: &text }], Language::LogQl, &topology()));
        let _: bool = is_marked(&text);
    }
}
