use proptest::prelude::*;

use super::*;

fn recorded() -> Variables {
    serde_json::from_str(include_str!("recorded.json")).unwrap()
}

/// The recorded environment with some variables changed (or, with `None`, taken away).
fn with(changes: &[(&str, Option<&str>)]) -> Result<HookContext, EnvironmentError> {
    let mut variables = recorded();
    for (name, value) in changes {
        match value {
            Some(value) => variables.insert((*name).to_owned(), (*value).to_owned()),
            None => variables.remove(*name),
        };
    }
    HookContext::parse(&variables)
}

fn error(changes: &[(&str, Option<&str>)]) -> String {
    with(changes).unwrap_err().to_string()
}

#[test]
fn a_recorded_hook_is_read_whole() {
    let context = with(&[]).unwrap();
    assert_eq!((context.unit.as_str(), context.model_name.as_str()), ("toy/0", "oracle"));
    assert_eq!(context.model_uuid, "f1f4b1d2-3c0a-4b63-9a5e-0d6c7a8b9c1e");
    assert_eq!(context.juju_version.to_string(), "3.6-beta2");
    assert_eq!(context.context_id, "toy/0-cluster-relation-changed-${RANDOM}");
    assert_eq!(context.dispatch_path.as_deref(), Some("hooks/cluster-relation-changed"));
    assert_eq!(context.hook_name.as_deref(), Some("cluster-relation-changed"));
    let address = "@/var/lib/juju/agents/unit-toy-0/agent.socket".to_owned();
    assert_eq!(context.agent_socket, Some(AgentSocket { address, network: "unix".to_owned() }));
    let controllers = ["10.152.183.2:17070", "controller-service.controller-micro.svc.cluster.local:17070"];
    assert_eq!(context.api_addresses, controllers);
    let no_proxy = ["127.0.0.1", "localhost", "::1"].map(str::to_owned).to_vec();
    assert_eq!(context.proxies, Proxies { no_proxy, ..Proxies::default() });
    assert_eq!(context.cloud_api_version.as_deref(), Some("1.30.0"));
    assert_eq!(context.kubernetes, Some(KubernetesService { host: "10.152.183.1".to_owned(), port: 443 }));
    assert!(context.path.starts_with("/var/lib/juju/tools/unit-toy-0:"));
    assert_eq!(context.meter, Some(Meter { status: "AMBER".to_owned(), info: "not set".to_owned() }));
    let empty = [context.task, context.availability_zone, context.machine_id, context.sla];
    assert_eq!((empty, context.principal, context.trace), ([None, None, None, None], None, None));
}

#[test]
fn what_juju_4_and_machines_tell_is_read_too() {
    let context = with(&[
        ("JUJU_CHARM_HTTP_PROXY", Some("http://me:hunter2@proxy:3128")),
        ("JUJU_CHARM_NO_PROXY", Some("10.0.0.0/8, .svc,")),
        ("JUJU_MACHINE_ID", Some("0/lxd/1")),
        ("JUJU_PRINCIPAL_UNIT", Some("web/3")),
        ("JUJU_AVAILABILITY_ZONE", Some("zone1")),
        ("JUJU_SLA", None),
        ("JUJU_METER_STATUS", None),
        ("JUJU_METER_INFO", None),
        ("JUJU_TRACE_ID", Some("4bf92f3577b34da6a3ce929d0e0e4736")),
        ("JUJU_SPAN_ID", Some("00f067aa0ba902b7")),
        ("JUJU_ACTION_UUID", Some("12")),
        ("JUJU_CHARM_DIR", None),
    ])
    .unwrap();
    assert_eq!(context.proxies.http.as_ref().map(Secret::expose), Some("http://me:hunter2@proxy:3128"));
    assert!(!format!("{context:?}").contains("hunter2"));
    assert_eq!(context.proxies.no_proxy, ["10.0.0.0/8", ".svc"]);
    assert_eq!(context.machine_id.as_deref(), Some("0/lxd/1"));
    assert_eq!(context.principal.map(|unit| unit.to_string()).as_deref(), Some("web/3"));
    assert_eq!(context.availability_zone.as_deref(), Some("zone1"));
    assert_eq!((context.sla, context.meter), (None, None));
    assert_eq!(context.trace.unwrap().span_id, "00f067aa0ba902b7");
    assert_eq!(context.task.as_deref(), Some("12"));
    assert_eq!(context.charm_dir, PathBuf::from("/var/lib/juju/agents/unit-toy-0/charm"));
}

#[test]
fn an_environment_of_no_hook_is_told_apart_from_a_broken_one() {
    assert!(matches!(HookContext::parse(&Variables::new()), Err(EnvironmentError::NotInHook)));
    assert!(matches!(with(&[("JUJU_CONTEXT_ID", Some(""))]), Err(EnvironmentError::NotInHook)));
    assert_eq!(error(&[("JUJU_MODEL_UUID", None)]), "JUJU_MODEL_UUID is not set");
    assert_eq!(error(&[("JUJU_VERSION", Some(""))]), "JUJU_VERSION is not set");
    assert_eq!(error(&[("CHARM_DIR", None), ("JUJU_CHARM_DIR", None)]), "CHARM_DIR is not set");
    assert_eq!(error(&[("JUJU_UNIT_NAME", Some("web"))]), "JUJU_UNIT_NAME cannot be understood");
    assert_eq!(error(&[("JUJU_VERSION", Some("next"))]), "JUJU_VERSION cannot be understood");
}

#[test]
fn what_a_charm_can_do_without_is_no_error() {
    let context = with(&[
        ("JUJU_API_ADDRESSES", None),
        ("JUJU_AGENT_SOCKET_NETWORK", None),
        ("KUBERNETES_SERVICE_PORT", Some("https")),
        ("JUJU_PRINCIPAL_UNIT", Some("?")),
        ("PATH", None),
        ("JUJU_DISPATCH_PATH", Some("")),
    ])
    .unwrap();
    assert!(context.api_addresses.is_empty() && context.path.is_empty());
    assert_eq!((context.agent_socket, context.kubernetes), (None, None));
    assert_eq!((context.principal, context.dispatch_path), (None, None));
}

proptest! {
    #[test]
    fn no_environment_makes_it_panic(values in prop::collection::vec("[a-z0-9./:@-]{0,12}|\\PC{0,12}", 40)) {
        let variables = recorded().into_keys().zip(values).collect();
        drop(HookContext::parse(&variables));
    }

    #[test]
    fn one_odd_variable_is_an_error_or_nothing(at in 0..40_usize, value in "\\PC{0,20}") {
        let mut variables = recorded();
        let name = variables.keys().nth(at % variables.len()).unwrap().clone();
        variables.insert(name, value);
        drop(HookContext::parse(&variables));
    }
}
