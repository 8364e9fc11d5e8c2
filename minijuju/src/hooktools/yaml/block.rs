//! Block style: what is structured by indentation.

use super::node::{Content, Node, Properties, Reader};
use super::text::YamlError;

impl Reader {
    /// The node that begins here or on a later line, deeper than the parent's column (`None` at the top). A list may
    /// stand at a map's own column, if it is the map's value.
    pub(super) fn block_node(
        &mut self,
        parent: Option<usize>,
        list_at_parent: bool,
    ) -> Result<Node, YamlError> {
        self.nested(|reader| {
            reader.skip(false)?;
            let line = reader.text.mark.line;
            if !reader.is_inside(parent, list_at_parent) {
                return Ok(Node::nothing(line));
            }
            if let Some(map) = reader.map_from_key(Properties::default())? {
                return Ok(map);
            }
            let properties = reader.properties()?;
            reader.content_behind(properties, line, parent, list_at_parent)
        })
    }

    /// The content behind properties: on the same line, or on a later one, where a map may begin.
    fn content_behind(
        &mut self,
        properties: Properties,
        line: usize,
        parent: Option<usize>,
        list_at_parent: bool,
    ) -> Result<Node, YamlError> {
        let behind = self.text.mark.line;
        if properties != Properties::default() {
            self.skip(true)?;
            if !self.is_inside(parent, list_at_parent) {
                return Ok(self.finish(properties, line, nothing()));
            }
            if self.text.mark.line > behind
                && let Some(map) = self.map_from_key(properties.clone())?
            {
                return Ok(map);
            }
            if self.at_property() {
                let further = self.properties()?;
                let both = properties
                    .and(further)
                    .ok_or_else(|| self.text.parse_error("did not find expected key", behind))?;
                return self.content_behind(both, line, parent, list_at_parent);
            }
        }
        let column = self.text.mark.column;
        match self.text.next() {
            Some('-') if self.text.is_blank(1) => {
                let items = self.block_list(column)?;
                Ok(self.finish(properties, line, Content::List(items)))
            }
            Some('?') if self.text.is_blank(1) => {
                let entries = self.block_map(column, None)?;
                Ok(self.finish(properties, line, Content::Map(entries)))
            }
            _ => self.leaf(properties, parent),
        }
    }

    /// A scalar, an alias or a flow collection that is no key; block scalars too.
    fn leaf(&mut self, properties: Properties, parent: Option<usize>) -> Result<Node, YamlError> {
        let line = self.text.mark.line;
        if let Some('|' | '>') = self.text.next() {
            let text = self.block_scalar(parent)?;
            return Ok(self.finish(properties, line, Content::Scalar { text, plain: false, tag: None }));
        }
        let node = self.inline_node(properties, parent.map_or(0, |column| column + 1), false)?;
        self.text.skip_in_line();
        if self.text.line_is_begun() && self.text.next() == Some(':') && self.text.is_blank(1) {
            return Err(self.text.scan_error("mapping values are not allowed in this context"));
        }
        Ok(node)
    }

    /// The map that begins with a key here; `None`, and nothing read, if none does. Properties before the key belong
    /// to the key, those given to the map.
    fn map_from_key(&mut self, properties: Properties) -> Result<Option<Node>, YamlError> {
        let start = self.text.mark;
        let Some(key) = self.simple_key()? else {
            self.text.mark = start;
            return Ok(None);
        };
        let entries = self.block_map(start.column, Some(key))?;
        Ok(Some(self.finish(properties, start.line, Content::Map(entries))))
    }

    /// A key on one line with its colon. `None` if no colon follows.
    fn simple_key(&mut self) -> Result<Option<Node>, YamlError> {
        let line = self.text.mark.line;
        match self.text.next() {
            None | Some('|' | '>' | '#' | '@' | '`' | '%' | ',' | ']' | '}') => return Ok(None),
            Some('-' | '?') if self.text.is_blank(1) => return Ok(None),
            Some(_) => {}
        }
        if self.text.next() == Some(':') && self.text.is_blank(1) {
            return Err(self.text.parse_error("did not find expected key", line));
        }
        let properties = self.properties()?;
        if self.text.is_blank(0) || self.text.next().is_some_and(|c| "|>#,]}".contains(c)) {
            return Ok(None);
        }
        let key = match self.text.next() {
            Some(':') if self.text.is_blank(1) => self.finish(properties, line, nothing()),
            _ => self.inline_node(properties, usize::MAX, false)?,
        };
        self.text.take_while(|c| c == ' ' || c == '\t');
        let is_key = self.text.mark.line == line && self.text.next() == Some(':') && self.text.is_blank(1);
        if is_key {
            self.text.advance();
        }
        Ok(is_key.then_some(key))
    }

    /// The entries at this column. The first key may have been read already.
    fn block_map(&mut self, column: usize, first: Option<Node>) -> Result<Vec<(Node, Node)>, YamlError> {
        let begun = self.text.mark.line;
        let mut entries = Vec::new();
        let mut key = first;
        loop {
            let entry = match key.take() {
                Some(key) => (key, self.value(column)?),
                None => self.entry(column)?,
            };
            entries.push(entry);
            self.skip(true)?;
            let ended = self.text.next().is_none() || self.text.at_document_end();
            match self.text.mark.column {
                at if ended || at < column => return Ok(entries),
                at if at > column => return Err(self.text.parse_error("did not find expected key", begun)),
                _ => {}
            }
        }
    }

    fn entry(&mut self, column: usize) -> Result<(Node, Node), YamlError> {
        if self.text.next() == Some('?') && self.text.is_blank(1) {
            self.text.advance();
            let key = self.block_node(Some(column), false)?;
            self.skip(true)?;
            let line = self.text.mark.line;
            let has_value =
                self.text.mark.column == column && self.text.next() == Some(':') && self.text.is_blank(1);
            if !has_value {
                return Ok((key, Node::nothing(line)));
            }
            self.text.advance();
            return Ok((key, self.block_node(Some(column), true)?));
        }
        if self.text.next() == Some('-') && self.text.is_blank(1) {
            return Err(self.text.parse_error("did not find expected key", self.text.mark.line));
        }
        if let Some(key) = self.simple_key()? {
            return Ok((key, self.value(column)?));
        }
        self.skip(true)?;
        Err(self.text.scan_error("could not find expected ':'"))
    }

    /// What stands behind a key's colon.
    fn value(&mut self, column: usize) -> Result<Node, YamlError> {
        let line = self.text.mark.line;
        self.text.skip_in_line();
        if self.text.next().is_none_or(super::text::is_break) {
            return self.block_node(Some(column), true);
        }
        self.nested(|reader| {
            let properties = reader.properties()?;
            if reader.text.is_blank(0) || reader.text.next() == Some('#') {
                return reader.content_behind(properties, line, Some(column), true);
            }
            match reader.text.next() {
                Some('-') if reader.text.is_blank(1) => {
                    Err(reader.text.scan_error("block sequence entries are not allowed in this context"))
                }
                Some('?') if reader.text.is_blank(1) => {
                    Err(reader.text.scan_error("mapping keys are not allowed in this context"))
                }
                _ => reader.leaf(properties, Some(column)),
            }
        })
    }

    fn block_list(&mut self, column: usize) -> Result<Vec<Node>, YamlError> {
        let mut items = Vec::new();
        loop {
            let begun = self.text.mark.line;
            self.text.advance();
            items.push(self.block_node(Some(column), false)?);
            self.skip(true)?;
            let ended = self.text.next().is_none() || self.text.at_document_end();
            let at = self.text.mark.column;
            if ended || at < column {
                return Ok(items);
            }
            if at > column {
                return Err(self.text.parse_error("did not find expected '-' indicator", begun));
            }
            // A list at its map's own column ends where the next key begins.
            if self.text.next() != Some('-') || !self.text.is_blank(1) {
                return Ok(items);
            }
        }
    }

    fn is_inside(&self, parent: Option<usize>, list_at_parent: bool) -> bool {
        if self.text.next().is_none() || self.text.at_document_end() {
            return false;
        }
        let column = self.text.mark.column;
        let list = list_at_parent && self.text.next() == Some('-') && self.text.is_blank(1);
        // libyaml takes a block scalar there, too, since it cannot be a key.
        let level = list || matches!(self.text.next(), Some('|' | '>'));
        parent.is_none_or(|parent| column > parent || (level && column == parent))
    }
}

fn nothing() -> Content {
    Content::Scalar { text: String::new(), plain: true, tag: None }
}
