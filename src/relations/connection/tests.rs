use super::*;

fn credentials(user: &str, password: &str) -> Credentials {
    Credentials { user: user.to_owned(), password: Secret::new(password) }
}

/// What the parts are, in one line.
fn parts(text: &str, known: Option<&Credentials>) -> String {
    let connection = match Connection::parse(text, known) {
        Ok(connection) => connection,
        Err(fault) => return fault.to_string(),
    };
    let hosts: Vec<_> =
        connection.hosts.iter().map(|host| format!("{}:{:?}", host.name, host.port)).collect();
    let password = connection.password().map(Secret::expose);
    format!(
        "{} | {:?} | {password:?} | {} | {:?} | {:?} | {}",
        connection.scheme,
        connection.user(),
        hosts.join(" "),
        connection.database(),
        connection.options(),
        connection.uri().expose(),
    )
}

#[test]
fn a_uri_falls_into_its_parts() {
    let texts = [
        "postgresql://u:p@pg:5432/db",
        "mongodb://u:p@h1:27017,h2:27017/db?replicaSet=rs&authSource=admin",
        "redis://10.0.0.1:6379",
        "MySQL://u@h./db#f",
        "amqp://u:p@[fe80::1]:5672/%2F",
        "postgresql://u:p%2Fq@h/db",
        "postgresql://u:@h/?x",
        "http://h:4318/a@b",
    ];
    insta::assert_snapshot!(texts.map(|text| parts(text, None)).join("\n"), @r#"
    postgresql | Some("u") | Some("p") | pg:Some(5432) | Some("db") | [] | postgresql://u:p@pg:5432/db
    mongodb | Some("u") | Some("p") | h1:Some(27017) h2:Some(27017) | Some("db") | [("replicaSet", "rs"), ("authSource", "admin")] | mongodb://u:p@h1:27017,h2:27017/db?replicaSet=rs&authSource=admin
    redis | None | None | 10.0.0.1:Some(6379) | None | [] | redis://10.0.0.1:6379
    mysql | Some("u") | None | h.:None | Some("db") | [] | mysql://u@h./db#f
    amqp | Some("u") | Some("p") | fe80::1:Some(5672) | Some("%2F") | [] | amqp://u:p@[fe80::1]:5672/%2F
    postgresql | Some("u") | Some("p/q") | h:None | Some("db") | [] | postgresql://u:p%2Fq@h/db
    postgresql | Some("u") | Some("") | h:None | Some("") | [("x", "")] | postgresql://u:@h/?x
    http | None | None | h:Some(4318) | Some("a@b") | [] | http://h:4318/a@b
    "#);
}

#[test]
fn an_unencoded_password_is_found_and_encoded() {
    let texts = [
        "postgresql://u:p/a@h:5432/db",
        "postgresql://u:p#a@h/db",
        "postgresql://u:p?a@h/db",
        "postgresql://u:p@a@h/db",
        "postgresql://u:100%@h/db",
        "postgresql://u:p q@h/db",
    ];
    insta::assert_snapshot!(texts.map(|text| parts(text, None)).join("\n"), @r#"
    postgresql | Some("u") | Some("p/a") | h:Some(5432) | Some("db") | [] | postgresql://u:p%2Fa@h:5432/db
    postgresql | Some("u") | Some("p#a") | h:None | Some("db") | [] | postgresql://u:p%23a@h/db
    postgresql | Some("u") | Some("p?a") | h:None | Some("db") | [] | postgresql://u:p%3Fa@h/db
    postgresql | Some("u") | Some("p@a") | h:None | Some("db") | [] | postgresql://u:p%40a@h/db
    postgresql | Some("u") | Some("100%") | h:None | Some("db") | [] | postgresql://u:100%25@h/db
    postgresql | Some("u") | Some("p q") | h:None | Some("db") | [] | postgresql://u:p%20q@h/db
    "#);
}

#[test]
fn known_credentials_tell_where_the_hosts_begin() {
    let hard = credentials("u", "1/p@x#?%41");
    let texts = [
        format!("postgresql://{}@h:5432/db?a=b@c", hard.plain()),
        format!("postgresql://{}@h:5432/db?a=b@c", hard.encoded()),
        "postgresql://other:pw@h/db".to_owned(),
    ];
    let percent = credentials("u", "%41");
    assert!(parts("a://u:%41@h", Some(&percent)).contains(r#"Some("%41")"#));
    assert!(parts("a://u:%41@h", Some(&percent)).ends_with("a://u:%2541@h"));
    insta::assert_snapshot!(texts.map(|text| parts(&text, Some(&hard))).join("\n"), @r#"
    postgresql | Some("u") | Some("1/p@x#?%41") | h:Some(5432) | Some("db") | [("a", "b@c")] | postgresql://u:1%2Fp%40x%23%3F%2541@h:5432/db?a=b@c
    postgresql | Some("u") | Some("1/p@x#?%41") | h:Some(5432) | Some("db") | [("a", "b@c")] | postgresql://u:1%2Fp%40x%23%3F%2541@h:5432/db?a=b@c
    postgresql | Some("other") | Some("pw") | h:None | Some("db") | [] | postgresql://other:pw@h/db
    "#);
}

#[test]
fn what_is_no_uri_is_refused_without_quoting_it() {
    let texts = [
        "",
        "h:1",
        "://h",
        "1a://h",
        "a://",
        "a://u:p@",
        "a://h:x",
        "a://h:0",
        "a://h:65536",
        "a://[::1",
        "a://h\n",
        "a://,",
    ];
    insta::assert_snapshot!(texts.map(|text| format!("{text:?}: {}", parts(text, None))).join("\n"), @r#"
    "": has no scheme
    "h:1": has no scheme
    "://h": has no scheme
    "1a://h": has no scheme
    "a://": names no host
    "a://u:p@": names no host
    "a://h:x": has a port that is not a number from 1 to 65535
    "a://h:0": has a port that is not a number from 1 to 65535
    "a://h:65536": has a port that is not a number from 1 to 65535
    "a://[::1": names no host
    "a://h\n": holds control characters
    "a://,": names no host
    "#);
}

#[test]
fn a_list_of_uris_is_not_one_uri_with_several_hosts() {
    let uris = |text: &str| {
        let list = Connection::parse_list(text, None).unwrap();
        list.iter().map(|one| one.uri().expose().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        uris("postgresql://u:p@h1/d,postgresql://u:p@h2/d"),
        ["postgresql://u:p@h1/d", "postgresql://u:p@h2/d"]
    );
    assert_eq!(uris("mongodb://u:p@h1:1,h2:2/d"), ["mongodb://u:p@h1:1,h2:2/d"]);
    assert!(Connection::parse_list("", None).is_err());
}

#[test]
fn nothing_prints_the_password() {
    let connection = Connection::parse("a://u:hunter2@h/d", None).unwrap();
    assert!(!format!("{connection:?}").contains("hunter2"));
    assert_eq!(connection.without_password(), "a://u:•••@h/d");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*", tail in "([a-z0-9:/?#@,\\[\\]%]{0,20})") {
        for uri in [text.clone(), tail.clone(), format!("a://{text}"), format!("a://{tail}")] {
            drop((Connection::parse_list(&uri, None), Connection::parse(&uri, Some(&credentials(&text, &tail)))));
        }
        drop(Host::parse(&text));
    }

    #[test]
    fn what_is_written_is_read_back(user in "\\PC{1,8}", password in "\\PC{1,8}", host in "[a-z]{1,5}", port in 1_u16..) {
        let both = credentials(&user, &password);
        let host = Host { name: host, port: Some(port) };
        let written = Connection::new("postgresql", Some(&both), vec![host], "/db".to_owned());
        let read = Connection::parse(written.uri().expose(), None).unwrap();
        proptest::prop_assert_eq!(read, written);
    }

    #[test]
    fn a_legal_uri_is_passed_on_as_it_is(uri in "[a-z]{2,5}://([a-z]{1,4}:[a-z0-9!$&'()*+,;=~]{1,6}@)?[a-z]{1,4}(:[1-9][0-9]{0,3})?(/[a-z;]{0,4})?(\\?[a-z=&]{1,5})?(#[a-z]{1,3})?") {
        let written = Connection::parse(&uri, None).unwrap().uri();
        proptest::prop_assert_eq!(written.expose(), uri);
    }
}
