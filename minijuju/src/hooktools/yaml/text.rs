//! The text of a YAML document as a row of characters, and errors in go-yaml's words.

/// A file that is no map of scalars; the text is go-yaml's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("yaml: {0}")]
pub struct YamlError(pub(super) String);

/// A place in the text; line and column count from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    at: usize,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// The characters and a place among them.
pub(super) struct Text {
    chars: Vec<char>,
    pub(super) mark: Mark,
}

impl Text {
    /// Decodes the bytes; a byte order mark in front is dropped.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, YamlError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let first = bytes.get(error.valid_up_to()).copied();
            YamlError(encoding_problem(error.error_len().is_none(), first).to_owned())
        })?;
        let chars: Vec<char> = text.strip_prefix('\u{feff}').unwrap_or(text).chars().collect();
        if !chars.iter().copied().all(is_allowed) {
            return Err(YamlError("control characters are not allowed".to_owned()));
        }
        Ok(Self { chars, mark: Mark { at: 0, line: 0, column: 0 } })
    }

    /// The character this far on.
    pub(super) fn ahead(&self, distance: usize) -> Option<char> {
        self.chars.get(self.mark.at + distance).copied()
    }

    /// The next character.
    pub(super) fn next(&self) -> Option<char> {
        self.ahead(0)
    }

    /// Whether nothing but white space, a line break or the end stands there.
    pub(super) fn is_blank(&self, distance: usize) -> bool {
        self.ahead(distance).is_none_or(|c| c == ' ' || c == '\t' || is_break(c))
    }

    /// Goes one character on. Breaks are for [`Text::take_break`].
    pub(super) fn advance(&mut self) {
        self.mark.at += 1;
        self.mark.column += 1;
    }

    /// Goes on while the characters are of this kind, and gives them.
    pub(super) fn take_while(&mut self, kind: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.next().filter(|c| kind(*c)) {
            taken.push(c);
            self.advance();
        }
        taken
    }

    /// Takes a line break, if there is one, as it is kept: all but the two Unicode separators become newlines.
    pub(super) fn take_break(&mut self) -> Option<char> {
        let first = self.next().filter(|c| is_break(*c))?;
        let length = if first == '\r' && self.ahead(1) == Some('\n') { 2 } else { 1 };
        self.mark = Mark { at: self.mark.at + length, line: self.mark.line + 1, column: 0 };
        Some(if matches!(first, '\u{2028}' | '\u{2029}') { first } else { '\n' })
    }

    /// Whether `---` or `...` begins the line here.
    pub(super) fn at_document_end(&self) -> bool {
        let three = |c| (0..3).all(|distance| self.ahead(distance) == Some(c));
        self.mark.column == 0 && (three('-') || three('.')) && self.is_blank(3)
    }

    /// Whether anything but white space stands before this place on its line.
    pub(super) fn line_is_begun(&self) -> bool {
        let start = self.mark.at - self.mark.column;
        self.chars
            .get(start..self.mark.at)
            .is_some_and(|before| before.iter().any(|c| !matches!(c, ' ' | '\t')))
    }

    /// Skips a comment, up to the line's end.
    pub(super) fn skip_comment(&mut self) {
        if self.next() == Some('#') {
            self.take_while(|c| !is_break(c));
        }
    }

    /// Skips white space and a comment, and stays on the line.
    pub(super) fn skip_in_line(&mut self) {
        self.take_while(|c| c == ' ' || c == '\t');
        self.skip_comment();
    }

    /// Skips white space, comments and lines. `tabs` says whether tabs are white space on this line; on further lines
    /// they are only in flow style, since there they would be indentation.
    pub(super) fn skip(&mut self, tabs: bool, flow: bool) {
        let mut tabs = tabs || flow;
        loop {
            self.take_while(|c| c == ' ' || (c == '\t' && tabs));
            self.skip_comment();
            if self.take_break().is_none() {
                return;
            }
            tabs = flow;
        }
    }

    /// An error of the characters here, whose line counts from one (and is not told on the first).
    pub(super) fn scan_error(&self, problem: &str) -> YamlError {
        match self.mark.line {
            0 => YamlError(problem.to_owned()),
            line => YamlError(format!("line {}: {problem}", line + 1)),
        }
    }

    /// An error of the structure, whose line counts from zero; on the first it is that of what was begun before.
    pub(super) fn parse_error(&self, problem: &str, begun: usize) -> YamlError {
        let at_end = self.next().is_none() && self.mark.column != 0;
        match (self.mark.line + usize::from(at_end), begun) {
            (0, 0) => YamlError(problem.to_owned()),
            (0, line) | (line, _) => YamlError(format!("line {line}: {problem}")),
        }
    }
}

/// libyaml's line breaks.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The characters that a YAML stream may have.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

/// What libyaml's reader says of a byte that is no UTF-8.
fn encoding_problem(incomplete: bool, first: Option<u8>) -> &'static str {
    match first {
        _ if incomplete => "incomplete UTF-8 octet sequence",
        Some(0xC2..=0xF4) => "invalid trailing UTF-8 octet",
        _ => "invalid leading UTF-8 octet",
    }
}
