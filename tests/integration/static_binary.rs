//! The charm's binary needs nothing of the machine it runs on: docs/decisions/0001-one-static-binary.md.

use std::fs;
use std::process::{Command, Output};

const BINARY: &str = env!("CARGO_BIN_EXE_sidecharm");

/// Where an ELF file says which loader starts it, and where it says that it can be loaded anywhere.
const PROGRAM_INTERPRETER: u32 = 3;
const SHARED_OBJECT: u16 = 3;

#[test]
fn the_binary_names_no_interpreter_and_loads_anywhere() {
    let elf = fs::read(BINARY).unwrap();
    assert_eq!(elf[..5], *b"\x7fELF\x02", "not a 64-bit ELF file");
    assert_eq!(number(&elf, 16, 2), u64::from(SHARED_OBJECT), "not position independent");
    let (table, size, count) = (number(&elf, 32, 8), number(&elf, 54, 2), number(&elf, 56, 2));
    assert!(count > 0);
    for header in 0..count {
        let kind = number(&elf, usize::try_from(table + header * size).unwrap(), 4);
        assert_ne!(kind, u64::from(PROGRAM_INTERPRETER), "the binary needs a dynamic loader");
    }
}

#[test]
fn outside_a_hook_it_exits_64_in_an_empty_root_for_any_user() {
    for user in ["0:0", "170:170"] {
        let output = in_empty_root(user);
        assert_eq!(output.status.code(), Some(64), "as {user}: {output:?}");
    }
}

/// Runs the binary where nothing else is: no library, no /etc, no /proc.
fn in_empty_root(user: &str) -> Output {
    let root = tempfile::tempdir().unwrap();
    fs::copy(BINARY, root.path().join("dispatch")).unwrap();
    set_mode(root.path());
    Command::new("chroot")
        .arg(format!("--userspec={user}"))
        .arg(root.path())
        .arg("/dispatch")
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin")
        .output()
        .expect("chroot runs: it is part of coreutils")
}

/// Lets any user enter the folder.
fn set_mode(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The `width` bytes at `at` as a number in the file's byte order.
fn number(elf: &[u8], at: usize, width: usize) -> u64 {
    let bytes = &elf[at..at + width];
    let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    if elf[5] == 1 { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) }
}
