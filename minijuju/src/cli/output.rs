//! Writes to the operator. A reader that went away (`| head`) is no error.

use std::io::{self, Write as _};

use serde::Serialize;

use super::Failure;
use super::arguments::Format;

/// Writes text as it is.
pub fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    drop(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
}

/// Writes a line to standard error.
pub fn complain(text: &str) {
    let mut stderr = io::stderr().lock();
    drop(writeln!(stderr, "{text}"));
}

/// Writes a value in a machine's format.
///
/// # Errors
/// When the format is one for people, which the verb does not have.
pub fn print_value(value: &impl Serialize, format: Format) -> Result<(), Failure> {
    let text = match format {
        Format::Json => serde_json::to_string(value).map_err(|error| error.to_string())? + "\n",
        Format::Yaml => serde_yaml::to_string(value).map_err(|error| error.to_string())?,
        Format::Tabular | Format::Plain => {
            return Err(Failure::Usage("this verb shows json and yaml only".to_owned()));
        }
    };
    print(&text);
    Ok(())
}
