//! What the app is given of its integrations: variables, and files.

use super::ask::App;
use super::state::{Data, Seen};
use super::{Interface, generic, spring};
use crate::relations::http_proxy::HttpProxy;
use crate::relations::http_url::HttpUrl;
use crate::webapp::framework::Framework;
use crate::webapp::variables::{Value, Variables};

/// A file that a variable names. It holds nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where the app looks for it.
    pub path: &'static str,
    /// What is in it.
    pub content: String,
}

/// The variables of all that can be used. Where two say the same, as two databases do in Spring Boot, the later endpoint
/// wins.
pub fn variables(seen: &[Seen], app: &App<'_>) -> Variables {
    let is_spring = app.profile.framework == Framework::SpringBoot;
    let mut variables = Variables::new();
    let mut traced = false;
    for (integration, data) in seen.iter().filter_map(|one| Some((&one.integration, one.data()?))) {
        let plain = integration.prefix.is_empty();
        traced |= plain && integration.interface == Interface::Tracing;
        // Spring has one place for each kind of server: a further one is told as to any other framework.
        let of_this = if is_spring && plain {
            spring::variables(integration, data, app)
        } else {
            generic::variables(integration, data, app)
        };
        let prefixed =
            |(name, value): (&str, &Value)| (format!("{}{name}", integration.prefix), value.clone());
        variables.extend(of_this.iter().map(prefixed).collect());
    }
    if is_spring && !traced {
        variables.extend(spring::without_tracing());
    }
    variables
}

/// The files of all that can be used.
pub fn files(seen: &[Seen], app: &App<'_>) -> Vec<File> {
    let is_spring = app.profile.framework == Framework::SpringBoot;
    let plain = seen.iter().filter(|one| is_spring && one.integration.prefix.is_empty());
    let of = plain.filter_map(|one| match one.data() {
        Some(Data::Saml(saml)) => {
            Some(File { path: spring::certificate_path(app.profile), content: spring::certificate(saml) })
        }
        _ => None,
    });
    of.collect()
}

/// The proxy that a relation gives: that of the endpoint with the customary name, else of the first.
pub fn proxy(seen: &[Seen]) -> Option<&HttpProxy> {
    let mut given: Vec<_> = seen
        .iter()
        .filter_map(|one| match one.data() {
            Some(Data::HttpProxy(proxy)) => Some((one.integration.prefix.as_str(), proxy.as_ref())),
            _ => None,
        })
        .collect();
    given.sort_by_key(|(prefix, _)| *prefix);
    given.first().map(|(_, proxy)| *proxy)
}

/// The URL that ingress gives the app.
pub fn ingress_url(seen: &[Seen]) -> Option<&HttpUrl> {
    seen.iter().find_map(|one| match one.data() {
        Some(Data::Ingress(url)) => Some(url),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
