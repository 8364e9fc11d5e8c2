//! Downloads cut at every border, uploads read back, and bytes that are neither.

use http_body_util::{BodyExt as _, StreamBody};
use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

const BOUNDARY: &str = "0123456789012345678901234567890123456789";

fn boundary() -> Boundary {
    Boundary(BOUNDARY.to_owned())
}

/// Files by path.
type Files = Vec<(String, Vec<u8>)>;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Decodes a body that comes in these chunks: each file with its content, and the verdict.
fn decode(chunks: Vec<Bytes>) -> Result<(Files, Bytes), DownloadError> {
    let frames = chunks.into_iter().map(|chunk| Ok::<_, io::Error>(Frame::data(chunk)));
    let body = StreamBody::new(futures_util::stream::iter(frames.collect::<Vec<_>>()));
    block_on(async {
        let mut download = Download::new(body, &boundary());
        let mut files = Files::new();
        loop {
            match download.next().await? {
                Item::File(path) => files.push((path, Vec::new())),
                Item::Data(data) => {
                    if let Some((_, content)) = files.last_mut() {
                        content.extend_from_slice(&data);
                    }
                }
                Item::Verdict(verdict) => return Ok((files, verdict)),
            }
        }
    })
}

/// A download as the daemon writes it.
fn encode(files: &[(&str, &[u8])], verdict: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (path, content) in files {
        let path = path.replace('\\', "\\\\").replace('"', "\\\"");
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{path}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    let end = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"response\"\r\nContent-Type: application/json\r\n\r\n\
         {verdict}\r\n--{BOUNDARY}--\r\n"
    );
    body.extend_from_slice(end.as_bytes());
    body
}

fn chunks(body: &[u8], size: usize) -> Vec<Bytes> {
    body.chunks(size).map(Bytes::copy_from_slice).collect()
}

#[test]
fn a_download_may_be_cut_anywhere() {
    let near = format!("\r\n--{}\r\n-\r\n--{BOUNDARY}", &BOUNDARY[..39]);
    let near = &near[..near.len() - 1];
    let files: [(&str, &[u8]); 6] = [
        ("/empty", b""),
        ("/text", "Grüße 😀\r\n".as_bytes()),
        ("/near", near.as_bytes()),
        ("/ends", b"\r\n--"),
        ("/returns", b"\r\r\r\n\r"),
        ("/qu\"ote\\back\\", b"--\r\n\r\n"),
    ];
    let body = encode(&files, "{\"a\":1}");
    let expected: Files =
        files.iter().map(|(path, content)| ((*path).to_owned(), content.to_vec())).collect();
    for size in (1..100).chain([body.len()]) {
        let (decoded, verdict) = decode(chunks(&body, size)).unwrap();
        assert_eq!(decoded, expected, "in chunks of {size}");
        assert_eq!(verdict, "{\"a\":1}");
    }
    for cut in 0..body.len() {
        let (one, other) = body.split_at(cut);
        let halves = vec![Bytes::copy_from_slice(one), Bytes::copy_from_slice(other)];
        assert_eq!(decode(halves).unwrap().0, expected, "cut at {cut}");
    }
}

#[test]
fn a_download_is_read_no_faster_than_it_is_taken() {
    let (body, read) = (encode(&[("/a", &vec![b'x'; 1 << 20])], "{}"), Arc::new(AtomicU64::new(0)));
    let counter = Arc::clone(&read);
    let frames = chunks(&body, 1024).into_iter().map(move |chunk| {
        counter.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        Ok::<_, io::Error>(Frame::data(chunk))
    });
    let mut download = Download::new(StreamBody::new(futures_util::stream::iter(frames)), &boundary());
    let mut taken = 0;
    loop {
        match block_on(download.next()).unwrap() {
            Item::File(_) => {}
            Item::Data(data) => taken += data.len() as u64,
            Item::Verdict(_) => break,
        }
        let ahead = read.load(Ordering::Relaxed) - taken;
        assert!(ahead <= 8 << 10, "{ahead} bytes are held after {taken}");
    }
    assert_eq!(taken, 1 << 20);
}

#[test]
fn a_download_that_ends_early_is_broken() {
    let body = encode(&[("/a", b"content")], "{}");
    // After the boundary behind the verdict, nothing is missed.
    let whole = body.len() - "--\r\n".len();
    for end in 0..whole {
        let outcome = decode(chunks(&body[..end], 7));
        assert!(matches!(outcome, Err(DownloadError::Broken(_))), "ends at {end}: {outcome:?}");
    }
}

#[test]
fn only_the_daemons_parts_are_understood() {
    let part = |header: &str| format!("--{BOUNDARY}\r\n{header}\r\n\r\nx\r\n--{BOUNDARY}--\r\n").into_bytes();
    for header in [
        "Content-Disposition: form-data; name=\"other\"",
        "Content-Disposition: form-data; name=\"files\"",
        "Content-Disposition: form-data; name=\"files\"; filename=\"open",
        "Content-Disposition: form-data",
        "Content-Type: text/plain",
        "no header",
    ] {
        let outcome = decode(vec![part(header).into()]);
        assert!(matches!(outcome, Err(DownloadError::Malformed(_))), "{header}: {outcome:?}");
    }
    let outcome = decode(vec![format!("--{BOUNDARY}--\r\n").into()]);
    assert!(matches!(outcome, Err(DownloadError::Malformed(_))), "{outcome:?}");
    let large = encode(&[], &"x".repeat(VERDICT + 1));
    assert!(matches!(decode(chunks(&large, 1 << 16)), Err(DownloadError::Malformed(_))));
}

/// The bytes of an upload.
fn upload(segments: Vec<Segment>) -> (Vec<u8>, SizeHint, u64) {
    let moved = Arc::new(AtomicU64::new(0));
    let body = UploadBody::new(segments, Arc::clone(&moved));
    let hint = body.size_hint();
    let bytes = block_on(body.collect()).unwrap().to_bytes().to_vec();
    (bytes, hint, moved.load(Ordering::Relaxed))
}

#[test]
fn an_upload_is_what_the_daemon_reads() {
    let head = |path| Segment::Bytes(boundary().file_head(path).unwrap());
    let segments = vec![
        Segment::Bytes(boundary().request_part(b"{}")),
        head("/a"),
        Segment::Bytes(Bytes::from_static(b"first")),
        head("/qu\"ote\\"),
        Segment::Bytes(Bytes::new()),
        Segment::Bytes(boundary().end()),
    ];
    let (bytes, hint, moved) = upload(segments);
    assert_eq!((hint.exact(), moved), (Some(bytes.len() as u64), bytes.len() as u64));
    assert_snapshot!(String::from_utf8(bytes).unwrap().replace('\r', ""), @r#"
    --0123456789012345678901234567890123456789
    Content-Type: application/json
    Content-Disposition: form-data; name="request"

    {}
    --0123456789012345678901234567890123456789
    Content-Type: application/octet-stream
    Content-Disposition: form-data; name="files"; filename="/a"

    first
    --0123456789012345678901234567890123456789
    Content-Type: application/octet-stream
    Content-Disposition: form-data; name="files"; filename="/qu\"ote\\"


    --0123456789012345678901234567890123456789--
    "#);
}

#[test]
fn a_streamed_upload_has_no_length_before_it_is_read() {
    let content = vec![7_u8; 3 * CHUNK + 5];
    let stream = Segment::Stream(Box::pin(io::Cursor::new(content.clone())));
    let (bytes, hint, moved) = upload(vec![Segment::Bytes(Bytes::from_static(b"<")), stream]);
    assert_eq!((hint.exact(), moved), (None, content.len() as u64 + 1));
    assert_eq!(&bytes[1..], content);
}

#[test]
fn boundaries_are_long_and_never_the_same() {
    let (one, other) = (Boundary::random().unwrap(), Boundary::random().unwrap());
    assert!(one.0.len() >= 32 && one != other);
    assert_eq!(Boundary::of_content_type(&one.content_type()), Some(one));
    assert_eq!(Boundary::of_content_type("application/json"), None);
    assert_eq!(boundary().file_head("/line\nbreak"), None);
}

proptest! {
    #[test]
    fn any_content_comes_back(content in any::<Vec<u8>>(), path in "/[ -~é😀]{0,20}", size in 1_usize..200) {
        let body = encode(&[(&path, &content)], "{}");
        let (files, _) = decode(chunks(&body, size)).unwrap();
        prop_assert_eq!(files, vec![(path, content)]);
    }

    #[test]
    fn no_bytes_make_it_panic(chunks in prop::collection::vec(any::<Vec<u8>>(), 0..8)) {
        drop(decode(chunks.into_iter().map(Bytes::from).collect()));
    }

    #[test]
    fn no_near_bytes_make_it_panic(pieces in prop::collection::vec(
        prop_oneof![
            Just("--0123456789012345678901234567890123456789"),
            Just("\r\n"),
            Just("--"),
            Just("Content-Disposition: form-data; name=\"files\"; filename=\"/a\""),
            Just("Content-Disposition: form-data; name=\"response\""),
            Just("filename=\"\\"),
            Just("x"),
        ],
        0..30,
    )) {
        drop(decode(pieces.into_iter().map(Bytes::from).collect()));
    }
}
