//! Tells whether `src/charm.py` is what `charmcraft init` wrote, or does something of its own.
//!
//! The template's program is made of: imports of `logging`, `typing`, `ops` and paas-charm, a logger, one class that has a
//! paas-charm class for its base and at most an `__init__` that hands its arguments on, and `ops.main` of that class.
//! Comments and documentation may be anything. Every other statement is code of its own: this program would not run it.

use std::collections::BTreeMap;

use crate::webapp::framework::Framework;

mod lines;

use lines::{Line, Token};

/// What was found in a `src/charm.py`.
#[derive(Debug, PartialEq, Eq)]
pub struct Examined {
    /// The framework whose class is the charm's base, or else the only one that is imported.
    pub framework: Option<Framework>,
    /// The statements that the template does not have, in their order.
    pub additions: Vec<Addition>,
}

/// A statement that the template does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// Its line, from 1.
    pub line: usize,
    /// The text of its first line.
    pub source: String,
}

/// Modules whose import does nothing that a user sees.
const HARMLESS: &[&str] = &["__future__", "logging", "ops", "paas_app_charmer", "paas_charm", "typing"];

/// paas-charm's modules, by framework; the first six are those of today's name, the others of its name before 1.0.
const MODULES: &[(&str, Framework)] = &[
    ("paas_charm.flask", Framework::Flask),
    ("paas_charm.django", Framework::Django),
    ("paas_charm.fastapi", Framework::FastApi),
    ("paas_charm.go", Framework::Go),
    ("paas_charm.expressjs", Framework::ExpressJs),
    ("paas_charm.springboot", Framework::SpringBoot),
    ("paas_app_charmer.flask", Framework::Flask),
    ("paas_app_charmer.django", Framework::Django),
    ("paas_app_charmer.fastapi", Framework::FastApi),
    ("paas_app_charmer.go", Framework::Go),
];

/// Reads a `src/charm.py`.
pub fn examine(text: &str) -> Examined {
    let text = plain_lines(text);
    let lines = match lines::read(&text) {
        Ok(lines) => lines,
        Err(lines::Unreadable(line)) => {
            let source = "from here on it is not Python that can be read".to_owned();
            return Examined { framework: None, additions: vec![Addition { line, source }] };
        }
    };
    let mut program = Program::default();
    for (head, body) in blocks(&lines) {
        program.statement(head, body);
    }
    program.examined()
}

/// Whether a Python file does nothing: it has only comments and documentation.
pub fn is_empty(text: &str) -> bool {
    lines::read(&plain_lines(text)).is_ok_and(|lines| lines.iter().all(|line| is_documentation(&line.tokens)))
}

/// Python takes all three kinds of line ends.
fn plain_lines(text: &str) -> String {
    text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n")
}

#[derive(Default)]
struct Program<'a> {
    /// What the imports gave names to.
    names: BTreeMap<&'a str, String>,
    /// Every module and name that was imported, in full.
    imported: Vec<String>,
    class: Option<(&'a str, Framework)>,
    additions: Vec<Addition>,
}

impl<'a> Program<'a> {
    fn statement(&mut self, head: &Line<'a>, body: &[Line<'a>]) {
        let tokens = head.tokens.as_slice();
        let is_simple = body.is_empty();
        let is_known = match tokens {
            [Token::Word("import" | "from"), ..] => is_simple && self.import(tokens),
            [Token::Word("class"), Token::Word(name), Token::Sign('('), rest @ ..] => {
                self.class(name, rest, head, body)
            }
            [
                Token::Word("if"),
                Token::Word("__name__"),
                Token::Sign('='),
                Token::Sign('='),
                Token::Text { prefix: "", body: "__main__" },
                Token::Sign(':'),
                rest @ ..,
            ] => matches!(suite(head, rest, body).as_slice(), [only] if self.is_start(&only.tokens)),
            _ => is_simple && (is_documentation(tokens) || self.is_logger(tokens) || self.is_start(tokens)),
        };
        if !is_known {
            self.add(head);
        }
    }

    fn add(&mut self, line: &Line<'_>) {
        self.additions.push(Addition { line: line.number, source: line.source.to_owned() });
    }

    /// Takes the names that an import gives, and says whether all of its modules are harmless.
    fn import(&mut self, tokens: &[Token<'a>]) -> bool {
        let (module, list) = match tokens {
            [Token::Word("from"), rest @ ..] => {
                let Some((module, [Token::Word("import"), list @ ..])) = path(rest) else { return false };
                (Some(module), strip_brackets(list))
            }
            [_, list @ ..] => (None, list),
            [] => return false,
        };
        for part in list.split(|token| *token == Token::Sign(',')) {
            let Some((name, rest)) = path(part) else { return false };
            let full = module.as_ref().map_or_else(|| name.clone(), |module| format!("{module}.{name}"));
            let root = full.split('.').next().unwrap_or_default();
            if !HARMLESS.contains(&root) {
                return false;
            }
            match (rest, part.first()) {
                ([Token::Word("as"), Token::Word(alias)], _) => drop(self.names.insert(alias, full.clone())),
                ([], Some(Token::Word(first))) => {
                    let meaning = if module.is_some() { full.clone() } else { root.to_owned() };
                    drop(self.names.insert(first, meaning));
                }
                _ => return false,
            }
            self.imported.push(full);
        }
        true
    }

    /// What a dotted name means, by the imports.
    fn resolve(&self, dotted: &str) -> Option<String> {
        let (first, rest) = dotted.split_at(dotted.find('.').unwrap_or(dotted.len()));
        self.names.get(first).map(|meaning| format!("{meaning}{rest}"))
    }

    /// The head after the name and the bracket. `false` where the whole class is foreign; else its body is looked through.
    fn class(&mut self, name: &'a str, rest: &[Token<'a>], head: &Line<'a>, body: &[Line<'a>]) -> bool {
        let Some((base, [Token::Sign(')'), Token::Sign(':'), rest @ ..])) = path(rest) else { return false };
        let base = self.resolve(&base).unwrap_or(base);
        let Some(module) = base.strip_suffix(".Charm") else { return false };
        let Some(framework) = framework(module).filter(|_| self.class.is_none()) else { return false };
        self.class = Some((name, framework));
        for (line, body) in blocks(&suite(head, rest, body)) {
            let is_nothing = is_documentation(&line.tokens)
                || line.tokens == [Token::Word("pass")]
                || line.tokens == [Token::Sign('.'); 3];
            if !(body.is_empty() && is_nothing || is_plain_init(name, line, body)) {
                self.add(line);
            }
        }
        true
    }

    /// `logger = logging.getLogger(__name__)`
    fn is_logger(&self, tokens: &[Token<'_>]) -> bool {
        let [Token::Word(_), Token::Sign('='), rest @ ..] = tokens else { return false };
        self.call(rest).is_some_and(|(function, arguments)| {
            function == "logging.getLogger" && arguments == [Token::Word("__name__")]
        })
    }

    /// `ops.main(TheClass)`
    fn is_start(&self, tokens: &[Token<'_>]) -> bool {
        self.call(tokens).is_some_and(|(function, arguments)| {
            matches!(function.as_str(), "ops.main" | "ops.main.main")
                && self.class.is_some_and(|(name, _)| arguments == [Token::Word(name)])
        })
    }

    /// A call, its function in full.
    fn call<'t>(&self, tokens: &'t [Token<'t>]) -> Option<(String, &'t [Token<'t>])> {
        let (function, [Token::Sign('('), arguments @ .., Token::Sign(')')]) = path(tokens)? else {
            return None;
        };
        Some((self.resolve(&function)?, arguments))
    }

    fn examined(self) -> Examined {
        let imported = || {
            let mut found = self.imported.iter().filter_map(|name| {
                framework(name).or_else(|| name.rsplit_once('.').and_then(|(module, _)| framework(module)))
            });
            let first = found.next()?;
            found.all(|other| other == first).then_some(first)
        };
        let framework = self.class.map(|(_, framework)| framework).or_else(imported);
        let mut additions = self.additions;
        if self.class.is_none() && additions.is_empty() {
            let source = "no class that has one of paas-charm's for its base".to_owned();
            additions.push(Addition { line: 1, source });
        }
        Examined { framework, additions }
    }
}

fn framework(module: &str) -> Option<Framework> {
    MODULES.iter().find(|(name, _)| *name == module).map(|(_, framework)| *framework)
}

/// A dotted name at the start, and what comes after it.
fn path<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(String, &'t [Token<'a>])> {
    let (Token::Word(first), mut rest) = tokens.split_first()? else { return None };
    let mut dotted = (*first).to_owned();
    while let [Token::Sign('.'), Token::Word(next), after @ ..] = rest {
        dotted = format!("{dotted}.{next}");
        rest = after;
    }
    Some((dotted, rest))
}

/// `from x import (a, b,)` is `from x import a, b`.
fn strip_brackets<'t, 'a>(list: &'t [Token<'a>]) -> &'t [Token<'a>] {
    match list {
        [Token::Sign('('), inner @ .., Token::Sign(','), Token::Sign(')')]
        | [Token::Sign('('), inner @ .., Token::Sign(')')] => inner,
        _ => list,
    }
}

/// Texts that nothing is done with, unless something is computed in them.
fn is_documentation(tokens: &[Token<'_>]) -> bool {
    !tokens.is_empty()
        && tokens.iter().all(
            |token| matches!(token, Token::Text { prefix, .. } if !prefix.contains(['f', 'F', 't', 'T'])),
        )
}

/// An `__init__` that hands all its arguments to the one of its base.
fn is_plain_init(class: &str, head: &Line<'_>, body: &[Line<'_>]) -> bool {
    let [Token::Word("def"), Token::Word("__init__"), Token::Sign('('), rest @ ..] = head.tokens.as_slice()
    else {
        return false;
    };
    let Some((parameters, rest)) = parameters(rest) else { return false };
    let ([Token::Sign('-'), Token::Sign('>'), Token::Word("None"), Token::Sign(':'), rest @ ..]
    | [Token::Sign(':'), rest @ ..]) = rest
    else {
        return false;
    };
    let mut arguments = vec![Token::Sign('(')];
    for (index, parameter) in parameters.iter().enumerate() {
        arguments.extend((index > 0).then_some(Token::Sign(',')));
        arguments.extend(parameter);
    }
    arguments.push(Token::Sign(')'));
    let body = suite(head, rest, body);
    let mut calls = body.iter().filter(|line| !is_documentation(&line.tokens));
    let hands_on = |line: &Line<'_>| {
        let rest = match line.tokens.as_slice() {
            [Token::Word("super"), Token::Sign('('), Token::Sign(')'), rest @ ..] => rest,
            [
                Token::Word("super"),
                Token::Sign('('),
                Token::Word(own),
                Token::Sign(','),
                Token::Word("self"),
                Token::Sign(')'),
                rest @ ..,
            ] if *own == class => rest,
            _ => return false,
        };
        matches!(rest, [Token::Sign('.'), Token::Word("__init__"), rest @ ..] if rest == arguments)
    };
    calls.next().is_some_and(hands_on) && calls.next().is_none()
}

type Parameter<'a> = Vec<Token<'a>>;

/// The parameters after `self`, each with its stars, and what follows the closing bracket. None where one has a default.
fn parameters<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(Vec<Parameter<'a>>, &'t [Token<'a>])> {
    let mut depth = 0_usize;
    let end = tokens.iter().position(|token| match token {
        Token::Sign('(' | '[' | '{') => {
            depth += 1;
            false
        }
        Token::Sign(')' | ']' | '}') if depth == 0 => true,
        Token::Sign(')' | ']' | '}') => {
            depth -= 1;
            false
        }
        _ => false,
    })?;
    let (inside, rest) = tokens.split_at_checked(end)?;
    let mut found = Vec::new();
    for part in top_level(inside) {
        let stars = part.iter().take_while(|token| **token == Token::Sign('*')).count();
        let is_named = matches!(part.get(stars), Some(Token::Word(_)));
        let is_bare = matches!(part.get(stars + 1), None | Some(Token::Sign(':')));
        if !is_named || !is_bare || part.contains(&Token::Sign('=')) {
            return None;
        }
        found.push(part.get(..=stars)?.to_vec());
    }
    let is_method = found.first().is_some_and(|first| *first == [Token::Word("self")]);
    is_method.then(|| (found.split_off(1), rest.get(1..).unwrap_or_default()))
}

/// Splits at the commas that are in no brackets; a last comma ends nothing.
fn top_level<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0_usize;
    let mut parts: Vec<_> = tokens
        .split(|token| {
            match token {
                Token::Sign('(' | '[' | '{') => depth += 1,
                Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && *token == Token::Sign(',')
        })
        .collect();
    let _trailing = parts.pop_if(|last| last.is_empty());
    parts
}

/// The statements under a head: those on its own line, after the colon, and those that are indented under it.
fn suite<'a>(head: &Line<'a>, after_colon: &[Token<'a>], body: &[Line<'a>]) -> Vec<Line<'a>> {
    let own = (!after_colon.is_empty()).then(|| Line {
        number: head.number,
        indent: body.first().map_or(head.indent + 1, |first| first.indent),
        source: head.source,
        tokens: after_colon.to_vec(),
    });
    own.into_iter().chain(body.iter().cloned()).collect()
}

/// Each statement with what is indented under it.
fn blocks<'l, 'a>(lines: &'l [Line<'a>]) -> Vec<(&'l Line<'a>, &'l [Line<'a>])> {
    let mut found = Vec::new();
    let mut rest = lines;
    while let Some((head, tail)) = rest.split_first() {
        let count = tail.iter().take_while(|line| line.indent > head.indent).count();
        let (body, after) = tail.split_at(count);
        found.push((head, body));
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests;
