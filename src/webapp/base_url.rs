//! The URL that the app is reached by: the ingress's, else that of the application's service in the cluster.

use crate::juju::names::ApplicationName;
use crate::relations::connection::Connection;
use crate::relations::http_url::HttpUrl;

/// Where the app is reached.
#[derive(Debug, Clone, Copy)]
pub enum Site<'a> {
    /// Through an ingress.
    Ingress(&'a HttpUrl),
    /// From inside of the cluster.
    Cluster {
        /// The application.
        application: &'a ApplicationName,
        /// Its model.
        model: &'a str,
    },
}

impl<'a> Site<'a> {
    /// Through the ingress if there is one.
    pub const fn of(ingress: Option<&'a HttpUrl>, application: &'a ApplicationName, model: &'a str) -> Self {
        match ingress {
            Some(url) => Self::Ingress(url),
            None => Self::Cluster { application, model },
        }
    }

    /// The URL; `port` is where the app listens.
    pub fn url(self, port: u16) -> String {
        match self {
            Self::Ingress(url) => url.as_str().to_owned(),
            Self::Cluster { application, model } => format!("http://{application}.{model}:{port}"),
        }
    }

    /// The host that the URL names, in lower case; an IPv6 address without brackets.
    pub fn host(self) -> String {
        match self {
            Self::Ingress(url) => Connection::parse(url.as_str(), None)
                .ok()
                .and_then(|url| url.host().map(|host| host.name.clone()))
                .unwrap_or_default(),
            Self::Cluster { application, model } => format!("{application}.{model}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ingress: Option<&str>, url: &str, host: &str) {
        let application = ApplicationName::parse("flask-k8s").unwrap();
        let ingress = ingress.map(|text| HttpUrl::parse(text).unwrap());
        let site = Site::of(ingress.as_ref(), &application, "prod");
        assert_eq!((site.url(8000).as_str(), site.host().as_str()), (url, host));
    }

    #[test]
    fn without_an_ingress_it_is_the_service_in_the_cluster() {
        check(None, "http://flask-k8s.prod:8000", "flask-k8s.prod");
    }

    #[test]
    fn an_ingress_keeps_its_url() {
        check(Some("http://juju.test/"), "http://juju.test/", "juju.test");
        check(Some("https://Juju.test/prod-flask-k8s"), "https://juju.test/prod-flask-k8s", "juju.test");
        check(Some("http://10.0.0.1:8443/x"), "http://10.0.0.1:8443/x", "10.0.0.1");
        check(Some("http://[2001:db8::1]/x"), "http://[2001:db8::1]/x", "2001:db8::1");
    }
}
