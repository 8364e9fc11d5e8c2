//! A Rust file as the rules see it: its code without comments, text and tests, and the paths that code names.
//! It does not parse Rust: a lexer that knows comments and literals, and a reader of `use` trees, are enough.

use std::fs;
use std::path::Path;

/// One file of the project.
pub struct Source {
    /// Relative to the project, with slashes.
    pub path: String,
    pub text: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Every file under the project's `folders` whose name ends with one of `endings`, sorted.
    pub fn all(folders: &[&str], endings: &[&str]) -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        let mut open: Vec<_> = folders.iter().map(|folder| root.join(folder)).collect();
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            {
                let path = entry.unwrap().path();
                let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                if path.is_dir() {
                    open.push(path);
                } else if endings.iter().any(|ending| relative.ends_with(ending)) {
                    found.push(Self { text: fs::read_to_string(&path).unwrap(), path: relative });
                }
            }
        }
        found.sort_by(|left, right| left.path.cmp(&right.path));
        found
    }

    /// Is the whole file a test, or there for tests?
    pub fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || format!("/{}", self.path).contains("/tests/")
    }

    /// The text before its inline tests: the whole text if it has none.
    pub fn before_tests(&self) -> &str {
        self.text.find("#[cfg(test)]\nmod ").map_or(self.text.as_str(), |start| &self.text[..start])
    }

    /// The words and signs of the code before the tests, without comments and without what stands in quotes.
    pub fn tokens(&self) -> Vec<&str> {
        tokens(self.before_tests())
    }

    /// The same of the whole text, tests included.
    pub fn all_tokens(&self) -> Vec<&str> {
        tokens(&self.text)
    }

    /// Every path the code names, in full: `use a::{b, c::d};` names `a::b` and `a::c::d`.
    pub fn paths(&self) -> Vec<String> {
        paths(&self.tokens())
    }
}

fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = raw_text(rest) {
            length
        } else if first == '"' || rest.starts_with("b\"") || rest.starts_with("c\"") {
            quoted(rest)
        } else if let Some(length) = character(rest) {
            length
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(&rest[..length]);
            length
        } else if rest.starts_with("::") {
            found.push("::");
            2
        } else {
            if !first.is_whitespace() {
                found.push(&rest[..first.len_utf8()]);
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    loop {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 || at >= text.len() {
            return at.min(text.len());
        }
    }
}

fn raw_text(text: &str) -> Option<usize> {
    let start =
        text.strip_prefix("br").or_else(|| text.strip_prefix("cr")).or_else(|| text.strip_prefix('r'))?;
    let hashes = start.len() - start.trim_start_matches('#').len();
    let body = start[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end)? + end.len();
    Some(text.len() - body.len() + length)
}

fn quoted(text: &str) -> usize {
    let open = text.find('"').unwrap_or(0) + 1;
    let mut escaped = false;
    for (at, c) in text[open..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return open + at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal; `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'').or_else(|| text.strip_prefix("b'"))?;
    let open = text.len() - body.len();
    if let Some(escape) = body.strip_prefix('\\') {
        let first = escape.chars().next()?;
        return Some(open + 1 + first.len_utf8() + escape[first.len_utf8()..].find('\'')? + 1);
    }
    let first = body.chars().next()?;
    body[first.len_utf8()..].starts_with('\'').then_some(open + first.len_utf8() + 1)
}

fn paths(tokens: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        // `use<'a>` in a type names no path.
        if tokens[at] == "use" && tokens.get(at + 1) != Some(&"<") {
            at = use_tree(tokens, at + 1, "", &mut found);
        } else if is_word(tokens[at]) && tokens.get(at + 1) == Some(&"::") {
            let mut path = tokens[at].to_owned();
            at += 1;
            while tokens.get(at) == Some(&"::") && tokens.get(at + 1).is_some_and(|next| is_word(next)) {
                path = format!("{path}::{}", tokens[at + 1]);
                at += 2;
            }
            found.push(path);
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one tree from `at` on and returns where it ends.
fn use_tree(tokens: &[&str], mut at: usize, prefix: &str, found: &mut Vec<String>) -> usize {
    let mut path = prefix.to_owned();
    while let Some(token) = tokens.get(at) {
        match *token {
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|next| !["}", ";"].contains(next)) {
                    at = use_tree(tokens, at, &path, found);
                    at += usize::from(tokens.get(at) == Some(&","));
                }
                return at + 1;
            }
            "as" => at += 2,
            ";" | "," | "}" => break,
            "::" => at += 1,
            part => {
                if part != "self" || path.is_empty() {
                    path = if path.is_empty() { part.to_owned() } else { format!("{path}::{part}") };
                }
                at += 1;
            }
        }
    }
    found.push(path);
    at
}

pub fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

#[test]
fn comments_text_and_characters_are_no_code() {
    let source = Source::new(
        "src/a.rs",
        "//! std::fs\n/* a /* nested */ std::fs */ let x = \"std::fs\\\" std::env\"; r#\"std::fs\"# b\"x\" '\\'' 'a' &'a str",
    );
    assert_eq!(source.tokens().join(" "), "let x = ; & ' a str");
}

#[test]
fn tests_are_not_part_of_the_code() {
    let source = Source::new("src/a.rs", "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n");
    assert_eq!(source.tokens().join(" "), "fn a ( ) { }");
}

#[test]
fn every_path_is_named_in_full() {
    let source = Source::new(
        "src/a.rs",
        "use std::{fs::{self, File}, io::Read as _};\nuse crate::juju::*; fn a() { crate::b::c(d::E::F) }",
    );
    let expected = ["std::fs", "std::fs::File", "std::io::Read", "crate::juju::*", "crate::b::c", "d::E::F"]
        .map(str::to_owned);
    assert_eq!(source.paths(), expected);
}
