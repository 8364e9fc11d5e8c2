//! Which of plain, single-quoted, double-quoted and literal style a text gets, and writing it so.
//!
//! go-yaml first asks what a plain text would be read as (a number, a boolean, a date: then it quotes), then libyaml's
//! rules say which styles the characters allow. Lines are folded at 80 columns where a space allows it.

use std::fmt::Write as _;

use crate::hooktools::yaml::resolve::is_string;

/// libyaml's default width.
const WIDTH: usize = 80;

/// Writes a key: like a value, but on one line.
pub(super) fn write_key(out: &mut String, text: &str) {
    let traits = Traits::of(text);
    if is_string(text) && traits.plain && !text.is_empty() {
        out.push_str(text);
    } else if is_string(text) && traits.single_quoted && !traits.multiline && !text.is_empty() {
        write_single_quoted(out, None, text);
    } else {
        write_double_quoted(out, None, text);
    }
}

/// Writes a text behind a key, behind a dash or as a document; `column` is where it begins.
pub(super) fn write_value(out: &mut String, indent: usize, column: usize, text: &str) {
    let traits = Traits::of(text);
    let fold = Some(Fold { indent: indent + 2, column });
    if text.contains('\n') && traits.literal {
        write_literal(out, indent + 2, text);
    } else if text.contains('\n') || !is_string(text) {
        write_double_quoted(out, fold, text);
    } else if traits.plain {
        write_plain(out, fold, text);
    } else if traits.single_quoted && !traits.multiline {
        write_single_quoted(out, fold, text);
    } else {
        write_double_quoted(out, fold, text);
    }
}

/// Writes base64 behind its tag; go-yaml breaks long ones into a literal block.
pub(super) fn write_encoded(out: &mut String, indent: usize, column: usize, encoded: &str) {
    if encoded.len() < 70 {
        out.push_str(encoded);
        return;
    }
    let letters: Vec<char> = encoded.chars().collect();
    let lines: Vec<String> = letters.chunks(70).map(|line| line.iter().collect()).collect();
    write_value(out, indent, column, &(lines.join("\n") + "\n"));
}

/// Where a text that may be folded begins, and how far its further lines are indented.
#[derive(Clone, Copy)]
struct Fold {
    indent: usize,
    column: usize,
}

/// Which styles libyaml's analysis of the characters allows.
#[derive(Clone, Copy)]
struct Traits {
    plain: bool,
    single_quoted: bool,
    literal: bool,
    multiline: bool,
}

impl Traits {
    fn of(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let (Some(first), Some(last)) = (characters.first().copied(), characters.last().copied()) else {
            return Self { plain: false, single_quoted: true, literal: false, multiline: false };
        };
        let after = |index: usize| characters.get(index + 1).copied();
        let before = |index: usize| index.checked_sub(1).and_then(|index| characters.get(index).copied());
        let blank_after = |index: usize| after(index).is_none_or(is_blank_or_break);
        let indicator = text.starts_with("---")
            || text.starts_with("...")
            || characters.iter().enumerate().any(|(index, c)| match (index, c) {
                (
                    0,
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
                    | '`',
                ) => true,
                (0, '?' | '-') | (_, ':') => blank_after(index),
                (_, '#') => before(index).is_some_and(is_blank_or_break),
                _ => false,
            });
        let pair = |left: fn(char) -> bool, right: fn(char) -> bool| {
            characters.windows(2).any(|pair| matches!(pair, [a, b] if left(*a) && right(*b)))
        };
        let is_space = |c: char| c == ' ';
        let special = characters.iter().any(|c| !is_printable(*c)) || pair(is_space, is_break);
        let break_space = pair(is_break, is_space);
        let multiline = characters.iter().copied().any(is_break);
        let edge = |c: char| c == ' ' || is_break(c);
        Self {
            plain: !(indicator || special || break_space || multiline || edge(first) || edge(last)),
            single_quoted: !(special || break_space),
            literal: !(special || last == ' '),
            multiline,
        }
    }
}

fn write_plain(out: &mut String, fold: Option<Fold>, text: &str) {
    write_folded(out, fold, text, String::push);
}

fn write_single_quoted(out: &mut String, fold: Option<Fold>, text: &str) {
    out.push('\'');
    let fold = fold.map(|fold| Fold { column: fold.column + 1, ..fold });
    write_folded(out, fold, text, |out, c| {
        out.push(c);
        if c == '\'' {
            out.push(c);
        }
    });
    out.push('\'');
}

/// Writes the characters, and a line break instead of a single inner space that stands beyond the width.
fn write_folded(out: &mut String, fold: Option<Fold>, text: &str, write: impl Fn(&mut String, char)) {
    let characters: Vec<char> = text.chars().collect();
    let mut column = fold.map_or(0, |fold| fold.column);
    for (index, c) in characters.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|index| characters.get(index));
        let next = characters.get(index + 1);
        let single = previous.is_some_and(|c| *c != ' ') && next.is_some_and(|c| *c != ' ');
        match fold {
            Some(Fold { indent, .. }) if *c == ' ' && column > WIDTH && single => {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            }
            _ => {
                let start = out.len();
                write(out, *c);
                column += out.get(start..).map_or(0, |written| written.chars().count());
            }
        }
    }
}

fn write_double_quoted(out: &mut String, fold: Option<Fold>, text: &str) {
    out.push('"');
    let characters: Vec<char> = text.chars().collect();
    let mut column = fold.map_or(0, |fold| fold.column + 1);
    for (index, c) in characters.iter().enumerate() {
        let previous_space = index.checked_sub(1).and_then(|index| characters.get(index)) == Some(&' ');
        let inner = index > 0 && index + 1 < characters.len();
        match fold {
            Some(Fold { indent, .. }) if *c == ' ' && column > WIDTH && inner && !previous_space => {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
                if characters.get(index + 1) == Some(&' ') {
                    out.push('\\');
                    column += 1;
                }
            }
            _ => {
                let start = out.len();
                write_escaped(out, *c);
                column += out.get(start..).map_or(0, |written| written.chars().count());
            }
        }
    }
    out.push('"');
}

fn write_escaped(out: &mut String, c: char) {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c if is_printable(c) && !is_break(c) => return out.push(c),
        c => {
            // Writing to a String cannot fail.
            let _ = match u32::from(c) {
                code @ 0..=0xFF => write!(out, "\\x{code:02X}"),
                code @ 0x100..=0xFFFF => write!(out, "\\u{code:04X}"),
                code => write!(out, "\\U{code:08X}"),
            };
            return;
        }
    };
    out.push('\\');
    out.push(short);
}

/// A literal block: `|` with its hints, then the lines, indented.
fn write_literal(out: &mut String, indent: usize, text: &str) {
    out.push('|');
    if text.starts_with(|c| c == ' ' || is_break(c)) {
        out.push_str(&2.to_string());
    }
    let mut from_end = text.chars().rev();
    match (from_end.next(), from_end.next()) {
        (Some(last), _) if !is_break(last) => out.push('-'),
        (Some(_), None) => out.push('+'),
        (Some(_), Some(before)) if is_break(before) => out.push('+'),
        _ => {}
    }
    out.push('\n');
    let mut at_line_start = true;
    for c in text.chars() {
        if at_line_start && !is_break(c) {
            out.push_str(&" ".repeat(indent));
        }
        at_line_start = is_break(c);
        out.push(c);
    }
}

fn is_blank_or_break(c: char) -> bool {
    c == ' ' || c == '\t' || is_break(c)
}

/// libyaml's line breaks.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// go-yaml v2 knows no character beyond the basic plane, no tab, no control and no byte order mark as printable.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::super::render;
    use crate::hooktools::value::Value;

    fn check(text: &str, expected: &str) {
        assert_eq!(render(&Value::map([("k", Value::text(text))])), format!("k: {expected}\n"), "{text:?}");
    }

    #[test]
    fn texts_get_the_style_that_go_yaml_gives_them() {
        check("plain", "plain");
        check("", "\"\"");
        check("yes", "\"yes\"");
        check("~", "\"~\"");
        check("0777", "\"0777\"");
        check("1.0", "\"1.0\"");
        check("2001-01-01", "\"2001-01-01\"");
        check("12:30", "\"12:30\"");
        check("10.1.0.50:3306", "10.1.0.50:3306");
        check("a: b", "'a: b'");
        check("a:b", "a:b");
        check("# no", "'# no'");
        check("a#b", "a#b");
        check("a #b", "'a #b'");
        check(" lead", "' lead'");
        check("trail ", "'trail '");
        check("*x", "'*x'");
        check("@x", "'@x'");
        check("-x", "-x");
        check("- x", "'- x'");
        check("it's \"q\"", "it's \"q\"");
        check("'", "''''");
        check("a\tb", "\"a\\tb\"");
        check("<a&b> \u{2028}", "\"<a&b> \\L\"");
        check("Grüße ✓", "Grüße ✓");
        check("😀", "\"\\U0001F600\"");
        check("---", "'---'");
    }

    #[test]
    fn lines_become_a_literal_block() {
        check("a\nb", "|-\n  a\n  b");
        check("a\nb\n", "|\n  a\n  b");
        check("a\n\nb\n\n", "|+\n  a\n\n  b\n");
        check(" a\nb\n", "|2\n   a\n  b");
        check("a \nb", "\"a \\nb\"");
        check("a\r\nb", "\"a\\r\\nb\"");
        let separated = Value::map([("k", Value::text("\n\u{2028}")), ("l", Value::text("x"))]);
        assert_eq!(render(&separated), "k: |2+\n\n\u{2028}l: x\n");
    }

    #[test]
    fn long_lines_are_folded_at_a_space() {
        let words = "word ".repeat(20);
        let first = "word ".repeat(16);
        check(words.trim_end(), &format!("{}\n  word word word word", first.trim_end()));
        let key = render(&Value::map([("a: b", Value::Null)]));
        assert_eq!(key, "'a: b': null\n");
    }
}
