//! The controller process.

mod archive;
