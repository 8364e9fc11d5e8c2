//! The flag rules of Juju's tools, case by case.

use super::*;

const FLAGS: &[Flag] = &[
    Flag { names: &["a", "all"], kind: Kind::Bool, help: "" },
    Flag { names: &["b"], kind: Kind::Bool, help: "" },
    Flag { names: &["r", "relation"], kind: Kind::Relation, help: "" },
    Flag { names: &["label"], kind: Kind::Text, help: "" },
    Flag { names: &["revision"], kind: Kind::Integer, help: "" },
    Flag { names: &["format"], kind: Kind::Format(&[Format::Yaml, Format::Json]), help: "" },
];

/// `all, b, relation, label | arguments` or the error.
fn check(arguments: &[&str], expected: Result<&str, &str>) {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let mut relation =
        |_, value: &str| if value == "bad" { Err("relation not found".to_owned()) } else { Ok(()) };
    let outcome = parse(FLAGS, &arguments, &mut relation).map(|parsed| match parsed {
        Parsed::Help => "help".to_owned(),
        Parsed::Options(options) => {
            let given: Vec<String> =
                options.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} | {}", given.join(" "), options.arguments.join(" "))
        }
    });
    assert_eq!(outcome.as_deref().map_err(String::as_str), expected, "{arguments:?}");
}

#[test]
fn flags_stand_anywhere_and_the_last_one_counts() {
    check(&[], Ok(" | "));
    check(&["x", "--all", "y", "-r", "1"], Ok("all=true relation=1 | x y"));
    check(&["--label", "one", "--label=two"], Ok("label=two | "));
    check(&["-ab", "-rdb:1"], Ok("all=true b=true relation=db:1 | "));
    check(&["-r=db:1"], Ok("relation==db:1 | "));
    check(&["--r", "1"], Ok("relation=1 | "));
    check(&["-", "", "--", "--all", "-x"], Ok(" | -  --all -x"));
    check(&["--all=F", "--revision=0x1F"], Ok("all=false revision=0x1F | "));
    check(&["--all", "false"], Ok("all=true | false"));
    check(&["--label", "--all"], Ok("label=--all | "));
    check(&["x", "--help", "--cheese"], Ok("help"));
    check(&["-h"], Ok("help"));
    check(&["--help=true"], Ok("help"));
}

#[test]
fn bad_flags_are_named_in_jujus_words() {
    check(&["--cheese=1", "--help"], Err("option provided but not defined: --cheese"));
    check(&["-80"], Err("option provided but not defined: -8"));
    check(&["---all"], Err("option provided but not defined: ---all"));
    check(&["--=x"], Err("empty option in argument \"--=x\""));
    check(&["-r"], Err("option needs an argument: -r"));
    check(&["--relation"], Err("option needs an argument: --relation"));
    check(
        &["--all=yes"],
        Err("invalid value \"yes\" for option --all: strconv.ParseBool: parsing \"yes\": invalid syntax"),
    );
    check(
        &["-a=1"],
        Err("invalid value \"=1\" for option -a: strconv.ParseBool: parsing \"=1\": invalid syntax"),
    );
    check(&["-r", "bad", "-r", "1"], Err("invalid value \"bad\" for option -r: relation not found"));
    check(
        &["--format", "smart"],
        Err("invalid value \"smart\" for option --format: unknown format \"smart\""),
    );
    check(
        &["--revision", "x"],
        Err("invalid value \"x\" for option --revision: strconv.ParseInt: parsing \"x\": invalid syntax"),
    );
}

proptest::proptest! {
    #[test]
    fn any_arguments_parse_or_fail(arguments in proptest::collection::vec("[-=a-z ü]{0,8}", 0..6)) {
        drop(parse(FLAGS, &arguments, &mut |_, _| Ok(())));
    }

    #[test]
    fn what_stands_behind_two_dashes_is_never_a_flag(arguments in proptest::collection::vec(".*", 0..4)) {
        let mut given = vec!["--".to_owned()];
        given.extend(arguments.iter().cloned());
        let parsed = parse(FLAGS, &given, &mut |_, _| Ok(()));
        proptest::prop_assert_eq!(parsed, Ok(Parsed::Options(Options { arguments, ..Options::default() })));
    }
}
