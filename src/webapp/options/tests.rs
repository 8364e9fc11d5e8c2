use serde_json::{Value as Json, json};

use super::*;
use crate::juju::metadata::{CharmFiles, Sources};
use crate::juju::wire;
use crate::webapp::base_url::Site;
use crate::webapp::framework::{Framework, Generation};

mod compat;
mod extension;
mod faults;
mod file;
mod key;
mod own;
mod user;

const SECRET: &str = "secret:9m4e2mr0ui3e8a215n4g";

/// An application, as the tests see it.
#[derive(Clone)]
struct Case {
    profile: Profile,
    application: ApplicationName,
    schema: ConfigSchema,
    config: Config,
    secrets: BTreeMap<SecretId, SecretContent>,
    file: PaasConfig,
}

impl Case {
    /// With the extension's options, each at its default.
    fn new(framework: Framework, generation: Generation) -> Self {
        let case = Self {
            profile: Profile { framework, generation },
            application: ApplicationName::parse(&format!("{framework}-k8s")).unwrap(),
            schema: ConfigSchema::default(),
            config: Config::new(),
            secrets: BTreeMap::new(),
            file: PaasConfig::default(),
        };
        case.declare(extension::options(framework, generation))
    }

    fn first(framework: Framework) -> Self {
        Self::new(framework, Generation::First)
    }

    fn second(framework: Framework) -> Self {
        Self::new(framework, Generation::Second)
    }

    /// With more options, as config.yaml declares them.
    fn declare(mut self, options: &str) -> Self {
        let config = format!("options: {{{options}}}");
        let metadata = "{name: x, summary: s, description: d}";
        let sources = Sources { metadata: Some(metadata), config: Some(&config), ..Sources::default() };
        let declared = CharmFiles::parse(&sources).unwrap().config.options;
        for (name, option) in &declared {
            let value = match &option.default {
                Some(OptionValue::Text(text)) => ConfigValue::Text(text.clone()),
                Some(OptionValue::Integer(number)) => ConfigValue::Integer(*number),
                Some(OptionValue::Boolean(flag)) => ConfigValue::Boolean(*flag),
                _ => continue,
            };
            self.config.insert(name.clone(), value);
        }
        self.schema.options.extend(declared);
        self
    }

    /// With values as `config-get` gives them.
    fn set(mut self, values: &Json) -> Self {
        self.config.extend(wire::config(values.to_string().as_bytes()).unwrap());
        self
    }

    fn unset(mut self, option: &str) -> Self {
        self.config.remove(option);
        self
    }

    fn secret(mut self, content: &[(&str, &str)]) -> Self {
        let content = content.iter().map(|(key, value)| ((*key).to_owned(), Secret::new(*value)));
        self.secrets.insert(SecretId::parse(SECRET).unwrap(), content.collect());
        self
    }

    fn file(mut self, text: &str) -> Self {
        self.file = PaasConfig::parse(text).unwrap();
        assert_eq!(check_paas_config(self.profile, &self.schema, &self.file), Ok(()));
        self
    }

    fn settings(&self) -> Result<Settings, OptionFaults> {
        let Self { profile, application, schema, config, secrets, file } = self;
        let host = Site::of(None, application, "prod").host();
        settings(&Given {
            profile: *profile,
            application,
            schema,
            config,
            secrets,
            paas_config: file,
            host: &host,
        })
    }

    /// The whole environment, what the charm's author named last.
    fn environment(&self) -> Variables {
        let settings = self.settings().unwrap_or_else(|faults| panic!("{}", faults.details()));
        let url = Site::of(None, &self.application, "prod").url(settings.port);
        let mut all = settings.environment(self.profile, &url, &Secret::new("KEY"));
        all.extend(settings.overriding(&Secret::new("KEY")));
        all
    }

    /// A line for each variable; `!=` for one that is secret.
    fn shown(&self) -> String {
        let all = self.environment();
        let lines = all.iter().map(|(name, value)| match value {
            Value::Plain(text) => format!("{name}={text}"),
            Value::Secret(secret) => format!("{name}!={}", secret.expose()),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.environment().get(name).map(|value| value.expose().to_owned())
    }

    fn status(&self) -> String {
        self.settings().map_or_else(|faults| faults.status(), |_| String::new())
    }

    fn details(&self) -> String {
        self.settings().map_or_else(|faults| faults.details(), |_| String::new())
    }
}

fn each_profile() -> impl Iterator<Item = Profile> {
    Framework::ALL.into_iter().flat_map(|framework| {
        [Generation::First, Generation::Second].map(|generation| Profile { framework, generation })
    })
}

#[test]
fn secrets_that_options_name_are_known_before_they_are_read() {
    let long = "secret://5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11/9m4e2mr0ui3e8a215n60";
    let case = Case::first(Framework::Flask)
        .declare("a: {type: secret}, b: {type: secret}, c: {type: string}, d: {type: secret}")
        .set(&json!({"a": SECRET, "b": long, "c": "secret:9m4e2mr0ui3e8a215n70", "d": "no secret"}));
    let named = named_secrets(&case.schema, &case.config);
    let named: Vec<_> = named.iter().map(|(id, spelled)| (id.as_str(), spelled.as_str())).collect();
    assert_eq!(named, [("9m4e2mr0ui3e8a215n4g", SECRET), ("9m4e2mr0ui3e8a215n60", long)]);
}
