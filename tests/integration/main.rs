//! The stories: the real binary, real servers, one file per story.

#[cfg(test)]
mod static_binary;
