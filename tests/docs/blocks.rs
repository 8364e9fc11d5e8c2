//! The commands of a page: its fenced blocks, by what the mark after the language says of them. It runs nothing.

/// What a block's commands are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// They run in minijuju, one after another, page by page.
    Run,
    /// They are for a real Juju: their verbs and flags are known ones.
    Juju,
    /// They build the project: what they name is there.
    Build,
    /// They are of programs that neither this project nor Juju has.
    Elsewhere,
}

/// A fenced block with commands.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    pub mark: Mark,
    pub steps: Vec<Step>,
}

/// A command, and what the page shows of its output.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// The line of the page that it begins at.
    pub line: usize,
    pub command: String,
    pub shown: Vec<String>,
}

/// All blocks of a page in the languages of commands.
///
/// # Errors
/// With the line of a block that has no mark, or no command.
pub fn blocks(page: &str) -> Result<Vec<Block>, String> {
    let mut found = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let body = lines.by_ref().take_while(|(_, line)| line.trim_start() != "```");
        let body: Vec<(usize, &str)> = body.map(|(at, line)| (at + 1, line)).collect();
        let (language, mark) = info.split_once(' ').unwrap_or((info, ""));
        let steps = match language {
            "console" => typed(&body),
            "sh" => whole(&body),
            _ => continue,
        };
        let mark = match mark {
            "run" => Mark::Run,
            "juju" => Mark::Juju,
            "build" => Mark::Build,
            "elsewhere" => Mark::Elsewhere,
            other => return Err(format!("line {}: {other:?} is no mark", at + 1)),
        };
        if steps.is_empty() {
            return Err(format!("line {}: no command", at + 1));
        }
        found.push(Block { mark, steps });
    }
    Ok(found)
}

/// Commands after `$ `, each with its output. A backslash at the end of a line carries on in the next.
fn typed(body: &[(usize, &str)]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut goes_on = false;
    for (line, text) in body {
        match (text.strip_prefix("$ "), steps.last_mut()) {
            (_, Some(last)) if goes_on => last.command.push_str(&format!("\n{text}")),
            (Some(command), _) => {
                steps.push(Step { line: *line, command: command.to_owned(), shown: Vec::new() });
            }
            (None, Some(last)) => last.shown.push((*text).to_owned()),
            (None, None) => {}
        }
        goes_on = text.ends_with('\\') && (goes_on || text.starts_with("$ "));
    }
    steps
}

/// The whole block is one script.
fn whole(body: &[(usize, &str)]) -> Vec<Step> {
    let command = body.iter().map(|(_, line)| *line).collect::<Vec<_>>().join("\n");
    let first = body.first().filter(|_| !command.trim().is_empty());
    first.map(|(line, _)| Step { line: *line, command, shown: Vec::new() }).into_iter().collect()
}

/// The first line of what a page shows that is not in the output, after those before it. `…` stands for any text, and any
/// white space for any other.
pub fn unseen<'a>(shown: &'a [String], output: &str) -> Option<&'a str> {
    let mut lines = output.lines();
    shown
        .iter()
        .find(|line| !words(line).is_empty() && !lines.any(|real| fits(line, real)))
        .map(String::as_str)
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fits(pattern: &str, line: &str) -> bool {
    let (pattern, line) = (words(pattern), words(line));
    let mut parts = pattern.split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn a_block_is_known_by_its_mark_and_its_commands_by_their_prompt() {
    let page = "A\n```console run\n$ one \\\n  two\nshown\n\n$ three\n```\n```text\n$ no\n```\n  ```sh build\n  a\n  b\n  ```\n";
    let step = |line, command: &str, shown: &[&str]| Step {
        line,
        command: command.to_owned(),
        shown: shown.iter().map(|line| (*line).to_owned()).collect(),
    };
    let expected = vec![
        Block {
            mark: Mark::Run,
            steps: vec![step(3, "one \\\n  two", &["shown", ""]), step(7, "three", &[])],
        },
        Block { mark: Mark::Build, steps: vec![step(13, "  a\n  b", &[])] },
    ];
    assert_eq!(blocks(page), Ok(expected));
}

#[test]
fn a_block_without_a_mark_or_a_command_is_a_fault() {
    assert_eq!(blocks("```console\n$ a\n```").unwrap_err(), "line 1: \"\" is no mark");
    assert_eq!(blocks("\n```sh later\na\n```").unwrap_err(), "line 2: \"later\" is no mark");
    assert_eq!(blocks("```console run\nonly output\n```").unwrap_err(), "line 1: no command");
    assert_eq!(blocks("```sh run\n```").unwrap_err(), "line 1: no command");
}

#[test]
fn what_is_shown_must_be_in_the_output_and_in_its_order() {
    let check = |shown: &[&str], output: &str, expected: Option<&str>| {
        let shown: Vec<_> = shown.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(unseen(&shown, output), expected, "{shown:?} in {output:?}");
    };
    check(&["a  b", "", "c"], "x\na b\ny\n  c\n", None);
    check(&["c", "a"], "a\nc\n", Some("a"));
    check(&["unit … at …"], "unit 1 at 10.0.0.1", None);
    check(&["unit … at 9…"], "unit 1 at 10.0.0.1", Some("unit … at 9…"));
    check(&["… done"], "all done", None);
    check(&["all"], "all done", Some("all"));
    check(&["…"], "", Some("…"));
    check(&["…"], "any", None);
}
