//! The operator's verbs.

mod arguments;
mod status_view;
mod table;
