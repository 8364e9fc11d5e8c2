//! Every page of the tutorial and the how-to: its commands run, or are known ones.

use std::collections::BTreeSet;
use std::fs;

use crate::blocks::{Block, Mark, Step, blocks};
use crate::commands;
use crate::place::{Given, Place, project};

/// A test for each page whose commands run, with what the page takes for granted.
macro_rules! run {
    ($($test:ident: $page:literal, $given:ident;)*) => {
        /// The pages that run.
        const RUN: &[&str] = &[$($page),*];
        $(
            #[test]
            fn $test() {
                let all = read($page);
                let steps: Vec<&Step> = of(&all, Mark::Run).collect();
                Place::new(Given::$given).run($page, &steps);
            }
        )*
    };
}

run! {
    the_first_redis_runs: "tutorial/redis.md", Project;
    the_first_web_app_runs: "tutorial/web-app.md", Project;
    scaling_runs: "how-to/scale.md", Redis;
    rotating_keys_runs: "how-to/rotate.md", Flask;
    debugging_a_pod_runs: "how-to/debug.md", Redis;
    reading_the_metrics_runs: "how-to/metrics.md", Redis;
    moving_from_the_python_charm_runs: "how-to/move-from-the-python-redis-charm.md", PythonRedis;
    moving_from_paas_charm_runs: "how-to/move-from-paas-charm.md", Packed;
}

fn read(page: &str) -> Vec<Block> {
    let text = fs::read_to_string(project().join("docs").join(page)).unwrap();
    blocks(&text).unwrap_or_else(|fault| panic!("docs/{page}: {fault}"))
}

fn of(all: &[Block], mark: Mark) -> impl Iterator<Item = &Step> {
    all.iter().filter(move |block| block.mark == mark).flat_map(|block| &block.steps)
}

/// The pages with commands.
fn pages() -> BTreeSet<String> {
    let names = ["tutorial", "how-to"].into_iter().flat_map(|folder| {
        let entries = fs::read_dir(project().join("docs").join(folder)).unwrap();
        entries.map(move |entry| format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()))
    });
    let pages: BTreeSet<_> = names.collect();
    assert!(pages.len() > 7, "{pages:?}");
    pages
}

#[test]
fn every_page_with_commands_that_run_has_its_test() {
    let with_commands = pages().into_iter().filter(|page| of(&read(page), Mark::Run).next().is_some());
    let listed: BTreeSet<_> = RUN.iter().map(|page| (*page).to_owned()).collect();
    assert_eq!(with_commands.collect::<BTreeSet<_>>(), listed);
}

#[test]
fn every_other_command_is_a_known_one() {
    for page in pages() {
        let all = read(&page);
        for (mark, check) in [
            (Mark::Juju, commands::juju as fn(&str) -> Result<(), String>),
            (Mark::Build, commands::build),
            (Mark::Elsewhere, commands::elsewhere),
        ] {
            for Step { line, command, .. } in of(&all, mark) {
                check(command).unwrap_or_else(|fault| panic!("docs/{page}:{line}: {fault}"));
            }
        }
    }
}
