//! The documentation: its commands run in minijuju, and its generated pages say what the charm files and the code say.
//! `docs/README.md` has the marks of the commands. `SIDECHARM_DOCS=write` writes the generated pages anew. Root, as minijuju
//! needs it.

#[cfg(test)]
mod blocks;
#[cfg(test)]
mod charm_pages;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod events;
#[cfg(test)]
mod minijuju_page;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod place;
#[cfg(test)]
mod reference;
#[cfg(test)]
#[path = "../../minijuju/tests/model/runs.rs"]
mod runs;
#[cfg(test)]
mod statuses;
