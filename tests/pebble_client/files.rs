//! Files: pushed and pulled as they are, in bounded memory, with the daemon's word on each.

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::time::Duration;

use rustix::process::geteuid;
use sidecharm::pebble::types::{Directory, FileKind, Listing, Owner, Permissions, Removal};
use sidecharm::pebble::{Client, Content, Error, ErrorKind, Upload};

use crate::daemon::Daemon;

const LIMIT: usize = 16 << 20;

fn path_kind(outcome: Result<(), Error>) -> ErrorKind {
    match outcome {
        Err(Error::Path { source, .. }) => source.kind,
        other => panic!("{other:?}"),
    }
}

async fn start() -> (Daemon, Client) {
    let daemon = Daemon::start().await;
    let client = daemon.client().with_deadline(Duration::from_mins(1));
    (daemon, client)
}

/// Bytes without a pattern, the same for each length.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

#[tokio::test]
async fn what_is_pushed_is_pulled() {
    let (daemon, client) = start().await;
    let contents: [&[u8]; 8] = [
        b"",
        b"text",
        b"\x00\x01\x02\x03\x04",
        b"\r\n--\r\n\r\n",
        "Grüße 😀\r\n".as_bytes(),
        &[0x8f; 3],
        b"--0123456789abcdef0123456789abcdef0123456789abcdef\r\n",
        &noise(1 << 20),
    ];
    let names =
        ["plain", "with space", "qu\"ote", "back\\slash", "end\\", "é😀", "semi;colon=", "percent%20"];
    for (name, content) in names.into_iter().zip(contents) {
        let path = daemon.text_path(name);
        client.push(Upload::new(&path, content.to_vec())).await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), content, "{name}");
        assert_eq!(client.pull(&path, LIMIT).await.unwrap(), content, "{name}");
    }
    let paths: Vec<String> = names.iter().map(|name| daemon.text_path(name)).collect();
    let mut asked: Vec<&str> = paths.iter().map(String::as_str).collect();
    asked.insert(3, "/missing");
    let pulled = client.pull_all(&asked, LIMIT).await.unwrap();
    assert_eq!(pulled[3].as_ref().unwrap_err().kind, ErrorKind::NotFound);
    let there: Vec<&[u8]> = pulled.iter().flatten().map(|bytes| &bytes[..]).collect();
    assert_eq!(there, contents);
}

#[tokio::test]
async fn several_files_are_pushed_with_one_request() {
    let (daemon, client) = start().await;
    let streamed = Content::stream(io::Cursor::new(b"from a stream".to_vec()));
    let uploads = vec![
        Upload::new(daemon.text_path("a"), "first"),
        Upload::new(daemon.text_path("no/such/folder"), "second"),
        Upload { make_dirs: true, ..Upload::new(daemon.text_path("made/b"), streamed) },
    ];
    let failed = client.push_all(uploads).await.unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (failed[0].path.as_str(), &failed[0].kind),
        (&*daemon.text_path("no/such/folder"), &ErrorKind::NotFound)
    );
    assert_eq!(std::fs::read(daemon.path("a")).unwrap(), b"first");
    assert_eq!(std::fs::read(daemon.path("made/b")).unwrap(), b"from a stream");
    assert!(client.push_all(Vec::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_push_replaces_what_is_there() {
    let (daemon, client) = start().await;
    let path = daemon.text_path("file");
    std::fs::write(daemon.path("target"), "kept").unwrap();
    std::os::unix::fs::symlink(daemon.path("target"), &path).unwrap();
    let upload = Upload { permissions: Some(Permissions::of(0o600)), ..Upload::new(&path, "new") };
    client.push(upload).await.unwrap();
    let metadata = std::fs::symlink_metadata(&path).unwrap();
    assert!(metadata.is_file() && metadata.permissions().mode() & 0o7777 == 0o600);
    assert_eq!(std::fs::read(daemon.path("target")).unwrap(), b"kept");
    client.push(Upload::new(&path, "newer")).await.unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
        0o644,
        "the old mode is not kept"
    );
}

#[tokio::test]
async fn each_path_that_cannot_be_written_says_why() {
    let (daemon, client) = start().await;
    std::fs::write(daemon.path("file"), "").unwrap();
    for (path, expected) in [
        (daemon.text_path("missing/file"), ErrorKind::NotFound),
        (daemon.text_path("file/below"), ErrorKind::GenericFileError),
        ("relative".to_owned(), ErrorKind::GenericFileError),
        (daemon.text_path(""), ErrorKind::GenericFileError),
    ] {
        assert_eq!(path_kind(client.push(Upload::new(&path, "x")).await), expected, "{path}");
    }
    if !daemon.is_before(27).await {
        let star = client.push(Upload::new(daemon.text_path("st*r"), "x")).await;
        assert_eq!(path_kind(star), ErrorKind::GenericFileError);
    }
    let group_alone = Owner { group: "root".to_owned(), ..Owner::default() };
    let stranger = Owner::user("nobody-here");
    for owner in [group_alone, stranger] {
        let upload = Upload { owner, ..Upload::new(daemon.text_path("owned"), "x") };
        assert_eq!(path_kind(client.push(upload).await), ErrorKind::GenericFileError);
    }
    let error = client.push(Upload::new("/tmp/line\nbreak", "x")).await.unwrap_err();
    assert!(matches!(error, Error::Request { .. }), "{error:?}");
}

#[tokio::test]
async fn owners_and_modes_are_as_asked() {
    let (daemon, client) = start().await;
    let (user, group) = if geteuid().is_root() {
        (1234, 4321)
    } else {
        (geteuid().as_raw(), rustix::process::getegid().as_raw())
    };
    let upload = Upload {
        owner: Owner::ids(user, group),
        make_dirs: true,
        permissions: Some(Permissions::of(0o777)),
        ..Upload::new(daemon.text_path("folder/file"), "x")
    };
    client.push(upload).await.unwrap();
    let file = client.file(&daemon.text_path("folder/file")).await.unwrap().unwrap();
    assert_eq!((file.user_id, file.group_id), (Some(user.into()), Some(group.into())));
    assert_eq!((file.permissions, file.size), (Permissions::of(0o777), Some(1)));
    let folder = std::fs::metadata(daemon.path("folder")).unwrap();
    assert_eq!((folder.uid(), folder.permissions().mode() & 0o777), (user, 0o755));
}

#[tokio::test]
async fn each_path_that_cannot_be_read_says_why() {
    let (daemon, client) = start().await;
    std::fs::write(daemon.path("file"), "0123456789").unwrap();
    for (path, expected) in [
        (daemon.text_path("missing"), ErrorKind::NotFound),
        (daemon.text_path(""), ErrorKind::GenericFileError),
        ("relative".to_owned(), ErrorKind::GenericFileError),
    ] {
        let error = client.pull(&path, LIMIT).await.unwrap_err();
        assert_eq!(error.kind(), Some(&expected), "{path}");
        assert_eq!(error.is_not_found(), expected == ErrorKind::NotFound);
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(&path), "{source}");
    }
    let error = client.pull(&daemon.text_path("file"), 9).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 9, .. }), "{error:?}");
    assert_eq!(client.pull(&daemon.text_path("file"), 10).await.unwrap().len(), 10);
}

#[tokio::test]
async fn lists_are_sorted_and_complete() {
    let (daemon, client) = start().await;
    let folder = daemon.text_path("d");
    client.make_dir(Directory::with_parents(daemon.text_path("d/sub"))).await.unwrap();
    assert!(client.list_files(&daemon.text_path("d/sub"), Listing::Entries).await.unwrap().is_empty());
    for name in ["file2.gz", "file1.gz", "other"] {
        let upload = Upload {
            permissions: Some(Permissions::of(0o620)),
            ..Upload::new(format!("{folder}/{name}"), "four")
        };
        client.push(upload).await.unwrap();
    }
    std::os::unix::fs::symlink("nowhere", daemon.path("d/link")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, daemon.path("d/pipe"), rustix::fs::Mode::from_raw_mode(0o600))
        .unwrap();
    let files = client.list_files(&folder, Listing::Entries).await.unwrap();
    let kinds: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.kind.clone())).collect();
    let expected = [
        ("file1.gz", FileKind::File),
        ("file2.gz", FileKind::File),
        ("link", FileKind::Symlink),
        ("other", FileKind::File),
        ("pipe", FileKind::NamedPipe),
        ("sub", FileKind::Directory),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(files[0].path, format!("{folder}/file1.gz"));
    assert_eq!((files[0].size, files[0].permissions.to_string()), (Some(4), "620".to_owned()));
    assert_eq!(files[5].size, None);
    let matching = client.list_files(&folder, Listing::Matching("file*.gz")).await.unwrap();
    assert_eq!(matching.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["file1.gz", "file2.gz"]);
    let itself = client.list_files("/", Listing::Itself).await.unwrap();
    assert_eq!((itself.len(), itself[0].path.as_str(), itself[0].name.as_str()), (1, "/", "/"));
    assert_eq!(client.file(&folder).await.unwrap().unwrap().kind, FileKind::Directory);
    for gone in ["d/missing", "d/link"] {
        assert_eq!(client.file(&daemon.text_path(gone)).await.unwrap(), None);
    }
    let error = client.list_files(&daemon.text_path("missing"), Listing::Entries).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    for (path, listing) in [("relative", Listing::Entries), (folder.as_str(), Listing::Matching("["))] {
        let error = client.list_files(path, listing).await.unwrap_err();
        assert!(matches!(&error, Error::Api { source, .. } if source.status == 400), "{error:?}");
    }
}

#[tokio::test]
async fn directories_are_made_as_asked() {
    let (daemon, client) = start().await;
    let single =
        |name: &str| Directory { make_parents: false, ..Directory::with_parents(daemon.text_path(name)) };
    std::fs::write(daemon.path("file"), "").unwrap();
    client.make_dir(Directory { permissions: Some(Permissions::of(0o777)), ..single("a") }).await.unwrap();
    // Old daemons let their umask take away from what is asked.
    let expected = if daemon.is_before(19).await { 0o755 } else { 0o777 };
    assert_eq!(
        client.file(&daemon.text_path("a")).await.unwrap().unwrap().permissions,
        Permissions::of(expected)
    );
    client.make_dir(single("a/b")).await.unwrap();
    assert_eq!(path_kind(client.make_dir(single("a")).await), ErrorKind::GenericFileError);
    client.make_dir(Directory::with_parents(daemon.text_path("a"))).await.unwrap();
    assert_eq!(path_kind(client.make_dir(single("x/y/z")).await), ErrorKind::NotFound);
    client.make_dir(Directory::with_parents(daemon.text_path("x/y/z"))).await.unwrap();
    assert_eq!(path_kind(client.make_dir(single("file/below")).await), ErrorKind::GenericFileError);
    let below = Directory::with_parents(daemon.text_path("file/below"));
    assert_eq!(path_kind(client.make_dir(below).await), ErrorKind::GenericFileError);
    assert_eq!(
        path_kind(client.make_dir(Directory::with_parents("relative")).await),
        ErrorKind::GenericFileError
    );
    let failed = client.make_dirs(&[single("a"), single("new"), single("x")]).await.unwrap();
    assert_eq!(failed.len(), 2);
    assert!(daemon.path("new").is_dir(), "the others are made");
    assert!(client.make_dirs(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn paths_are_removed_as_asked() {
    let (daemon, client) = start().await;
    for name in ["empty", "full/sub"] {
        std::fs::create_dir_all(daemon.path(name)).unwrap();
    }
    std::fs::write(daemon.path("file"), "").unwrap();
    for name in ["file", "empty"] {
        client.remove(&daemon.text_path(name), Removal::Single).await.unwrap();
        assert!(!daemon.path(name).exists());
    }
    let full = daemon.text_path("full");
    assert_eq!(path_kind(client.remove(&full, Removal::Single).await), ErrorKind::GenericFileError);
    client.remove(&full, Removal::Recursive).await.unwrap();
    assert_eq!(path_kind(client.remove(&full, Removal::Single).await), ErrorKind::NotFound);
    client.remove(&full, Removal::Recursive).await.unwrap();
    assert!(client.remove_all(&[], Removal::Single).await.unwrap().is_empty());
}
