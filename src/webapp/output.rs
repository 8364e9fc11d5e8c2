//! What a command of the app's has said, as it may be shown.

use crate::relations::percent;
use crate::secret::Secret;

/// Shorter ones are no secrets, and would tear every text to pieces.
const SHORTEST: usize = 4;
/// The same of one line of several: a shorter one may be any text's.
const SHORTEST_LINE: usize = 16;
const HIDDEN: &str = "•••";

/// The text without these: what an app prints of what it was given is nobody's to read.
pub fn hide(text: &str, secrets: &[Secret]) -> String {
    let mut forms: Vec<Secret> = secrets.iter().flat_map(forms).collect();
    // A whole URL before the password in it.
    forms.sort_unstable_by_key(|form| std::cmp::Reverse(form.expose().len()));
    forms.iter().fold(text.to_owned(), |text, form| text.replace(form.expose(), HIDDEN))
}

/// As programs print it: as it is, in a URL, in quotes with what is escaped there, and line by line.
fn forms(secret: &Secret) -> Vec<Secret> {
    let text = secret.expose();
    if text.chars().count() < SHORTEST {
        return Vec::new();
    }
    let encoded = percent::encode(text);
    let quoted = serde_json::Value::from(text).to_string();
    let escaped = quoted.trim_matches('"').to_owned();
    let ascii = in_ascii(&escaped);
    let in_repr = escaped.replace("\\\"", "\"").replace('\'', "\\'");
    let lines = text.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE);
    let in_path = encoded.replace("%2F", "/");
    let in_form = encoded.replace("%20", "+");
    let all = [text.to_owned(), encoded, in_path, in_form, in_repr, escaped, ascii];
    all.into_iter().chain(lines.map(str::to_owned)).map(Secret::new).collect()
}

/// As Python writes JSON.
fn in_ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            let units = character.encode_utf16(&mut [0; 2]).to_vec();
            ascii.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    ascii
}

/// The end of a text, of at most so many bytes.
pub fn tail(text: &str, most: usize) -> &str {
    let text = text.trim();
    let begin = text.len().saturating_sub(most);
    let begin = (begin..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    text.get(begin..).unwrap_or_default()
}

/// The last line with something in it, of at most so many characters.
pub fn last_line(text: &str, most: usize) -> &str {
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    line.char_indices().nth(most).map_or(line, |(end, _)| line.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_app_was_given_in_secret_is_hidden_wherever_it_stands() {
        let secrets = ["hunter2", "postgresql://u:hunter2@db/app", "abc"].map(Secret::new);
        let said = "cannot connect to postgresql://u:hunter2@db/app (password hunter2): abc";
        assert_eq!(hide(said, &secrets), "cannot connect to ••• (password •••): abc");
    }

    #[test]
    fn it_is_hidden_in_a_url_in_quotes_and_line_by_line_too() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\nshort\n-----END KEY-----";
        let secrets = ["p/a#s ö", r#"a"b\c"#, "it's", key].map(Secret::new);
        for said in [
            "p%2Fa%23s%20%C3%B6",
            "p/a%23s%20%C3%B6",
            "p%2Fa%23s+%C3%B6",
            r#"a\"b\\c"#,
            r"it\'s",
            r"p/a#s \u00f6",
            r#"a"b\\c"#,
            "-----BEGIN KEY-----\\nMIIEvQIBADANBgkqhkiG\\nshort\\n-----END KEY-----",
            "MIIEvQIBADANBgkqhkiG",
        ] {
            assert_eq!(hide(&format!("<{said}>"), &secrets), "<•••>", "{said}");
        }
        assert_eq!(hide("short", &secrets), "short");
    }

    #[test]
    fn the_end_is_shown() {
        assert_eq!(tail(" abc\n", 9), "abc");
        assert_eq!(tail("aäö", 3), "ö");
        assert_eq!(tail("", 3), "");
        assert_eq!(last_line("a\nbäc \n\n", 9), "bäc");
        assert_eq!(last_line("a\nbäc \n\n", 2), "bä");
        assert_eq!(last_line("", 2), "");
    }
}
