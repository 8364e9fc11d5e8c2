//! The operator's verbs: reads the command line, asks the controller, shows the answer. It decides nothing.
//!
//! Exit codes are Juju's: 0, 1 when the verb failed, 2 when the command line is wrong.

mod ago;
pub mod arguments;
mod follow;
mod log_view;
mod output;
mod result_view;
mod status_view;
mod table;
mod values;
mod verbs;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

use arguments::Arguments;
use table::Paint;

use crate::daemon::connection::{self, CallError, ModelPlace};
use crate::pod::error::chain;

const DEFAULT_MODEL: &str = "demo";

/// What the verbs take from their process.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub arguments: Vec<String>,
    /// `JUJU_MODEL`
    pub model: Option<String>,
    /// `MINIJUJU_HOME`
    pub home: Option<PathBuf>,
    /// Whether a person reads the output.
    pub terminal: bool,
    /// `NO_COLOR` is set.
    pub no_colour: bool,
}

/// How a verb fails.
#[derive(Debug)]
pub enum Failure {
    /// The text after `ERROR `.
    Told(String),
    /// The command line is wrong.
    Usage(String),
    /// All has been said already.
    Quiet(u8),
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Told(text)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Told(chain(&error))
    }
}

/// Runs a verb.
pub fn run(surroundings: &Surroundings) -> ExitCode {
    let arguments = match Arguments::try_parse_from(&surroundings.arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors: clap knows.
            let code = if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
            drop(error.print());
            return code;
        }
    };
    let name = arguments.model.as_deref().or(surroundings.model.as_deref());
    let place = connection::place(name.unwrap_or(DEFAULT_MODEL), surroundings.home.as_deref());
    let done =
        place.map_err(Failure::from).and_then(|place| verbs::run(arguments.verb, &place, surroundings));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Quiet(code)) => ExitCode::from(code),
        Err(Failure::Told(text)) => {
            output::complain(&format!("ERROR {text}"));
            ExitCode::FAILURE
        }
        Err(Failure::Usage(text)) => {
            output::complain(&format!("ERROR {text}"));
            ExitCode::from(2)
        }
    }
}

impl Surroundings {
    fn paint(&self) -> Paint {
        if self.terminal && !self.no_colour { Paint::Colours } else { Paint::Plain }
    }
}

/// The place of a model that a verb names itself.
fn named(
    place: &ModelPlace,
    name: Option<&str>,
    home: Option<&std::path::Path>,
) -> Result<ModelPlace, Failure> {
    Ok(name.map_or_else(|| Ok(place.clone()), |name| connection::place(name, home))?)
}
