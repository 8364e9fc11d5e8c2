//! What the charm's own files say: made once per hook, before anything is asked.

use std::collections::BTreeMap;

use super::framework::Profile;
use super::integrations::{self, Integration};
use super::options::check_paas_config;
use super::paas_config::{PaasConfig, PaasConfigFaults};
use crate::juju::metadata::{ConfigSchema, Metadata};

/// The charm's files, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Charm {
    /// What the app is written with.
    pub profile: Profile,
    /// What metadata.yaml says.
    pub metadata: Metadata,
    /// The options of config.yaml.
    pub schema: ConfigSchema,
    /// What paas-config.yaml says, or why it cannot be used.
    pub paas_config: Result<PaasConfig, PaasConfigFaults>,
    /// The files of `cos_custom` by path.
    pub custom: BTreeMap<String, String>,
    /// What the app can be related to.
    pub integrations: Vec<Integration>,
    /// Which build of this program it is.
    pub build: String,
}

/// The texts of a charm's files.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// paas-config.yaml, if there is one; the error if it cannot be read.
    pub paas_config: Option<Result<String, String>>,
    /// The files of `cos_custom` by path.
    pub custom: BTreeMap<String, String>,
}

impl Charm {
    /// Reads the files.
    pub fn new(
        profile: Profile,
        metadata: Metadata,
        schema: ConfigSchema,
        texts: Texts,
        build: String,
    ) -> Self {
        let paas_config = match texts.paas_config {
            None => Ok(PaasConfig::default()),
            Some(Err(why)) => Err(PaasConfigFaults::unreadable(why)),
            Some(Ok(text)) => PaasConfig::parse(&text),
        };
        let paas_config =
            paas_config.and_then(|config| check_paas_config(profile, &schema, &config).map(|()| config));
        let integrations = integrations::declared(&metadata.endpoints);
        Self { profile, metadata, schema, paas_config, custom: texts.custom, integrations, build }
    }

    /// Where this program is in the app's container.
    pub fn program(&self) -> String {
        format!("/opt/sidecharm/{}/sidecharm", self.build)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webapp::framework::{Framework, Generation};

    fn read(framework: Framework, paas_config: Option<Result<&str, &str>>) -> Charm {
        let metadata = Metadata::parse("{name: x, summary: s, description: d}").unwrap();
        let profile = Profile { framework, generation: Generation::First };
        let text = paas_config.map(|read| read.map(str::to_owned).map_err(str::to_owned));
        let texts = Texts { paas_config: text, ..Texts::default() };
        Charm::new(profile, metadata, ConfigSchema::default(), texts, String::new())
    }

    #[test]
    fn without_an_authors_file_all_is_as_by_default() {
        assert_eq!(read(Framework::Flask, None).paas_config, Ok(PaasConfig::default()));
    }

    #[test]
    fn an_authors_file_that_cannot_be_read_or_used_is_told() {
        let told = |framework, file| read(framework, Some(file)).paas_config.unwrap_err().to_string();
        let unread = told(Framework::Flask, Err("permission denied"));
        assert_eq!(unread, "Invalid paas-config.yaml: cannot be read: permission denied");
        let wrong = told(Framework::Flask, Ok("port: x"));
        assert_eq!(wrong, "Invalid paas-config.yaml: port: must be a number from 1 to 65535");
        let unfit = told(Framework::Go, Ok("framework_logging_format: json"));
        assert!(unfit.ends_with("must not be json: go does not log so"), "{unfit}");
    }
}
