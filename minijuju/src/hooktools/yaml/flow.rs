//! Flow style: what is structured by brackets, and every node that may stand in it.

use super::node::{Content, Node, Properties, Reader};
use super::text::YamlError;

impl Reader {
    /// An alias, a scalar or a flow collection. Further lines of a plain scalar begin at this column or behind it.
    pub(super) fn inline_node(
        &mut self,
        properties: Properties,
        column: usize,
        flow: bool,
    ) -> Result<Node, YamlError> {
        let line = self.text.mark.line;
        let content = match self.text.next() {
            Some('*') => return self.alias(),
            Some('[') => Content::List(self.nested(Self::flow_list)?),
            Some('{') => Content::Map(self.nested(Self::flow_map)?),
            Some('"') => Content::Scalar { text: self.double_quoted()?, plain: false, tag: None },
            Some('\'') => Content::Scalar { text: self.single_quoted()?, plain: false, tag: None },
            Some(_) if self.starts_plain(flow) => {
                Content::Scalar { text: self.plain(column, flow)?, plain: true, tag: None }
            }
            Some(',' | ']' | '}') | None if properties != Properties::default() => {
                Node::nothing(line).content
            }
            Some(',' | ']' | '}') | None => {
                return Err(self.text.parse_error("did not find expected node content", line));
            }
            Some(_) => return Err(self.text.scan_error("found character that cannot start any token")),
        };
        Ok(self.finish(properties, line, content))
    }

    fn flow_list(&mut self) -> Result<Vec<Node>, YamlError> {
        let begun = self.text.mark.line;
        self.text.advance();
        let mut items = Vec::new();
        loop {
            self.text.skip(true, true);
            if self.take(']') {
                return Ok(items);
            }
            let line = self.text.mark.line;
            let explicit = self.take_key_mark();
            let node = self.flow_node(explicit)?;
            self.text.skip(true, true);
            // A pair without braces is a map of its own.
            if explicit || self.text.next() == Some(':') {
                let value = self.flow_value()?;
                let content = Content::Map(vec![(node, value)]);
                items.push(self.finish(Properties::default(), line, content));
            } else {
                items.push(node);
            }
            self.separator(']', "did not find expected ',' or ']'", begun)?;
        }
    }

    fn flow_map(&mut self) -> Result<Vec<(Node, Node)>, YamlError> {
        let begun = self.text.mark.line;
        self.text.advance();
        let mut entries = Vec::new();
        loop {
            self.text.skip(true, true);
            if self.take('}') {
                return Ok(entries);
            }
            let explicit = self.take_key_mark();
            let key = self.flow_node(explicit)?;
            let value = self.flow_value()?;
            entries.push((key, value));
            self.separator('}', "did not find expected ',' or '}'", begun)?;
        }
    }

    /// A node in flow style; nothing, where only a key's colon or, after a `?` or properties, the end of the entry is.
    fn flow_node(&mut self, explicit: bool) -> Result<Node, YamlError> {
        let line = self.text.mark.line;
        let given = self.at_property();
        let properties = self.properties()?;
        self.text.skip(true, true);
        match self.text.next() {
            Some(':') if !given => Ok(Node::nothing(line)),
            Some(',' | ']' | '}' | ':') if given || explicit => {
                Ok(self.finish(properties, line, Node::nothing(line).content))
            }
            _ => self.inline_node(properties, 0, true),
        }
    }

    /// The value behind a colon; nothing, if there is no colon or no value.
    fn flow_value(&mut self) -> Result<Node, YamlError> {
        self.text.skip(true, true);
        let line = self.text.mark.line;
        if !self.take(':') {
            return Ok(Node::nothing(line));
        }
        self.text.skip(true, true);
        match self.text.next() {
            Some(',' | ']' | '}') => Ok(Node::nothing(line)),
            _ => self.flow_node(true),
        }
    }

    /// What separates two entries, or the end, which is left there.
    fn separator(&mut self, end: char, problem: &str, begun: usize) -> Result<(), YamlError> {
        self.text.skip(true, true);
        if self.text.next() == Some(end) || self.take(',') {
            return Ok(());
        }
        Err(self.text.parse_error(problem, begun))
    }

    fn take_key_mark(&mut self) -> bool {
        let found = self.text.next() == Some('?') && self.text.is_blank(1);
        if found {
            self.text.advance();
            self.text.skip(true, true);
        }
        found
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.text.next() == Some(c);
        if found {
            self.text.advance();
        }
        found
    }
}
