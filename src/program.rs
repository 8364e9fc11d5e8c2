//! This program's own file: where it is, and which build it is. Part of it is pushed into workload containers.

use std::io::Read as _;
use std::path::Path;

/// The file of the running program.
pub const OWN_FILE: &str = "/proc/self/exe";

/// What the program runs on, in the word that Debian and Juju have for it.
pub const ARCHITECTURE: &str = if cfg!(target_arch = "x86_64") {
    "amd64"
} else if cfg!(target_arch = "aarch64") {
    "arm64"
} else {
    // The only other one that a charm is built for.
    "s390x"
};

/// How much of the file is read for its identity: the linker puts the note right behind the program headers.
const HEAD: u64 = 4096;
const PROGRAM_NOTE: u32 = 4;
const GNU_BUILD_ID: u32 = 3;

/// The identity of the running program's build: the linker's build id, 40 hexadecimal digits; the package's version where
/// the program was linked without one.
pub fn build() -> String {
    let head = read_head(Path::new(OWN_FILE)).unwrap_or_default();
    build_id(&head).unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned())
}

fn read_head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let _length = std::fs::File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// Finds the build id in the first bytes of a 64-bit little-endian ELF file (System V ABI, chapters 4 and 5).
fn build_id(file: &[u8]) -> Option<String> {
    if !file.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let table = usize::try_from(number::<8>(file, 0x20)?).ok()?;
    let size = usize::try_from(number::<2>(file, 0x36)?).ok()?;
    let count = usize::try_from(number::<2>(file, 0x38)?).ok()?;
    (0..count).find_map(|index| {
        let header = table.checked_add(index.checked_mul(size)?)?;
        if number::<4>(file, header)? != u64::from(PROGRAM_NOTE) {
            return None;
        }
        let start = usize::try_from(number::<8>(file, header.checked_add(8)?)?).ok()?;
        let length = usize::try_from(number::<8>(file, header.checked_add(32)?)?).ok()?;
        note(file.get(start..start.checked_add(length)?)?)
    })
}

/// Walks the notes of one segment.
fn note(mut notes: &[u8]) -> Option<String> {
    loop {
        let name = usize::try_from(number::<4>(notes, 0)?).ok()?.checked_next_multiple_of(4)?;
        let length = usize::try_from(number::<4>(notes, 4)?).ok()?;
        let content = notes.get(12..)?.get(name..)?.get(..length)?;
        if number::<4>(notes, 8)? == u64::from(GNU_BUILD_ID) && notes.get(12..)?.starts_with(b"GNU\0") {
            return Some(content.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}")));
        }
        notes = notes.get(12..)?.get(name..)?.get(length.checked_next_multiple_of(4)?..)?;
    }
}

/// A little-endian number of `WIDTH` bytes.
fn number<const WIDTH: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes: &[u8; WIDTH] = bytes.get(at..)?.first_chunk()?;
    Some(bytes.iter().rev().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_program_has_a_build_id() {
        let build = build();
        assert_eq!(build.len(), 40, "{build}");
        assert!(build.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn another_file_has_none() {
        assert_eq!(build_id(b""), None);
        assert_eq!(build_id(b"#!/bin/sh\n"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_it_panic(mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
            drop(build_id(&bytes));
            bytes.splice(0..0, *b"\x7fELF\x02\x01");
            drop(build_id(&bytes));
        }
    }
}
