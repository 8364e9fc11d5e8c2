//! What keeps an app from being started, as far as its integrations go.

use super::Interface;
use super::ask::{App, OAuthOptions};
use super::state::{Data, Seen, State};
use crate::juju::names::EndpointName;
use crate::juju::status::Status;

/// A reason not to start the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A relation says what cannot be used; which key, and why.
    Invalid(EndpointName, String),
    /// There is a relation with a proxy, and no proxy; why.
    NoProxy(EndpointName, String),
    /// Nobody is there whom the app cannot run without.
    Missing(Vec<EndpointName>),
    /// The identity provider has made no client for the app; the provider, or the endpoint where it has no units.
    NoClient(String),
    /// Browsers could not come back from the identity provider.
    NoIngress,
    /// The charm has several endpoints for identity providers.
    SeveralOAuth,
    /// The option asks for too little.
    NoOpenid,
    /// Relations that say half of what is needed; the keys that are missing.
    HalfWritten(Vec<(EndpointName, Vec<String>)>),
}

impl Problem {
    /// What is shown.
    pub fn status(&self) -> Status {
        match self {
            Self::Invalid(endpoint, why) => {
                Status::blocked(&format!("Invalid {endpoint} relation data. {why}"))
            }
            Self::NoProxy(endpoint, why) => Status::blocked(&format!(
                "{endpoint} relation data is either unavailable, invalid or not usable. {why}"
            )),
            Self::Missing(endpoints) => {
                let names: Vec<_> = endpoints.iter().map(EndpointName::as_str).collect();
                Status::blocked(&format!("missing integrations: {}", names.join(", ")))
            }
            Self::NoClient(application) => Status::blocked(&format!("Please check {application} charm!")),
            Self::NoIngress => Status::blocked("Ingress relation is required for OIDC to work correctly!"),
            Self::SeveralOAuth => Status::blocked("Multiple OAuth relations are not supported at the moment"),
            Self::NoOpenid => Status::blocked(
                "The 'openid' scope is required for OAuth integration, please add it to the scopes.",
            ),
            Self::HalfWritten(relations) => {
                let one = |(endpoint, keys): &(EndpointName, Vec<String>)| {
                    format!("{endpoint} ({})", keys.join(", "))
                };
                let all: Vec<_> = relations.iter().map(one).collect();
                Status::waiting(&format!("Waiting for relation data: {}", all.join(", ")))
            }
        }
    }

    /// The services are stopped, and the next start migrates the database again: they must not run without what is missing.
    pub fn stops_services(&self) -> bool {
        matches!(self, Self::Missing(_))
    }
}

/// Data that cannot be used: told before anything else, whether the app needs them or not.
pub fn invalid(seen: &[Seen]) -> Option<Problem> {
    seen.iter().find_map(|one| {
        let endpoint = || one.integration.endpoint.clone();
        match (&one.state, one.integration.interface) {
            (_, Interface::Logging) => None,
            (State::Broken(why), Interface::HttpProxy) => Some(Problem::NoProxy(endpoint(), why.clone())),
            (State::Silent, Interface::HttpProxy) => {
                Some(Problem::NoProxy(endpoint(), "nothing was said yet".to_owned()))
            }
            (State::Waiting(keys), Interface::HttpProxy) => {
                Some(Problem::NoProxy(endpoint(), format!("not there yet: {}", keys.join(", "))))
            }
            (State::Broken(why), _) => Some(Problem::Invalid(endpoint(), why.clone())),
            _ => None,
        }
    })
}

/// What else is in the way, in the order in which it is told.
pub fn unready(seen: &[Seen], app: &App<'_>) -> Option<Problem> {
    missing(seen).or_else(|| oauth(seen, app)).or_else(|| half_written(seen))
}

fn missing(seen: &[Seen]) -> Option<Problem> {
    let gone = seen
        .iter()
        .filter(|one| !one.integration.optional && matches!(one.state, State::Unrelated | State::Silent));
    let gone: Vec<_> = gone.map(|one| one.integration.endpoint.clone()).collect();
    (!gone.is_empty()).then_some(Problem::Missing(gone))
}

fn oauth(seen: &[Seen], app: &App<'_>) -> Option<Problem> {
    let of = |interface| seen.iter().filter(move |one| one.integration.interface == interface);
    let mut endpoints = of(Interface::OAuth);
    let provider = endpoints.next()?;
    if endpoints.next().is_some() {
        return Some(Problem::SeveralOAuth);
    }
    if provider.state == State::Unrelated {
        return None;
    }
    // Without it nothing is asked, so no client can be there.
    if !OAuthOptions::of(&provider.integration, app).has_openid() {
        return Some(Problem::NoOpenid);
    }
    if provider.data().is_none() {
        let name = provider
            .application
            .as_ref()
            .map_or(provider.integration.endpoint.as_str(), |name| name.as_str());
        return Some(Problem::NoClient(name.to_owned()));
    }
    let reached = of(Interface::Ingress).any(|one| one.data().is_some());
    (!reached).then_some(Problem::NoIngress)
}

fn half_written(seen: &[Seen]) -> Option<Problem> {
    let half = seen.iter().filter(|one| !one.integration.interface.is_surrounding());
    let half = half.filter_map(|one| match &one.state {
        State::Waiting(keys) => Some((one.integration.endpoint.clone(), keys.clone())),
        _ => None,
    });
    let half: Vec<_> = half.collect();
    (!half.is_empty()).then_some(Problem::HalfWritten(half))
}

/// The app has a database.
pub fn has_database(seen: &[Seen]) -> bool {
    seen.iter().any(|one| matches!(one.data(), Some(Data::Database(_))))
}

#[cfg(test)]
mod tests;
