//! The user's secrets, and a charm that reads one through an option of type secret.

use std::fs;

use crate::support::{Charm, TestModel, poll};

const OPTIONS: &str = "options: {token: {type: secret}}\n";
/// Tells how long the token is, never what it is.
const DISPATCH: &str = r#"
hook=${JUJU_DISPATCH_PATH##*/}
case $hook in
config-changed) refresh= ;;
secret-changed) refresh=--refresh ;;
*) exit 0 ;;
esac
secret=$(config-get token)
if [ -z "$secret" ]; then
    status-set blocked "no secret"
elif text=$(secret-get "$secret" token $refresh 2>&1); then
    status-set active "$hook: ${#text} letters"
else
    status-set blocked "$text"
fi
"#;

#[test]
fn a_charm_reads_a_users_secret_once_it_is_granted() {
    let model = TestModel::new("tokens");
    model.run(&["model-config", "pebble-poll-interval=100ms", "termination-grace-period=2s"]);
    let charm = Charm::write(&model, "web", &["server"], "", DISPATCH);
    fs::write(charm.folder.join("config.yaml"), OPTIONS).unwrap();
    model.deploy(&charm, 1);
    let wait = |status: &str, message: &str| {
        model.run(&["wait-for", "web/0", "--status", status, "--message", message, "--agent", "idle"]);
    };
    wait("blocked", "no secret");

    let uri = model.run(&["add-secret", "mine", "token=hidden-one", "--info", "for web"]);
    let uri = uri.trim_end();
    assert!(uri.starts_with("secret:") && uri.len() == 27, "{uri}");
    let option = format!("token={uri}");
    model.run(&["config", "web", &option]);
    wait("blocked", "ERROR permission denied");
    // A grant by itself tells the charm nothing.
    model.run(&["grant-secret", "mine", "web"]);
    assert_eq!(model.run(&["exec", "--unit", "web/0", &format!("secret-get {uri} token")]), "hidden-one\n");
    model.run(&["config", "web", "--reset", "token"]);
    wait("blocked", "no secret");
    model.run(&["config", "web", &option]);
    wait("active", "config-changed: 10 letters");

    // A new revision does; the old one is read until the charm asks for it.
    model.run(&["update-secret", uri, "token=hidden-second"]);
    wait("active", "secret-changed: 13 letters");
    let table = model.run(&["secrets"]);
    let (heading, row) = table.split_once('\n').unwrap();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(heading), ["ID", "Name", "Owner", "Rotation", "Revision", "Last", "updated"]);
    assert_eq!(words(row)[1..5], ["mine", "<model>", "never", "2"], "{row}");
    let shown = model.run(&["show-secret", "mine"]);
    assert!(shown.contains("target: application-web") && !shown.contains("hidden"), "{shown}");
    assert!(model.run(&["show-secret", "mine", "--reveal"]).contains("token: hidden-second\n"));

    // Revisions that nobody tracks any more go.
    let file = model.folder.path().join("token");
    fs::write(&file, "hidden-and-third").unwrap();
    model.run(&["update-secret", "mine", &format!("token#file={}", file.display()), "--auto-prune"]);
    wait("active", "secret-changed: 16 letters");
    let told = model.fail(&["show-secret", "mine", "--revision", "2", "--reveal"]).1;
    assert_eq!(told, format!("ERROR secret revision \"{}/2\" not found\n", &uri[7..]));

    model.run(&["revoke-secret", "mine", "web"]);
    let (code, told) = model.fail(&["exec", "--unit", "web/0", &format!("secret-get {uri}")]);
    assert!(code == 1 && told.contains("permission denied"), "{code} {told}");
    model.run(&["remove-secret", "mine"]);
    assert_eq!(model.run(&["secrets", "--format", "json"]), "{}\n");
    let gone = || {
        let output =
            model.command(&["exec", "--unit", "web/0", &format!("secret-get {uri}")]).output().unwrap();
        String::from_utf8(output.stderr).unwrap().contains("not found").then_some(())
    };
    poll("the end of the secret", gone, || model.logs());

    // What was secret stands in no log.
    let logs = [model.logs(), model.run(&["debug-log", "--replay"])].concat();
    assert!(logs.contains("ran \"secret-changed\" hook"));
    assert!(!logs.contains("hidden-"), "{logs}");
}

#[test]
fn an_option_takes_any_secrets_id_and_nothing_else() {
    let model = TestModel::new("ids");
    let charm = Charm::write(&model, "web", &["server"], "", DISPATCH);
    fs::write(charm.folder.join("config.yaml"), OPTIONS).unwrap();
    model.deploy(&charm, 1);
    // As in Juju, only the charm finds out that there is none.
    model.run(&["config", "web", "token=secret:9m4e2mr0ui3e8a215n4g"]);
    let told = "secret \"secret:9m4e2mr0ui3e8a215n4g\" not found";
    model.run(&["wait-for", "web/0", "--status", "blocked", "--message", told]);
    let refused = |words: &[&str], code: i32, told: &str| {
        assert_eq!(model.fail(words), (code, format!("ERROR {told}\n")), "{words:?}");
    };
    refused(&["config", "web", "token=mine"], 1, "option \"token\" expected secret, got \"mine\"");
    refused(&["add-secret", "mine"], 2, "missing secret value or filename");
    refused(&["add-secret", "mine", "token"], 2, "key value \"token\" not valid");
    refused(&["add-secret", "mine", "t=x"], 2, "key \"t\" not valid");
    refused(&["grant-secret", "mine", "web"], 1, "secret \"mine\" not found");
    model.run(&["add-secret", "mine", "token=x"]);
    refused(&["add-secret", "mine", "token=x"], 1, "secret with name \"mine\" already exists");
    refused(&["update-secret", "mine"], 1, "at least one attribute to update must be specified");
    let told = model.fail(&["grant-secret", "mine", "web,none"]).1;
    assert!(
        told.contains("for \"none\": invalid subject reference: application \"none\" not found"),
        "{told}"
    );
}
