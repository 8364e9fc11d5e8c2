use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::effects::Bag;
use crate::juju::names::RelationId;
use crate::juju::tools::{Call, Output, RunTool, Running};
use crate::juju::wire::Databag;

/// Remembers what was run, and fails for one relation.
struct Juju {
    fails: (&'static str, &'static str),
    told: Mutex<Vec<String>>,
}

impl RunTool for Juju {
    fn run<'a>(&'a self, call: Call<'a>) -> Running<'a> {
        let (relation, complaint) = self.fails;
        let words = call.arguments.join(" ");
        let fails = words.contains(relation);
        self.told.lock().unwrap().push(format!("{} {words}", call.tool));
        let stderr = if fails { complaint.as_bytes().to_vec() } else { Vec::new() };
        Box::pin(async move { Ok(Output { code: Some(i32::from(fails)), stdout: Vec::new(), stderr }) })
    }
}

struct NoEffect;

impl OwnEffect for NoEffect {
    fn container(&self) -> &ContainerName {
        unreachable!("there is none")
    }
}

/// Writes to three relations, of which the second fails so: so many are told, this fails, and so many warnings are given.
fn check(complaint: &'static str, told: usize, failed: &[&str], warnings: usize) {
    let mut log = tempfile::tempfile().unwrap();
    let writer = Mutex::new(log.try_clone().unwrap());
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let juju = Arc::new(Juju { fails: ("redis:2", complaint), told: Mutex::default() });
    let tools = HookTools::new(juju.clone(), Path::new("/charm"), Duration::from_secs(1));
    let write = |id: &str| {
        let changes = Databag::from([("hostname".to_owned(), "10.1.0.5".to_owned())]);
        Effect::<NoEffect>::Databag(RelationId::parse(id).unwrap(), Bag::Unit, changes)
    };
    let effects = ["redis:1", "redis:2", "redis:3"].map(write).into();
    let decision = Decision { effects, ..Decision::nothing() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pebbles = Pebbles::new();
    let mut random = || 0;
    let applied = apply(&decision, &tools, &pebbles, &mut random, async |_: &NoEffect| Ok(()));
    let failures: Vec<String> = runtime.block_on(applied).iter().map(ToString::to_string).collect();
    assert_eq!(failures, failed, "{complaint}");
    assert_eq!(juju.told.lock().unwrap().len(), told, "{complaint}: {:?}", juju.told.lock().unwrap());
    let mut text = String::new();
    log.rewind().unwrap();
    log.read_to_string(&mut text).unwrap();
    let given: Vec<_> = text.lines().filter(|line| line.contains(" WARN ")).collect();
    assert_eq!(given.len(), warnings, "{text}");
    assert!(given.iter().all(|line| line.contains("redis:2")), "{text}");
}

#[test]
fn a_relation_that_went_while_the_pass_ran_does_not_keep_the_others_from_being_told() {
    check("ERROR permission denied (unauthorized access)\n", 3, &[], 1);
    check("ERROR relation not found\n", 3, &[], 1);
}

#[test]
fn what_juju_does_not_do_skips_all_else_that_it_would_have_to_keep() {
    check("ERROR connection is shut down\n", 2, &["Juju"], 0);
}

/// A Juju that says whether the unit leads.
struct Lead {
    leads: bool,
    run: Mutex<Vec<&'static str>>,
}

impl RunTool for Lead {
    fn run<'a>(&'a self, call: Call<'a>) -> Running<'a> {
        self.run.lock().unwrap().push(call.tool);
        let stdout = self.leads.to_string().into_bytes();
        Box::pin(async move { Ok(Output { code: Some(0), stdout, stderr: Vec::new() }) })
    }
}

/// What is run to write to own bags, of the application's twice and of the unit's once.
async fn run_by(leads: bool) -> Vec<&'static str> {
    let juju = Arc::new(Lead { leads, run: Mutex::default() });
    let tools = HookTools::new(juju.clone(), Path::new("/charm"), Duration::from_secs(1));
    let write = |bag| {
        let changes = Databag::from([("hostname".to_owned(), "10.1.0.5".to_owned())]);
        Effect::<NoEffect>::Databag(RelationId::parse("redis:1").unwrap(), bag, changes)
    };
    let effects = [Bag::Application, Bag::Unit, Bag::Application].map(write).into();
    let decision = Decision { effects, ..Decision::nothing() };
    let failures = apply(&decision, &tools, &Pebbles::new(), &mut || 0, async |_: &NoEffect| Ok(())).await;
    assert!(failures.is_empty(), "{failures:?}");
    juju.run.lock().unwrap().clone()
}

#[tokio::test]
async fn what_only_the_leader_writes_is_left_alone_by_who_has_lost_the_lead() {
    assert_eq!(run_by(true).await, ["is-leader", "relation-set", "relation-set", "relation-set"]);
    assert_eq!(run_by(false).await, ["is-leader", "relation-set"]);
}
