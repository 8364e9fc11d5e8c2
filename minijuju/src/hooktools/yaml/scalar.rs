//! Scalars in their five styles.

use super::node::Reader;
use super::text::{YamlError, is_break};

/// Characters that cannot begin a plain scalar.
const INDICATORS: &str = "-?:,[]{}#&*!|>'\"%@`";

/// What happens to the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

/// The white space and breaks between two words, until it is known whether they count.
#[derive(Default)]
struct Gap {
    blanks: String,
    first_break: Option<char>,
    breaks: String,
}

impl Gap {
    /// Adds it to the text: blanks as they are, one break as a space, more breaks as one less.
    fn fold_into(self, text: &mut String) {
        match (self.first_break, self.breaks.is_empty()) {
            (None, _) => text.push_str(&self.blanks),
            (Some('\n'), true) => text.push(' '),
            (Some('\n'), false) => text.push_str(&self.breaks),
            (Some(other), _) => {
                text.push(other);
                text.push_str(&self.breaks);
            }
        }
    }

    fn add_break(&mut self, c: char) {
        if self.first_break.is_none() {
            self.first_break = Some(c);
            self.blanks.clear();
        } else {
            self.breaks.push(c);
        }
    }
}

impl Reader {
    /// Whether a plain scalar can begin here.
    pub(super) fn starts_plain(&self, flow: bool) -> bool {
        match self.text.next() {
            None => false,
            Some('-') => !self.text.is_blank(1),
            Some('?' | ':') => !flow && !self.text.is_blank(1),
            Some(c) => !INDICATORS.contains(c) && !self.text.is_blank(0),
        }
    }

    /// A plain scalar. Its further lines begin at this column or behind it. The white space behind it is taken, too.
    pub(super) fn plain(&mut self, column: usize, flow: bool) -> Result<String, YamlError> {
        let mut text = String::new();
        let mut gap = Gap::default();
        loop {
            let over = !text.is_empty() && self.text.next() == Some('#');
            let shallow = gap.first_break.is_some() && !flow && self.text.mark.column < column;
            if self.text.next().is_none()
                || over
                || shallow
                || self.text.at_document_end()
                || self.ends_plain(flow)
            {
                return Ok(text);
            }
            std::mem::take(&mut gap).fold_into(&mut text);
            while !self.text.is_blank(0) && !self.ends_plain(flow) {
                text.extend(self.text.next());
                self.text.advance();
            }
            gap = self.gap(column)?;
        }
    }

    /// Whether what stands here ends a plain scalar.
    fn ends_plain(&self, flow: bool) -> bool {
        match self.text.next() {
            Some(':') => self.text.is_blank(1),
            Some(',' | '?' | '[' | ']' | '{' | '}') => flow,
            _ => false,
        }
    }

    /// The white space between two words of a plain scalar.
    fn gap(&mut self, column: usize) -> Result<Gap, YamlError> {
        let mut gap = Gap::default();
        while self.text.is_blank(0) && self.text.next().is_some() {
            if let Some(c) = self.text.take_break() {
                gap.add_break(c);
                continue;
            }
            let indentation =
                gap.first_break.is_some() && self.text.mark.column < column && column != usize::MAX;
            if indentation && self.text.next() == Some('\t') {
                return Err(self.text.scan_error("found a tab character that violates indentation"));
            }
            if gap.first_break.is_none() {
                gap.blanks.extend(self.text.next());
            }
            self.text.advance();
        }
        Ok(gap)
    }

    pub(super) fn single_quoted(&mut self) -> Result<String, YamlError> {
        self.text.advance();
        let mut text = String::new();
        loop {
            self.check_inside_quotes()?;
            match self.text.next() {
                Some('\'') if self.text.ahead(1) == Some('\'') => {
                    text.push('\'');
                    self.text.advance();
                    self.text.advance();
                }
                Some('\'') => {
                    self.text.advance();
                    return Ok(text);
                }
                Some(_) if self.text.is_blank(0) => self.quoted_gap(&mut text),
                other => {
                    text.extend(other);
                    self.text.advance();
                }
            }
        }
    }

    pub(super) fn double_quoted(&mut self) -> Result<String, YamlError> {
        self.text.advance();
        let mut text = String::new();
        loop {
            self.check_inside_quotes()?;
            match self.text.next() {
                Some('"') => {
                    self.text.advance();
                    return Ok(text);
                }
                Some('\\') if self.text.ahead(1).is_some_and(is_break) => {
                    // An escaped break joins the lines; the further ones count.
                    self.text.advance();
                    self.text.take_break();
                    let mut gap = Gap { first_break: Some('\u{0}'), ..Gap::default() };
                    self.fill_quoted_gap(&mut gap);
                    text.push_str(&gap.breaks);
                }
                Some('\\') => text.push(self.escape()?),
                Some(_) if self.text.is_blank(0) => self.quoted_gap(&mut text),
                other => {
                    text.extend(other);
                    self.text.advance();
                }
            }
        }
    }

    fn check_inside_quotes(&self) -> Result<(), YamlError> {
        if self.text.at_document_end() {
            return Err(self.text.scan_error("found unexpected document indicator"));
        }
        if self.text.next().is_none() {
            return Err(self.text.scan_error("found unexpected end of stream"));
        }
        Ok(())
    }

    fn quoted_gap(&mut self, text: &mut String) {
        let mut gap = Gap::default();
        self.fill_quoted_gap(&mut gap);
        gap.fold_into(text);
    }

    fn fill_quoted_gap(&mut self, gap: &mut Gap) {
        while self.text.is_blank(0) && self.text.next().is_some() {
            if let Some(c) = self.text.take_break() {
                gap.add_break(c);
            } else {
                if gap.first_break.is_none() {
                    gap.blanks.extend(self.text.next());
                }
                self.text.advance();
            }
            if self.text.at_document_end() {
                return;
            }
        }
    }

    /// A backslash and what it escapes.
    fn escape(&mut self) -> Result<char, YamlError> {
        let escaped = self.text.ahead(1);
        let plain = match escaped {
            Some('0') => '\0',
            Some('a') => '\u{7}',
            Some('b') => '\u{8}',
            Some('t' | '\t') => '\t',
            Some('n') => '\n',
            Some('v') => '\u{b}',
            Some('f') => '\u{c}',
            Some('r') => '\r',
            Some('e') => '\u{1b}',
            Some(c @ (' ' | '"' | '\'' | '\\')) => c,
            Some('N') => '\u{85}',
            Some('_') => '\u{a0}',
            Some('L') => '\u{2028}',
            Some('P') => '\u{2029}',
            Some('x') => return self.hexadecimal(2),
            Some('u') => return self.hexadecimal(4),
            Some('U') => return self.hexadecimal(8),
            _ => return Err(self.text.scan_error("found unknown escape character")),
        };
        self.text.advance();
        self.text.advance();
        Ok(plain)
    }

    fn hexadecimal(&mut self, length: usize) -> Result<char, YamlError> {
        let mut value: u32 = 0;
        for distance in 2..2 + length {
            let digit = self.text.ahead(distance).and_then(|c| c.to_digit(16));
            // The typing error is libyaml's.
            let digit =
                digit.ok_or_else(|| self.text.scan_error("did not find expected hexdecimal number"))?;
            value = value.wrapping_mul(16).wrapping_add(digit);
        }
        let c = char::from_u32(value)
            .ok_or_else(|| self.text.scan_error("found invalid Unicode character escape code"))?;
        (0..length + 2).for_each(|_| self.text.advance());
        Ok(c)
    }

    /// A literal or folded block; its lines stand behind the parent's column.
    pub(super) fn block_scalar(&mut self, parent: Option<usize>) -> Result<String, YamlError> {
        let literal = self.text.next() == Some('|');
        self.text.advance();
        let (chomping, hint) = self.block_header()?;
        let mut breaks = String::new();
        let indent = match hint {
            Some(hint) => parent.unwrap_or(0) + hint,
            None => self.find_indentation(parent, &mut breaks)?,
        };
        self.skip_indentation(indent, &mut breaks)?;
        let mut text = String::new();
        let mut line_end: Option<char> = None;
        let mut indented_before = false;
        while self.text.mark.column == indent && self.text.next().is_some() && !self.text.at_document_end() {
            let indented = matches!(self.text.next(), Some(' ' | '\t'));
            match line_end.take() {
                Some('\n') if !literal && !indented_before && !indented => {
                    if breaks.is_empty() {
                        text.push(' ');
                    }
                }
                other => text.extend(other),
            }
            text.push_str(&std::mem::take(&mut breaks));
            indented_before = indented;
            text.push_str(&self.text.take_while(|c| !is_break(c)));
            line_end = self.text.take_break();
            self.skip_indentation(indent, &mut breaks)?;
        }
        if chomping != Chomping::Strip {
            text.extend(line_end);
        }
        if chomping == Chomping::Keep {
            text.push_str(&breaks);
        }
        Ok(text)
    }

    /// The hints behind `|` or `>`, up to the end of the line.
    fn block_header(&mut self) -> Result<(Chomping, Option<usize>), YamlError> {
        let (mut chomping, mut hint) = (None, None);
        while let Some(c) = self.text.next() {
            match (c, c.to_digit(10)) {
                ('+', _) if chomping.is_none() => chomping = Some(Chomping::Keep),
                ('-', _) if chomping.is_none() => chomping = Some(Chomping::Strip),
                ('0', _) if hint.is_none() => {
                    return Err(self.text.scan_error("found an indentation indicator equal to 0"));
                }
                (_, Some(digit)) if hint.is_none() => hint = usize::try_from(digit).ok(),
                _ => break,
            }
            self.text.advance();
        }
        self.text.skip_in_line();
        if self.text.take_break().is_none() && self.text.next().is_some() {
            return Err(self.text.scan_error("did not find expected comment or line break"));
        }
        Ok((chomping.unwrap_or(Chomping::Clip), hint))
    }

    /// The column of the first line that has something on it.
    fn find_indentation(&mut self, parent: Option<usize>, breaks: &mut String) -> Result<usize, YamlError> {
        let mut widest = 0;
        loop {
            self.text.take_while(|c| c == ' ');
            widest = widest.max(self.text.mark.column);
            if self.text.next() == Some('\t') {
                return Err(self.tab_error());
            }
            match self.text.take_break() {
                Some(c) => breaks.push(c),
                None => return Ok(widest.max(parent.map_or(0, |parent| parent + 1)).max(1)),
            }
        }
    }

    /// Skips up to this much indentation, over empty lines.
    fn skip_indentation(&mut self, indent: usize, breaks: &mut String) -> Result<(), YamlError> {
        loop {
            while self.text.mark.column < indent && self.text.next() == Some(' ') {
                self.text.advance();
            }
            if self.text.mark.column < indent && self.text.next() == Some('\t') {
                return Err(self.tab_error());
            }
            match self.text.take_break() {
                Some(c) => breaks.push(c),
                None => return Ok(()),
            }
        }
    }

    fn tab_error(&self) -> YamlError {
        self.text.scan_error("found a tab character where an indentation space is expected")
    }
}
