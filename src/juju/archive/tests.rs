use proptest::prelude::*;

use super::*;

/// One entry of an archive made by hand: name, kind and permissions, content.
struct Made<'a>(&'a str, u32, &'a [u8]);

const PLAIN: u32 = 0o100_644;

fn zip(entries: &[Made<'_>]) -> Vec<u8> {
    let mut writer = ZipArchiveWriter::new(Vec::new());
    for Made(name, mode, content) in entries {
        let file = writer.new_file(EntryPath::verbatim(name.as_bytes())).unix_permissions(*mode);
        let (mut entry, config) = file.compression_method(CompressionMethod::DEFLATE).start().unwrap();
        let mut data = config.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
        data.write_all(content).unwrap();
        let (encoder, output) = data.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(output).unwrap();
    }
    writer.finish().unwrap()
}

fn refusal(entries: &[Made<'_>]) -> String {
    match Archive::open(&zip(entries)) {
        Ok(_) => "taken".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_could_reach_outside_is_refused_by_name() {
    let check = |name: &str, mode: u32, reason: &str| {
        let entries = [Made("metadata.yaml", PLAIN, b""), Made(name, mode, b"x")];
        assert_eq!(refusal(&entries), format!("the entry {name:?} {reason}"));
    };
    check("/etc/passwd", PLAIN, "has an absolute path");
    check("a/../../b", PLAIN, "leads out of the charm");
    check("..", PLAIN, "leads out of the charm");
    check("a//b", PLAIN, "has a name that no charm has");
    check("./a", PLAIN, "has a name that no charm has");
    check("a\\b", PLAIN, "has a name that no charm has");
    check("venv/bin/python", 0o120_777, "is a link");
    check("x", 0o020_666, "is neither a file nor a folder");
    check("metadata.yaml", PLAIN, "comes twice");
    let parent = [Made("a", PLAIN, b""), Made("a/b", PLAIN, b"")];
    assert_eq!(refusal(&parent), "the entry \"a\" is a file and a folder");
    let both = [Made("a", PLAIN, b""), Made("a/", 0o040_755, b"")];
    assert_eq!(refusal(&both), "the entry \"a/\" comes twice");
}

#[test]
fn a_damaged_file_is_refused_by_name() {
    let mut bytes = zip(&[Made("icon.svg", PLAIN, b"<svg>a long enough picture</svg>")]);
    let at = bytes.windows(8).position(|window| window == b"icon.svg").unwrap() + 14;
    bytes[at] ^= 0x55;
    let archive = Archive::open(&bytes).unwrap();
    let error = archive.read("icon.svg").unwrap_err().to_string();
    assert!(error.starts_with("the entry \"icon.svg\" is damaged"), "{error}");
}

#[test]
fn what_unpacks_to_too_much_is_refused_by_name() {
    let zeros = vec![0; 65 * 1024 * 1024];
    let bytes = zip(&[Made("icon.svg", PLAIN, &zeros)]);
    let error = Archive::open(&bytes).unwrap().read("icon.svg").unwrap_err();
    assert_eq!(error.to_string(), "the entry \"icon.svg\" is larger than 64 MiB");
    // A header that announces 1 GiB is believed.
    let mut bytes = zip(&[Made("a", PLAIN, b"x"), Made("b", PLAIN, b"y")]);
    let header = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
    bytes[header + 24..header + 28].copy_from_slice(&0x4000_0000_u32.to_le_bytes());
    let error = Archive::open(&bytes).err().unwrap();
    assert_eq!(error.to_string(), "the entry \"b\" makes the charm larger than 1 GiB");
}

#[test]
fn a_file_with_more_in_it_than_its_header_says_is_damaged() {
    let mut bytes = zip(&[Made("a", PLAIN, &[b'x'; 1000])]);
    let header = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
    bytes[header + 24..header + 28].copy_from_slice(&10_u32.to_le_bytes());
    let archive = Archive::open(&bytes).unwrap();
    let error = archive.read("a").unwrap_err().to_string();
    assert!(error.starts_with("the entry \"a\" is damaged"), "{error}");
    let mut written = Vec::new();
    assert!(archive.copy("a", &mut written).is_err());
    assert!(written.len() < 1000);
}

#[test]
fn what_a_charm_is_unpacked_with_is_told() {
    let bytes = zip(&[
        Made("dispatch", 0o104_755, b"x"),
        Made("plain", 0, b""),
        Made("src/", 0o040_755, b""),
        Made("src/charm.py", 0o100_640, b"pass"),
    ]);
    let archive = Archive::open(&bytes).unwrap();
    let modes: Vec<_> = archive.names().map(|name| (name, archive.permissions(name).unwrap())).collect();
    assert_eq!(modes, [("dispatch", 0o755), ("plain", 0o644), ("src/charm.py", 0o640)]);
    assert_eq!(archive.folders().collect::<Vec<_>>(), ["src"]);
    let mut written = Vec::new();
    archive.copy("src/charm.py", &mut written).unwrap();
    assert_eq!(written, b"pass");
    assert_eq!(archive.copy("src", &mut written).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn what_is_no_zip_is_refused() {
    for bytes in [&b""[..], b"no archive", b"PK\x03\x04"] {
        let error = Archive::open(bytes).err().unwrap();
        assert_eq!(
            error.to_string(),
            "it is no charm: a charm is a zip archive, and this is not one that can be read"
        );
    }
}

#[test]
fn what_is_written_is_read_back_and_is_the_same_bytes_again() {
    let file = |executable, content: &[u8]| File { executable, content: content.to_vec() };
    let files = BTreeMap::from([
        ("dispatch".to_owned(), file(true, b"\x7fELF")),
        ("cos_custom/a/b".to_owned(), file(false, b"")),
    ]);
    let bytes = write(&files).unwrap();
    assert_eq!(bytes, write(&files).unwrap());
    let archive = Archive::open(&bytes).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["cos_custom/a/b", "dispatch"]);
    assert_eq!(archive.read("dispatch").unwrap().unwrap(), b"\x7fELF");
    assert_eq!(archive.read("other").unwrap(), None);
}

proptest! {
    #[test]
    fn no_path_leads_out(raw: Vec<u8>, dots in r"[./\\a]{0,8}") {
        for raw in [&raw[..], dots.as_bytes()] {
            if let Ok(path) = safe_path(raw) {
                let mut parts = std::path::Path::new(path).components();
                prop_assert!(parts.clone().next().is_some());
                prop_assert!(parts.all(|part| matches!(part, std::path::Component::Normal(_))));
            }
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>) {
        drop(Archive::open(&bytes));
    }

    #[test]
    fn any_damage_is_survived(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut bytes = zip(&[Made("dispatch", PLAIN, b"#!/bin/sh\n"), Made("src/", 0o040_755, b""), Made("src/x", PLAIN, b"x")]);
        let (at, cut) = (at.index(bytes.len()), cut.index(bytes.len()));
        bytes[at] = byte;
        for bytes in [&bytes[..], &bytes[..cut]] {
            if let Ok(archive) = Archive::open(bytes) {
                for name in archive.names() {
                    drop(archive.read(name));
                }
            }
        }
    }
}
