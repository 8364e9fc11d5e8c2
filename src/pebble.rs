//! A complete Pebble client: usable by anyone, knows nothing of Juju.
