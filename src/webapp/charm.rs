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
