//! Tools that Juju still has for charms without Pebble: metrics, payloads, pod specs. They check their arguments and
//! then refuse, as they do to a sidecar charm.

use super::call::{Call, no_more};
use super::effect::Effect;
use super::flags::{Flag, Kind, Options};
use super::go::quote;
use super::pairs;
use super::tool::{Output, Printing, Tool, ToolError};
use crate::controller::log::{Level, LogLine};

type Outcome = Result<Output, ToolError>;

pub(super) const TOOLS: [Tool; 10] = [
    plain("add-metric", "key1=value1 [key2=value2 ...]", "add metrics", &[LABELS], add_metric),
    plain(
        "payload-register",
        "<type> <class> <id> [tags...]",
        "register a charm payload with Juju",
        &[],
        register,
    ),
    plain("payload-unregister", "<class> <id>", "stop tracking a payload", &[], unregister),
    plain(
        "payload-status-set",
        "<class> <id> <status>",
        "update the status of a payload",
        &[],
        set_payload_status,
    ),
    plain("pod-spec-get", "", "get k8s spec information (deprecated)", &[], get_spec),
    plain("k8s-spec-get", "", "get k8s spec information", &[], get_spec),
    plain("k8s-raw-get", "", "get k8s raw spec information", &[], get_raw),
    plain("pod-spec-set", "", "set k8s spec information (deprecated)", &[pairs::FILE, RESOURCES], set_spec),
    plain("k8s-spec-set", "", "set k8s spec information", &[pairs::FILE, RESOURCES], set_spec),
    plain("k8s-raw-set", "", "set k8s raw spec information", &[pairs::FILE], set_raw),
];

const LABELS: Flag =
    Flag { names: &["l", "labels"], kind: Kind::Text, help: "labels to be associated with metric values" };
const RESOURCES: Flag = Flag {
    names: &["k8s-resources"],
    kind: Kind::Text,
    help: "file containing k8s resources data to also be applied",
};

const fn plain(
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    flags: &'static [Flag],
    run: fn(&mut Call<'_>, &Options) -> Outcome,
) -> Tool {
    Tool { name, arguments, arguments_in_relation: None, summary, printing: Printing::Plain, flags, run }
}

fn add_metric(_call: &mut Call<'_>, options: &Options) -> Outcome {
    if options.arguments.is_empty() {
        return Err(ToolError::usage("no metrics specified"));
    }
    Err(ToolError::failed("cannot record metric: metrics not allowed in this context"))
}

fn at_least(options: &Options, count: usize) -> Result<(), ToolError> {
    if options.arguments.len() < count { Err(ToolError::usage("missing required arguments")) } else { Ok(()) }
}

fn register(call: &mut Call<'_>, options: &Options) -> Outcome {
    at_least(options, 3)?;
    call.file("metadata.yaml", ToolError::Failed)?;
    let class = options.arguments.get(1).map_or("", String::as_str);
    Err(ToolError::Failed(format!("payload {} not found in metadata.yaml", quote(class))))
}

fn unregister(_call: &mut Call<'_>, options: &Options) -> Outcome {
    at_least(options, 2)?;
    no_more(options.arguments.get(2..).unwrap_or_default())?;
    Ok(Output::Nothing)
}

fn set_payload_status(_call: &mut Call<'_>, options: &Options) -> Outcome {
    at_least(options, 3)?;
    no_more(options.arguments.get(3..).unwrap_or_default())?;
    let [class, id, status] = options.arguments.as_slice() else { return Ok(Output::Nothing) };
    if !["running", "starting", "stopped", "stopping"].contains(&status.as_str()) {
        let expected = "expected one of [\"running\", \"starting\", \"stopped\", \"stopping\"]";
        return Err(ToolError::Failed(format!("status {} not supported; {expected}", quote(status))));
    }
    Err(ToolError::Failed(format!("payload {} not found", quote(&format!("{class}/{id}")))))
}

fn get_spec(call: &mut Call<'_>, options: &Options) -> Outcome {
    no_more(&options.arguments)?;
    Err(ToolError::Failed(format!("podspec for application {} not found", call.unit().application())))
}

fn get_raw(call: &mut Call<'_>, options: &Options) -> Outcome {
    no_more(&options.arguments)?;
    Err(ToolError::Failed(format!("raw k8s spec for application {} not found", call.unit().application())))
}

fn set_spec(call: &mut Call<'_>, options: &Options) -> Outcome {
    set(call, options, "k8s spec")
}

fn set_raw(call: &mut Call<'_>, options: &Options) -> Outcome {
    set(call, options, "raw k8s spec")
}

fn set(call: &mut Call<'_>, options: &Options, what: &str) -> Outcome {
    no_more(&options.arguments)?;
    let spec = match options.text("file") {
        "" | "-" => call.stdin()?,
        path => call.file(path, ToolError::Failed)?,
    };
    if spec.is_empty() {
        return Err(ToolError::failed(
            "no k8s spec specified: pipe k8s spec to command, or specify a file with --file",
        ));
    }
    if !call.context.is_leader(call.model) {
        let unit = call.unit();
        let message = format!("{} is not the leader but is setting application {what}", quote(unit.as_str()));
        let module = "juju.worker.uniter.context".to_owned();
        let line = LogLine { time: call.now, entity: unit.tag(), level: Level::Error, module, message };
        call.context.did(Effect::Log(line));
        return Err(ToolError::failed("this unit is not the leader"));
    }
    Err(ToolError::failed(format!("{what} on an application with a sidecar charm not supported")))
}
