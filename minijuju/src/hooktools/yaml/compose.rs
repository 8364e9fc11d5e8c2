//! From libyaml's events to a tree: anchors are resolved here, tags and styles kept.

use std::collections::BTreeMap;

use libyaml_safer::{ErrorKind, Event, EventData, Parser, ScalarStyle};

use super::YamlError;

/// As deep as a tree may be, and as large once its aliases are unfolded.
const DEPTH: usize = 64;
const SIZE: usize = 100_000;

#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Counted from one.
    pub(super) line: u64,
    pub(super) content: Content,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Scalar { text: String, plain: bool, tag: Option<String> },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// The first document's root; `None` if there is no document.
pub(super) fn first_document(text: &[u8]) -> Result<Option<Node>, YamlError> {
    check_encoding(text)?;
    let mut parser = Parser::new();
    parser.set_input(text);
    let mut composer = Composer { parser, text, anchors: BTreeMap::new(), size: 0 };
    loop {
        match composer.next()?.data {
            EventData::StreamEnd => return Ok(None),
            EventData::DocumentStart { .. } => break,
            _ => {}
        }
    }
    let event = composer.next()?;
    let root = composer.node(event, 0)?;
    composer.next()?;
    Ok(Some(root))
}

struct Composer<'t> {
    parser: Parser<&'t [u8]>,
    text: &'t [u8],
    anchors: BTreeMap<String, Node>,
    size: usize,
}

impl Composer<'_> {
    fn next(&mut self) -> Result<Event, YamlError> {
        self.parser.parse().map_err(|error| wording(&error))
    }

    fn node(&mut self, event: Event, depth: usize) -> Result<Node, YamlError> {
        if depth > DEPTH {
            return Err(YamlError("document contains excessive nesting".to_owned()));
        }
        let line = event.start_mark.line + 1;
        let (anchor, content) = match event.data {
            EventData::Alias { anchor } => {
                let known = self.anchors.get(&anchor).cloned();
                let node = known.ok_or_else(|| YamlError(format!("unknown anchor '{anchor}' referenced")))?;
                self.count(&node)?;
                return Ok(node);
            }
            EventData::Scalar { anchor, tag, value, style, .. } => {
                if style == ScalarStyle::DoubleQuoted {
                    self.refuse_escaped_slash(event.start_mark.index, event.end_mark.index)?;
                }
                let plain = style == ScalarStyle::Plain;
                (anchor, Content::Scalar { text: value, plain, tag: tag.filter(|tag| tag != "!") })
            }
            EventData::SequenceStart { anchor, .. } => (anchor, Content::List(self.list(depth)?)),
            EventData::MappingStart { anchor, .. } => (anchor, Content::Map(self.map(depth)?)),
            _ => return Err(YamlError("unknown problem parsing YAML content".to_owned())),
        };
        self.size += 1;
        let node = Node { line, content };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// `\/` is an escape to today's libyaml, but not to the one that go-yaml v2 was made from. The marks count bytes.
    fn refuse_escaped_slash(&self, start: u64, end: u64) -> Result<(), YamlError> {
        let (Ok(start), Ok(end)) = (usize::try_from(start), usize::try_from(end)) else { return Ok(()) };
        let mut bytes = self.text.iter().enumerate().take(end).skip(start);
        while let Some((at, byte)) = bytes.next() {
            if *byte == b'\\' && bytes.next().is_some_and(|(_, escaped)| *escaped == b'/') {
                let before = self.text.iter().take(at).filter(|byte| **byte == b'\n').count();
                let line = if before == 0 { String::new() } else { format!("line {}: ", before + 1) };
                return Err(YamlError(format!("{line}found unknown escape character")));
            }
        }
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, YamlError> {
        let mut items = Vec::new();
        loop {
            let event = self.next()?;
            if event.data == EventData::SequenceEnd {
                return Ok(items);
            }
            items.push(self.node(event, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(Node, Node)>, YamlError> {
        let mut entries = Vec::new();
        loop {
            let event = self.next()?;
            if event.data == EventData::MappingEnd {
                return Ok(entries);
            }
            let key = self.node(event, depth + 1)?;
            let event = self.next()?;
            entries.push((key, self.node(event, depth + 1)?));
        }
    }

    /// Counts an unfolded alias, so that nested ones cannot grow without bound.
    fn count(&mut self, node: &Node) -> Result<(), YamlError> {
        self.size += size(node);
        if self.size > SIZE {
            return Err(YamlError("document contains excessive aliasing".to_owned()));
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    match &node.content {
        Content::Scalar { .. } => 1,
        Content::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Content::Map(entries) => {
            1 + entries.iter().map(|(key, value)| size(key) + size(value)).sum::<usize>()
        }
    }
}

/// Names what is wrong with the first byte that is no UTF-8 as libyaml's reader does.
fn check_encoding(text: &[u8]) -> Result<(), YamlError> {
    let Err(error) = std::str::from_utf8(text) else { return Ok(()) };
    let first = text.get(error.valid_up_to()).copied();
    let problem = match (error.error_len(), first) {
        (None, _) => "incomplete UTF-8 octet sequence",
        (Some(_), Some(0xC2..=0xF4)) => "invalid trailing UTF-8 octet",
        (Some(_), _) => "invalid leading UTF-8 octet",
    };
    Err(YamlError(problem.to_owned()))
}

/// go-yaml's wording: the line of the problem, if it is not the first; a scanner's line counts from one.
fn wording(error: &libyaml_safer::Error) -> YamlError {
    let problem = error.problem_mark().map_or(0, |mark| mark.line);
    let context = error.context_mark().map_or(0, |mark| mark.line);
    let line = match (problem, context) {
        (0, context) => context,
        (problem, _) => problem + u64::from(error.kind() == ErrorKind::Scanner),
    };
    let text = error.problem();
    YamlError(if line == 0 { text.to_owned() } else { format!("line {line}: {text}") })
}
