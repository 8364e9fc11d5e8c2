//! The command line of the program: what it does when it is not Juju that starts it. It prints and never decides.

pub mod init;
pub mod repack;
pub mod run;
pub mod watch;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Parser, Subcommand};

use crate::webapp::framework::{Framework, Generation};

/// A Juju Kubernetes charm as one program. Juju starts it without arguments, as `dispatch`.
#[derive(Debug, Parser)]
#[command(name = "sidecharm", version, disable_help_subcommand = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch over the Redis server of this pod (a service of the charm's, in the `redis` container).
    Watch {
        /// The file in which the charm tells what to watch.
        file: PathBuf,
    },
    /// Become a program, with the variables of a file in its environment (services of the charm's start so).
    Run {
        /// The file: a JSON object of names and texts.
        #[arg(long)]
        environment: PathBuf,
        /// The program, and its arguments.
        #[arg(last = true, required = true, value_name = "PROGRAM")]
        command: Vec<OsString>,
    },
    /// Write a folder with a charm for a web app, to edit and pack.
    ///
    /// The folder is a charm as it stands: this program is in it as `dispatch`, beside the files that Juju reads.
    #[command(after_help = INIT_EXAMPLES)]
    Init {
        /// What the app is written with.
        #[arg(value_parser = framework_parser())]
        framework: Framework,
        /// The folder; it must be empty, or not be there.
        #[arg(default_value = ".")]
        folder: PathBuf,
        /// The charm's name: lower-case letters, digits and single hyphens. [default: the folder's name]
        #[arg(long)]
        name: Option<String>,
        /// The base of the charm. It decides the names of the container, the options and the image: those of paas-charm 1.x
        /// on 24.04, those of 2.x on 26.04.
        #[arg(long, default_value = "ubuntu@24.04", value_parser = generation_parser())]
        base: Generation,
    },
    /// Put this program into a charm that charmcraft packed for paas-charm.
    ///
    /// Kept are the metadata, the options, the actions, paas-config.yaml, the charm's own dashboards and alert rules, the
    /// icon and the texts for people. The Python program is left out, with its libraries. The same charm gives the same bytes. An application that runs
    /// the Python charm is refreshed to the new one in place.
    ///
    /// A charm whose src/charm.py does more than the one of `charmcraft init` is refused, with the lines that do: this
    /// program would not run them.
    #[command(after_help = REPACK_EXAMPLES)]
    Repack {
        /// The packed charm.
        #[arg(value_name = "IN.charm")]
        input: PathBuf,
        /// Where to write the new one; it may be the same file.
        #[arg(short, long, value_name = "OUT.charm")]
        output: PathBuf,
        /// What the app is written with. Needed only where the charm does not tell.
        #[arg(long, value_parser = framework_parser())]
        framework: Option<Framework>,
        /// Leave out code of the charm's own.
        #[arg(long)]
        drop_code: bool,
    },
    /// Print the version and the build.
    Version,
}

const INIT_EXAMPLES: &str = "\
Examples:
  sidecharm init flask my-shop
  sidecharm init go my-api --base ubuntu@26.04";

const REPACK_EXAMPLES: &str = "\
Example:
  charmcraft pack
  sidecharm repack my-shop_amd64.charm -o my-shop.charm
  juju refresh my-shop --path ./my-shop.charm --resource flask-app-image=IMAGE";

fn framework_parser() -> impl clap::builder::TypedValueParser<Value = Framework> {
    PossibleValuesParser::new(Framework::ALL.map(Framework::as_str))
        .try_map(|name| Framework::parse(&name).ok_or("no such framework"))
}

fn generation_parser() -> impl clap::builder::TypedValueParser<Value = Generation> {
    let bases = [Generation::First, Generation::Second].map(init::folder::base);
    PossibleValuesParser::new(bases).map(|name| {
        let is_second = name == init::folder::base(Generation::Second);
        if is_second { Generation::Second } else { Generation::First }
    })
}
