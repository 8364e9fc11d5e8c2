//! `network-get`: the addresses of a binding.

use super::call::{Call, no_more};
use super::flags::{Flag, Kind, Options};
use super::relation_list::RELATION;
use super::tool::{Output, Printing, Tool, ToolError};
use super::value::Value;
use crate::controller::network::{NetworkInfo, network_info};

pub(super) const TOOL: Tool = Tool {
    name: "network-get",
    arguments: "<binding-name> [--ingress-address] [--bind-address] [--egress-subnets]",
    arguments_in_relation: None,
    summary: "get network config",
    printing: Printing::Smart,
    flags: &[
        RELATION,
        Flag {
            names: &[PRIMARY],
            kind: Kind::Bool,
            help: "(deprecated) get the primary address for the binding",
        },
        Flag {
            names: &[BIND],
            kind: Kind::Bool,
            help: "get the address for the binding on which the unit should listen",
        },
        Flag { names: &[INGRESS], kind: Kind::Bool, help: "get the ingress address for the binding" },
        Flag { names: &[EGRESS], kind: Kind::Bool, help: "get the egress subnets for the binding" },
    ],
    run,
};

const PRIMARY: &str = "primary-address";
const BIND: &str = "bind-address";
const INGRESS: &str = "ingress-address";
const EGRESS: &str = "egress-subnets";

fn run(call: &mut Call<'_>, options: &Options) -> Result<Output, ToolError> {
    let binding = options.arguments.first().ok_or_else(|| ToolError::usage("no arguments specified"))?;
    if binding.is_empty() {
        return Err(ToolError::usage("no binding name specified"));
    }
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    let asked: Vec<&'static str> =
        [BIND, EGRESS, INGRESS].into_iter().filter(|name| options.is_on(name)).collect();
    if options.is_on(PRIMARY) && !asked.is_empty() {
        return Err(ToolError::failed("--primary-address must be the only flag specified"));
    }
    let relation = call.relation(options).ok();
    let info = network_info(call.model, &call.unit(), binding, relation).map_err(ToolError::Failed)?;
    match asked.as_slice() {
        _ if options.is_on(PRIMARY) => Ok(Output::Value(one(&info, BIND, binding)?)),
        [] => Ok(Output::Forms { json: all(&info, false), yaml: all(&info, true) }),
        [name] => Ok(Output::Value(one(&info, name, binding)?)),
        names => {
            let values: Result<Vec<_>, ToolError> =
                names.iter().map(|name| Ok((*name, one(&info, name, binding)?))).collect();
            Ok(Output::Value(Value::map(values?)))
        }
    }
}

/// What one flag asks for.
fn one(info: &NetworkInfo, name: &str, binding: &str) -> Result<Value, ToolError> {
    let addresses = match name {
        EGRESS => return Ok(Value::Texts(info.egress.clone())),
        INGRESS => &info.ingress,
        _ => &info.bind,
    };
    let missing = || ToolError::Failed(format!("no addresses attached to space for binding \"{binding}\""));
    addresses.first().map(|address| Value::text(address.to_string())).ok_or_else(missing)
}

/// Everything; YAML has some of it twice, under its older names.
fn all(info: &NetworkInfo, yaml: bool) -> Value {
    let empty = || Value::text("");
    let addresses = info.bind.iter().map(|address| {
        let mut fields =
            vec![("hostname", empty()), ("value", Value::text(address.to_string())), ("cidr", empty())];
        if yaml {
            fields.push(("address", Value::text(address.to_string())));
        }
        Value::Fields(fields)
    });
    let addresses = Value::List(addresses.collect());
    let mut interface = vec![("mac-address", empty()), ("interface-name", empty()), ("addresses", addresses)];
    if yaml {
        interface.extend([("macaddress", empty()), ("interfacename", empty())]);
    }
    let mut fields = vec![("bind-addresses", Value::List(vec![Value::Fields(interface)]))];
    if !info.egress.is_empty() {
        fields.push(("egress-subnets", Value::Texts(info.egress.clone())));
    }
    if !info.ingress.is_empty() {
        let ingress = info.ingress.iter().map(ToString::to_string);
        fields.push(("ingress-addresses", Value::Texts(ingress.collect())));
    }
    Value::Fields(fields)
}
