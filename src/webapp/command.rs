//! The command line of a Pebble service: split as Pebble splits it, and rewritten without touching what stays.
//!
//! Pebble's rules are those of a shell without expansion, but in double quotes a backslash escapes whatever follows, and
//! a word that begins with `#` begins a comment. `[ … ]` at the end are arguments that `pebble run --args` may replace.

use std::ops::Range;

/// A command line that Pebble would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A quote is opened and not closed.
    #[error("a quote is not closed")]
    Quote,
    /// A backslash is the last character.
    #[error("nothing follows the last backslash")]
    Escape,
    /// There is no program.
    #[error("no program is named")]
    Empty,
    /// `[` and `]` are not one pair, or something follows it.
    #[error("[ ... ] is not one group at the end")]
    Brackets,
}

/// A command line and its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    text: String,
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    span: Range<usize>,
}

impl CommandLine {
    /// Reads the text of a service's `command`.
    ///
    /// # Errors
    /// When Pebble would not take it.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let words = split(text)?;
        let is = |sign: &str| words.iter().filter(|word| word.text == sign).count();
        let groups = match (is("["), is("]")) {
            (0, 0) => true,
            (1, 1) => {
                let ends = words.last().is_some_and(|word| word.text == "]");
                ends && words.first().is_some_and(|word| word.text != "[")
            }
            // Pebble takes a group that is left open.
            (1, 0) => words.first().is_some_and(|word| word.text != "["),
            _ => false,
        };
        match (words.is_empty(), groups) {
            (true, _) => Err(Malformed::Empty),
            (_, false) => Err(Malformed::Brackets),
            (false, true) => Ok(Self { text: text.to_owned(), words }),
        }
    }

    /// The text as it was, or was rewritten.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Program and arguments, the default ones among them, as the process gets them.
    pub fn arguments(&self) -> Vec<&str> {
        self.words.iter().map(|word| word.text.as_str()).filter(|word| !matches!(*word, "[" | "]")).collect()
    }

    /// The argument of gunicorn's `-k`, which may be a default argument.
    pub fn worker_class(&self) -> Option<&str> {
        self.worker_class_word().map(|word| word.text.as_str())
    }

    /// The same with another argument of `-k`; `None` where there is no `-k`.
    #[must_use]
    pub fn with_worker_class(&self, class: &str) -> Option<Self> {
        let word = self.worker_class_word()?;
        if word.text == class {
            return Some(self.clone());
        }
        let mut text = self.text.clone();
        text.replace_range(word.span.clone(), &quoted(class));
        Self::parse(&text).ok()
    }

    /// The text with these words before it.
    pub fn behind(&self, prefix: &[&str]) -> String {
        format!("{} {}", join(prefix), self.text)
    }

    /// The text without these words before it, where they are the first.
    pub fn without(&self, first: impl Fn(usize, &str) -> bool, count: usize) -> Option<&str> {
        let mut words = self.words.iter().enumerate();
        let is_there = words.by_ref().take(count).all(|(index, word)| first(index, &word.text));
        let (_, next) = words.next()?;
        self.text.get(next.span.start..).filter(|_| is_there)
    }

    fn worker_class_word(&self) -> Option<&Word> {
        let mut after = self.words.iter().skip_while(|word| word.text != "-k").skip(1);
        after.find(|word| word.text != "[").filter(|word| word.text != "]")
    }
}

/// Words as one command line, quoted where they must be.
pub fn join(words: impl IntoIterator<Item: AsRef<str>>) -> String {
    words.into_iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "_@%+=:,./-[]{}()*$".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r#"'"'"'"#))
}

/// Where the reader of a command line is.
#[derive(Clone, Copy)]
enum State {
    Between,
    Word,
    Escaped,
    Double,
    DoubleEscaped,
    Single,
    Comment,
}

fn split(text: &str) -> Result<Vec<Word>, Malformed> {
    let mut words = Vec::new();
    let mut state = State::Between;
    let mut word = String::new();
    let mut start = 0;
    for (at, character) in text.char_indices() {
        let is_space = matches!(character, ' ' | '\t' | '\r' | '\n');
        state = match (state, character) {
            (State::Between, '#') => State::Comment,
            (State::Comment, '\n') => State::Between,
            (State::Between, _) if is_space => State::Between,
            (State::Comment, _) => State::Comment,
            (State::Word, _) if is_space => {
                words.push(Word { text: std::mem::take(&mut word), span: start..at });
                State::Between
            }
            (State::Double, '"') | (State::Single, '\'') => State::Word,
            (State::Double, '\\') => State::DoubleEscaped,
            (State::Between | State::Word, _) => {
                if matches!(state, State::Between) {
                    start = at;
                }
                match character {
                    '"' => State::Double,
                    '\'' => State::Single,
                    '\\' => State::Escaped,
                    _ => {
                        word.push(character);
                        State::Word
                    }
                }
            }
            (State::Double | State::DoubleEscaped | State::Single | State::Escaped, _) => {
                word.push(character);
                match state {
                    State::Single => State::Single,
                    State::Escaped => State::Word,
                    _ => State::Double,
                }
            }
        };
    }
    match state {
        State::Word => words.push(Word { text: word, span: start..text.len() }),
        State::Between | State::Comment => {}
        State::Double | State::Single => return Err(Malformed::Quote),
        State::Escaped | State::DoubleEscaped => return Err(Malformed::Escape),
    }
    Ok(words)
}

#[cfg(test)]
mod tests;
