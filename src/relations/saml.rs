//! The interface `saml`, from the side whose users sign on (its requirer).
//!
//! Source: `saml_integrator.v0.saml`. The requirer writes nothing.
//!
//! | bag | key | value |
//! | --- | --- | --- |
//! | theirs, application | `entity_id` | the identity provider's name |
//! | theirs, application | `x509certs` | comma-separated certificates without PEM's frame; the first signs |
//! | theirs, application | `metadata_url` | optional |
//! | theirs, application | `SERVICE_redirect_url`, `SERVICE_post_url` | an endpoint: `single_sign_on_service`, `single_logout_service` |
//! | theirs, application | `SERVICE_redirect_binding` … | its SAML binding, a URN |
//! | theirs, application | `SERVICE_redirect_response_url` … | optional |

use super::answer::{Answer, Remote};
use super::bags::{http_url, missing, needed, text};
use super::http_url::HttpUrl;

/// An identity provider that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saml {
    /// Its name.
    pub entity_id: String,
    /// Where it describes itself.
    pub metadata_url: Option<HttpUrl>,
    /// The certificate that it signs with, as received.
    pub signing_certificate: String,
    /// Its further certificates.
    pub other_certificates: Vec<String>,
    /// Its endpoints, by their names.
    pub endpoints: Vec<Endpoint>,
}

/// One endpoint of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// SAML's name for it: `SingleSignOnService`.
    pub name: String,
    /// A URN, which ends with `HTTP-Redirect` or `HTTP-POST`.
    pub binding: String,
    /// Where it is.
    pub url: String,
    /// Where answers go, if elsewhere.
    pub response_url: Option<String>,
}

impl Saml {
    /// Where a browser is sent to sign on.
    pub fn sign_on_redirect(&self) -> Option<&Endpoint> {
        let is_redirect = |one: &&Endpoint| one.binding.to_lowercase().contains("redirect");
        self.endpoints.iter().filter(is_redirect).find(|one| one.name == "SingleSignOnService")
    }
}

/// Reads what the SAML integrator says.
///
/// # Errors
/// When it cannot be used yet, or at all.
pub fn parse(remote: &Remote) -> Answer<Saml> {
    let bag = &remote.application;
    let [entity_id, certificates] = needed(bag, ["entity_id", "x509certs"])?;
    let mut certificates =
        certificates.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned);
    let signing_certificate = certificates.next().ok_or_else(|| missing("x509certs"))?;
    let mut endpoints = Vec::new();
    for method in ["redirect", "post"] {
        let suffix = format!("_{method}_url");
        for service in
            bag.keys().filter_map(|key| key.strip_suffix(&suffix)).filter(|service| !service.is_empty())
        {
            let key = |part| format!("{service}_{method}_{part}");
            let Some(url) = text(bag, &key("url")) else { continue };
            let url = http_url(&key("url"), url)?.as_str().to_owned();
            let response_url = text(bag, &key("response_url"));
            let response_url = response_url.map(|url| http_url(&key("response_url"), url)).transpose()?;
            let binding = text(bag, &key("binding")).ok_or_else(|| missing(key("binding")))?.to_owned();
            let response_url = response_url.map(|url| url.as_str().to_owned());
            endpoints.push(Endpoint { name: camel_case(service), binding, url, response_url });
        }
    }
    endpoints.sort();
    Ok(Saml {
        entity_id: entity_id.to_owned(),
        metadata_url: text(bag, "metadata_url").map(|url| http_url("metadata_url", url)).transpose()?,
        signing_certificate,
        other_certificates: certificates.collect(),
        endpoints,
    })
}

fn camel_case(snake_case: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    snake_case.split('_').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::testing::{anything, remote};

    const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
    const SAID: &[(&str, &str)] = &[
        ("entity_id", "https://login.example.com"),
        ("x509certs", "MIIC1,MIID2"),
        ("metadata_url", "https://login.example.com/saml/metadata"),
        ("single_sign_on_service_redirect_url", "https://login.example.com/saml/"),
        ("single_sign_on_service_redirect_binding", REDIRECT),
        ("single_logout_service_redirect_url", "https://login.example.com/+logout"),
        ("single_logout_service_redirect_binding", REDIRECT),
        ("single_logout_service_redirect_response_url", "https://login.example.com/+logout2"),
    ];

    #[test]
    fn an_identity_provider_is_read() {
        let saml = parse(&remote(SAID, &[])).unwrap();
        assert_eq!(saml.sign_on_redirect().unwrap().url, "https://login.example.com/saml/");
        insta::assert_debug_snapshot!(saml, @r#"
        Saml {
            entity_id: "https://login.example.com",
            metadata_url: Some(
                https://login.example.com/saml/metadata,
            ),
            signing_certificate: "MIIC1",
            other_certificates: [
                "MIID2",
            ],
            endpoints: [
                Endpoint {
                    name: "SingleLogoutService",
                    binding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
                    url: "https://login.example.com/+logout",
                    response_url: Some(
                        "https://login.example.com/+logout2",
                    ),
                },
                Endpoint {
                    name: "SingleSignOnService",
                    binding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
                    url: "https://login.example.com/saml/",
                    response_url: None,
                },
            ],
        }
        "#);
        let least = parse(&remote(&SAID[..2], &[])).unwrap();
        assert_eq!((least.metadata_url.clone(), least.sign_on_redirect()), (None, None));
    }

    #[test]
    fn what_is_missing_or_broken_is_named() {
        let cases = [
            ("nothing", remote(&[], &[])),
            ("no certificate", remote(&SAID[..1], &[])),
            ("blank certificates", remote(&[SAID[0], ("x509certs", " , ")], &[])),
            ("no binding", remote(&SAID[..4], &[])),
            ("no URL", remote(&[SAID[0], SAID[1], ("metadata_url", "hunter2")], &[])),
            ("no endpoint URL", remote(&[SAID[0], SAID[1], ("x_post_url", "hunter2")], &[])),
        ];
        let lines = cases.map(|(case, said)| format!("{case}: {}", parse(&said).unwrap_err()));
        insta::assert_snapshot!(lines.join("\n"), @"
        nothing: not there yet: entity_id, x509certs
        no certificate: not there yet: x509certs
        blank certificates: not there yet: x509certs
        no binding: not there yet: single_sign_on_service_redirect_binding
        no URL: metadata_url: has no scheme
        no endpoint URL: x_post_url: has no scheme
        ");
    }

    proptest::proptest! {
        #[test]
        fn no_bag_makes_it_panic(said in anything(&[
            "entity_id", "x509certs", "metadata_url", "é_redirect_url", "_post_url", "a__b_post_url", "a__b_post_binding",
        ])) {
            drop(parse(&said));
        }
    }
}
