use super::*;
use crate::webapp::integrations::testing::lines;

fn shown(url: &str) -> String {
    lines(&database("X", &Connection::parse(url, None).unwrap(), None))
}

#[test]
fn a_database_url_gives_twelve_variables() {
    insta::assert_snapshot!(shown("postgresql://test-username:test-password@test-host:5432/test-database?connect_timeout=10"), @"
    X_CONNECT_STRING=*postgresql://test-username:test-password@test-host:5432/test-database?connect_timeout=10
    X_FRAGMENT=
    X_HOSTNAME=test-host
    X_NAME=test-database
    X_NETLOC=*test-username:test-password@test-host:5432
    X_PARAMS=
    X_PASSWORD=*test-password
    X_PATH=/test-database
    X_PORT=5432
    X_QUERY=connect_timeout=10
    X_SCHEME=postgresql
    X_USERNAME=test-username
    ");
}

#[test]
fn what_a_url_lacks_is_absent_or_empty() {
    insta::assert_snapshot!(shown("redis://localhost"), @"
    X_CONNECT_STRING=redis://localhost
    X_FRAGMENT=
    X_HOSTNAME=localhost
    X_NETLOC=localhost
    X_PARAMS=
    X_PATH=
    X_QUERY=
    X_SCHEME=redis
    ");
    insta::assert_snapshot!(shown("mongodb+srv://u:p@Cluster0.Example/"), @"
    X_CONNECT_STRING=*mongodb+srv://u:p@Cluster0.Example/
    X_FRAGMENT=
    X_HOSTNAME=cluster0.example
    X_NAME=
    X_NETLOC=*u:p@Cluster0.Example
    X_PARAMS=
    X_PASSWORD=*p
    X_PATH=/
    X_QUERY=
    X_SCHEME=mongodb+srv
    X_USERNAME=u
    ");
    insta::assert_snapshot!(shown("http://u:p@redisuri:6379/0;x=1?a=b#f"), @"
    X_CONNECT_STRING=*http://u:p@redisuri:6379/0;x=1?a=b#f
    X_FRAGMENT=f
    X_HOSTNAME=redisuri
    X_NAME=0
    X_NETLOC=*u:p@redisuri:6379
    X_PARAMS=x=1
    X_PASSWORD=*p
    X_PATH=/0
    X_PORT=6379
    X_QUERY=a=b
    X_SCHEME=http
    X_USERNAME=u
    ");
    insta::assert_snapshot!(shown("postgresql://u@[FE80::1]/d;x"), @"
    X_CONNECT_STRING=postgresql://u@[FE80::1]/d;x
    X_FRAGMENT=
    X_HOSTNAME=fe80::1
    X_NAME=d;x
    X_NETLOC=u@[FE80::1]
    X_PARAMS=
    X_PATH=/d;x
    X_QUERY=
    X_SCHEME=postgresql
    X_USERNAME=u
    ");
}

#[test]
fn a_url_with_several_hosts_gives_the_first_one() {
    insta::assert_snapshot!(shown("mongodb://u:p@H1:27017,h2:27018/db?replicaSet=rs"), @"
    X_CONNECT_STRING=*mongodb://u:p@H1:27017,h2:27018/db?replicaSet=rs
    X_FRAGMENT=
    X_HOSTNAME=h1
    X_NAME=db
    X_NETLOC=*u:p@H1:27017,h2:27018
    X_PARAMS=
    X_PASSWORD=*p
    X_PATH=/db
    X_PORT=27017
    X_QUERY=replicaSet=rs
    X_SCHEME=mongodb
    X_USERNAME=u
    ");
}

#[test]
fn a_password_is_encoded_in_the_url_and_plain_on_its_own() {
    let url = Connection::parse("postgresql://u%40x:p/s?w#d@h:5432/db", None).unwrap();
    insta::assert_snapshot!(lines(&database("X", &url, None)), @"
    X_CONNECT_STRING=*postgresql://u%40x:p%2Fs%3Fw%23d@h:5432/db
    X_FRAGMENT=
    X_HOSTNAME=h
    X_NAME=db
    X_NETLOC=*u%40x:p%2Fs%3Fw%23d@h:5432
    X_PARAMS=
    X_PASSWORD=*p/s?w#d
    X_PATH=/db
    X_PORT=5432
    X_QUERY=
    X_SCHEME=postgresql
    X_USERNAME=u@x
    ");
}

#[test]
fn a_list_of_urls_gives_the_parts_of_the_first() {
    let first = Connection::parse("postgresql://u:p@h1:5432/d", None).unwrap();
    let all = "postgresql://u:p@h1:5432/d,postgresql://u:p@h2:5432/d";
    let variables = database("X", &first, Some(Secret::new(all)));
    let value = |name: &str| variables.get(name).unwrap().expose().to_owned();
    assert_eq!(value("X_CONNECT_STRING"), all);
    assert_eq!((value("X_PATH").as_str(), value("X_NAME").as_str()), ("/d", "d"));
}

#[test]
fn only_what_holds_a_secret_is_one() {
    for (url, expected) in [
        ("redis://h:6379/0", ""),
        ("redis://u@h/0", ""),
        ("redis://:@h/0", "X_CONNECT_STRING X_NETLOC X_PASSWORD"),
        ("mysql://u:p@h/0?a=b", "X_CONNECT_STRING X_NETLOC X_PASSWORD"),
        ("mysql://u@h/0?sslPassword=x", "X_CONNECT_STRING X_QUERY"),
        ("mysql://u@h/0?a=b&auth%54oken=x", "X_CONNECT_STRING X_QUERY"),
    ] {
        let all = shown(url);
        let secret: Vec<_> = all.lines().filter(|line| line.contains("=*")).collect();
        let names: Vec<_> = secret.iter().filter_map(|line| line.split('=').next()).collect();
        assert_eq!(names.join(" "), expected, "{url}");
    }
}

proptest::proptest! {
    #[test]
    fn no_url_makes_it_panic(
        url in "[a-z]{1,4}://(\\PC{0,6}@)?[a-z0-9\\[\\]:,.]{1,9}(/[a-z;/é]{0,6})?([?]\\PC{0,5})?(#\\PC{0,3})?",
    ) {
        if let Ok(url) = Connection::parse(&url, None) {
            let variables = database("X", &url, None);
            let whole = url.uri();
            proptest::prop_assert_eq!(variables.get("X_CONNECT_STRING").unwrap().expose(), whole.expose());
        }
    }

    #[test]
    fn the_parts_put_together_are_the_path(scheme in "http|redis", path in "(/[a-z;]{0,4}){0,3}") {
        let url = Connection::parse(&format!("{scheme}://h{path}"), None).unwrap();
        let (before, after) = split_params(&url);
        let whole = if before.len() == path.len() { before.to_owned() } else { format!("{before};{after}") };
        proptest::prop_assert_eq!(whole, path);
    }
}
