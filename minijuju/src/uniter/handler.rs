//! Which file of the charm runs a hook or an action.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The file, or that there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handler {
    /// `dispatch`, for everything.
    Dispatch(PathBuf),
    /// `hooks/<hook>` or `actions/<action>`.
    Script(PathBuf),
    /// The charm has none: the hook is skipped, which is success.
    Missing,
    /// It is there and cannot be run: Go's words.
    Broken(String),
}

impl Handler {
    /// Looks for the handler of `hooks/install` or the like in a charm. `charm` is where this process sees the charm's
    /// folder, `inside` where the charm container does.
    pub fn find(charm: &Path, inside: &Path, path: &str) -> Self {
        let dispatch = inside.join("dispatch");
        match is_executable(&charm.join("dispatch")) {
            Ok(true) => Self::Dispatch(dispatch),
            Ok(false) => Self::Broken(permission_denied(&dispatch)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::find_script(charm, inside, path),
            Err(error) => Self::Broken(format!("exec: \"{}\": {error}", dispatch.display())),
        }
    }

    /// How the agent's log calls it: `hook dispatching script: dispatch`.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Dispatch(_) => "hook dispatching script: dispatch",
            Self::Script(_) => "explicit, bespoke hook script",
            Self::Missing | Self::Broken(_) => "unknown/invalid hook handler",
        }
    }

    fn find_script(charm: &Path, inside: &Path, path: &str) -> Self {
        let script = inside.join(path);
        match is_executable(&charm.join(path)) {
            Ok(true) => Self::Script(script),
            Ok(false) => Self::Broken(permission_denied(&script)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::Missing,
            Err(error) => Self::Broken(format!("exec: \"{}\": {error}", script.display())),
        }
    }
}

fn is_executable(path: &Path) -> io::Result<bool> {
    let metadata = path.metadata()?;
    Ok(metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

fn permission_denied(path: &Path) -> String {
    format!("exec: \"{}\": permission denied", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, u32)], expected: &Handler) {
        let charm = tempfile::tempdir().unwrap();
        for (name, mode) in files {
            let path = charm.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "#!/bin/sh\n").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(*mode)).unwrap();
        }
        let found = Handler::find(charm.path(), Path::new("/charm"), "hooks/install");
        assert_eq!(found, *expected, "{files:?}");
    }

    #[test]
    fn dispatch_comes_first_and_a_missing_handler_is_no_broken_one() {
        check(
            &[("dispatch", 0o755), ("hooks/install", 0o755)],
            &Handler::Dispatch(PathBuf::from("/charm/dispatch")),
        );
        check(&[("hooks/install", 0o755)], &Handler::Script(PathBuf::from("/charm/hooks/install")));
        check(&[("hooks/start", 0o755)], &Handler::Missing);
        check(&[], &Handler::Missing);
        let broken = "exec: \"/charm/dispatch\": permission denied";
        check(&[("dispatch", 0o644), ("hooks/install", 0o755)], &Handler::Broken(broken.to_owned()));
        let broken = "exec: \"/charm/hooks/install\": permission denied";
        check(&[("hooks/install", 0o600)], &Handler::Broken(broken.to_owned()));
    }

    #[test]
    fn a_folder_named_dispatch_is_a_broken_handler() {
        let charm = tempfile::tempdir().unwrap();
        std::fs::create_dir(charm.path().join("dispatch")).unwrap();
        let found = Handler::find(charm.path(), Path::new("/charm"), "hooks/install");
        assert_eq!(found, Handler::Broken("exec: \"/charm/dispatch\": permission denied".to_owned()));
    }
}
