//! What a document is made of, and what every node may have before its content: an anchor, a tag.

use std::collections::BTreeMap;

use super::text::{Text, YamlError, is_break};

/// As deep as a tree may be, and as large once its aliases are unfolded.
const DEPTH: usize = 64;
const SIZE: usize = 100_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Counted from one.
    pub(super) line: usize,
    pub(super) content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Scalar { text: String, plain: bool, tag: Option<String> },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// An anchor and a tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Properties {
    anchor: Option<String>,
    tag: Option<String>,
}

/// Reads a document.
pub(super) struct Reader {
    pub(super) text: Text,
    anchors: BTreeMap<String, Node>,
    size: usize,
    depth: usize,
}

impl Node {
    /// A place where nothing stands.
    pub(super) fn nothing(line: usize) -> Self {
        Self { line: line + 1, content: Content::Scalar { text: String::new(), plain: true, tag: None } }
    }

    fn size(&self) -> usize {
        match &self.content {
            Content::Scalar { .. } => 1,
            Content::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Content::Map(entries) => {
                1 + entries.iter().map(|(key, value)| key.size() + value.size()).sum::<usize>()
            }
        }
    }
}

impl Properties {
    /// These and further ones; `None` if one of them is there twice.
    pub(super) fn and(self, further: Self) -> Option<Self> {
        let twice = (self.anchor.is_some() && further.anchor.is_some())
            || (self.tag.is_some() && further.tag.is_some());
        (!twice).then(|| Self { anchor: self.anchor.or(further.anchor), tag: self.tag.or(further.tag) })
    }
}

impl Reader {
    pub(super) fn new(text: Text) -> Self {
        Self { text, anchors: BTreeMap::new(), size: 0, depth: 0 }
    }

    /// The first document's root; `None` if there is no document.
    pub(super) fn document(&mut self) -> Result<Option<Node>, YamlError> {
        self.skip(false)?;
        while self.text.next() == Some('%') && self.text.mark.column == 0 {
            self.text.take_while(|c| !is_break(c));
            self.skip(false)?;
        }
        let marked = self.text.at_document_end() && self.text.next() == Some('-');
        if marked {
            (0..3).for_each(|_| self.text.advance());
            self.skip(true)?;
        }
        if self.text.next().is_none() && !marked {
            return Ok(None);
        }
        // What stands behind the root would be the next document's, which nobody reads.
        self.block_node(None, false).map(Some)
    }

    /// Skips to the next thing in block style. A tab before it on a line of its own would be indentation.
    pub(super) fn skip(&mut self, tabs: bool) -> Result<(), YamlError> {
        self.text.skip(tabs, false);
        if self.text.next() == Some('\t') {
            return Err(self.text.scan_error("found character that cannot start any token"));
        }
        Ok(())
    }

    /// Goes one level down for the time of a call.
    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, YamlError>,
    ) -> Result<T, YamlError> {
        if self.depth >= DEPTH {
            return Err(YamlError("document contains excessive nesting".to_owned()));
        }
        self.depth += 1;
        let outcome = read(self);
        self.depth -= 1;
        outcome
    }

    /// Whether an anchor or a tag begins here.
    pub(super) fn at_property(&self) -> bool {
        matches!(self.text.next(), Some('&' | '!'))
    }

    /// The anchor and the tag here, each at most once; white space on the line behind them is skipped.
    pub(super) fn properties(&mut self) -> Result<Properties, YamlError> {
        let mut properties = Properties::default();
        while self.at_property() {
            let begun = self.text.mark.line;
            let repeated = if self.text.next() == Some('&') {
                self.text.advance();
                properties.anchor.replace(self.name()?).is_some()
            } else {
                let tag = self.tag()?;
                std::mem::replace(&mut properties.tag, tag).is_some()
            };
            if repeated {
                return Err(self.text.parse_error("did not find expected key", begun));
            }
            self.text.take_while(|c| c == ' ' || c == '\t');
        }
        Ok(properties)
    }

    /// A node with these properties, remembered under its anchor.
    pub(super) fn finish(&mut self, properties: Properties, line: usize, content: Content) -> Node {
        let Properties { anchor, tag } = properties;
        let content = match content {
            Content::Scalar { text, plain, tag: none } => Content::Scalar { text, plain, tag: none.or(tag) },
            other => other,
        };
        self.size += 1;
        let node = Node { line: line + 1, content };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node.clone());
        }
        node
    }

    /// The node that an alias stands for.
    pub(super) fn alias(&mut self) -> Result<Node, YamlError> {
        self.text.advance();
        let name = self.name()?;
        let known = self.anchors.get(&name).cloned();
        let node = known.ok_or_else(|| YamlError(format!("unknown anchor '{name}' referenced")))?;
        self.size += node.size();
        if self.size > SIZE {
            return Err(YamlError("document contains excessive aliasing".to_owned()));
        }
        Ok(node)
    }

    fn name(&mut self) -> Result<String, YamlError> {
        let name = self.text.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let ends = self.text.is_blank(0) || self.text.next().is_some_and(|c| "?:,]}%@`".contains(c));
        if name.is_empty() || !ends {
            return Err(self.text.scan_error("did not find expected alphabetic or numeric character"));
        }
        Ok(name)
    }

    /// `!!name` and `!<uri>` in full, `!name` as it is; a lone `!` says nothing.
    fn tag(&mut self) -> Result<Option<String>, YamlError> {
        self.text.advance();
        if self.text.next() == Some('<') {
            self.text.advance();
            let uri = self.text.take_while(|c| c != '>' && !is_break(c) && c != ' ');
            if self.text.next() != Some('>') {
                return Err(self.text.scan_error("did not find the expected '>'"));
            }
            self.text.advance();
            return Ok(Some(uri));
        }
        let name =
            self.text.take_while(|c| !matches!(c, ' ' | '\t' | ',' | '[' | ']' | '{' | '}') && !is_break(c));
        Ok(match name.strip_prefix('!') {
            Some(short) => Some(format!("tag:yaml.org,2002:{short}")),
            None if name.is_empty() => None,
            None => Some(format!("!{name}")),
        })
    }
}
