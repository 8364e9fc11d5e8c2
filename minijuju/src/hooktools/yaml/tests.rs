//! What Juju's YAML reader makes of files. Most cases are recorded behaviour of Juju 3.6.

use serde::Deserialize as _;

use super::*;

fn check(text: &str, expected: Result<&[(&str, &str)], &str>) {
    let read = read_map(text.as_bytes(), "map[string]string").map_err(|error| error.to_string());
    let expected = expected
        .map(|pairs| {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect()
        })
        .map_err(str::to_owned);
    assert_eq!(read, expected, "{text:?}");
}

#[test]
fn scalars_are_taken_as_written() {
    check(
        "a: 0x1F\nb: 1.50\nc: yes\nd: 2001-01-01\ne: 12:30\nf: 1_000\n",
        Ok(&[
            ("a", "0x1F"),
            ("b", "1.50"),
            ("c", "yes"),
            ("d", "2001-01-01"),
            ("e", "12:30"),
            ("f", "1_000"),
        ]),
    );
    check("a: null\nb: ~\nc:\nd: 'null'\n", Ok(&[("a", ""), ("b", ""), ("c", ""), ("d", "null")]));
    check("{\"a\":\"b\",\"c\":5,\"d\":null}", Ok(&[("a", "b"), ("c", "5"), ("d", "")]));
    check("a: !!int 5\nb: !!binary SGVsbG8=\nc: !custom x\n", Ok(&[("a", "5"), ("b", "Hello"), ("c", "x")]));
    check("1: one\nnull: three\n2.5: four\n", Ok(&[("1", "one"), ("", "three"), ("2.5", "four")]));
    check(
        "a: |\n  l1\n  l2\nb: >\n  f1\n  f2\nc: 'it''s'\n",
        Ok(&[("a", "l1\nl2\n"), ("b", "f1 f2\n"), ("c", "it's")]),
    );
    check("\u{feff}a: b\r\nc: 😀\r\n", Ok(&[("a", "b"), ("c", "😀")]));
}

#[test]
fn maps_merge_and_repeat() {
    check("x: &v hello\ny: *v\n", Ok(&[("x", "hello"), ("y", "hello")]));
    check("a: <<\n<<: {b: c}\n", Ok(&[("a", "<<"), ("b", "c")]));
    check("<<: [{a: 1}, {a: 2, b: 2}]\nb: 3\n", Ok(&[("a", "1"), ("b", "3")]));
    check("a: 1\na: 2\n", Ok(&[("a", "2")]));
    check("a: 1\n---\nb: 2\n", Ok(&[("a", "1")]));
    check("", Ok(&[]));
    check("# nothing\n", Ok(&[]));
    check("null", Ok(&[]));
}

#[test]
fn what_is_no_map_of_scalars_is_refused_whole() {
    let refused = |what: &str| format!("yaml: unmarshal errors:\n  line {what}");
    check("a:\n  b: 1\n", Err(&refused("2: cannot unmarshal !!map into string")));
    check("a: [1, 2]\n", Err(&refused("1: cannot unmarshal !!seq into string")));
    check("- a\n", Err(&refused("1: cannot unmarshal !!seq into map[string]string")));
    check("just text\n", Err(&refused("1: cannot unmarshal !!str `just text` into map[string]string")));
    check("just more text\n", Err(&refused("1: cannot unmarshal !!str `just mo...` into map[string]string")));
}

#[test]
fn bad_yaml_is_named_in_go_yamls_words() {
    check("a: [\n", Err("yaml: line 1: did not find expected node content"));
    check("{\"a\":\"b\"", Err("yaml: line 1: did not find expected ',' or '}'"));
    check("{\"a\":\"a\\/b\"}", Err("yaml: found unknown escape character"));
    check("é: 1\n'x\\/': 1\nb: \"\\\\/ \\/\"", Err("yaml: line 3: found unknown escape character"));
    check("{\"a\":\"\\ud83d\\ude00\"}", Err("yaml: found invalid Unicode character escape code"));
    check("a: *b\n", Err("yaml: unknown anchor 'b' referenced"));
    check("b: 1\na:\n\t- b\n", Err("yaml: line 3: found character that cannot start any token"));
    assert_eq!(read_map(b"a: \xff\xfe\n", "x").unwrap_err().to_string(), "yaml: invalid leading UTF-8 octet");
}

#[test]
fn aliases_cannot_grow_without_bound() {
    let mut text = "a0: &a0 x\n".to_owned();
    for level in 1..20 {
        let aliases = format!("*a{}, ", level - 1).repeat(10);
        text = [text, format!("a{level}: &a{level} [{aliases}]\n")].concat();
    }
    check(&text, Err("yaml: document contains excessive aliasing"));
    check(&"[".repeat(200), Err("yaml: document contains excessive nesting"));
}

/// Compares with the reader of the `yaml_serde` crate, which has libyaml inside.
fn same_as_libyaml(text: &str) {
    let theirs = serde_yaml::Deserializer::from_str(text).next().map(|document| {
        let map = <Option<BTreeMap<Option<String>, Option<String>>>>::deserialize(document);
        map.map(Option::unwrap_or_default)
    });
    let theirs = theirs.unwrap_or_else(|| Ok(BTreeMap::new()));
    let ours = read_map(text.as_bytes(), "map[string]string");
    match (theirs, ours) {
        (Ok(theirs), Ok(ours)) => {
            let flat = |text: Option<String>| text.unwrap_or_default();
            let theirs: BTreeMap<String, Vec<u8>> =
                theirs.into_iter().map(|(key, value)| (flat(key), flat(value).into_bytes())).collect();
            assert_eq!(ours, theirs, "{text:?}");
        }
        (Err(_), Err(_)) => {}
        (theirs, ours) => panic!("{text:?}: libyaml: {theirs:?}, ours: {ours:?}"),
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_a_map_or_an_error(bytes: Vec<u8>) {
        drop(read_map(&bytes, "map[string]string"));
    }

    #[test]
    fn what_libyaml_reads_is_read_alike(text in "([a-c]|- |: |\n|\n  |\n    | |'|\"|#|,|\\[|\\]|\\{|\\}|\\||>|&x |\\*x|\\?|-|\\+|2){0,24}") {
        same_as_libyaml(&format!("k: {text}"));
    }

    #[test]
    fn lines_are_structured_as_libyaml_structures_them(
        lines in proptest::collection::vec("( ){0,4}([-?] )?(([ab]|): ?)?(x|x y|'x|y'|\"x|\\\\n\"|\\|[-+]?|>[-+2]?|&a|\\*a|#c|\\[x,|y\\]|\\{x: y|\\}|!t z| | \t|)", 0..8)
    ) {
        same_as_libyaml(&format!("k: v\n{}", lines.join("\n")));
    }

    #[test]
    fn flow_style_is_read_alike(text in "([ab]|: |:|, |,|\\[|\\]|\\{|\\}|\"c\"|'d'|\\?|\\? |\n|&x |\\*x|#|!t |-| ){0,20}") {
        same_as_libyaml(&format!("k: {{{text}}}"));
        same_as_libyaml(&format!("k: [{text}]"));
        same_as_libyaml(&format!("k: [{text}"));
    }

    #[test]
    fn anything_like_yaml_is_a_map_or_an_error(text in "[a-c:\\-\\[\\]{}&*!|>'\"#%@` \n\t,?~0-9]{0,60}") {
        drop(read_map(text.as_bytes(), "map[string]string"));
    }
}
