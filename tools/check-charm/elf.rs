//! What an ELF file says of the machine it runs on, as far as a charm's program is asked.

/// `e_machine`, and Debian's word for the architecture.
const MACHINES: &[(u64, &str)] =
    &[(62, "amd64"), (183, "arm64"), (22, "s390x"), (21, "ppc64el"), (243, "riscv64")];
const INTERPRETER: u64 = 3;

/// A program.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// In Debian's word, or the number that the file has.
    pub architecture: String,
    /// It is loaded by a program of the machine's, as one is that needs the machine's C library.
    pub is_dynamic: bool,
}

/// Whether the file begins as ELF files do.
pub fn is_elf(file: &[u8]) -> bool {
    file.starts_with(b"\x7fELF")
}

/// Reads a 64-bit ELF file.
pub fn read(file: &[u8]) -> Option<Program> {
    if !file.starts_with(b"\x7fELF\x02") {
        return None;
    }
    let machine = number(file, 18, 2)?;
    let known = MACHINES.iter().find(|(number, _)| *number == machine);
    let architecture = known.map_or_else(|| format!("the machine {machine}"), |(_, name)| (*name).to_owned());
    let (table, size, count) = (number(file, 32, 8)?, number(file, 54, 2)?, number(file, 56, 2)?);
    let mut is_dynamic = false;
    for header in 0..count {
        let at = header.checked_mul(size)?.checked_add(table)?;
        is_dynamic |= number(file, usize::try_from(at).ok()?, 4)? == INTERPRETER;
    }
    Some(Program { architecture, is_dynamic })
}

/// The newest version of glibc that a dynamic program names.
pub fn glibc(file: &[u8]) -> Option<String> {
    const PREFIX: &[u8] = b"GLIBC_2.";
    let named = file.windows(PREFIX.len()).enumerate().filter(|(_, window)| *window == PREFIX);
    let minor = |at: usize| {
        let digits = file.get(at + PREFIX.len()..)?.iter().take_while(|byte| byte.is_ascii_digit());
        digits.take(4).try_fold(0_u32, |number, digit| Some(number * 10 + u32::from(digit - b'0')))
    };
    let newest = named.filter_map(|(at, _)| minor(at)).max()?;
    Some(format!("glibc 2.{newest}"))
}

/// The `width` bytes at `at` as a number in the file's byte order.
fn number(file: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = file.get(at..at.checked_add(width)?)?;
    let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    let is_little = *file.get(5)? == 1;
    Some(if is_little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) })
}

/// A file with nothing but a header and program headers of these kinds, for a little-endian machine of this number.
#[cfg(test)]
pub fn made(machine: u16, kinds: &[u32]) -> Vec<u8> {
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(64, 0);
    file[18..20].copy_from_slice(&machine.to_le_bytes());
    file[32] = 64;
    file[54] = 56;
    file[56] = u8::try_from(kinds.len()).unwrap();
    for kind in kinds {
        file.extend(kind.to_le_bytes());
        file.resize(file.len() + 52, 0);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &[u8], architecture: &str, is_dynamic: bool) {
        let expected = Program { architecture: architecture.to_owned(), is_dynamic };
        assert_eq!(read(file), Some(expected));
    }

    #[test]
    fn a_program_is_known_by_its_machine_and_its_loader() {
        check(&made(62, &[1, 2]), "amd64", false);
        check(&made(183, &[1, 3, 2]), "arm64", true);
        check(&made(8, &[]), "the machine 8", false);
        let mut big = made(0, &[]);
        big[5] = 2;
        big[19] = 22;
        big[32] = 0;
        big[54] = 0;
        check(&big, "s390x", false);
        assert_eq!(read(b"#!/bin/sh\n"), None);
        assert_eq!(read(&made(62, &[1])[..80]), read(&made(62, &[1])));
        assert_eq!(read(&made(62, &[1])[..66]), None, "cut off");
    }

    #[test]
    fn the_newest_glibc_counts() {
        assert_eq!(glibc(b"..GLIBC_2.34\0GLIBC_2.2.5\0GLIBC_2.17\0").as_deref(), Some("glibc 2.34"));
        assert_eq!(glibc(b"GLIBC_PRIVATE"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(start in 0..2_u8, bytes: Vec<u8>) {
            let head: &[u8] = if start == 0 { b"\x7fELF\x02\x01" } else { b"GLIBC_2.9" };
            let file = [head, &bytes].concat();
            drop(read(&file));
            drop(glibc(&file));
        }
    }
}
