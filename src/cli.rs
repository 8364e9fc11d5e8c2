//! The command line of the program: what it does when it is not Juju that starts it. It prints and never decides.

pub mod run;
pub mod watch;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

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
    /// Print the version and the build.
    Version,
}
