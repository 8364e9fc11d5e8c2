//! The marker on a unit's storage that says whose data lie there. Reads and writes no file.
//!
//! A storage without it is empty, or its data are of unknown origin: once the application has data, such a unit must
//! first be a replica in step before it may ever be master.

use serde::{Deserialize, Serialize};

/// The marker on the storage that says whose data lie there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// The model's UUID.
    pub model_uuid: String,
    /// The application's name.
    pub application: String,
}

impl Lineage {
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
        let lineage = Lineage { model_uuid: "5e0a".to_owned(), application: "app".to_owned() };
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
