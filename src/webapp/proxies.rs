//! The proxies that the app goes out through: those of its relation, else those of the model.

use super::variables::Variables;
use crate::juju::environment::Proxies;
use crate::relations::connection::Connection;
use crate::relations::http_proxy::HttpProxy;
use crate::secret::Secret;

/// The variables, each in small letters and in capitals. Who is reached without a proxy, the model alone knows.
pub fn variables(relation: Option<&HttpProxy>, model: &Proxies) -> Variables {
    let mut all = Variables::new();
    let (http, https) = match relation {
        Some(proxy) => (Some(proxy.http.uri()), Some(proxy.https.uri())),
        None => (model.http.clone(), model.https.clone()),
    };
    for (name, url) in [("http_proxy", http), ("https_proxy", https)] {
        if let Some(url) = url {
            set(&mut all, name, &url);
        }
    }
    if !model.no_proxy.is_empty() {
        let hosts = model.no_proxy.join(",");
        all.set("no_proxy", hosts.clone());
        all.set("NO_PROXY", hosts);
    }
    all
}

/// A URL is a secret if a password is in it, or if nobody can tell.
fn set(all: &mut Variables, name: &str, url: &Secret) {
    let is_plain = match Connection::parse(url.expose(), None) {
        Ok(connection) => connection.password().is_none(),
        Err(_) => !url.expose().contains('@'),
    };
    for name in [name.to_owned(), name.to_uppercase()] {
        if is_plain {
            all.set(name, url.expose());
        } else {
            all.set_secret(name, url.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::connection::Credentials;
    use crate::webapp::variables::Value;

    fn model(http: &str, https: &str, no_proxy: &[&str]) -> Proxies {
        let some = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Secret::new);
        Proxies {
            http: some(http),
            https: some(https),
            ftp: some("http://ftp.test"),
            no_proxy: no_proxy.iter().map(|host| (*host).to_owned()).collect(),
        }
    }

    fn relation(url: &str, user: Option<&Credentials>) -> HttpProxy {
        let proxy = Connection::parse(url, None).unwrap();
        let proxy = Connection::new(&proxy.scheme, user, proxy.hosts, "/".to_owned());
        HttpProxy { http: proxy.clone(), https: proxy }
    }

    fn check(found: &Variables, expected: &[(&str, &str)]) {
        let mut both: Vec<_> = expected
            .iter()
            .flat_map(|(name, value)| [(name.to_uppercase(), *value), ((*name).to_owned(), *value)])
            .collect();
        both.sort();
        let found: Vec<_> = found.iter().map(|(name, value)| (name.to_owned(), value.expose())).collect();
        assert_eq!(found, both);
    }

    #[test]
    fn the_models_proxies_are_set_in_both_cases() {
        check(&variables(None, &model("", "", &[])), &[]);
        check(&variables(None, &model("", "", &["127.0.0.1"])), &[("no_proxy", "127.0.0.1")]);
        check(&variables(None, &model("http://proxy.test", "", &[])), &[("http_proxy", "http://proxy.test")]);
        check(
            &variables(None, &model("", "http://proxy.test", &[])),
            &[("https_proxy", "http://proxy.test")],
        );
        check(
            &variables(None, &model("http://a.test", "http://b.test", &["127.0.0.1", "localhost", "::1"])),
            &[
                ("http_proxy", "http://a.test"),
                ("https_proxy", "http://b.test"),
                ("no_proxy", "127.0.0.1,localhost,::1"),
            ],
        );
    }

    #[test]
    fn a_relations_proxies_win_but_who_needs_none_the_model_says() {
        let of_model = model("http://proxy.test", "http://proxy.test", &["127.0.0.1", "localhost", "::1"]);
        check(
            &variables(Some(&relation("http://squid.internal:3128", None)), &of_model),
            &[
                ("http_proxy", "http://squid.internal:3128/"),
                ("https_proxy", "http://squid.internal:3128/"),
                ("no_proxy", "127.0.0.1,localhost,::1"),
            ],
        );
    }

    #[test]
    fn a_proxys_password_is_encoded_and_secret() {
        let user = Credentials { user: "u".to_owned(), password: Secret::new("p/w@") };
        let found = variables(Some(&relation("http://squid:3128", Some(&user))), &model("", "", &[]));
        check(
            &found,
            &[
                ("http_proxy", "http://u:p%2Fw%40@squid:3128/"),
                ("https_proxy", "http://u:p%2Fw%40@squid:3128/"),
            ],
        );
        assert!(found.iter().all(|(_, value)| matches!(value, Value::Secret(_))), "{found:?}");
        let of_model = variables(None, &model("http://u:p@proxy.test", "u:p@proxy.test", &["a"]));
        let secret = |name| matches!(of_model.get(name), Some(Value::Secret(_)));
        assert_eq!(["http_proxy", "HTTPS_PROXY", "no_proxy"].map(secret), [true, true, false]);
    }
}
