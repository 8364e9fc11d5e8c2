//! One call of a tool: from the request to the answer.
//!
//! The agent never opens the charm's files: what a tool wants to read or write goes through the client, which runs in
//! the charm's own container and as its user. A tool that misses something asks for it before it has any effect, and
//! the client repeats the call with it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sidecharm::juju::names::UnitName;
use time::OffsetDateTime;

use super::context::HookContext;
use super::flags::{self, Kind, Options, Parsed};
use super::format::Format;
use super::go::{number, quote, quote_list};
use super::tool::{self, Output, Printing, Tool, ToolError};
use super::wire::Bytes;
use crate::controller::access::Refusal;
use crate::controller::model::Model;

/// What the client sends. `Debug` leaves out the arguments, which may be a secret's content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `JUJU_AGENT_TOKEN`; a sidecar unit has none.
    pub token: String,
    /// `JUJU_CONTEXT_ID` of the caller.
    pub context_id: String,
    /// The caller's working directory.
    pub dir: PathBuf,
    /// The name the client was started under.
    pub tool: String,
    pub args: Vec<String>,
    /// What was read from stdin, once the agent asked for it.
    pub stdin: Option<Bytes>,
    /// Files that the agent asked for: their content, or why they cannot be read, in Go's words.
    pub files: BTreeMap<PathBuf, Result<Bytes, String>>,
}

/// What the agent sends back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Done(Response),
    /// Repeat the call with stdin.
    NeedsStdin,
    /// Repeat the call with this file.
    NeedsFile(PathBuf),
}

/// The end of a call. `Debug` leaves out what is printed, which may be a secret's content.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    pub code: u8,
    pub stdout: String,
    pub stderr: String,
    /// Files that the client writes before it prints.
    pub writes: Vec<FileWrite>,
}

/// A file to be written in the caller's container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileWrite {
    pub path: PathBuf,
    /// Whether missing folders above it are made.
    pub make_folders: bool,
    pub content: Content,
}

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    Bytes(Bytes),
    /// A file on the controller's machine; the server puts its bytes here before it answers.
    Stored(PathBuf),
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token: _, context_id, dir, tool, args, stdin, files } = self;
        let mut shown = formatter.debug_struct("Request");
        shown.field("context_id", context_id).field("dir", dir).field("tool", tool);
        shown.field("args", &args.len()).field("stdin", stdin).field("files", files).finish()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, stdout, stderr, writes } = self;
        let mut shown = formatter.debug_struct("Response");
        shown.field("code", code).field("stdout", &stdout.len()).field("stderr", &stderr.len());
        shown.field("writes", writes).finish()
    }
}

impl Request {
    /// A call without stdin or files.
    pub fn new(context_id: &str, dir: impl Into<PathBuf>, tool: &str, args: &[&str]) -> Self {
        Self {
            token: String::new(),
            context_id: context_id.to_owned(),
            dir: dir.into(),
            tool: tool.to_owned(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            stdin: None,
            files: BTreeMap::new(),
        }
    }
}

impl HookContext {
    /// Serves one call at this time.
    pub fn call(&mut self, model: &mut Model, request: &Request, now: OffsetDateTime) -> Answer {
        if !request.token.is_empty() {
            return refused("token does not match");
        }
        if request.context_id != self.id() {
            let expected = (quote(self.id()), quote(&request.context_id));
            return refused(&format!("expected context id {}, got {}", expected.0, expected.1));
        }
        let Some(tool) = tool::find(&request.tool, self.profile()) else {
            return refused(&format!("unknown command: {}", request.tool));
        };
        let mut call = Call { context: self, model, request, now };
        call.serve(&tool)
    }
}

/// What a tool works with.
pub(super) struct Call<'c> {
    pub(super) context: &'c mut HookContext,
    pub(super) model: &'c mut Model,
    pub(super) request: &'c Request,
    pub(super) now: OffsetDateTime,
}

impl Call<'_> {
    /// The unit that calls.
    pub(super) fn unit(&self) -> UnitName {
        self.context.unit().clone()
    }

    /// What came on stdin.
    ///
    /// # Errors
    /// With the demand for it, the first time.
    pub(super) fn stdin(&self) -> Result<&[u8], ToolError> {
        self.request.stdin.as_ref().map(|bytes| bytes.0.as_slice()).ok_or(ToolError::NeedsStdin)
    }

    /// The content of a file, its path relative to the caller's working directory.
    ///
    /// # Errors
    /// With the demand for it, the first time; then, if it cannot be read, with the message made by `fail`.
    pub(super) fn file(&self, path: &str, fail: fn(String) -> ToolError) -> Result<&[u8], ToolError> {
        self.absolute_file(&absolute(&self.request.dir, path), fail)
    }

    /// The content of a file.
    ///
    /// # Errors
    /// As [`Call::file`].
    pub(super) fn absolute_file(
        &self,
        path: &Path,
        fail: fn(String) -> ToolError,
    ) -> Result<&[u8], ToolError> {
        match self.request.files.get(path) {
            None => Err(ToolError::NeedsFile(path.to_owned())),
            Some(Ok(content)) => Ok(&content.0),
            Some(Err(error)) => Err(fail(error.clone())),
        }
    }

    /// The relation that `-r` names, or that the hook is about.
    ///
    /// # Errors
    /// When there is neither.
    pub(super) fn relation(&self, options: &Options) -> Result<u32, ToolError> {
        let given = options.get("relation").and_then(relation_number);
        let given = given.and_then(|number| u32::try_from(number).ok());
        given.or_else(|| self.context.relation()).ok_or_else(|| ToolError::usage("no relation id specified"))
    }

    fn serve(&mut self, tool: &Tool) -> Answer {
        let mut check = |kind, value: &str| self.check(kind, value);
        let options = match flags::parse(&tool.all_flags(), &self.request.args, &mut check) {
            Err(message) => return failed(2, "", &message),
            Ok(Parsed::Help) => {
                let stdout = tool.help(self.context.relation().is_some());
                return Answer::Done(Response { stdout, ..Response::default() });
            }
            Ok(Parsed::Options(options)) => options,
        };
        let outcome = (tool.run)(self, &options);
        let warning = if tool.printing == Printing::Ignored && !options.text("format").is_empty() {
            format!("--format flag deprecated for command {}", quote(tool.name))
        } else {
            String::new()
        };
        match outcome {
            Ok(output) => Answer::Done(self.finish(tool, &options, output, warning)),
            Err(ToolError::Usage(message)) => failed(2, "", &message),
            Err(ToolError::Failed(message)) => failed(1, &warning, &message),
            Err(ToolError::NeedsStdin) => Answer::NeedsStdin,
            Err(ToolError::NeedsFile(path)) => Answer::NeedsFile(path),
        }
    }

    /// Prints the output in the format that was asked for, or writes it to the file of `-o`.
    fn finish(&self, tool: &Tool, options: &Options, output: Output, stderr: String) -> Response {
        let format = options.get("format").and_then(Format::parse).unwrap_or_else(|| tool.default_format());
        let (text, mut writes) = match output {
            Output::Nothing => (String::new(), Vec::new()),
            Output::Raw(text) => (text, Vec::new()),
            Output::Value(value) => (format.render(&value), Vec::new()),
            Output::Forms { json, yaml } => {
                (format.render(if format == Format::Json { &json } else { &yaml }), Vec::new())
            }
            Output::Download { path, stored } => {
                let write =
                    FileWrite { path: path.clone(), make_folders: true, content: Content::Stored(stored) };
                (path.to_string_lossy().into_owned(), vec![write])
            }
        };
        match options.get("output") {
            Some(file) if !file.is_empty() => {
                let path = absolute(&self.request.dir, file);
                let content = Content::Bytes(Bytes(text.into_bytes()));
                writes.push(FileWrite { path, make_folders: false, content });
                Response { code: 0, stdout: String::new(), stderr, writes }
            }
            _ => Response { code: 0, stdout: text, stderr, writes },
        }
    }

    /// Judges a flag's value that names a thing of the model.
    fn check(&self, kind: Kind, value: &str) -> Result<(), String> {
        match kind {
            Kind::Relation => {
                let number = relation_number(value).ok_or("invalid relation id")?;
                let known = u32::try_from(number).is_ok_and(|number| self.context.knows_relation(number));
                if known { Ok(()) } else { Err("relation not found".to_owned()) }
            }
            Kind::Storage => super::storage_get::check(self.model, self.context.unit(), value),
            Kind::Bool | Kind::Text | Kind::Integer | Kind::Format(_) => Ok(()),
        }
    }
}

/// Refuses arguments that a tool has no use for.
pub(super) fn no_more(arguments: &[String]) -> Result<(), ToolError> {
    if arguments.is_empty() {
        return Ok(());
    }
    Err(ToolError::Usage(format!("unrecognized args: {}", quote_list(arguments))))
}

/// A path as Go's `filepath.Join` gives it: absolute, without `.` and `..`.
pub(super) fn absolute(dir: &Path, path: &str) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in dir.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            Component::RootDir | Component::Prefix(_) | Component::Normal(_) => clean.push(component),
        }
    }
    clean
}

/// Everything behind the last colon, as a Go integer.
fn relation_number(text: &str) -> Option<i64> {
    let number = text.rsplit_once(':').map_or(text, |(_, number)| number);
    number::atoi(number).ok()
}

fn refused(reason: &str) -> Answer {
    failed(1, "", &format!("bad request: {reason}"))
}

fn failed(code: u8, warning: &str, message: &str) -> Answer {
    let stderr = format!("{warning}ERROR {message}\n");
    Answer::Done(Response { code, stderr, ..Response::default() })
}

impl From<Refusal> for ToolError {
    fn from(refusal: Refusal) -> Self {
        Self::Failed(refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_as_go_joins_them() {
        let cases = [
            (".", "/charm"),
            ("a/../b", "/charm/b"),
            ("../../..", "/"),
            ("/etc//x", "/etc/x"),
            ("-", "/charm/-"),
        ];
        for (path, expected) in cases {
            assert_eq!(absolute(Path::new("/charm"), path), Path::new(expected));
        }
    }

    #[test]
    fn a_relation_is_known_by_what_stands_behind_the_last_colon() {
        for text in ["1", "db:1", ":1", "a:b:1", "db:01", "+1"] {
            assert_eq!(relation_number(text), Some(1), "{text:?}");
        }
        for text in ["", ":", "db", "db:", " 1", "1 ", "db: 1", "0x1", "1.0", "9999999999999999999"] {
            assert_eq!(relation_number(text), None, "{text:?}");
        }
    }
}
