//! What the app asks of the other sides.

use super::{Integration, Interface};
use crate::juju::names::{ApplicationName, UnitName};
use crate::juju::wire::Config;
use crate::observed::Relation;
use crate::relations::topology::unit_host;
use crate::relations::{
    Databag, http_proxy, ingress, oauth, openfga, postgresql_client, rabbitmq, s3, tracing, valkey_client,
};
use crate::webapp::framework::{Framework, Profile};

/// RabbitMQ's virtual host.
pub(super) const VHOST: &str = "/";
const SCOPES: &str = "openid profile email";

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct App<'a> {
    /// What it is written with.
    pub profile: Profile,
    /// This unit.
    pub unit: &'a UnitName,
    /// The application.
    pub name: &'a ApplicationName,
    /// The model.
    pub model: &'a str,
    /// The model's id.
    pub model_uuid: &'a str,
    /// The URL that the app is reached by.
    pub base_url: &'a str,
    /// The port that it listens at, once it is known.
    pub port: Option<u16>,
    /// Juju has opened it.
    pub port_is_open: bool,
    /// The operator's options.
    pub config: &'a Config,
}

/// What is to be in the own bags; other keys are left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// The application's, for the leader.
    pub application: Databag,
    /// The unit's.
    pub unit: Databag,
}

/// What is asked over a relation. What was asked there before is kept where another ask would lose what the other side
/// holds for it.
pub fn ask(integration: &Integration, over: &Relation, app: &App<'_>) -> Ask {
    if integration.interface == Interface::Ingress {
        return reached(over, app);
    }
    // Only the leader may write there.
    let Some(own) = &over.own_application else { return Ask::default() };
    let name = app.name.as_str();
    let seed = format!("{}/{name}/{}", app.model_uuid, over.id);
    let application = |application| Ask { application, unit: Databag::new() };
    match integration.interface {
        Interface::MongoDb | Interface::MySql | Interface::PostgreSql => Ask {
            application: postgresql_client::ask(name, over.in_other_model),
            unit: postgresql_client::ask_of_unit(over.in_other_model),
        },
        Interface::RabbitMq => {
            let both = rabbitmq::ask(name, VHOST);
            Ask { application: both.clone(), unit: both }
        }
        Interface::S3 => Ask { application: s3::ask(name), unit: s3::ask_of_unit() },
        Interface::Valkey => application(valkey_client::ask(own, &seed)),
        Interface::HttpProxy => application(http_proxy::ask(own, &seed)),
        Interface::OpenFga => {
            let kept = own.get("store_name").filter(|store| !store.is_empty());
            application(openfga::ask(kept.map_or(name, String::as_str)))
        }
        Interface::Tracing => application(tracing::ask()),
        Interface::OAuth => {
            let options = OAuthOptions::of(integration, app);
            if options.has_openid() {
                application(oauth::ask(&options.redirect_uri, &options.scopes))
            } else {
                Ask::default()
            }
        }
        Interface::Redis | Interface::Saml | Interface::Smtp | Interface::Ingress | Interface::Logging => {
            Ask::default()
        }
    }
}

/// Ingress wants every unit's name, and of the leader the port.
fn reached(over: &Relation, app: &App<'_>) -> Ask {
    let of_leader = over.own_application.as_ref().zip(app.port);
    let application = of_leader.map(|(_, port)| ingress::ask(app.model, app.name, port, app.port_is_open));
    Ask {
        application: application.unwrap_or_default(),
        unit: ingress::ask_of_unit(&unit_host(app.unit, app.model), over.address.as_deref()),
    }
}

/// What the operator says of an OAuth endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthOptions {
    /// Where the browser comes back to.
    pub redirect_uri: String,
    /// What is asked for, separated by blanks.
    pub scopes: String,
    /// What Spring names users by.
    pub user_name_attribute: String,
}

impl OAuthOptions {
    /// The options of an endpoint, as `charmcraft` declares them for it.
    pub fn of(integration: &Integration, app: &App<'_>) -> Self {
        let endpoint = &integration.endpoint;
        let option = |name: &str, default: &str| {
            let value = app.config.get(&format!("{endpoint}-{name}")).and_then(|value| value.as_text());
            value.unwrap_or(default).to_owned()
        };
        let path = match app.profile.framework {
            Framework::SpringBoot => format!("/login/oauth2/code/{endpoint}"),
            _ => "/callback".to_owned(),
        };
        Self {
            redirect_uri: oauth::redirect_uri(app.base_url, &option("redirect-path", &path)),
            scopes: option("scopes", SCOPES),
            user_name_attribute: option("user-name-attribute", "sub"),
        }
    }

    /// `openid` is among the scopes: without it nobody can sign on.
    pub fn has_openid(&self) -> bool {
        self.scopes.split_whitespace().any(|scope| scope == "openid")
    }
}

#[cfg(test)]
mod tests;
