//! The marker on a unit's storage that says whose data lie there. Reads and writes no file.
//!
//! A storage without it is empty, or its data are of unknown origin: once the application has data, such a unit must
//! first be a replica in step before it may ever be master. The same holds for the storage of a unit that was removed and
//! comes back: the application has written on without it. The marker bears the generation in which the unit had joined
//! when its data were last known to be in step (see `roster`); if it has joined in a later one since, it was away. (Seen
//! without it: three units became one and three again, and the sentinel of a unit that came back, whose kept file was of a
//! higher epoch, made all follow its old data.)

use serde::{Deserialize, Serialize};

/// The marker on the storage that says whose data lie there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// The model's UUID.
    pub model_uuid: String,
    /// The application's name.
    pub application: String,
    /// The generation in which the unit had joined when these data were last known to be in step.
    pub generation: u64,
}

impl Lineage {
    /// The same application, in whatever generation.
    pub fn is_of(&self, model_uuid: &str, application: &str) -> bool {
        self.model_uuid == model_uuid && self.application == application
    }

    /// Reads the marker.
    ///
    /// # Errors
    /// When the file is not one of ours.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Renders the marker.
    ///
    /// # Errors
    /// Never for texts; serde's signature is kept.
    pub fn render(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_reads_back_and_anything_else_is_refused() {
        let lineage = Lineage { model_uuid: "5e0a".to_owned(), application: "app".to_owned(), generation: 2 };
        assert_eq!(Lineage::parse(&lineage.render().unwrap()).unwrap(), lineage);
        for broken in ["", "{}", "null", "[]"] {
            assert!(Lineage::parse(broken).is_err(), "{broken}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_it_panic(text in "\\PC*") {
            drop(Lineage::parse(&text));
        }
    }
}
