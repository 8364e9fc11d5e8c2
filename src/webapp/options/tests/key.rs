//! The key that the app signs with.

use super::*;

fn with_key(profile: Profile, json: &Json) -> Case {
    Case::new(profile.framework, profile.generation).set(json)
}

fn firsts() -> impl Iterator<Item = (Profile, &'static str, &'static str)> {
    each_profile().filter(|profile| profile.generation == Generation::First).map(|profile| {
        let (option, option_id) = builtin::key_option(profile);
        (profile, option, option_id)
    })
}

fn key_variable(profile: Profile) -> String {
    format!("{}SECRET_KEY", profile.framework.prefix())
}

#[test]
fn without_an_own_key_the_charms_key_is_used() {
    for profile in each_profile() {
        let case = Case::new(profile.framework, profile.generation);
        assert_eq!(case.variable(&key_variable(profile)).as_deref(), Some("KEY"), "{profile:?}");
        assert_eq!(case.settings().unwrap().secret_key.own, None);
        assert!(case.shown().contains("SECRET_KEY!=KEY"), "it is secret");
    }
}

#[test]
fn the_operators_own_key_wins() {
    for (profile, option, option_id) in firsts() {
        let case = with_key(profile, &json!({option: "mine"}));
        assert_eq!(case.variable(&key_variable(profile)).as_deref(), Some("mine"), "{profile:?}");
        assert_eq!(case.settings().unwrap().secret_key.own, Some(Secret::new("mine")));
        let case = with_key(profile, &json!({option_id: SECRET})).secret(&[("value", "mine too")]);
        assert_eq!(case.variable(&key_variable(profile)).as_deref(), Some("mine too"), "{profile:?}");
    }
}

#[test]
fn in_the_second_generation_the_key_is_in_a_secret() {
    for profile in each_profile().filter(|profile| profile.generation == Generation::Second) {
        let case = with_key(profile, &json!({"app-secret-key": SECRET})).secret(&[("value", "mine")]);
        assert_eq!(case.variable(&key_variable(profile)).as_deref(), Some("mine"), "{profile:?}");
    }
}

/// Defect 3: paas-charm sets one of them, and the app that reads the other keeps the charm's.
#[test]
fn spring_boot_has_the_operators_key_under_both_names() {
    for generation in [Generation::First, Generation::Second] {
        let case = Case::new(Framework::SpringBoot, generation);
        assert_eq!(case.variable("SECRET_KEY"), None);
        let case = if generation == Generation::First {
            case.set(&json!({"app-secret-key": "mine"}))
        } else {
            case.set(&json!({"app-secret-key": SECRET})).secret(&[("value", "mine")])
        };
        assert_eq!(case.variable("APP_SECRET_KEY").as_deref(), Some("mine"));
        assert_eq!(case.variable("SECRET_KEY").as_deref(), Some("mine"));
    }
}

#[test]
fn an_empty_key_is_refused() {
    for (profile, option, _) in firsts() {
        let expected = format!("invalid options: {option} (must be a text that is not empty)");
        assert_eq!(with_key(profile, &json!({option: ""})).status(), expected);
    }
}

#[test]
fn a_secret_without_the_key_value_is_refused() {
    for (profile, _, option_id) in firsts() {
        for content in [&[("wrong-key", "foobar")][..], &[("value", "a"), ("other", "b")], &[]] {
            let case = with_key(profile, &json!({option_id: SECRET})).secret(content);
            let expected = format!(
                "invalid options: {option_id}; give the secret one key: \
                 juju update-secret 9m4e2mr0ui3e8a215n4g value=…"
            );
            assert_eq!(case.status(), expected, "{profile:?}");
        }
    }
}

#[test]
fn a_key_and_a_secret_with_a_key_are_one_too_many() {
    for (profile, option, option_id) in firsts() {
        let case = with_key(profile, &json!({option: "a", option_id: SECRET})).secret(&[("value", "b")]);
        let framework = profile.framework;
        let expected = format!(
            "invalid options: {option}, {option_id}; unset one: juju config {framework}-k8s --reset {option}"
        );
        assert_eq!(case.status(), expected);
        let case = with_key(profile, &json!({option: "", option_id: SECRET})).secret(&[("value", "b")]);
        assert_eq!(
            case.variable(&key_variable(profile)).as_deref(),
            Some("b"),
            "an empty one counts as none"
        );
    }
}

#[test]
fn a_secret_that_is_not_granted_is_named_with_what_to_do() {
    let case = Case::first(Framework::Flask)
        .declare("token: {type: secret}")
        .set(&json!({"flask-secret-key-id": SECRET, "token": SECRET}));
    insta::assert_snapshot!(case.status(), @"invalid options: flask-secret-key-id, token; grant the secret: juju grant-secret 9m4e2mr0ui3e8a215n4g flask-k8s (it is read at the next update-status)");
    insta::assert_snapshot!(case.details(), @"
    invalid configuration:
    - flask-secret-key-id: names a secret that was not granted to flask-k8s, or was removed
    - token: names a secret that was not granted to flask-k8s, or was removed
    ");
}
