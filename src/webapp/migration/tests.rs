use std::slice::from_ref;

use super::*;
use crate::webapp::framework::{Framework, Generation};

const FLASK: Profile = Profile { framework: Framework::Flask, generation: Generation::First };

fn subject(image: &str, relations: &[&str]) -> Subject {
    let relations: Vec<_> = relations.iter().map(|name| RelationId::parse(name).unwrap()).collect();
    let mut variables = Variables::new();
    variables.set("POSTGRESQL_DB_HOSTNAME", "pg");
    variables.set_secret("POSTGRESQL_DB_PASSWORD", Secret::new("hunter2"));
    Subject::new(image, &relations, &variables)
}

fn next(subject: &Subject, is_own_turn: bool, own: Option<&Record>, others: &[Record]) -> Next {
    Situation { subject, is_own_turn, own, others }.next()
}

/// U042.
#[test]
fn the_last_script_that_is_there_migrates() {
    let cases: [(&[&str], &str); 6] = [
        (&["migrate"], "/flask/app/migrate"),
        (&["migrate.sh", "app.py"], "bash -eo pipefail migrate.sh"),
        (&["migrate.py"], "python3 migrate.py"),
        (&["manage.py"], "python3 manage.py migrate"),
        (&["manage.py", "migrate.sh", "migrate", "migrate.py"], "python3 manage.py migrate"),
        (&["migrate.sh", "migrate"], "bash -eo pipefail migrate.sh"),
    ];
    for (files, expected) in cases {
        let script = Script::among(FLASK, files).unwrap();
        assert_eq!(script.command().collect::<Vec<_>>().join(" "), expected, "{files:?}");
    }
    assert_eq!(Script::among(FLASK, ["app.py", "migrate.txt", "premigrate"]), None);
    let second = Profile { generation: Generation::Second, ..FLASK };
    assert_eq!(Script::among(second, ["migrate"]).unwrap().command().collect::<String>(), "/app/migrate");
}

#[test]
fn a_failure_is_told_as_ever() {
    let failed = |files| Script::among(FLASK, [files]).unwrap().failed();
    let texts = ["migrate", "migrate.sh", "migrate.py", "manage.py"].map(failed);
    insta::assert_snapshot!(texts.join("\n"), @"
    database migration command ['/flask/app/migrate'] failed, will retry in next update-status
    database migration command ['bash', '-eo', 'pipefail', 'migrate.sh'] failed, will retry in next update-status
    database migration command ['python3', 'migrate.py'] failed, will retry in next update-status
    database migration command ['python3', 'manage.py', 'migrate'] failed, will retry in next update-status
    ");
}

/// U041, U043 and M03.
#[test]
fn a_migration_is_tried_until_it_succeeds_and_never_again() {
    let subject = subject("image", &["postgresql:1"]);
    assert_eq!(next(&subject, true, None, &[]), Next::Run);
    let failed = subject.ended(false);
    assert_eq!(next(&subject, true, Some(&failed), from_ref(&failed)), Next::Run);
    let done = subject.ended(true);
    assert_eq!(next(&subject, true, Some(&done), &[]), Next::Done, "though what the hook wrote was lost");
    assert_eq!(next(&subject, true, None, &[done]), Next::Done, "though the container is a new one");
}

/// U044.
#[test]
fn another_integration_and_another_image_are_migrated_for_once() {
    let done = subject("image", &["postgresql:1"]).ended(true);
    for other in [
        subject("image", &["postgresql:1", "s3:2"]),
        subject("image", &["postgresql:3"]),
        subject("new image", &["postgresql:1"]),
    ] {
        assert_eq!(next(&other, true, Some(&done), from_ref(&done)), Next::Run);
        let again = other.ended(true);
        assert_eq!(next(&other, true, Some(&again), from_ref(&done)), Next::Done);
    }
}

#[test]
fn a_new_password_is_no_reason_to_migrate_and_a_new_server_is() {
    let of = |host: &str, password: &str| {
        let mut variables = Variables::new();
        variables.set("POSTGRESQL_DB_HOSTNAME", host);
        variables.set_secret("POSTGRESQL_DB_PASSWORD", Secret::new(password));
        Subject::new("image", &[], &variables)
    };
    assert_eq!(of("pg", "one"), of("pg", "other"));
    assert_ne!(of("pg", "one"), of("pg2", "one"));
}

/// Defect 29 of paas-charm, at the first deployment.
#[test]
fn the_leader_migrates_and_the_others_wait_for_it() {
    let subject = subject("image", &[]);
    let turn = |is_leader, own: u32| {
        is_this_units_turn(
            &subject,
            None,
            is_leader,
            own,
            [0, 1, 2].into_iter().filter(|other| *other != own),
        )
    };
    assert!(turn(true, 1));
    assert!(!turn(false, 0) && !turn(false, 2));
    assert_eq!(next(&subject, false, None, &[]), Next::Wait);
    assert_eq!(next(&subject, false, None, &[subject.ended(false)]), Next::Wait);
    assert_eq!(next(&subject, false, None, &[subject.ended(true)]), Next::Done);
}

/// Defect 29 of paas-charm, when pods are replaced from the highest on and the leader is the last.
#[test]
fn the_first_unit_with_a_new_image_migrates_and_does_not_wait_for_the_leader() {
    let (old, new) = (subject("old", &[]), subject("new", &[]));
    let published = old.ended(true);
    let turn = |subject: &Subject, is_leader, own: u32| {
        let others = [0, 1, 2].into_iter().filter(|other| *other != own);
        is_this_units_turn(subject, Some(&published), is_leader, own, others)
    };
    assert!(turn(&new, false, 2));
    assert!(!turn(&new, false, 1) && !turn(&new, true, 0));
    assert_eq!(next(&old, turn(&old, true, 0), None, from_ref(&published)), Next::Done);
    assert_eq!(next(&new, false, None, &[published.clone(), new.ended(true)]), Next::Done);
    assert!(is_this_units_turn(&new, Some(&published), true, 0, []), "it is the only unit");
}

#[test]
fn the_leader_publishes_what_is_done_once() {
    let subject = subject("image", &[]);
    let (done, failed) = (subject.ended(true), subject.ended(false));
    let publish = |others: &[Record], published| {
        Situation { subject: &subject, is_own_turn: true, own: None, others }.to_publish(published)
    };
    assert_eq!(publish(&[], None), None);
    assert_eq!(publish(from_ref(&failed), None), None);
    assert_eq!(publish(from_ref(&done), Some(&failed)), Some(done.clone()));
    assert_eq!(publish(from_ref(&done), Some(&done)), None);
}

#[test]
fn a_record_is_what_was_written_and_tells_nothing() {
    for record in [subject("image", &[]).ended(true), subject("image", &[]).ended(false)] {
        assert_eq!(Record::parse(&record.render().unwrap()).as_ref(), Some(&record));
        assert_eq!(Record::parse_file(&record.render_file()).as_ref(), Some(&record));
    }
    let record = subject("image", &["postgresql:1"]).ended(true);
    insta::assert_snapshot!(format!("{}\n{}", record.render().unwrap(), record.render_file()), @r#"
    {"image":"6105d6cc76af4003","integrations":"29ea68c0a45fb7b0","state":"COMPLETED"}
    COMPLETED
    6105d6cc76af4003 29ea68c0a45fb7b0
    "#);
}

/// U043: a file that is not there, or not ours, is a migration that was not tried.
#[test]
fn what_is_no_record_is_none() {
    for text in ["", "PENDING", "COMPLETED", "COMPLETED a", "done a b", "{}", "[]"] {
        assert_eq!((Record::parse_file(text), Record::parse(text)), (None, None), "{text}");
    }
    assert_eq!(state_file(FLASK), "/tmp/flask/state/database-migration-status");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in proptest::prelude::any::<String>()) {
        drop((Record::parse(&text), Record::parse_file(&text)));
    }
}
