//! Silence, and what is none.

use super::*;

fn answers(patience: Duration) -> (Answers, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let answers = Answers {
        reader: BufReader::new(ours),
        line: Vec::new(),
        log: PathBuf::from("/model/log/controller.log"),
        patience,
        silent: silent("demo", Some(123), Path::new("/model/log/controller.log")),
    };
    (answers, theirs)
}

#[test]
fn a_silent_controller_is_told_with_what_to_do() {
    let patience = Duration::from_millis(50);
    let (mut answers, _theirs) = answers(patience);
    let begun = Instant::now();
    let told = answers.next_reply().unwrap_err().to_string();
    assert!(begun.elapsed() >= patience);
    assert_eq!(
        told,
        "the controller of model \"demo\" has said nothing for 60s (its log: /model/log/controller.log): \
         it is process 123, 'kill -9 123' ends it; the pods stay, and the next verb starts it again"
    );
    // One that waits longer than that for something else hears of it too.
    let much_later = Instant::now() + 1000 * patience;
    assert!(matches!(answers.next_before(much_later), Err(CallError::Silent(_))));
    assert!(matches!(answers.next_before(Instant::now() + patience / 10), Ok(None)), "its own time is over");
}

#[test]
fn a_busy_controller_is_waited_for() {
    // In all it takes longer than the patience lasts.
    let patience = Duration::from_secs(2);
    let (mut answers, mut theirs) = answers(patience);
    let busy = std::thread::spawn(move || {
        let alive = b"\"alive\"\n";
        let parts: [&[u8]; 8] = [b"\"al", b"ive\"", b"\n", alive, alive, alive, alive, b"{\"done\":1}\n"];
        for part in parts {
            std::thread::sleep(patience / 6);
            theirs.write_all(part).unwrap();
        }
        theirs
    });
    assert_eq!(answers.next_reply().unwrap(), Reply::Done(1.into()));
    drop(busy.join().unwrap());
    assert!(matches!(answers.next_reply(), Err(CallError::Lost(_))), "its end is no silence");
}

#[test]
fn a_verb_that_was_busy_itself_first_looks_what_has_come() {
    let patience = Duration::from_millis(50);
    let (mut answers, mut theirs) = answers(patience);
    theirs.write_all(b"\"alive\"\n{\"done\":2}\n").unwrap();
    std::thread::sleep(patience);
    assert_eq!(answers.next_reply().unwrap(), Reply::Done(2.into()));
}
