//! The spellings of a secret that the tools accept: a bare id, or a URI with or without the model it comes from.

use sidecharm::juju::names::SecretId;

use super::go::quote;

/// The secret that a text names, whatever the spelling.
///
/// # Errors
/// With Juju's message, which depends on how far the text is a URI.
pub fn parse(text: &str) -> Result<SecretId, String> {
    let invalid = || format!("secret URI {} not valid", quote(text));
    if text.contains(|c: char| c.is_ascii_control()) {
        return Err(format!("parse {}: net/url: invalid control character in URL", quote(text)));
    }
    // Query and fragment say nothing.
    let rest = text.find(['?', '#']).and_then(|at| text.get(..at)).unwrap_or(text);
    check_escapes(rest)
        .map_err(|escape| format!("parse {}: invalid URL escape {}", quote(text), quote(escape)))?;
    let rest = match scheme(rest) {
        Some(("secret", rest)) => rest,
        Some((other, _)) => return Err(format!("secret URI scheme {} not valid", quote(other))),
        None if rest.starts_with(':') => {
            return Err(format!("parse {}: missing protocol scheme", quote(text)));
        }
        None => rest,
    };
    let path = match rest.strip_prefix("//") {
        Some(authority) => {
            let (host, path) = authority.split_once('/').unwrap_or((authority, ""));
            if !host.is_empty() && !is_uuid(host) {
                return Err(format!("host controller UUID {} not valid", quote(host)));
            }
            path
        }
        None => rest,
    };
    let path = path.trim_start_matches('/');
    let id = match path.split_once('/') {
        Some((source, id)) if is_uuid(source) => id,
        Some(_) => return Err(invalid()),
        None => path,
    };
    // SecretId takes URIs too; here only the bare id is left.
    let bare = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    SecretId::parse(id).ok().filter(|_| bare).ok_or_else(invalid)
}

/// What stands before the first colon, if it can be a scheme.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let letters = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    letters.then_some((scheme, rest))
}

/// Finds the first percent sign that two hexadecimal digits do not follow.
fn check_escapes(text: &str) -> Result<(), &str> {
    for (at, _) in text.match_indices('%') {
        let escape = text.get(at + 1..at + 3);
        if !escape.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            let end = text.char_indices().map(|(index, _)| index).find(|index| *index >= at + 3);
            return Err(text.get(at..end.unwrap_or(text.len())).unwrap_or(text));
        }
    }
    Ok(())
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12]
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "9m4e2mr0ui3e8a215n4g";
    const UUID: &str = "5e0a1d4c-7a3b-4c55-9d7e-0f6b2c8e9a11";

    #[test]
    fn every_spelling_names_the_secret() {
        let spellings = [
            ID.to_owned(),
            format!("secret:{ID}"),
            format!("secret:/{ID}"),
            format!("secret:///{ID}"),
            format!("secret:{UUID}/{ID}"),
            format!("secret://{UUID}/{ID}"),
            format!("secret:{ID}?rev=1"),
        ];
        for spelling in spellings {
            assert_eq!(parse(&spelling).as_ref().map(SecretId::as_str), Ok(ID), "{spelling}");
        }
    }

    #[test]
    fn bad_spellings_are_named_in_jujus_words() {
        let long = format!("secret:{ID}0");
        let with_number = format!("secret:{ID}/1");
        for text in
            ["", "secret:", "foo", "db-password", "password=new1", &long, &with_number, " x", "secret:a:b"]
        {
            assert_eq!(parse(text), Err(format!("secret URI \"{text}\" not valid")));
        }
        let cases = [
            ("http:9m4e2mr0ui3e8a215n4g", "secret URI scheme \"http\" not valid"),
            ("secret://not-a-uuid/9m4e2mr0ui3e8a215n4g", "host controller UUID \"not-a-uuid\" not valid"),
            ("%zz", "parse \"%zz\": invalid URL escape \"%zz\""),
            ("a%4", "parse \"a%4\": invalid URL escape \"%4\""),
            (":x", "parse \":x\": missing protocol scheme"),
            ("a\nb", "parse \"a\\nb\": net/url: invalid control character in URL"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected.to_owned()));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_secret_or_an_error(text in ".*") {
            drop(parse(&text));
        }

        #[test]
        fn what_it_gives_it_takes(text in "(secret:)?(//)?[0-9a-v]{19}[0g]") {
            if let Ok(id) = parse(&text) {
                proptest::prop_assert_eq!(parse(&id.to_uri()), Ok(id));
            }
        }
    }
}
