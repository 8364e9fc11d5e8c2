use std::collections::BTreeMap;
use std::io::Write as _;

use rawzip::ZipArchiveWriter;
use rawzip::path::EntryPath;

use super::*;

/// One entry of an archive made by hand: name, kind and permissions, content.
struct Made<'a>(&'a str, u32, &'a [u8]);

fn archive(entries: &[Made<'_>]) -> Vec<u8> {
    let mut writer = ZipArchiveWriter::new(Vec::new());
    for Made(name, mode, content) in entries {
        let file = writer.new_file(EntryPath::verbatim(name.as_bytes())).unix_permissions(*mode);
        let (mut entry, config) = file.start().unwrap();
        let mut data = config.wrap(&mut entry);
        data.write_all(content).unwrap();
        let (_, output) = data.finish().unwrap();
        entry.finish(output).unwrap();
    }
    writer.finish().unwrap()
}

/// What the folder holds then: content and permissions.
#[expect(clippy::unwrap_in_result, reason = "only what is tested is a result")]
fn unpacked(bytes: &[u8]) -> Result<BTreeMap<PathBuf, (Vec<u8>, u32)>, String> {
    let place = tempfile::tempdir().unwrap();
    let (path, folder) = (place.path().join("x.charm"), place.path().join("charm"));
    fs::write(&path, bytes).unwrap();
    fs::create_dir(&folder).unwrap();
    let done = unpack(&path, &folder).map_err(|error| crate::pod::error::chain(&error));
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().flatten() {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(&folder).unwrap().to_path_buf();
                files.insert(name, (fs::read(entry.path()).unwrap(), mode));
            }
        }
    }
    if done.is_err() {
        assert!(files.keys().all(|name| name == Path::new("dispatch")), "{files:?}");
    }
    done.map(|()| files)
}

#[test]
fn a_charm_is_unpacked_with_its_modes() {
    let bytes = archive(&[
        Made("dispatch", 0o100_755, b"#!/bin/sh\n"),
        Made("src/", 0o040_755, b""),
        Made("src/charm.py", 0o100_644, b"pass\n"),
        Made("setuid", 0o104_755, b""),
        Made("plain", 0, b"x"),
    ]);
    let file = |name: &str, content: &[u8], mode| (PathBuf::from(name), (content.to_vec(), mode));
    let expected = BTreeMap::from([
        file("dispatch", b"#!/bin/sh\n", 0o755),
        file("src/charm.py", b"pass\n", 0o644),
        file("setuid", b"", 0o755),
        file("plain", b"x", 0o644),
    ]);
    assert_eq!(unpacked(&bytes).unwrap(), expected);
}

#[test]
fn what_is_refused_is_named_and_what_is_damaged_is_noticed() {
    let leading_out = [Made("dispatch", 0o100_755, b""), Made("../x", 0o100_644, b"")];
    assert_eq!(
        unpacked(&archive(&leading_out)).unwrap_err(),
        r#"charm archive refused: the entry "../x" leads out of the charm"#
    );
    let refused = "charm archive refused: it is no charm: a charm is a zip archive, and this is not one that can be read";
    assert!(unpacked(b"no archive").unwrap_err().starts_with(refused));
    let mut bytes = archive(&[Made("dispatch", 0o100_755, b"#!/bin/sh\necho a long enough line\n")]);
    let at = bytes.windows(9).position(|window| window == b"#!/bin/sh").unwrap();
    bytes[at] ^= 0x55;
    assert!(unpacked(&bytes).unwrap_err().starts_with("cannot unpack \"dispatch\""));
}

#[test]
fn a_device_is_not_read_to_its_end() {
    let place = tempfile::tempdir().unwrap();
    let error = unpack(Path::new("/dev/zero"), place.path()).unwrap_err();
    assert_eq!(crate::pod::error::chain(&error), "cannot read /dev/zero as a charm archive: it is no file");
}
