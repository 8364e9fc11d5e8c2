//! The stories: the real binary, real servers, one file per story.

#[cfg(test)]
mod broken_environment;
#[cfg(test)]
mod charm_files;
#[cfg(test)]
mod failed_pass;
#[cfg(test)]
mod init;
#[cfg(test)]
mod python_files;
#[cfg(test)]
mod repack;
#[cfg(test)]
mod run;
#[cfg(test)]
mod static_binary;
