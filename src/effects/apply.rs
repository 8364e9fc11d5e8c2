//! Makes the changes.
