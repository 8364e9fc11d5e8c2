//! The verbs about secrets: the user's are made and granted, all are shown.

use std::cmp::Reverse;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{call, quiet};
use crate::cli::ago::ago;
use crate::cli::arguments::{Content, Format, SecretVerb};
use crate::cli::output::{print, print_value};
use crate::cli::table::{Lean, Table, printable};
use crate::cli::{Failure, Surroundings};
use crate::controller::secret::SecretValues;
use crate::daemon::connection::ModelPlace;
use crate::daemon::protocol::{Request, UserSecret};
use crate::hooktools::secret_content;

pub fn run(verb: SecretVerb, place: &ModelPlace, surroundings: &Surroundings) -> Result<(), Failure> {
    match verb {
        SecretVerb::AddSecret { name, content } => {
            let values = values(&content)?;
            let values =
                values.ok_or_else(|| Failure::Usage("missing secret value or filename".to_owned()))?;
            let info = content.info.unwrap_or_default();
            let added = call(place, &Request::UserSecret(UserSecret::Add { name, info, content: values }))?;
            print(&format!("{}\n", added.as_str().unwrap_or_default()));
            Ok(())
        }
        SecretVerb::UpdateSecret { secret, content, name, auto_prune } => {
            let values = values(&content)?;
            let info = content.info;
            quiet(
                place,
                &Request::UserSecret(UserSecret::Update { secret, name, info, content: values, auto_prune }),
            )
        }
        SecretVerb::GrantSecret(access) => quiet(
            place,
            &Request::UserSecret(UserSecret::Grant {
                secret: access.secret,
                applications: access.applications,
            }),
        ),
        SecretVerb::RevokeSecret(access) => quiet(
            place,
            &Request::UserSecret(UserSecret::Revoke {
                secret: access.secret,
                applications: access.applications,
            }),
        ),
        SecretVerb::RemoveSecret { secret, revision } => {
            quiet(place, &Request::UserSecret(UserSecret::Remove { secret, revision }))
        }
        SecretVerb::Secrets { format } => {
            let secrets = call(place, &Request::Secrets)?;
            if matches!(format, Format::Json | Format::Yaml) {
                return print_value(&secrets, format);
            }
            print(&table(&secrets, OffsetDateTime::now_utc()).render(surroundings.paint()));
            Ok(())
        }
        SecretVerb::ShowSecret { secret, reveal, revision, format } => {
            print_value(&call(place, &Request::ShowSecret { secret, revision, reveal })?, format)
        }
    }
}

/// The content, if any is given.
fn values(content: &Content) -> Result<Option<SecretValues>, Failure> {
    let values = secret_content::of_operator(&content.pairs, content.file.as_deref());
    Ok(Some(values.map_err(Failure::Usage)?).filter(|values| !values.is_empty()))
}

/// By owner; the one with the most revisions comes first.
fn table(secrets: &Value, now: OffsetDateTime) -> Table {
    let left = ["ID", "Name", "Owner", "Rotation"].map(|name| (name, Lean::Left));
    let columns = [left.as_slice(), &[("Revision", Lean::Right), ("Last updated", Lean::Left)]].concat();
    let mut table = Table::new(&columns);
    let text = |secret: &Value, name: &str| {
        secret.get(name).and_then(Value::as_str).map(printable).unwrap_or_default()
    };
    let revision = |secret: &Value| secret.get("revision").and_then(Value::as_u64).unwrap_or_default();
    let mut secrets: Vec<_> = secrets.as_object().into_iter().flatten().collect();
    secrets.sort_by_key(|(_, secret)| (text(secret, "owner"), Reverse(revision(secret))));
    for (id, secret) in secrets {
        let name =
            Some(text(secret, "name")).filter(|name| !name.is_empty()).unwrap_or_else(|| "-".to_owned());
        let updated = OffsetDateTime::parse(&text(secret, "updated"), &Rfc3339);
        let cells = [
            id.clone(),
            name,
            text(secret, "owner"),
            text(secret, "rotation"),
            revision(secret).to_string(),
            updated.map(|updated| ago(updated, now)).unwrap_or_default(),
        ];
        table.push(cells.map(Into::into).into());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::table::Paint;
    use serde_json::json;
    use time::macros::datetime;

    #[test]
    fn secrets_are_shown_as_jujus_table() {
        let secrets = json!({
            "9m4e2mr0ui3e8a215n4g": {"revision": 12, "owner": "web", "label": "hidden", "rotation": "hourly",
                                     "updated": "2026-11-25T10:19:30Z"},
            "9m4e2mr0ui3e8a215n50": {"revision": 1, "owner": "<model>", "name": "mine", "rotation": "never",
                                     "updated": "2026-11-25T08:19:30Z"},
            "9m4e2mr0ui3e8a215n60": {"revision": 2, "owner": "<model>", "name": "other", "rotation": "never"},
        });
        insta::assert_snapshot!(table(&secrets, datetime!(2026-11-25 10:20:00 UTC)).render(Paint::Plain), @r"
        ID                    Name   Owner    Rotation  Revision  Last updated
        9m4e2mr0ui3e8a215n60  other  <model>  never            2
        9m4e2mr0ui3e8a215n50  mine   <model>  never            1  2 hours ago
        9m4e2mr0ui3e8a215n4g  -      web      hourly          12  30 seconds ago
        ");
    }

    #[test]
    fn content_comes_from_pairs_and_files() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, yaml) = (folder.path().join("plain"), folder.path().join("yaml"));
        std::fs::write(&plain, "from a file\n").unwrap();
        std::fs::write(&yaml, "token: of the file\nother: 5\n").unwrap();
        let of = |pairs: &[String], file: Option<&std::path::Path>| {
            let file = file.map(|file| file.to_str().unwrap().to_owned());
            values(&Content { pairs: pairs.to_vec(), file, info: None })
        };
        let told = |outcome: Result<Option<SecretValues>, Failure>| match outcome {
            Err(Failure::Usage(text)) => text,
            other => panic!("{other:?}"),
        };
        let pair = format!("content#file={}", plain.display());
        let given =
            of(&["token=x".to_owned(), "raw#base64=AA==".to_owned(), pair], Some(&yaml)).unwrap().unwrap();
        let given: Vec<_> = given.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(given, ["content=ZnJvbSBhIGZpbGUK", "other=NQ==", "raw=AA==", "token=b2YgdGhlIGZpbGU="]);
        assert_eq!(of(&[], None).unwrap(), None);
        assert_eq!(told(of(&["nothing".to_owned()], None)), r#"key value "nothing" not valid"#);
        assert_eq!(told(of(&["ab=short".to_owned()], None)), r#"key "ab" not valid"#);
        let missing = told(of(&["key#file=/nowhere/at/all".to_owned()], None));
        assert_eq!(
            missing,
            r#"reading content for secret key "key": open /nowhere/at/all: no such file or directory"#
        );
        let told = told(of(&[], Some(std::path::Path::new("/nowhere"))));
        assert_eq!(told, "open /nowhere: no such file or directory");
    }
}
