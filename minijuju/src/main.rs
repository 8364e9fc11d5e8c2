//! Argv in, exit code out.

use std::path::Path;
use std::process::ExitCode;

use minijuju::pod::launch;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [_, launch::LAUNCH, spec] => launch::launch(Path::new(spec)),
        [_, launch::START, spec] => launch::become_first(Path::new(spec)),
        [_, "probe", n] => probe(n.parse().unwrap()),
        _ => ExitCode::from(64),
    }
}

fn probe(n: u32) -> ExitCode {
    use minijuju::pod::*;
    use sidecharm::juju::metadata::CharmUser;
    use sidecharm::juju::names::*;
    let folders = folders::Folders::open(Path::new("/var/lib/minijuju/probe")).unwrap();
    let pebble =
        host::find_pebble(std::env::var_os("PEBBLE_BIN").as_deref().map(Path::new), Path::new("/"), "")
            .unwrap();
    let start = std::time::Instant::now();
    let node = match node::Node::start(folders, "demo", &pebble) {
        Ok(n) => n,
        Err(e) => {
            eprintln!("{}", error::chain(&e));
            return ExitCode::FAILURE;
        }
    };
    eprintln!("node {:?}", start.elapsed());
    let start = std::time::Instant::now();
    std::thread::scope(|s| {
        for i in 0..n {
            let node = &node;
            s.spawn(move || {
                let plan = plan::PodPlan {
                    unit: UnitName::parse(&format!("app/{i}")).unwrap(),
                    model: "demo".into(),
                    charm: "/tmp/charm".into(),
                    charm_user: CharmUser::Root,
                    containers: ["redis", "sentinel"]
                        .map(|c| (ContainerName::parse(c).unwrap(), plan::WorkloadPlan::default()))
                        .into(),
                    storage: vec![],
                    tools: vec!["status-set".into()],
                };
                let t = std::time::Instant::now();
                match node.create_pod(&plan) {
                    Ok(s) => {
                        eprintln!("{i} created {:?} {}", t.elapsed(), s.address());
                        for c in ["redis", "sentinel"] {
                            while std::os::unix::net::UnixStream::connect(s.pebble_socket(c).unwrap())
                                .is_err()
                            {
                                std::thread::sleep(std::time::Duration::from_millis(1));
                            }
                        }
                        eprintln!(
                            "{i} pebble up {:?} {:?}",
                            t.elapsed(),
                            s.first_process("redis").unwrap().pid
                        );
                    }
                    Err(e) => eprintln!("{}", error::chain(&e)),
                }
            });
        }
    });
    eprintln!("all {:?}", start.elapsed());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let start = std::time::Instant::now();
    if let Err(e) = rt.block_on(node.destroy()) {
        eprintln!("{}", error::chain(&e));
    }
    eprintln!("destroyed {:?}", start.elapsed());
    ExitCode::SUCCESS
}
