//! The Redis charm behind a wrapper that kills one of its hooks at a named point, once.

use std::fmt;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::model::Model;

/// A point in a hook: just before it makes, for so many times, such a system call.
#[derive(Clone, Debug)]
pub struct Point {
    pub hook: &'static str,
    pub call: &'static str,
    pub number: usize,
}

impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hook, call, number } = self;
        write!(formatter, "{hook} {call} {number}")
    }
}

/// The folder of the wrapped charm, whose hooks are not harmed yet.
pub fn charm(model: &Model) -> String {
    let charm = model.redis_charm();
    let folder = Path::new(&charm);
    std::fs::rename(folder.join("dispatch"), folder.join("sidecharm")).unwrap();
    let wrapper = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charms/harm/dispatch");
    std::fs::copy(wrapper, folder.join("dispatch")).unwrap();
    std::fs::set_permissions(folder.join("dispatch"), Permissions::from_mode(0o755)).unwrap();
    charm
}

/// Has every unit of a charm that is not deployed yet killed there.
pub fn before_deployment(charm: &str, point: &Point) {
    std::fs::write(Path::new(charm).join("kill"), format!("{point}\n")).unwrap();
}

/// Has a unit killed there.
pub fn deployed(model: &Model, unit: &str, point: &Point) {
    model.juju(&["exec", "--unit", unit, "--", "sh", "-c", &format!("echo {point} >kill")]);
}

/// Whether no such hook of the unit has begun since.
pub fn is_awaited(model: &Model, unit: &str) -> bool {
    model.juju(&["exec", "--unit", unit, "--", "ls"]).lines().any(|file| file == "kill")
}

/// How often such a hook was killed so far.
pub fn kills(model: &Model, point: &Point) -> usize {
    let log = model.juju(&["debug-log", "--replay", "--no-tail"]);
    log.matches(&format!("hook \"{}\" was terminated", point.hook)).count()
}
