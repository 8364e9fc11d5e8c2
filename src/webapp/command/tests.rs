use proptest::prelude::*;

use super::*;

fn words(text: &str) -> Vec<String> {
    split(text).unwrap().into_iter().map(|word| word.text).collect()
}

#[test]
fn a_command_is_split_as_pebble_splits_it() {
    let cases: &[(&str, &[&str])] = &[
        ("npm start", &["npm", "start"]),
        (" \tnpm\r\n start ", &["npm", "start"]),
        (r#"bash -c "java -jar *.jar""#, &["bash", "-c", "java -jar *.jar"]),
        ("gunicorn 'app:create_app()'", &["gunicorn", "app:create_app()"]),
        (r#"a'b'"c"d"#, &["abcd"]),
        (r#"a '' """#, &["a", "", ""]),
        (r#"a "\n\"" '\n'"#, &["a", r#"n""#, r"\n"]),
        (r"a\ b \#", &["a b", "#"]),
        ("a #b\nc#d", &["a", "c#d"]),
    ];
    for (text, expected) in cases {
        assert_eq!(words(text), *expected, "{text}");
    }
}

#[test]
fn what_pebble_refuses_is_refused() {
    let cases = [
        ("a 'b", Malformed::Quote),
        ("a \"b", Malformed::Quote),
        ("a \\", Malformed::Escape),
        ("a \"\\", Malformed::Escape),
        ("", Malformed::Empty),
        ("# a", Malformed::Empty),
        ("[ a ]", Malformed::Brackets),
        ("a ]", Malformed::Brackets),
        ("a [ b ] c", Malformed::Brackets),
        ("a [ b [ c ]", Malformed::Brackets),
    ];
    for (text, expected) in cases {
        assert_eq!(CommandLine::parse(text), Err(expected), "{text}");
    }
    CommandLine::parse("a [ b").unwrap();
}

/// U005, of Flask's command as of Django's.
#[test]
fn another_worker_class_changes_that_word_and_no_quote() {
    let cases = [
        ("gunicorn 'app:create_app()' -k [ sync ]", "gunicorn 'app:create_app()' -k [ gevent ]"),
        ("gunicorn  -k sync\t'a b'", "gunicorn  -k gevent\t'a b'"),
        ("gunicorn -k \"sync\"", "gunicorn -k gevent"),
        ("gunicorn \"x\" -k [ gevent ]", "gunicorn \"x\" -k [ gevent ]"),
        ("gunicorn -k [ 'gevent' --threads 2 ]", "gunicorn -k [ 'gevent' --threads 2 ]"),
    ];
    for (text, expected) in cases {
        let command = CommandLine::parse(text).unwrap();
        assert_eq!(command.with_worker_class("gevent").unwrap().as_str(), expected, "{text}");
    }
}

#[test]
fn without_a_worker_class_there_is_none_to_change() {
    for text in ["gunicorn app:app", "gunicorn app:app -k", "gunicorn app:app -k [ ]"] {
        assert_eq!(CommandLine::parse(text).unwrap().with_worker_class("gevent"), None, "{text}");
    }
}

#[test]
fn default_arguments_are_arguments_of_a_process_that_pebble_does_not_start() {
    let command = CommandLine::parse("python3 -m gunicorn 'app:app' -k [ sync ]").unwrap();
    assert_eq!(command.arguments(), ["python3", "-m", "gunicorn", "app:app", "-k", "sync"]);
    assert_eq!(command.worker_class(), Some("sync"));
}

#[test]
fn a_command_stays_as_it_is_behind_another_and_can_be_found_again() {
    let command = CommandLine::parse("npm  start 'a b' [ c ]").unwrap();
    let behind = command.behind(&["/opt/run", "a file", "--"]);
    assert_eq!(behind, "/opt/run 'a file' -- npm  start 'a b' [ c ]");
    let behind = CommandLine::parse(&behind).unwrap();
    assert_eq!(behind.without(|index, word| index != 2 || word == "--", 3), Some(command.as_str()));
    assert_eq!(behind.without(|index, word| index != 1 || word == "--", 3), None);
    assert_eq!(command.without(|_, _| true, 9), None);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        if let Ok(command) = CommandLine::parse(&text) {
            prop_assert_eq!(command.as_str(), &text);
            let _rewritten = command.with_worker_class("gevent");
        }
    }

    #[test]
    fn words_that_are_joined_are_the_same_words(all in proptest::collection::vec(any::<String>(), 0..6)) {
        let text = join(all.iter().map(String::as_str));
        prop_assert_eq!(words(&text), all);
    }

    #[test]
    fn another_worker_class_leaves_all_other_words(
        before in proptest::collection::vec("[ -~]{0,6}", 1..4), after in proptest::collection::vec("[a-z'\\\\]{0,6}", 0..4)
    ) {
        prop_assume!(before.iter().all(|word| !matches!(word.as_str(), "[" | "]" | "-k")));
        let text = |class: &str| {
            let mut all: Vec<&str> = before.iter().map(String::as_str).collect();
            all.extend(["-k", class]);
            all.extend(after.iter().map(String::as_str));
            join(all)
        };
        let rewritten = CommandLine::parse(&text("sync")).unwrap().with_worker_class("gevent").unwrap();
        prop_assert_eq!(rewritten.as_str(), text("gevent"));
    }
}
