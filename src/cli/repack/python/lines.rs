//! Python source as logical lines of words, texts and signs. It knows comments, texts, brackets and indentation; not the
//! language.

/// A logical line: one statement, or the head of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its first line in the file, from 1.
    pub(super) number: usize,
    /// How far it is indented.
    pub(super) indent: usize,
    /// The text of that first line.
    pub(super) source: &'a str,
    /// What it is made of.
    pub(super) tokens: Vec<Token<'a>>,
}

/// A part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name, a keyword or a number.
    Word(&'a str),
    /// A quoted text.
    Text {
        /// The letters before the quotes.
        prefix: &'a str,
        /// What is between them, as it is written.
        body: &'a str,
    },
    /// Any other character.
    Sign(char),
}

/// The line at which the text stops being Python.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) usize);

const PREFIXES: &str = "rRbBuUfFtT";

/// Splits a file, whose lines end with `\n`, into its logical lines.
pub(super) fn read(text: &str) -> Result<Vec<Line<'_>>, Unreadable> {
    let mut reader = Reader { text, rest: text, number: 1, depth: 0, line: None, lines: Vec::new() };
    while let Some(first) = reader.rest.chars().next() {
        reader.step(first)?;
    }
    if reader.depth > 0 {
        return Err(Unreadable(reader.number));
    }
    reader.lines.extend(reader.line);
    Ok(reader.lines)
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    number: usize,
    depth: usize,
    line: Option<Line<'a>>,
    lines: Vec<Line<'a>>,
}

impl<'a> Reader<'a> {
    fn step(&mut self, first: char) -> Result<(), Unreadable> {
        if self.rest.starts_with("\\\n") {
            let _continued = self.take(2);
            self.number += 1;
        } else if first == '\n' {
            let _end = self.take(1);
            self.number += 1;
            if self.depth == 0 {
                self.lines.extend(self.line.take());
            }
        } else if first == '#' {
            let length = self.rest.find('\n').unwrap_or(self.rest.len());
            let _comment = self.take(length);
        } else if first == ' ' || first == '\t' {
            let _blank = self.take(1);
        } else if first.is_control() {
            return Err(Unreadable(self.number));
        } else if let Some((prefix, quote)) = opening(self.rest) {
            self.quoted(prefix, quote)?;
        } else if first.is_alphanumeric() || first == '_' {
            let end = |c: char| !c.is_alphanumeric() && c != '_';
            let length = self.rest.find(end).unwrap_or(self.rest.len());
            self.begin();
            let word = self.take(length);
            self.push(Token::Word(word));
        } else {
            self.sign(first)?;
        }
        Ok(())
    }

    fn sign(&mut self, sign: char) -> Result<(), Unreadable> {
        match sign {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => self.depth = self.depth.checked_sub(1).ok_or(Unreadable(self.number))?,
            _ => {}
        }
        self.begin();
        let _sign = self.take(sign.len_utf8());
        self.push(Token::Sign(sign));
        Ok(())
    }

    fn quoted(&mut self, prefix: usize, quote: &str) -> Result<(), Unreadable> {
        self.begin();
        let prefix = self.take(prefix);
        let _open = self.take(quote.len());
        let length = closing(self.rest, quote).ok_or(Unreadable(self.number))?;
        let body = self.take(length);
        self.number += body.matches('\n').count();
        let _close = self.take(quote.len());
        self.push(Token::Text { prefix, body });
        Ok(())
    }

    /// The next token is the first of a line, unless there is one.
    fn begin(&mut self) {
        if self.line.is_some() {
            return;
        }
        let at = self.text.len() - self.rest.len();
        let (before, _) = self.text.split_at(at);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let (_, line) = self.text.split_at(start);
        let source = line.split('\n').next().unwrap_or_default().trim();
        let (_, blanks) = before.split_at(start);
        self.line = Some(Line { number: self.number, indent: width(blanks), source, tokens: Vec::new() });
    }

    fn push(&mut self, token: Token<'a>) {
        if let Some(line) = &mut self.line {
            line.tokens.push(token);
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}

/// The length of the letters before the quotes, and the quotes, where a quoted text begins.
fn opening(text: &str) -> Option<(usize, &'static str)> {
    let prefix = text.find(|c: char| !PREFIXES.contains(c))?;
    let (_, quoted) = text.split_at_checked(prefix).filter(|_| prefix <= 2)?;
    ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quote| quoted.starts_with(quote))
        .map(|quote| (prefix, quote))
}

/// How far it is to the quotes that close.
fn closing(text: &str, quote: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if quote.len() == 1 => return None,
            _ if text.get(at..).is_some_and(|rest| rest.starts_with(quote)) => return Some(at),
            _ => {}
        }
    }
    None
}

/// A tab leads to the next multiple of eight.
fn width(blanks: &str) -> usize {
    blanks.chars().fold(0, |width, blank| if blank == '\t' { (width / 8 + 1) * 8 } else { width + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |token: &Token<'_>| match token {
            Token::Word(word) => (*word).to_owned(),
            Token::Text { prefix, body } => format!("{prefix}<{body}>"),
            Token::Sign(sign) => sign.to_string(),
        };
        let line = |line: Line<'_>| {
            let tokens: Vec<_> = line.tokens.iter().map(show).collect();
            format!("{}|{}|{}", line.number, line.indent, tokens.join(" "))
        };
        read(text).unwrap().into_iter().map(line).collect()
    }

    #[test]
    fn comments_and_line_ends_in_brackets_are_no_code() {
        assert_eq!(
            shown("# a\n\na = (1, # b\n  'c#')\nif x: \\\n  y\n\td()\n"),
            ["3|0|a = ( 1 , <c#> )", "5|0|if x : y", "7|8|d ( )"]
        );
    }

    #[test]
    fn texts_are_read_to_their_own_quotes() {
        assert_eq!(
            shown(
                "\"\"\"a\n'b' \"c\" \"\"\"\nr'\\'' f\"x\" 'it\\'s'\nrb = 1\nbut'\\n'"[..]
                    .trim_end_matches("but'\\n'")
            ),
            ["1|0|<a\n'b' \"c\" >", "3|0|r<\\'> f<x> <it\\'s>", "4|0|rb = 1"]
        );
    }

    #[test]
    fn what_is_not_closed_is_not_read() {
        for (text, line) in [("a\n(b", 2), ("'a\n'", 1), ("\n)", 2), ("'''a", 1), ("a\rb", 1), ("'a\\", 1)] {
            assert_eq!(read(text), Err(Unreadable(line)), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*", code in r#"[ab("'\\\n\t #)f.é]{0,60}"#) {
            drop(read(&text));
            drop(read(&code));
        }
    }
}
