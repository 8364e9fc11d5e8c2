//! Text in aligned columns, with colours where a person sees them.

/// How a cell looks on a terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Look {
    #[default]
    Plain,
    Heading,
    Good,
    Busy,
    Bad,
}

impl Look {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Heading => Some("1"),
            Self::Good => Some("32"),
            Self::Busy => Some("33"),
            Self::Bad => Some("31"),
        }
    }
}

/// One cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub look: Look,
}

impl Cell {
    pub fn new(text: impl Into<String>, look: Look) -> Self {
        Self { text: text.into(), look }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text, Look::Plain)
    }
}

/// Whether colours are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    Colours,
    Plain,
}

/// Which way a column leans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lean {
    Left,
    Right,
}

/// A table with headings.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<(&'static str, Lean)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub fn new(columns: &[(&'static str, Lean)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, each with its end; two spaces between columns, none at the end of a line.
    pub fn render(&self, paint: Paint) -> String {
        let heading = self.columns.iter().map(|(name, _)| Cell::new(*name, Look::Heading)).collect();
        let lines: Vec<&Vec<Cell>> = std::iter::once(&heading).chain(&self.rows).collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| lines.iter().filter_map(|line| line.get(column)).map(width).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for line in lines {
            let mut rendered = String::new();
            for (cell, ((_, lean), width)) in line.iter().zip(self.columns.iter().zip(&widths)) {
                rendered.push_str(&render_cell(cell, *lean, *width, paint));
                rendered.push_str("  ");
            }
            text.push_str(rendered.trim_end());
            text.push('\n');
        }
        text
    }
}

fn width(cell: &Cell) -> usize {
    cell.text.chars().count()
}

fn render_cell(cell: &Cell, lean: Lean, full: usize, paint: Paint) -> String {
    let padding = " ".repeat(full.saturating_sub(width(cell)));
    let text = match (cell.look.code(), paint) {
        (Some(code), Paint::Colours) if !cell.text.is_empty() => format!("\x1b[{code}m{}\x1b[0m", cell.text),
        _ => cell.text.clone(),
    };
    match lean {
        Lean::Left => format!("{text}{padding}"),
        Lean::Right => format!("{padding}{text}"),
    }
}

/// Text from a charm without what would move a terminal's cursor or change its colours.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[("Name", Lean::Left), ("Count", Lean::Right), ("Message", Lean::Left)]);
        table.push(vec!["a-long-name".into(), "3".into(), Cell::new("fine", Look::Good)]);
        table.push(vec!["é".into(), "12345678".into()]);
        table
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        insta::assert_snapshot!(table().render(Paint::Plain), @r"
        Name            Count  Message
        a-long-name         3  fine
        é            12345678
        ");
    }

    #[test]
    fn colours_do_not_move_the_columns() {
        let painted = table().render(Paint::Colours);
        assert!(painted.contains("\x1b[32mfine\x1b[0m"));
        let mut bare = painted;
        for code in ["\x1b[1m", "\x1b[32m", "\x1b[0m"] {
            bare = bare.replace(code, "");
        }
        assert_eq!(bare, table().render(Paint::Plain));
    }

    #[test]
    fn a_charm_cannot_write_to_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\nc\u{9b}d"), "a [2Jb c d");
    }
}
