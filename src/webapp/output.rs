//! What a command of the app's has said, as it may be shown.

use crate::secret::Secret;

/// Shorter ones are no secrets, and would tear every text to pieces.
const SHORTEST: usize = 4;
const HIDDEN: &str = "•••";

/// The text without these: what an app prints of what it was given is nobody's to read.
pub fn hide(text: &str, secrets: &[Secret]) -> String {
    let mut secrets: Vec<&str> = secrets.iter().map(Secret::expose).collect();
    secrets.retain(|secret| secret.chars().count() >= SHORTEST);
    // A whole URL before the password in it.
    secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
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
    fn the_end_is_shown() {
        assert_eq!(tail(" abc\n", 9), "abc");
        assert_eq!(tail("aäö", 3), "ö");
        assert_eq!(tail("", 3), "");
        assert_eq!(last_line("a\nbäc \n\n", 9), "bäc");
        assert_eq!(last_line("a\nbäc \n\n", 2), "bä");
        assert_eq!(last_line("", 2), "");
    }
}
