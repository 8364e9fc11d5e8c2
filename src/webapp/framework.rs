//! The six frameworks, and what differs between them as data.
//!
//! Source: paas-charm 1.12.3 and 2.0b1, and Charmcraft's extensions `flask-framework` to `spring-boot-framework`.

use std::fmt;

use crate::juju::metadata::Metadata;

/// What the web app is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Framework {
    /// Python, under gunicorn.
    Flask,
    /// Python, under gunicorn.
    Django,
    /// Python, under uvicorn.
    FastApi,
    /// A compiled program.
    Go,
    /// Node, started by npm.
    ExpressJs,
    /// Java.
    SpringBoot,
}

/// Which of the two lines of charms it is. They differ in names and in where some settings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// Made for Ubuntu 22.04 and 24.04, with paas-charm 1.x.
    First,
    /// Made for Ubuntu 26.04, with paas-charm 2.x.
    Second,
}

/// A framework in one of the generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Which framework.
    pub framework: Framework,
    /// Which generation.
    pub generation: Generation,
}

/// What metrics are scraped from unless the charm says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricsDefault {
    /// TCP port.
    pub port: u16,
    /// Path of the URL.
    pub path: &'static str,
}

impl Framework {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Flask, Self::Django, Self::FastApi, Self::Go, Self::ExpressJs, Self::SpringBoot];

    /// The name that is in `sidecharm.yaml`, and the name of the Pebble service that is the web app.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flask => "flask",
            Self::Django => "django",
            Self::FastApi => "fastapi",
            Self::Go => "go",
            Self::ExpressJs => "expressjs",
            Self::SpringBoot => "spring-boot",
        }
    }

    /// The framework of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|framework| framework.as_str() == name)
    }

    /// The app is a WSGI app that gunicorn runs.
    pub const fn is_gunicorn(self) -> bool {
        matches!(self, Self::Flask | Self::Django)
    }

    /// What the variables of the operator's own options begin with, and those that every app has (`BASE_URL`, `SECRET_KEY`).
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Flask => "FLASK_",
            Self::Django => "DJANGO_",
            Self::FastApi | Self::Go | Self::ExpressJs | Self::SpringBoot => "APP_",
        }
    }
}

impl fmt::Display for Framework {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Profile {
    /// Recognises a charm by its metadata: the names that Charmcraft's extension gives. `options` are the names of its
    /// options. Go and Express cannot be told apart so.
    pub fn recognise(metadata: &Metadata, options: &[&str]) -> Option<Self> {
        let has_container = |name: &str| metadata.containers.keys().any(|one| one.as_str() == name);
        let framework = if has_container("flask-app") {
            Framework::Flask
        } else if has_container("django-app") {
            Framework::Django
        } else if has_container("app") {
            options.iter().find_map(|option| match *option {
                "flask-env" | "flask-debug" => Some(Framework::Flask),
                "django-debug" | "django-allowed-hosts" => Some(Framework::Django),
                "webserver-log-level" => Some(Framework::FastApi),
                "app-profiles" => Some(Framework::SpringBoot),
                _ => None,
            })?
        } else {
            return None;
        };
        Some(Self::of(framework, metadata))
    }

    /// This framework, in the generation that the metadata tell.
    pub fn of(framework: Framework, metadata: &Metadata) -> Self {
        let first = metadata.endpoints.keys().any(|endpoint| endpoint.as_str() == "secret-storage");
        let generation = if first { Generation::First } else { Generation::Second };
        Self { framework, generation }
    }

    /// The workload container.
    pub const fn container(self) -> &'static str {
        match (self.generation, self.framework) {
            (Generation::First, Framework::Flask) => "flask-app",
            (Generation::First, Framework::Django) => "django-app",
            _ => "app",
        }
    }

    /// The peer endpoint.
    pub const fn peer_endpoint(self) -> &'static str {
        match self.generation {
            Generation::First => "secret-storage",
            Generation::Second => "peers",
        }
    }

    /// The label of the secret in which paas-charm keeps the generated key.
    pub const fn key_label(self) -> Option<&'static str> {
        match self.generation {
            Generation::First => None,
            Generation::Second => Some("app-secret-key"),
        }
    }

    /// The directory with the app's files; migrations run in it.
    pub const fn app_dir(self) -> &'static str {
        match (self.generation, self.framework) {
            (Generation::First, Framework::Flask) => "/flask/app",
            (Generation::First, Framework::Django) => "/django/app",
            _ => "/app",
        }
    }

    /// Gunicorn's configuration file, of frameworks that it runs.
    pub const fn gunicorn_file(self) -> Option<&'static str> {
        match (self.generation, self.framework) {
            (Generation::First, Framework::Flask) => Some("/flask/gunicorn.conf.py"),
            (Generation::First, Framework::Django) => Some("/django/gunicorn.conf.py"),
            (Generation::Second, Framework::Flask | Framework::Django) => {
                Some("/var/lib/gunicorn/gunicorn.conf.py")
            }
            (_, Framework::FastApi | Framework::Go | Framework::ExpressJs | Framework::SpringBoot) => None,
        }
    }

    /// The port that the app listens at where no option and no `paas-config.yaml` names another.
    pub const fn default_port(self) -> u16 {
        match (self.generation, self.framework) {
            (_, Framework::Flask | Framework::Django) | (Generation::Second, Framework::FastApi) => 8000,
            _ => 8080,
        }
    }

    /// The option that names the port; the first generation's gunicorn and all of the second have none.
    pub const fn port_option(self) -> Option<&'static str> {
        match (self.generation, self.framework) {
            (Generation::First, Framework::FastApi) => Some("webserver-port"),
            (Generation::First, Framework::Go | Framework::ExpressJs | Framework::SpringBoot) => {
                Some("app-port")
            }
            _ => None,
        }
    }

    /// Where metrics are scraped by default. Gunicorn's come from the rock's own statsd exporter.
    pub const fn default_metrics(self) -> MetricsDefault {
        let port = match (self.generation, self.framework) {
            (_, Framework::Flask | Framework::Django) => 9102,
            (Generation::Second, Framework::FastApi) => 8000,
            (Generation::Second, Framework::ExpressJs) => 9464,
            _ => 8080,
        };
        let path = match self.framework {
            Framework::SpringBoot => "/actuator/prometheus",
            _ => "/metrics",
        };
        MetricsDefault { port, path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHARM: &str = "{name: x, summary: s, description: d, containers: {CONTAINER: {resource: i}}, \
                         resources: {i: {type: oci-image}}, peers: {PEERS: {interface: p}}}";

    fn check(container: &str, peers: &str, options: &[&str], expected: Option<(Framework, Generation)>) {
        let text = CHARM.replace("CONTAINER", container).replace("PEERS", peers);
        let metadata = Metadata::parse(&text).unwrap();
        let found = Profile::recognise(&metadata, options);
        let expected = expected.map(|(framework, generation)| Profile { framework, generation });
        assert_eq!(found, expected, "{container}, {peers}, {options:?}");
        if let Some(profile) = found {
            assert_eq!((profile.container(), profile.peer_endpoint()), (container, peers));
        }
    }

    #[test]
    fn a_charm_is_recognised_by_what_its_extension_declares() {
        use Framework::{Django, FastApi, Flask, SpringBoot};
        use Generation::{First, Second};
        check("flask-app", "secret-storage", &[], Some((Flask, First)));
        check("django-app", "secret-storage", &[], Some((Django, First)));
        check("app", "secret-storage", &["app-port", "webserver-log-level"], Some((FastApi, First)));
        check("app", "peers", &["webserver-log-level"], Some((FastApi, Second)));
        check("app", "secret-storage", &["app-profiles"], Some((SpringBoot, First)));
        check("app", "peers", &["flask-env"], Some((Flask, Second)));
        check("app", "peers", &["django-debug"], Some((Django, Second)));
        check("app", "secret-storage", &["app-port"], None);
        check("redis", "redis-peers", &["flask-env"], None);
    }

    #[test]
    fn every_framework_has_a_name_of_its_own() {
        for framework in Framework::ALL {
            assert_eq!(Framework::parse(framework.as_str()), Some(framework));
        }
        assert_eq!(Framework::parse("rails"), None);
    }
}
