//! Flags as Juju's Go flag package reads them: GNU style, anywhere among the arguments.
//!
//! A flag's value is checked where it stands, before the next argument is looked at, as Juju does; which relation or
//! storage a value may name is asked of the caller.

use std::collections::BTreeMap;

use super::format::Format;
use super::go::{number, parse_bool, quote};

/// What a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or `=true` and the like.
    Bool,
    Text,
    Integer,
    /// One of these formats; the first is the default.
    Format(&'static [Format]),
    /// A relation id or number.
    Relation,
    /// A storage id.
    Storage,
}

/// One flag of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// Letters and words, without dashes; the last one is its name in [`Options`].
    pub names: &'static [&'static str],
    pub kind: Kind,
    pub help: &'static str,
}

impl Flag {
    /// The name under which its value is found.
    pub fn name(&self) -> &'static str {
        self.names.last().copied().unwrap_or_default()
    }
}

/// The flags that were given and what was no flag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    values: BTreeMap<&'static str, String>,
    pub arguments: Vec<String>,
}

impl Options {
    /// Whether a bool flag is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| value == "true")
    }

    /// A flag's value, if it was given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A flag's value; empty if it was not given, which Juju does not tell apart from an empty one.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// An integer flag's value.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(|value| number::parse_int(value).ok())
    }
}

/// What the arguments ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    Help,
    Options(Options),
}

/// Checks a value that only the caller can judge.
pub type Check<'c> = dyn FnMut(Kind, &str) -> Result<(), String> + 'c;

/// Reads the arguments.
///
/// # Errors
/// With Juju's message, at the first flag that is unknown or whose value is missing or bad.
pub fn parse(flags: &[Flag], arguments: &[String], check: &mut Check<'_>) -> Result<Parsed, String> {
    let mut reader = Reader { flags, options: Options::default(), check };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let outcome = if argument == "--" {
            reader.options.arguments.extend(rest.by_ref().cloned());
            Next::Go
        } else if let Some(long) = argument.strip_prefix("--") {
            reader.long(argument, long, &mut rest)?
        } else if let Some(letters) = argument.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            reader.short(letters, &mut rest)?
        } else {
            reader.options.arguments.push(argument.clone());
            Next::Go
        };
        if outcome == Next::Help {
            return Ok(Parsed::Help);
        }
    }
    Ok(Parsed::Options(reader.options))
}

#[derive(PartialEq, Eq)]
enum Next {
    Go,
    Help,
}

struct Reader<'f, 'c, 'i> {
    flags: &'f [Flag],
    options: Options,
    check: &'c mut Check<'i>,
}

type Rest<'a> = std::slice::Iter<'a, String>;

impl Reader<'_, '_, '_> {
    /// `--name`, `--name value` or `--name=value`.
    fn long(&mut self, argument: &str, long: &str, rest: &mut Rest<'_>) -> Result<Next, String> {
        let (name, value) = match long.split_once('=') {
            Some(("", _)) => return Err(format!("empty option in argument {}", quote(argument))),
            Some((name, value)) => (name, Some(value)),
            None => (long, None),
        };
        let Some(flag) = self.find(name) else { return unknown(name) };
        match (flag.kind, value) {
            (Kind::Bool, value) => self.set(flag, name, value.unwrap_or("true"))?,
            (_, Some(value)) => self.set(flag, name, value)?,
            (_, None) => self.set_next(flag, name, rest)?,
        }
        Ok(Next::Go)
    }

    /// `-a`, `-ab`, `-r value` or `-rvalue`. An equals sign belongs to the value.
    fn short(&mut self, letters: &str, rest: &mut Rest<'_>) -> Result<Next, String> {
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            let name = letter.to_string();
            let Some(flag) = self.find(&name) else { return unknown(&name) };
            match (flag.kind, letters.as_str()) {
                (Kind::Bool, value) if value.starts_with('=') => {
                    return self.set(flag, &name, value).map(|()| Next::Go);
                }
                (Kind::Bool, _) => self.set(flag, &name, "true")?,
                (_, "") => self.set_next(flag, &name, rest)?,
                (_, value) => return self.set(flag, &name, value).map(|()| Next::Go),
            }
        }
        Ok(Next::Go)
    }

    fn find(&self, name: &str) -> Option<Flag> {
        self.flags.iter().find(|flag| flag.names.contains(&name)).copied()
    }

    fn set_next(&mut self, flag: Flag, name: &str, rest: &mut Rest<'_>) -> Result<(), String> {
        let value = rest.next().ok_or_else(|| format!("option needs an argument: {}", dashed(name)))?;
        self.set(flag, name, value)
    }

    fn set(&mut self, flag: Flag, name: &str, value: &str) -> Result<(), String> {
        let checked = match flag.kind {
            Kind::Bool => match parse_bool(value) {
                Some(on) => Ok(on.to_string()),
                None => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(value))),
            },
            Kind::Integer => match number::parse_int(value) {
                Ok(_) => Ok(value.to_owned()),
                Err(error) => Err(format!("strconv.ParseInt: parsing {}: {error}", quote(value))),
            },
            Kind::Format(formats) => match Format::parse(value).filter(|format| formats.contains(format)) {
                Some(_) => Ok(value.to_owned()),
                None => Err(format!("unknown format {}", quote(value))),
            },
            Kind::Text => Ok(value.to_owned()),
            Kind::Relation | Kind::Storage => (self.check)(flag.kind, value).map(|()| value.to_owned()),
        };
        let value = checked.map_err(|error| {
            format!("invalid value {} for option {}: {error}", quote(value), dashed(name))
        })?;
        self.options.values.insert(flag.name(), value);
        Ok(())
    }
}

fn unknown(name: &str) -> Result<Next, String> {
    if matches!(name, "help" | "h") {
        Ok(Next::Help)
    } else {
        Err(format!("option provided but not defined: {}", dashed(name)))
    }
}

/// A flag's name with the dashes that its length asks for.
fn dashed(name: &str) -> String {
    if name.chars().count() > 1 { format!("--{name}") } else { format!("-{name}") }
}

#[cfg(test)]
mod tests;
