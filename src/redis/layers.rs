//! The paths and services of a pod.

/// Where redis-server keeps its data: the storage.
pub const DATA_DIR: &str = "/var/lib/redis";
/// The server's ACL file.
pub const ACL_FILE: &str = "/etc/sidecharm/redis/users.acl";
