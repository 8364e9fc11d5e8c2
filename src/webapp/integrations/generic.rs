//! The variables of an integration, as all frameworks have them but Spring Boot.

use super::ask::{App, OAuthOptions};
use super::state::Data;
use super::{Integration, Interface, python, url};
use crate::relations::connection::{Connection, Host};
use crate::relations::data_interfaces::Database;
use crate::relations::http_url::HttpUrl;
use crate::relations::oauth::OAuth;
use crate::relations::openfga::OpenFga;
use crate::relations::rabbitmq::RabbitMq;
use crate::relations::s3::S3;
use crate::relations::saml::Saml;
use crate::relations::smtp::{AuthType, Smtp, TransportSecurity};
use crate::relations::valkey_client::Valkey;
use crate::secret::Secret;
use crate::webapp::variables::Variables;

/// The variables of what can be used.
pub(super) fn variables(integration: &Integration, data: &Data, app: &App<'_>) -> Variables {
    match data {
        Data::Database(database) => self::database(integration.interface, database),
        Data::RabbitMq(rabbit) => rabbitmq(rabbit),
        Data::Redis(redis) => url::database("REDIS_DB", redis, None),
        Data::Valkey(valkey) => self::valkey(valkey),
        Data::S3(s3) => self::s3(s3),
        Data::OpenFga(store) => openfga(store),
        Data::Saml(saml) => self::saml(saml),
        Data::Tracing(endpoint) => tracing(endpoint, app),
        Data::Smtp(smtp) => self::smtp(smtp),
        Data::OAuth(oauth) => self::oauth(integration, oauth, app),
        Data::HttpProxy(_) | Data::Ingress(_) | Data::Logging => Variables::new(),
    }
}

/// Where there is a list of URLs, the parts are those of the first.
pub(super) fn database(interface: Interface, database: &Database) -> Variables {
    let prefix = match interface {
        Interface::MongoDb => "MONGODB_DB",
        Interface::MySql => "MYSQL_DB",
        _ => "POSTGRESQL_DB",
    };
    let list = (!database.more.is_empty()).then(|| {
        let all = std::iter::once(&database.connection).chain(&database.more);
        let all: Vec<_> = all.map(|one| one.uri().expose().to_owned()).collect();
        Secret::new(all.join(","))
    });
    url::database(prefix, &database.connection, list)
}

fn rabbitmq(rabbit: &RabbitMq) -> Variables {
    let mut variables = url::parts("RABBITMQ", &rabbit.connection, None);
    if !rabbit.vhost.is_empty() {
        variables.set("RABBITMQ_VHOST", rabbit.vhost.as_str());
    }
    variables.set_secret("RABBITMQ_CONNECT_STRINGS", rabbit.uris());
    variables
}

pub(super) fn valkey(valkey: &Valkey) -> Variables {
    let list = |hosts: &[Host]| hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let mut variables = url::database("VALKEY_DB", &valkey.connection, None);
    variables.set("VALKEY_DB_READ_ONLY_ENDPOINTS", list(&valkey.read_only_endpoints));
    variables.set("VALKEY_DB_SENTINEL_ENDPOINTS", list(&valkey.sentinel_endpoints));
    variables.set("VALKEY_MODE", valkey.mode.clone().unwrap_or_default());
    variables.set("VALKEY_VERSION", valkey.version.clone().unwrap_or_default());
    variables
}

fn s3(s3: &S3) -> Variables {
    let mut variables = Variables::new();
    variables.set_secret("S3_ACCESS_KEY", s3.access_key.clone());
    variables.set_secret("S3_SECRET_KEY", s3.secret_key.clone());
    variables.set("S3_BUCKET", s3.bucket.as_str());
    let list = |texts: &[String]| (!texts.is_empty()).then(|| python::list(texts));
    for (name, value) in [
        ("S3_REGION", s3.region.clone()),
        ("S3_STORAGE_CLASS", s3.storage_class.clone()),
        ("S3_PATH", s3.path.clone()),
        ("S3_API_VERSION", s3.api_version.clone()),
        ("S3_URI_STYLE", s3.uri_style.clone()),
        ("S3_ADDRESSING_STYLE", s3.addressing_style().map(str::to_owned)),
        ("S3_ATTRIBUTES", list(&s3.attributes)),
        ("S3_TLS_CA_CHAIN", list(&s3.tls_ca_chain)),
    ] {
        set_known(&mut variables, name, value);
    }
    if let Some(endpoint) = &s3.endpoint {
        set_url(&mut variables, "S3_ENDPOINT", endpoint);
    }
    variables
}

fn openfga(store: &OpenFga) -> Variables {
    let mut variables = Variables::new();
    variables.set("FGA_STORE_ID", store.store_id.as_str());
    if let Some(token) = &store.token {
        variables.set_secret("FGA_TOKEN", token.clone());
    }
    set_url(&mut variables, "FGA_GRPC_API_URL", &store.grpc_api_url);
    set_url(&mut variables, "FGA_HTTP_API_URL", &store.http_api_url);
    variables
}

fn saml(saml: &Saml) -> Variables {
    let mut variables = Variables::new();
    variables.set("SAML_ENTITY_ID", saml.entity_id.as_str());
    variables.set("SAML_SIGNING_CERTIFICATE", saml.signing_certificate.as_str());
    if let Some(metadata) = &saml.metadata_url {
        set_url(&mut variables, "SAML_METADATA_URL", metadata.as_str());
    }
    let redirect = saml.sign_on_redirect().map(|endpoint| endpoint.url.clone());
    set_known(&mut variables, "SAML_SINGLE_SIGN_ON_REDIRECT_URL", redirect);
    variables
}

/// Both exist in Spring Boot too.
pub(super) fn tracing(endpoint: &HttpUrl, app: &App<'_>) -> Variables {
    let mut variables = Variables::new();
    variables.set("OTEL_SERVICE_NAME", app.name.as_str());
    set_url(&mut variables, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str());
    variables
}

fn smtp(smtp: &Smtp) -> Variables {
    let mut variables = Variables::new();
    variables.set("SMTP_HOST", smtp.host.as_str());
    variables.set("SMTP_PORT", smtp.port.to_string());
    set_known(&mut variables, "SMTP_USER", smtp.user.clone());
    if let Some(password) = &smtp.password {
        variables.set_secret("SMTP_PASSWORD", password.clone());
    }
    if smtp.auth_type != AuthType::None {
        variables.set("SMTP_AUTH_TYPE", smtp.auth_type.as_str());
    }
    if smtp.transport_security != TransportSecurity::None {
        variables.set("SMTP_TRANSPORT_SECURITY", smtp.transport_security.as_str());
    }
    set_known(&mut variables, "SMTP_DOMAIN", smtp.domain.clone());
    variables.set("SMTP_SKIP_SSL_VERIFY", if smtp.skip_ssl_verify { "True" } else { "False" });
    variables
}

/// A name with a hyphen cannot be spelled in a shell: such an endpoint has its variables with `_` as well.
fn oauth(integration: &Integration, oauth: &OAuth, app: &App<'_>) -> Variables {
    let scopes = OAuthOptions::of(integration, app).scopes;
    let endpoint = integration.endpoint.as_str().to_uppercase();
    let mut variables = Variables::new();
    for endpoint in [endpoint.replace('-', "_"), endpoint] {
        let name = |part: &str| format!("{}{endpoint}_{part}", app.profile.framework.prefix());
        variables.set(name("CLIENT_ID"), oauth.client_id.as_str());
        variables.set_secret(name("CLIENT_SECRET"), oauth.client_secret.clone());
        variables.set(name("API_BASE_URL"), oauth.issuer_url.as_str());
        variables.set(name("AUTHORIZE_URL"), oauth.authorization_endpoint.as_str());
        variables.set(name("ACCESS_TOKEN_URL"), oauth.token_endpoint.as_str());
        variables.set(name("USER_URL"), oauth.userinfo_endpoint.as_str());
        variables.set(name("JWKS_URL"), oauth.jwks_endpoint.as_str());
        variables.set(name("CLIENT_KWARGS"), python::map("scope", &scopes));
    }
    variables
}

fn set_known(variables: &mut Variables, name: &str, value: Option<String>) {
    if let Some(value) = value {
        variables.set(name, value);
    }
}

/// A URL, which is a secret if a password is in it.
pub(super) fn set_url(variables: &mut Variables, name: &str, text: &str) {
    let hidden = Connection::parse(text, None).is_ok_and(|url| url::holds_secret(&url));
    url::set_marked(variables, name, Secret::new(text), hidden);
}
