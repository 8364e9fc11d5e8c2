//! The controller process.

mod archive;
pub mod protocol;
pub mod status;
