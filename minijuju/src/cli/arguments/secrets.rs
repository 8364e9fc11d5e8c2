//! The verbs about secrets. What a command line holds other processes of this machine can read: `--file` and
//! `KEY#file=PATH` keep content out of it.

use clap::{Args, Subcommand};

use super::Format;

#[derive(Debug, Subcommand)]
pub enum SecretVerb {
    /// Adds a secret of the user's.
    AddSecret {
        name: String,
        #[command(flatten)]
        content: Content,
    },
    /// Gives a user's secret new content, or a new name or description.
    UpdateSecret {
        /// Its id or name
        secret: String,
        #[command(flatten)]
        content: Content,
        /// Its new name
        #[arg(long)]
        name: Option<String>,
        /// Let revisions go that no unit tracks any more.
        #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        auto_prune: Option<bool>,
    },
    /// Lets applications read a user's secret.
    GrantSecret(Access),
    /// Takes that back.
    RevokeSecret(Access),
    /// Removes a user's secret, or one revision of it.
    RemoveSecret {
        /// Its id or name
        secret: String,
        #[arg(long)]
        revision: Option<u32>,
    },
    /// Lists the secrets.
    #[command(alias = "list-secrets")]
    Secrets {
        #[arg(long, default_value = "tabular")]
        format: Format,
    },
    /// Shows a secret.
    ShowSecret {
        /// Its id, name or label
        secret: String,
        /// Show its content too.
        #[arg(long)]
        reveal: bool,
        #[arg(short, long)]
        revision: Option<u32>,
        #[arg(long, default_value = "yaml")]
        format: Format,
    },
}

#[derive(Debug, Args)]
pub struct Content {
    /// KEY=VALUE, KEY#base64=VALUE or KEY#file=PATH
    #[arg(value_name = "KEY=VALUE")]
    pub pairs: Vec<String>,
    /// A YAML file of keys and values
    #[arg(long)]
    pub file: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub info: Option<String>,
}

#[derive(Debug, Args)]
pub struct Access {
    /// Its id or name
    pub secret: String,
    /// Several with commas between
    #[arg(required = true, value_delimiter = ',')]
    pub applications: Vec<String>,
}
