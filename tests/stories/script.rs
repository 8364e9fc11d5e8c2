//! `tools/story`, which the workflow for a real Juju runs, told to minijuju.

use std::path::Path;

use crate::model::Model;

#[test]
fn the_script_for_a_real_juju_sees_a_master_lost_and_units_come_and_go() {
    let model = Model::new("script");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/story");
    let told = model.command(&script).arg(model.minijuju()).arg(model.redis_charm()).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    assert!(told.status.success(), "{stdout}{stderr}");
    let lines = stdout.lines().filter_map(|line| line.strip_prefix("story: "));
    let counts: Vec<_> =
        lines.filter_map(|line| line.split_once(" units, ")).map(|(count, _)| count).collect();
    assert_eq!(counts, ["3", "3", "5", "3"], "{stdout}");
}
