use std::io::Write as _;

use proptest::prelude::*;
use rawzip::ZipArchiveWriter;
use rawzip::path::EntryPath;

use super::*;

/// One entry of an archive made by hand: name, file type bits, content.
struct Made<'a>(&'a str, u32, &'a [u8]);

const PLAIN: u32 = 0o100_755;

fn archive(entries: &[Made<'_>]) -> Vec<u8> {
    let mut writer = ZipArchiveWriter::new(Vec::new());
    for Made(name, mode, content) in entries {
        let file = writer.new_file(EntryPath::verbatim(name.as_bytes())).unix_permissions(*mode);
        let (mut entry, config) = file.compression_method(CompressionMethod::DEFLATE).start().unwrap();
        let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
        let mut data = config.wrap(encoder);
        data.write_all(content).unwrap();
        let (encoder, output) = data.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(output).unwrap();
    }
    writer.finish().unwrap()
}

#[expect(clippy::unwrap_in_result, reason = "only what is tested is a result")]
fn unpacked(bytes: &[u8], most: u64) -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.charm");
    fs::write(&path, bytes).unwrap();
    fs::create_dir(folder.path().join("charm")).unwrap();
    match unpack_at_most(&path, &folder.path().join("charm"), most) {
        Ok(()) => Ok(folder),
        Err(error) => Err(crate::pod::error::chain(&error)),
    }
}

#[test]
fn a_charm_is_unpacked_with_its_modes() {
    let bytes = archive(&[
        Made("dispatch", PLAIN, b"#!/bin/sh\n"),
        Made("src/charm.py", 0o100_644, b"pass\n"),
        Made("setuid", 0o104_755, b""),
    ]);
    let folder = unpacked(&bytes, MOST_BYTES).unwrap();
    let mode = |name: &str| {
        let metadata = fs::metadata(folder.path().join("charm").join(name)).unwrap();
        metadata.permissions().mode() & 0o7777
    };
    assert_eq!((mode("dispatch"), mode("src/charm.py"), mode("setuid")), (0o755, 0o644, 0o755));
    assert_eq!(fs::read_to_string(folder.path().join("charm/src/charm.py")).unwrap(), "pass\n");
}

#[test]
fn what_could_reach_outside_or_fill_the_disk_is_refused() {
    let check = |entries: &[Made<'_>], expected: &str| {
        assert_eq!(
            unpacked(&archive(entries), 100).unwrap_err(),
            format!("charm archive refused: {expected}")
        );
    };
    check(&[Made("/etc/passwd", PLAIN, b"")], r#"entry "/etc/passwd" has an absolute path"#);
    check(&[Made("a/../../b", PLAIN, b"")], r#"entry "a/../../b" leads out of the charm"#);
    check(&[Made("..", PLAIN, b"")], r#"entry ".." leads out of the charm"#);
    check(&[Made("a//b", PLAIN, b"")], r#"entry "a//b" has a name no charm has"#);
    check(&[Made("a\\..\\b", PLAIN, b"")], r#"entry "a\\..\\b" has a name no charm has"#);
    check(&[Made("x", 0o120_777, b"/etc/passwd")], r#"entry "x" is a link"#);
    check(&[Made("x", 0o020_666, b"")], r#"entry "x" is neither a file nor a folder"#);
    check(&[Made("x", PLAIN, b"one"), Made("x", PLAIN, b"two")], r#"entry "x" comes twice"#);
    check(&[Made("x", PLAIN, &[0; 101])], "it unpacks to more than 100 bytes");
    check(&[Made("x", PLAIN, &[0; 60]), Made("y", PLAIN, &[0; 60])], "it unpacks to more than 100 bytes");
    let file_as_folder = [Made("x", PLAIN, b""), Made("x/y", PLAIN, b"")];
    assert!(unpacked(&archive(&file_as_folder), 100).unwrap_err().starts_with("cannot unpack \"x/y\""));
    assert!(unpacked(b"no archive", 100).unwrap_err().contains("as a charm archive"));
}

#[test]
fn a_damaged_file_is_noticed() {
    let mut bytes = archive(&[Made("dispatch", PLAIN, b"#!/bin/sh\necho a long enough line\n")]);
    let at = bytes.windows(8).position(|window| window == b"dispatch").unwrap() + 12;
    bytes[at] ^= 0x55;
    assert!(unpacked(&bytes, 100).unwrap_err().starts_with("cannot unpack \"dispatch\""));
}

proptest! {
    #[test]
    fn no_path_leads_out(raw: Vec<u8>) {
        if let Ok(path) = safe_path(&raw) {
            prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
        }
    }

    #[test]
    fn no_name_of_dots_and_slashes_leads_out(raw in r"[./\\a]{0,8}") {
        if let Ok(path) = safe_path(raw.as_bytes()) {
            prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
            prop_assert!(path.components().next().is_some());
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>) {
        drop(unpacked(&bytes, 100));
    }

    #[test]
    fn any_damage_is_survived(at: prop::sample::Index, byte: u8) {
        let mut bytes = archive(&[Made("dispatch", PLAIN, b"#!/bin/sh\n"), Made("src/x", PLAIN, b"x")]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        drop(unpacked(&bytes, 100));
    }
}
