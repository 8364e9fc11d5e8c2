//! Whose variables have which names, which of them are secrets, and what is taken from where by other parts.

use super::*;

#[test]
fn a_database_endpoint_may_have_any_name() {
    let all = one("main-db", "postgresql_client", postgresql());
    assert!(
        all.contains("POSTGRESQL_DB_CONNECT_STRING=*postgresql://u:hunter2@pg-primary:5432/app"),
        "{all}"
    );
}

#[test]
fn a_second_endpoint_of_an_interface_has_its_name_before_the_variables() {
    let two = [
        ("postgresql", "postgresql_client", postgresql()),
        ("old-reports", "postgresql_client", database("postgresql://u:p@old/r")),
    ];
    let all = of(Framework::Flask, &two);
    assert!(all.contains("\nPOSTGRESQL_DB_HOSTNAME=pg-primary\n"), "{all}");
    assert!(all.contains("\nOLD_REPORTS_POSTGRESQL_DB_HOSTNAME=old\n"), "{all}");
}

#[test]
fn an_app_with_all_integrations_is_given_what_each_gives_alone() {
    let named = |variables: &Variables| {
        // Spring Boot's traces go nowhere while nobody takes them.
        let lines = lines(variables);
        let lines = lines.lines().filter(|line| !line.starts_with("OTEL_") || !line.ends_with("=none"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    for framework in Framework::ALL {
        let owned = Owned::first(framework);
        let mut each = Variables::new();
        for relation in all() {
            each.extend(variables(&seen(&[relation]), &owned.app()));
        }
        let together = named(&variables(&seen(&all()), &owned.app()));
        assert_eq!(together, named(&each), "{framework}");
        assert!(together.len() > 80, "{framework}: {}", together.len());
    }
}

#[test]
fn what_holds_a_password_is_a_secret() {
    for framework in Framework::ALL {
        for generation in [Generation::First, Generation::Second] {
            let owned = Owned::new(framework, generation, &[]);
            let variables = variables(&seen(&all()), &owned.app());
            let plain = variables.iter().filter(|(_, value)| matches!(value, Value::Plain(_)));
            let leaked: Vec<_> = plain.filter(|(_, value)| value.expose().contains(HIDDEN)).collect();
            assert_eq!(leaked, [], "{framework}");
            let secret = variables.iter().filter(|(_, value)| matches!(value, Value::Secret(_)));
            let needless: Vec<_> = secret.filter(|(_, value)| !value.expose().contains(HIDDEN)).collect();
            assert_eq!(needless, [], "{framework}");
        }
    }
}

#[test]
fn a_url_with_a_password_is_a_secret() {
    let receivers =
        r#"[{"protocol": {"name": "otlp_http", "type": "http"}, "url": "http://u:hunter2@tempo:4318"}]"#;
    let all = one("tracing", "tracing", remote(&[("receivers", receivers)], &[]));
    assert!(all.contains("OTEL_EXPORTER_OTLP_ENDPOINT=*http://u:hunter2@tempo:4318/"), "{all}");
}

#[test]
fn the_proxy_is_that_of_the_customary_endpoint() {
    let url = |seen: &[Seen]| proxy(seen).map(|proxy| proxy.http.uri().expose().to_owned());
    assert_eq!(
        url(&seen(&[("proxy", "http_proxy", http_proxy())])).unwrap(),
        "http://u:hunter2@10.1.1.1:3128/"
    );
    let two = requires(&[("a", "http_proxy", true), ("http-proxy", "http_proxy", true)]);
    assert_eq!(url(&seen_of(&two, &[])), None);
    let mut other = http_proxy();
    let responses = other.application.get_mut("responses").unwrap();
    *responses = responses.replace("10.1.1.1", "10.2.2.2");
    let both = seen_of(&two, &[("a", other), ("http-proxy", http_proxy())]);
    assert_eq!(url(&both).unwrap(), "http://u:hunter2@10.1.1.1:3128/");
}

#[test]
fn the_url_of_ingress_is_given_as_it_is() {
    let url = |said| ingress_url(&seen(&[("ingress", "ingress", said)])).map(|url| url.as_str().to_owned());
    assert_eq!(url(ingress()).as_deref(), Some("http://juju.test/"));
    assert_eq!(url(Remote::default()), None);
}
