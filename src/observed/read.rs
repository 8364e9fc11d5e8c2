//! Reads what a pass must know.
