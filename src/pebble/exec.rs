//! Running commands in the container.
