//! Why a pod could not be made, changed or removed. Nothing here decides what to do about it.

use std::io;

/// A step that failed, with what was being done.
#[derive(Debug, thiserror::Error)]
pub enum PodError {
    /// The kernel refused a step.
    #[error("cannot {doing}")]
    Step {
        /// Completes the sentence "cannot …".
        doing: String,
        #[source]
        source: io::Error,
    },
    /// This machine lacks something; the text names it and its remedy.
    #[error("{0}")]
    Missing(String),
    /// A program that was run, or a process of ours inside new namespaces, gave up with this text.
    #[error("cannot {doing}: {text}")]
    Told { doing: String, text: String },
}

/// Turns an error of the kernel into one that says what was being done.
pub trait Doing<T> {
    /// # Errors
    /// The same as before, with `doing` ("mount /proc") in its text.
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T, PodError>;
}

impl<T, E: Into<io::Error>> Doing<T> for Result<T, E> {
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T, PodError> {
        self.map_err(|source| PodError::Step { doing: doing(), source: source.into() })
    }
}

/// The error with its causes, joined by ": ".
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
