use super::*;
use crate::relations::answer::Remote;
use crate::relations::testing::{remote, with_units};
use crate::webapp::framework::Generation;
use crate::webapp::integrations::testing::{
    self, HIDDEN, Owned, S3_MORE, SAML_MORE, all, database, http_proxy, ingress, lines, oauth, openfga,
    postgresql, rabbitmq, redis, requires, s3, saml, seen, seen_of, smtp, tracing, valkey,
};

mod names;
mod spring_boot;

fn of(framework: Framework, relations: &[(&str, &str, Remote)]) -> String {
    lines(&variables(&seen(relations), &Owned::first(framework).app()))
}

/// Each variable on its own, of a Flask app; all frameworks but Spring Boot have the same.
fn one(endpoint: &str, interface: &str, said: Remote) -> String {
    let relations = [(endpoint, interface, said)];
    let flask = of(Framework::Flask, &relations);
    for framework in [Framework::Django, Framework::FastApi, Framework::Go, Framework::ExpressJs] {
        assert_eq!(of(framework, &relations), flask);
    }
    flask
}

#[test]
fn postgresql_gives_the_variables_of_its_url() {
    insta::assert_snapshot!(one("postgresql", "postgresql_client", postgresql()), @"
    POSTGRESQL_DB_CONNECT_STRING=*postgresql://u:hunter2@pg-primary:5432/app
    POSTGRESQL_DB_FRAGMENT=
    POSTGRESQL_DB_HOSTNAME=pg-primary
    POSTGRESQL_DB_NAME=app
    POSTGRESQL_DB_NETLOC=*u:hunter2@pg-primary:5432
    POSTGRESQL_DB_PARAMS=
    POSTGRESQL_DB_PASSWORD=*hunter2
    POSTGRESQL_DB_PATH=/app
    POSTGRESQL_DB_PORT=5432
    POSTGRESQL_DB_QUERY=
    POSTGRESQL_DB_SCHEME=postgresql
    POSTGRESQL_DB_USERNAME=u
    ");
    let full =
        "postgresql://test-username:test-password@test-postgresql:5432/test-database?connect_timeout=10";
    insta::assert_snapshot!(one("postgresql", "postgresql_client", database(full)), @"
    POSTGRESQL_DB_CONNECT_STRING=*postgresql://test-username:test-password@test-postgresql:5432/test-database?connect_timeout=10
    POSTGRESQL_DB_FRAGMENT=
    POSTGRESQL_DB_HOSTNAME=test-postgresql
    POSTGRESQL_DB_NAME=test-database
    POSTGRESQL_DB_NETLOC=*test-username:test-password@test-postgresql:5432
    POSTGRESQL_DB_PARAMS=
    POSTGRESQL_DB_PASSWORD=*test-password
    POSTGRESQL_DB_PATH=/test-database
    POSTGRESQL_DB_PORT=5432
    POSTGRESQL_DB_QUERY=connect_timeout=10
    POSTGRESQL_DB_SCHEME=postgresql
    POSTGRESQL_DB_USERNAME=test-username
    ");
}

#[test]
fn mysql_and_mongodb_give_the_same() {
    insta::assert_snapshot!(one("mysql", "mysql_client", database("mysql://u:p@my:3306/flask-app")), @"
    MYSQL_DB_CONNECT_STRING=*mysql://u:p@my:3306/flask-app
    MYSQL_DB_FRAGMENT=
    MYSQL_DB_HOSTNAME=my
    MYSQL_DB_NAME=flask-app
    MYSQL_DB_NETLOC=*u:p@my:3306
    MYSQL_DB_PARAMS=
    MYSQL_DB_PASSWORD=*p
    MYSQL_DB_PATH=/flask-app
    MYSQL_DB_PORT=3306
    MYSQL_DB_QUERY=
    MYSQL_DB_SCHEME=mysql
    MYSQL_DB_USERNAME=u
    ");
    insta::assert_snapshot!(one("mongodb", "mongodb_client", database("mongodb+srv://u:p@mongo/")), @"
    MONGODB_DB_CONNECT_STRING=*mongodb+srv://u:p@mongo/
    MONGODB_DB_FRAGMENT=
    MONGODB_DB_HOSTNAME=mongo
    MONGODB_DB_NAME=
    MONGODB_DB_NETLOC=*u:p@mongo
    MONGODB_DB_PARAMS=
    MONGODB_DB_PASSWORD=*p
    MONGODB_DB_PATH=/
    MONGODB_DB_QUERY=
    MONGODB_DB_SCHEME=mongodb+srv
    MONGODB_DB_USERNAME=u
    ");
}

#[test]
fn of_a_list_of_uris_the_whole_is_the_connect_string() {
    let list = "postgresql://u:p@h:5432/d,postgresql://u:p@h2:5432/d";
    let seen = seen(&[("postgresql", "postgresql_client", database(list))]);
    let flask = Owned::first(Framework::Flask);
    let variables = variables(&seen, &flask.app());
    let value = |name: &str| variables.get(name).unwrap().expose();
    assert_eq!(value("POSTGRESQL_DB_CONNECT_STRING"), list);
    assert_eq!((value("POSTGRESQL_DB_PATH"), value("POSTGRESQL_DB_NAME")), ("/d", "d"));
}

#[test]
fn a_rabbitmq_gives_a_url_for_each_host() {
    insta::assert_snapshot!(one("rabbitmq", "rabbitmq", rabbitmq()), @"
    RABBITMQ_CONNECT_STRING=*amqp://my-app:hunter2@rabbit:5672/%2F
    RABBITMQ_CONNECT_STRINGS=*amqp://my-app:hunter2@rabbit:5672/%2F
    RABBITMQ_FRAGMENT=
    RABBITMQ_HOSTNAME=rabbit
    RABBITMQ_NETLOC=*my-app:hunter2@rabbit:5672
    RABBITMQ_PARAMS=
    RABBITMQ_PASSWORD=*hunter2
    RABBITMQ_PATH=/%2F
    RABBITMQ_PORT=5672
    RABBITMQ_QUERY=
    RABBITMQ_SCHEME=amqp
    RABBITMQ_USERNAME=my-app
    RABBITMQ_VHOST=/
    ");
    let unit = |host| [("hostname", host), ("password", "p")];
    let of_unit = one("rabbitmq", "rabbitmq", with_units(Remote::default(), &[("r/0", &unit("h"))]));
    assert_eq!(of_unit, one("rabbitmq", "rabbitmq", remote(&unit("h"), &[])), "whoever says it");
    let units = with_units(Remote::default(), &[("r/1", &unit("h1")), ("r/0", &unit("h0"))]);
    let both = one("rabbitmq", "rabbitmq", units);
    let list = "RABBITMQ_CONNECT_STRINGS=*amqp://my-app:p@h0:5672/%2F,amqp://my-app:p@h1:5672/%2F";
    assert!(both.contains(list), "{both}");
    assert_eq!(one("rabbitmq", "rabbitmq", remote(&[("hostname", "h")], &[])), "");
}

#[test]
fn an_empty_virtual_host_is_not_told() {
    let rabbit = crate::relations::rabbitmq::parse(&rabbitmq(), "u", "").unwrap();
    let integration = requires(&[("rabbitmq", "rabbitmq", true)]).remove(0);
    let flask = Owned::first(Framework::Flask);
    let variables = generic::variables(&integration, &Data::RabbitMq(Box::new(rabbit)), &flask.app());
    assert_eq!(variables.get("RABBITMQ_PATH").unwrap().expose(), "/");
    assert_eq!(variables.get("RABBITMQ_VHOST"), None);
}

#[test]
fn a_redis_gives_the_variables_of_its_url() {
    insta::assert_snapshot!(one("redis", "redis", redis()), @"
    REDIS_DB_CONNECT_STRING=redis://10.1.88.132:6379
    REDIS_DB_FRAGMENT=
    REDIS_DB_HOSTNAME=10.1.88.132
    REDIS_DB_NETLOC=10.1.88.132:6379
    REDIS_DB_PARAMS=
    REDIS_DB_PATH=
    REDIS_DB_PORT=6379
    REDIS_DB_QUERY=
    REDIS_DB_SCHEME=redis
    ");
}

#[test]
fn a_valkey_gives_fifteen_variables() {
    insta::assert_snapshot!(one("valkey", "valkey_client", valkey("false")), @"
    VALKEY_DB_CONNECT_STRING=*valkey://u:hunter2@valkey-primary:6379
    VALKEY_DB_FRAGMENT=
    VALKEY_DB_HOSTNAME=valkey-primary
    VALKEY_DB_NETLOC=*u:hunter2@valkey-primary:6379
    VALKEY_DB_PARAMS=
    VALKEY_DB_PASSWORD=*hunter2
    VALKEY_DB_PATH=
    VALKEY_DB_PORT=6379
    VALKEY_DB_QUERY=
    VALKEY_DB_READ_ONLY_ENDPOINTS=r1:6379,r2:6379
    VALKEY_DB_SCHEME=valkey
    VALKEY_DB_SENTINEL_ENDPOINTS=s:26379
    VALKEY_DB_USERNAME=u
    VALKEY_MODE=sentinel
    VALKEY_VERSION=9.0.1
    ");
}

#[test]
fn a_valkey_that_says_little_gives_empty_ones() {
    let answer =
        r#"[{"resource": "*", "endpoints": "h:6379", "secret-user": "secret:9m4e2mr0ui3e8a215n4g"}]"#;
    let secrets = [(testing::SECRET, "username", "u"), (testing::SECRET, "password", "p")];
    let said = remote(&[("requests", answer)], &secrets);
    let all = one("valkey", "valkey_client", said);
    let empty = [
        "VALKEY_DB_READ_ONLY_ENDPOINTS=",
        "VALKEY_DB_SENTINEL_ENDPOINTS=",
        "VALKEY_MODE=",
        "VALKEY_VERSION=",
    ];
    for line in empty {
        assert!(all.lines().any(|one| one == line), "{all}");
    }
}

#[test]
fn a_bucket_gives_what_is_known_of_it() {
    insta::assert_snapshot!(one("s3", "s3", s3(&[])), @"
    S3_ACCESS_KEY=*hunter2-access
    S3_BUCKET=backups
    S3_SECRET_KEY=*hunter2
    ");
    insta::assert_snapshot!(one("s3", "s3", s3(S3_MORE)), @r#"
    S3_ACCESS_KEY=*hunter2-access
    S3_ADDRESSING_STYLE=virtual
    S3_API_VERSION=s3v4
    S3_ATTRIBUTES=["header1:#", "header2:#"]
    S3_BUCKET=backups
    S3_ENDPOINT=https://s3.example
    S3_PATH=/a/
    S3_REGION=us-east-1
    S3_SECRET_KEY=*hunter2
    S3_STORAGE_CLASS=GLACIER
    S3_TLS_CA_CHAIN=["-----BEGIN CERTIFICATE-----\nA"]
    S3_URI_STYLE=host
    "#);
    let style = |style| one("s3", "s3", s3(&[("s3-uri-style", style)]));
    assert!(style("path").contains("S3_ADDRESSING_STYLE=path"));
    assert!(style("host").contains("S3_ADDRESSING_STYLE=virtual"));
}

#[test]
fn the_ca_chain_of_a_bucket_does_not_depend_on_its_attributes() {
    let chain = one("s3", "s3", s3(&[("tls-ca-chain", r#"["A"]"#)]));
    assert!(chain.contains(r#"S3_TLS_CA_CHAIN=["A"]"#), "{chain}");
    let attributes = one("s3", "s3", s3(&[("attributes", r#"["a"]"#)]));
    assert!(attributes.contains(r#"S3_ATTRIBUTES=["a"]"#), "{attributes}");
    assert!(!attributes.contains("S3_TLS_CA_CHAIN"), "{attributes}");
}

#[test]
fn a_store_gives_four_variables() {
    insta::assert_snapshot!(one("openfga", "openfga", openfga()), @"
    FGA_GRPC_API_URL=openfga:8081
    FGA_HTTP_API_URL=http://openfga:8080
    FGA_STORE_ID=01GK13VYZK62Q1T0X55Q2BHYD6
    FGA_TOKEN=*hunter2
    ");
    assert_eq!(one("openfga", "openfga", Remote::default()), "");
}

#[test]
fn an_identity_provider_gives_its_certificate_as_received() {
    insta::assert_snapshot!(one("saml", "saml", saml(&[])), @"
    SAML_ENTITY_ID=https://login.staging.ubuntu.com
    SAML_SIGNING_CERTIFICATE=MIIC1
    ");
    insta::assert_snapshot!(one("saml", "saml", saml(SAML_MORE)), @"
    SAML_ENTITY_ID=https://login.staging.ubuntu.com
    SAML_METADATA_URL=https://login.staging.ubuntu.com/saml/metadata
    SAML_SIGNING_CERTIFICATE=MIIC1
    SAML_SINGLE_SIGN_ON_REDIRECT_URL=https://login.staging.ubuntu.com/
    ");
}

#[test]
fn a_mail_server_gives_eight_variables() {
    insta::assert_snapshot!(one("smtp", "smtp", smtp(&[])), @"
    SMTP_AUTH_TYPE=plain
    SMTP_DOMAIN=example.com
    SMTP_HOST=smtp.example
    SMTP_PASSWORD=*hunter2
    SMTP_PORT=587
    SMTP_SKIP_SSL_VERIFY=False
    SMTP_TRANSPORT_SECURITY=starttls
    SMTP_USER=u
    ");
}

#[test]
fn only_none_itself_is_left_out_of_a_mail_servers_variables() {
    let said =
        smtp(&[("user", "no"), ("domain", "on"), ("auth_type", "none"), ("transport_security", "none")]);
    let all = one("smtp", "smtp", said);
    for line in ["SMTP_USER=no", "SMTP_DOMAIN=on"] {
        assert!(all.lines().any(|one| one == line), "{all}");
    }
    assert!(!all.contains("AUTH_TYPE") && !all.contains("TRANSPORT_SECURITY"), "{all}");
}

#[test]
fn traces_have_the_applications_name() {
    let tempo = "OTEL_EXPORTER_OTLP_ENDPOINT=http://tempo:4318/\nOTEL_SERVICE_NAME=my-app";
    assert_eq!(one("tracing", "tracing", tracing()), tempo);
    assert_eq!(one("tracing", "tracing", Remote::default()), "");
}

#[test]
fn a_client_of_an_identity_provider_is_told_under_the_endpoints_name() {
    let options = [("oidc-scopes", "openid profile email phone")];
    let shown = |framework, endpoint| {
        let owned = Owned::new(framework, Generation::First, &options);
        lines(&variables(&seen(&[(endpoint, "oauth", oauth())]), &owned.app()))
    };
    insta::assert_snapshot!(shown(Framework::Flask, "oidc"), @r#"
    FLASK_OIDC_ACCESS_TOKEN_URL=https://hydra/oauth2/token
    FLASK_OIDC_API_BASE_URL=https://hydra
    FLASK_OIDC_AUTHORIZE_URL=https://hydra/oauth2/auth
    FLASK_OIDC_CLIENT_ID=test-client-id
    FLASK_OIDC_CLIENT_KWARGS={"scope": "openid profile email phone"}
    FLASK_OIDC_CLIENT_SECRET=*hunter2
    FLASK_OIDC_JWKS_URL=https://hydra/.well-known/jwks.json
    FLASK_OIDC_USER_URL=https://hydra/userinfo
    "#);
    assert!(shown(Framework::Django, "oidc").starts_with("DJANGO_OIDC_ACCESS_TOKEN_URL="));
    for framework in [Framework::FastApi, Framework::Go, Framework::ExpressJs] {
        assert!(shown(framework, "oidc").starts_with("APP_OIDC_ACCESS_TOKEN_URL="));
    }
    let hyphen = shown(Framework::Go, "sign-on");
    assert!(
        hyphen.contains("APP_SIGN-ON_CLIENT_ID=") && hyphen.contains("APP_SIGN_ON_CLIENT_ID="),
        "{hyphen}"
    );
}

#[test]
fn several_integrations_stand_side_by_side() {
    let four = [
        ("redis", "redis", redis()),
        ("postgresql", "postgresql_client", postgresql()),
        ("s3", "s3", s3(&[])),
        ("saml", "saml", saml(&[])),
    ];
    let all = of(Framework::Flask, &four);
    for line in [
        "REDIS_DB_CONNECT_STRING=redis://10.1.88.132:6379",
        "POSTGRESQL_DB_CONNECT_STRING=*postgresql://u:hunter2@pg-primary:5432/app",
        "S3_BUCKET=backups",
        "SAML_SIGNING_CERTIFICATE=MIIC1",
    ] {
        assert!(all.lines().any(|one| one == line), "{line}\n{all}");
    }
    assert!(!all.contains("MYSQL_"), "{all}");
}

#[test]
fn what_is_not_ready_gives_no_variables() {
    for (endpoint, interface, _) in all() {
        let half = remote(&[("username", "u"), ("hostname", "h"), ("host", "h")], &[]);
        for said in [Remote::default(), half] {
            assert_eq!(one(endpoint, interface, said), "", "{interface}");
        }
        let integrations = requires(&[(endpoint, interface, true)]);
        let gone = variables(&seen_of(&integrations, &[]), &Owned::first(Framework::Go).app());
        assert!(gone.is_empty(), "{interface}");
    }
}
