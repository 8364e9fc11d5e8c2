//! What is wrong, and where: a file and, where there is one, a line of it.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    file: String,
    line: Option<usize>,
    problem: String,
}

impl Finding {
    /// It concerns the whole file.
    pub fn whole(file: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, problem: problem.into() }
    }

    /// It is at this line, counted from 1.
    pub fn at(file: impl Into<String>, line: usize, problem: impl Into<String>) -> Self {
        Self { file: file.into(), line: Some(line), problem: problem.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.file, self.problem),
            None => write!(formatter, "{}: {}", self.file, self.problem),
        }
    }
}

/// The line of a YAML text where this key is, or else where the nearest key above it is; 1 where none is.
pub fn line_of(text: &str, path: &[&str]) -> usize {
    let lines: Vec<(usize, &str)> =
        text.lines().map(|line| (line.len() - line.trim_start().len(), line.trim_start())).collect();
    let (mut found, mut start, mut outer) = (1, 0, None);
    for key in path {
        let below = lines.iter().enumerate().skip(start);
        let mut inside = below.take_while(|(_, (indent, line))| {
            outer.is_none_or(|outer| *indent > outer) || line.is_empty() || line.starts_with('#')
        });
        let is_key = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
        let Some((at, (indent, _))) = inside.find(|(_, (_, line))| is_key(line)) else { break };
        (found, start, outer) = (at + 1, at + 1, Some(*indent));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_where_it_stands_and_not_where_another_has_its_name() {
        let text = "name: x\n# peers:\npeers:\n  a:\n    interface: one\n\nrequires:\n  a: # here\n    interface: two\n";
        for (path, line) in [
            (vec!["name"], 1),
            (vec!["peers"], 3),
            (vec!["requires", "a"], 8),
            (vec!["requires", "a", "interface"], 9),
            (vec!["peers", "b"], 3),
            (vec!["summary"], 1),
        ] {
            assert_eq!(line_of(text, &path), line, "{path:?}");
        }
        assert_eq!(Finding::at("a.yaml", 3, "is wrong").to_string(), "a.yaml:3: is wrong");
        assert_eq!(Finding::whole("a.yaml", "is wrong").to_string(), "a.yaml: is wrong");
    }
}
