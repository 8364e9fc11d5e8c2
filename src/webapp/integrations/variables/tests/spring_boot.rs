//! The properties of Spring Boot.

use super::*;

const NO_TRACES: [&str; 3] =
    ["OTEL_LOGS_EXPORTER=none", "OTEL_METRICS_EXPORTER=none", "OTEL_TRACES_EXPORTER=none"];

/// All but the exporters, which must be there.
fn shown(owned: &Owned, endpoint: &str, interface: &str, said: Remote) -> String {
    let all = lines(&variables(&seen(&[(endpoint, interface, said)]), &owned.app()));
    let (exporters, rest): (Vec<_>, Vec<_>) = all.lines().partition(|line| NO_TRACES.contains(line));
    assert_eq!(exporters, NO_TRACES);
    rest.join("\n")
}

fn first(endpoint: &str, interface: &str, said: Remote) -> String {
    shown(&Owned::first(Framework::SpringBoot), endpoint, interface, said)
}

fn second(endpoint: &str, interface: &str, said: Remote) -> String {
    shown(&Owned::new(Framework::SpringBoot, Generation::Second, &[]), endpoint, interface, said)
}

#[test]
fn a_database_is_a_data_source() {
    let all = first("postgresql", "postgresql_client", postgresql());
    let (environment, properties): (Vec<_>, Vec<_>) =
        all.lines().partition(|line| line.starts_with("POSTGRESQL_DB_"));
    assert_eq!(environment.len(), 12);
    insta::assert_snapshot!(properties.join("\n"), @"
    spring.datasource.password=*hunter2
    spring.datasource.url=jdbc:postgresql://pg-primary:5432/app
    spring.datasource.username=u
    spring.jpa.hibernate.ddl-auto=none
    ");
    let mysql = first("mysql", "mysql_client", database("mysql://u:p@my.:3306/spring-app"));
    assert!(mysql.contains("\nspring.datasource.url=jdbc:mysql://my.:3306/spring-app\n"), "{mysql}");
    assert!(mysql.contains("\nMYSQL_DB_NAME=spring-app\n"), "{mysql}");
}

#[test]
fn a_data_source_is_at_every_host_and_at_no_port_that_is_not_known() {
    let url = |uri: &str| {
        let all = first("postgresql", "postgresql_client", database(uri));
        all.lines().find_map(|line| line.strip_prefix("spring.datasource.url=")).unwrap().to_owned()
    };
    assert_eq!(url("postgresql://u:p@H/d"), "jdbc:postgresql://h/d");
    assert_eq!(url("postgresql://u:p@h1:1,h2:2/d?a=b"), "jdbc:postgresql://h1:1,h2:2/d");
    assert_eq!(url("postgresql://u:p@h/d,postgresql://u:p@h2/d"), "jdbc:postgresql://h/d");
    assert!(
        !first("postgresql", "postgresql_client", database("postgresql://h/d"))
            .contains("datasource.username")
    );
}

#[test]
fn of_two_databases_one_is_the_data_source() {
    let two = [
        ("mysql", "mysql_client", database("mysql://u:p@my/d")),
        ("postgresql", "postgresql_client", postgresql()),
    ];
    let all = of(Framework::SpringBoot, &two);
    assert!(all.contains("spring.datasource.url=jdbc:postgresql://"), "{all}");
    assert!(all.contains("MYSQL_DB_HOSTNAME=my"), "{all}");
}

#[test]
fn a_further_database_is_told_in_upper_case_only() {
    let two = [
        ("mongodb", "mongodb_client", database("mongodb://u:p@h/d")),
        ("archive", "mongodb_client", database("mongodb://u:p@old/d")),
    ];
    let all = of(Framework::SpringBoot, &two);
    assert!(all.contains("spring.data.mongodb.uri=*mongodb://u:p@h/d"), "{all}");
    assert!(all.contains("ARCHIVE_MONGODB_DB_HOSTNAME=old"), "{all}");
}

#[test]
fn a_mongodb_is_its_uri() {
    let uri = "mongodb://u:p@h1:27017,h2:27017/d?replicaSet=rs";
    assert_eq!(first("mongodb", "mongodb_client", database(uri)), format!("spring.data.mongodb.uri=*{uri}"));
}

#[test]
fn a_redis_has_no_empty_user() {
    insta::assert_snapshot!(first("redis", "redis", redis()), @"
    spring.data.redis.host=10.1.88.132
    spring.data.redis.port=6379
    spring.data.redis.url=redis://10.1.88.132:6379
    ");
}

#[test]
fn a_valkey_has_properties_in_the_second_generation_only() {
    assert_eq!(
        first("valkey", "valkey_client", valkey("false")),
        one("valkey", "valkey_client", valkey("false"))
    );
    insta::assert_snapshot!(second("valkey", "valkey_client", valkey("false")), @"
    spring.data.valkey.host=valkey-primary
    spring.data.valkey.password=*hunter2
    spring.data.valkey.port=6379
    spring.data.valkey.url=*valkey://u:hunter2@valkey-primary:6379
    spring.data.valkey.username=u
    ");
}

#[test]
fn a_rabbitmq_gives_five_properties() {
    insta::assert_snapshot!(first("rabbitmq", "rabbitmq", rabbitmq()), @"
    spring.rabbitmq.host=rabbit
    spring.rabbitmq.password=*hunter2
    spring.rabbitmq.port=5672
    spring.rabbitmq.username=my-app
    spring.rabbitmq.virtual-host=/
    ");
}

#[test]
fn a_bucket_gives_five_properties() {
    insta::assert_snapshot!(first("s3", "s3", s3(S3_MORE)), @"
    spring.cloud.aws.credentials.accessKey=*hunter2-access
    spring.cloud.aws.credentials.secretKey=*hunter2
    spring.cloud.aws.region.static=us-east-1
    spring.cloud.aws.s3.bucket=backups
    spring.cloud.aws.s3.endpoint=https://s3.example
    ");
    assert_eq!(first("s3", "s3", s3(&[])).lines().count(), 3);
}

#[test]
fn a_store_gives_four_properties() {
    insta::assert_snapshot!(first("openfga", "openfga", openfga()), @"
    openfga.api-url=http://openfga:8080
    openfga.credentials.config.api-token=*hunter2
    openfga.credentials.method=API_TOKEN
    openfga.store-id=01GK13VYZK62Q1T0X55Q2BHYD6
    ");
    let mut said = openfga();
    drop(said.application.remove("token_secret_id"));
    assert!(!first("openfga", "openfga", said).contains("credentials"));
}

#[test]
fn an_identity_provider_gives_four_properties_and_a_certificate() {
    insta::assert_snapshot!(first("saml", "saml", saml(SAML_MORE)), @"
    spring.security.saml2.relyingparty.registration.testentity.assertingparty.metadata-uri=https://login.staging.ubuntu.com/saml/metadata
    spring.security.saml2.relyingparty.registration.testentity.assertingparty.singlesignin.url=https://login.staging.ubuntu.com/
    spring.security.saml2.relyingparty.registration.testentity.assertingparty.verification.credentials[0].certificate-location=file:/app/saml.cert
    spring.security.saml2.relyingparty.registration.testentity.entity-id=https://login.staging.ubuntu.com
    ");
    assert!(second("saml", "saml", saml(&[])).contains("=file:/tmp/paas-charm/saml.cert\n"));
}

#[test]
fn an_identity_provider_without_metadata_has_no_metadata_property() {
    let least = first("saml", "saml", saml(&[]));
    assert_eq!(least.lines().count(), 2, "{least}");
    assert!(!least.contains("metadata-uri"), "{least}");
}

#[test]
fn the_certificate_is_a_file_in_pem() {
    let spring = Owned::first(Framework::SpringBoot);
    let content = |certificate: &str| {
        let said = remote(&[("entity_id", "e"), ("x509certs", certificate)], &[]);
        files(&seen(&[("saml", "saml", said)]), &spring.app())
    };
    let framed = "-----BEGIN CERTIFICATE-----\nMIIC1\n-----END CERTIFICATE-----";
    let file = File { path: "/app/saml.cert", content: framed.to_owned() };
    assert_eq!((content("MIIC1"), content(framed)), (vec![file.clone()], vec![file]));
    let second = Owned::new(Framework::SpringBoot, Generation::Second, &[]);
    assert_eq!(files(&seen(&all()), &second.app())[0].path, "/tmp/paas-charm/saml.cert");
    assert_eq!(files(&seen(&all()), &Owned::first(Framework::Flask).app()), []);
    assert_eq!(files(&seen(&[("saml", "saml", Remote::default())]), &spring.app()), []);
}

#[test]
fn mail_has_texts_and_no_none() {
    insta::assert_snapshot!(first("smtp", "smtp", smtp(&[])), @"
    spring.mail.host=smtp.example
    spring.mail.password=*hunter2
    spring.mail.port=587
    spring.mail.properties.mail.smtp.auth=true
    spring.mail.properties.mail.smtp.starttls.enable=true
    spring.mail.username=u@example.com
    ");
    let bare = remote(
        &[
            ("host", "h"),
            ("port", "25"),
            ("auth_type", "none"),
            ("transport_security", "none"),
            ("domain", "example.com"),
        ],
        &[],
    );
    insta::assert_snapshot!(first("smtp", "smtp", bare), @"
    spring.mail.host=h
    spring.mail.port=25
    spring.mail.properties.mail.smtp.auth=false
    spring.mail.properties.mail.smtp.starttls.enable=false
    ");
    let user = |keys: &[(&str, &str)]| {
        let all = first("smtp", "smtp", smtp(keys));
        all.lines().find_map(|line| line.strip_prefix("spring.mail.username=")).unwrap().to_owned()
    };
    assert_eq!(user(&[("domain", "")]), "u");
    assert_eq!(user(&[("user", "me@example.org")]), "me@example.org");
}

#[test]
fn traces_go_nowhere_until_somebody_takes_them() {
    let without = of(Framework::SpringBoot, &[]);
    assert_eq!(without.lines().collect::<Vec<_>>(), NO_TRACES);
    let with = of(Framework::SpringBoot, &[("tracing", "tracing", tracing())]);
    assert_eq!(with, one("tracing", "tracing", tracing()));
}

#[test]
fn a_client_of_an_identity_provider_is_a_registration() {
    insta::assert_snapshot!(first("oidc", "oauth", oauth()), @"
    spring.security.oauth2.client.provider.oidc.authorization-uri=https://hydra/oauth2/auth
    spring.security.oauth2.client.provider.oidc.issuer-uri=https://hydra
    spring.security.oauth2.client.provider.oidc.jwk-set-uri=https://hydra/.well-known/jwks.json
    spring.security.oauth2.client.provider.oidc.token-uri=https://hydra/oauth2/token
    spring.security.oauth2.client.provider.oidc.user-info-uri=https://hydra/userinfo
    spring.security.oauth2.client.provider.oidc.user-name-attribute=sub
    spring.security.oauth2.client.registration.oidc.authorization-grant-type=authorization_code
    spring.security.oauth2.client.registration.oidc.client-id=test-client-id
    spring.security.oauth2.client.registration.oidc.client-secret=*hunter2
    spring.security.oauth2.client.registration.oidc.redirect-uri=http://juju.test/login/oauth2/code/oidc
    spring.security.oauth2.client.registration.oidc.scope=openid,profile,email
    spring.security.oauth2.client.registration.oidc.user-name-attribute=sub
    ");
    let named =
        Owned::new(Framework::SpringBoot, Generation::First, &[("oidc-user-name-attribute", "email")]);
    let all = shown(&named, "oidc", "oauth", oauth());
    assert_eq!(all.matches("user-name-attribute=email").count(), 2, "{all}");
}
