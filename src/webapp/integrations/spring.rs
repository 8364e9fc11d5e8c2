//! The variables of an integration as Spring Boot has them: properties, which Spring reads from the environment as they are.

use super::ask::{App, OAuthOptions};
use super::state::Data;
use super::{Integration, Interface, generic, url};
use crate::relations::connection::{Connection, Host};
use crate::relations::data_interfaces::Database;
use crate::relations::oauth::OAuth;
use crate::relations::openfga::OpenFga;
use crate::relations::rabbitmq::RabbitMq;
use crate::relations::s3::S3;
use crate::relations::saml::Saml;
use crate::relations::smtp::{AuthType, Smtp, TransportSecurity};
use crate::relations::valkey_client::Valkey;
use crate::webapp::framework::{Generation, Profile};
use crate::webapp::variables::Variables;

const SAML: &str = "spring.security.saml2.relyingparty.registration.testentity";

/// The variables of what can be used.
pub(super) fn variables(integration: &Integration, data: &Data, app: &App<'_>) -> Variables {
    match data {
        Data::Database(database) => self::database(integration.interface, database),
        Data::RabbitMq(rabbit) => rabbitmq(rabbit),
        Data::Redis(redis) => server("spring.data.redis", redis),
        Data::Valkey(valkey) => self::valkey(valkey, app),
        Data::S3(s3) => self::s3(s3),
        Data::OpenFga(store) => openfga(store),
        Data::Saml(saml) => self::saml(saml, app.profile),
        Data::Tracing(endpoint) => generic::tracing(endpoint, app),
        Data::Smtp(smtp) => self::smtp(smtp),
        Data::OAuth(oauth) => self::oauth(integration, oauth, app),
        Data::HttpProxy(_) | Data::Ingress(_) | Data::Logging => Variables::new(),
    }
}

/// What the app has when traces go nowhere: its exporters would else look for a collector.
pub(super) fn without_tracing() -> Variables {
    let mut variables = Variables::new();
    for exporter in ["OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"] {
        variables.set(exporter, "none");
    }
    variables
}

fn database(interface: Interface, database: &Database) -> Variables {
    let url = &database.connection;
    if interface == Interface::MongoDb {
        let mut variables = Variables::new();
        url::set_marked(&mut variables, "spring.data.mongodb.uri", url.uri(), url::holds_secret(url));
        return variables;
    }
    let mut variables = generic::database(interface, database);
    let hosts: Vec<_> = url.hosts.iter().map(|host| host.to_string().to_lowercase()).collect();
    variables.set("spring.datasource.url", format!("jdbc:{}://{}{}", url.scheme, hosts.join(","), url.path));
    variables.set("spring.jpa.hibernate.ddl-auto", "none");
    sign_on(&mut variables, "spring.datasource", url);
    variables
}

fn sign_on(variables: &mut Variables, prefix: &str, url: &Connection) {
    if let Some(user) = url.user().filter(|user| !user.is_empty()) {
        variables.set(format!("{prefix}.username"), user);
    }
    if let Some(password) = url.password().filter(|password| !password.expose().is_empty()) {
        variables.set_secret(format!("{prefix}.password"), password.clone());
    }
}

/// `url`, `host`, `port`, `username`, `password`.
fn server(prefix: &str, url: &Connection) -> Variables {
    let mut variables = Variables::new();
    url::set_marked(&mut variables, &format!("{prefix}.url"), url.uri(), url::holds_secret(url));
    at(&mut variables, prefix, url.host());
    sign_on(&mut variables, prefix, url);
    variables
}

fn at(variables: &mut Variables, prefix: &str, host: Option<&Host>) {
    let Some(host) = host else { return };
    variables.set(format!("{prefix}.host"), host.name.to_lowercase());
    if let Some(port) = host.port {
        variables.set(format!("{prefix}.port"), port.to_string());
    }
}

fn rabbitmq(rabbit: &RabbitMq) -> Variables {
    let mut variables = Variables::new();
    variables.set("spring.rabbitmq.virtual-host", rabbit.vhost.as_str());
    at(&mut variables, "spring.rabbitmq", rabbit.connection.host());
    sign_on(&mut variables, "spring.rabbitmq", &rabbit.connection);
    variables
}

fn valkey(valkey: &Valkey, app: &App<'_>) -> Variables {
    match app.profile.generation {
        Generation::First => generic::valkey(valkey),
        Generation::Second => server("spring.data.valkey", &valkey.connection),
    }
}

fn s3(s3: &S3) -> Variables {
    let mut variables = Variables::new();
    variables.set_secret("spring.cloud.aws.credentials.accessKey", s3.access_key.clone());
    variables.set_secret("spring.cloud.aws.credentials.secretKey", s3.secret_key.clone());
    variables.set("spring.cloud.aws.s3.bucket", s3.bucket.as_str());
    if let Some(region) = &s3.region {
        variables.set("spring.cloud.aws.region.static", region.as_str());
    }
    if let Some(endpoint) = &s3.endpoint {
        generic::set_url(&mut variables, "spring.cloud.aws.s3.endpoint", endpoint);
    }
    variables
}

fn openfga(store: &OpenFga) -> Variables {
    let mut variables = Variables::new();
    variables.set("openfga.store-id", store.store_id.as_str());
    if let Some(token) = &store.token {
        variables.set("openfga.credentials.method", "API_TOKEN");
        variables.set_secret("openfga.credentials.config.api-token", token.clone());
    }
    generic::set_url(&mut variables, "openfga.api-url", &store.http_api_url);
    variables
}

/// The file that the identity provider's certificate is in.
pub const fn certificate_path(profile: Profile) -> &'static str {
    match profile.generation {
        Generation::First => "/app/saml.cert",
        Generation::Second => "/tmp/paas-charm/saml.cert",
    }
}

/// The identity provider's certificate in PEM.
pub(super) fn certificate(saml: &Saml) -> String {
    let certificate = saml.signing_certificate.as_str();
    if certificate.starts_with("-----BEGIN CERTIFICATE-----") {
        certificate.to_owned()
    } else {
        format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----")
    }
}

fn saml(saml: &Saml, profile: Profile) -> Variables {
    let mut variables = Variables::new();
    variables.set(format!("{SAML}.entity-id"), saml.entity_id.as_str());
    if let Some(metadata) = &saml.metadata_url {
        generic::set_url(&mut variables, &format!("{SAML}.assertingparty.metadata-uri"), metadata.as_str());
    }
    if let Some(redirect) = saml.sign_on_redirect() {
        variables.set(format!("{SAML}.assertingparty.singlesignin.url"), redirect.url.as_str());
    }
    variables.set(
        format!("{SAML}.assertingparty.verification.credentials[0].certificate-location"),
        format!("file:{}", certificate_path(profile)),
    );
    variables
}

fn smtp(smtp: &Smtp) -> Variables {
    let mut variables = Variables::new();
    variables.set("spring.mail.host", smtp.host.as_str());
    variables.set("spring.mail.port", smtp.port.to_string());
    if let Some(user) = &smtp.user {
        // An address is whole as it is.
        let domain = smtp.domain.as_ref().filter(|_| !user.contains('@'));
        let address = domain.map_or_else(|| user.clone(), |domain| format!("{user}@{domain}"));
        variables.set("spring.mail.username", address);
    }
    if let Some(password) = &smtp.password {
        variables.set_secret("spring.mail.password", password.clone());
    }
    let flag = |flag: bool| if flag { "true" } else { "false" };
    variables.set("spring.mail.properties.mail.smtp.auth", flag(smtp.auth_type != AuthType::None));
    let starttls = smtp.transport_security == TransportSecurity::StartTls;
    variables.set("spring.mail.properties.mail.smtp.starttls.enable", flag(starttls));
    variables
}

fn oauth(integration: &Integration, oauth: &OAuth, app: &App<'_>) -> Variables {
    let options = OAuthOptions::of(integration, app);
    let endpoint = &integration.endpoint;
    let registration = |part: &str| format!("spring.security.oauth2.client.registration.{endpoint}.{part}");
    let provider = |part: &str| format!("spring.security.oauth2.client.provider.{endpoint}.{part}");
    let scopes: Vec<_> = options.scopes.split_whitespace().collect();
    let mut variables = Variables::new();
    variables.set_secret(registration("client-secret"), oauth.client_secret.clone());
    for (name, value) in [
        (registration("client-id"), oauth.client_id.as_str()),
        (registration("redirect-uri"), &options.redirect_uri),
        (registration("scope"), &scopes.join(",")),
        (registration("user-name-attribute"), &options.user_name_attribute),
        (registration("authorization-grant-type"), "authorization_code"),
        (provider("authorization-uri"), &oauth.authorization_endpoint),
        (provider("issuer-uri"), &oauth.issuer_url),
        (provider("jwk-set-uri"), &oauth.jwks_endpoint),
        (provider("token-uri"), &oauth.token_endpoint),
        (provider("user-info-uri"), &oauth.userinfo_endpoint),
        (provider("user-name-attribute"), &options.user_name_attribute),
    ] {
        variables.set(name, value);
    }
    variables
}
