//! What a new charm's folder holds. It writes nothing.

use crate::juju::names::ApplicationName;
use crate::webapp::framework::{Framework, Generation, Profile};

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: String,
}

/// The options that are this program's own, as they stand below `options:`.
pub const OWN_OPTIONS: &str = include_str!("templates/config/own.yaml");
/// The actions that are this program's own.
pub const OWN_ACTIONS: &str = include_str!("templates/actions-own.yaml");

/// The base that charms of a generation are made for.
pub const fn base(generation: Generation) -> &'static str {
    match generation {
        Generation::First => "ubuntu@24.04",
        Generation::Second => "ubuntu@26.04",
    }
}

/// Charmhub's limit.
const LONGEST: usize = 40;

/// The name, if both Juju and Charmhub take it.
pub fn charm_name(name: &str) -> Option<ApplicationName> {
    ApplicationName::parse(name).ok().filter(|name| name.as_str().len() <= LONGEST)
}

/// All files but the program, sorted.
pub fn files(profile: Profile, name: &ApplicationName, architecture: &str) -> Vec<NewFile> {
    let filled = |template: &str| fill(template, profile, name, architecture);
    let file = |name, template| NewFile { name, text: filled(template) };
    vec![
        file(".gitignore", include_str!("templates/gitignore")),
        file("README.md", include_str!("templates/README.md")),
        NewFile { name: "actions.yaml", text: actions(profile) },
        file("charmcraft.yaml", include_str!("templates/charmcraft.yaml")),
        NewFile { name: "config.yaml", text: filled(&config(profile)) },
        file("manifest.yaml", include_str!("templates/manifest.yaml")),
        file("metadata.yaml", include_str!("templates/metadata.yaml")),
        file("paas-config.yaml", include_str!("templates/paas-config.yaml")),
        file("sidecharm.yaml", include_str!("templates/sidecharm.yaml")),
    ]
}

fn actions(profile: Profile) -> String {
    let mut text = [include_str!("templates/actions.yaml"), OWN_ACTIONS].concat();
    if profile.framework == Framework::Django {
        text.push_str(include_str!("templates/actions-django.yaml"));
    }
    text
}

fn config(profile: Profile) -> String {
    let mut parts = vec![include_str!("templates/config/head.yaml")];
    match profile.framework {
        Framework::Flask => parts.extend([
            include_str!("templates/config/gunicorn.yaml"),
            include_str!("templates/config/flask.yaml"),
        ]),
        Framework::Django => parts.extend([
            include_str!("templates/config/gunicorn.yaml"),
            include_str!("templates/config/django.yaml"),
        ]),
        Framework::FastApi => parts.push(include_str!("templates/config/fastapi.yaml")),
        Framework::SpringBoot => parts.push(include_str!("templates/config/spring-boot.yaml")),
        Framework::Go | Framework::ExpressJs => {}
    }
    match profile.port_option() {
        Some("webserver-port") => parts.push(include_str!("templates/config/fastapi-port.yaml")),
        Some(_) => parts.push(include_str!("templates/config/port.yaml")),
        None => {}
    }
    if profile.port_option().is_some() {
        parts.push(include_str!("templates/config/metrics.yaml"));
    }
    parts.push(match profile.generation {
        Generation::First => include_str!("templates/config/key-first.yaml"),
        Generation::Second => include_str!("templates/config/key-second.yaml"),
    });
    parts.push(OWN_OPTIONS);
    parts.push(include_str!("templates/config/tail.yaml"));
    parts.concat()
}

/// Puts what is known into a template: the words in `{{…}}`.
fn fill(template: &str, profile: Profile, name: &ApplicationName, architecture: &str) -> String {
    let base = base(profile.generation);
    let metrics = profile.default_metrics();
    let (port, metrics_port) = (profile.default_port().to_string(), metrics.port.to_string());
    let title = match profile.framework {
        Framework::Flask => "Flask",
        Framework::Django => "Django",
        Framework::FastApi => "FastAPI",
        Framework::Go => "Go",
        Framework::ExpressJs => "Express",
        Framework::SpringBoot => "Spring Boot",
    };
    let prefix = match profile.framework {
        Framework::Flask | Framework::Django => profile.framework.as_str(),
        Framework::FastApi | Framework::Go | Framework::ExpressJs | Framework::SpringBoot => "app",
    };
    // paas-charm's servers that can log so.
    let logging = match profile.framework {
        Framework::Flask | Framework::Django | Framework::FastApi => include_str!("templates/logging.yaml"),
        Framework::Go | Framework::ExpressJs | Framework::SpringBoot => "",
    };
    let user = match profile.generation {
        Generation::First => "",
        Generation::Second => "\ncharm-user: non-root # heeded from Juju 3.6 on\n",
    };
    [
        ("name", name.as_str()),
        ("framework", profile.framework.as_str()),
        ("title", title),
        ("container", profile.container()),
        ("peers", profile.peer_endpoint()),
        ("base", base),
        ("channel", base.trim_start_matches("ubuntu@")),
        ("architecture", architecture),
        ("port", &port),
        ("metrics-port", &metrics_port),
        ("metrics-path", metrics.path),
        ("prefix", prefix),
        ("variables", profile.framework.prefix()),
        ("logging", logging),
        ("user", user),
    ]
    .into_iter()
    .fold(template.to_owned(), |text, (word, value)| text.replace(&format!("{{{{{word}}}}}"), value))
}

#[cfg(test)]
mod tests;
