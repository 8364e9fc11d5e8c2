//! Argv and environment in, exit code out; builds the runtime and nothing else.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use rand::TryRng as _;
use sidecharm::cli::repack::charm::Wish;
use sidecharm::cli::{self, Arguments, Command};
use sidecharm::webapp::framework::Profile;
use sidecharm::{dispatch, program, reconcile};
use tokio::signal::unix::{SignalKind, signal};

/// sysexits.h: a command was used wrongly.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(start());
            // A name that is still being looked up must not hold the hook up: its thread ends with the process.
            runtime.shutdown_background();
            code
        }
        Err(error) => complain(&error.to_string()),
    }
}

async fn start() -> ExitCode {
    let mut arguments = std::env::args();
    let program = arguments.next().unwrap_or_default();
    if arguments.next().is_none() {
        return hook(&program).await;
    }
    match Arguments::parse().command {
        Command::Watch { file } => {
            tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_target(false).init();
            cli::watch::run(file, terminated()).await;
            ExitCode::SUCCESS
        }
        Command::Run { environment, command } => {
            let Some((program, arguments)) = command.split_first() else { return ExitCode::from(USAGE) };
            let Err(error) = cli::run::run(&environment, program, arguments);
            let _code = complain(&error.to_string());
            ExitCode::from(error.code())
        }
        Command::Init { framework, folder, name, base } => {
            let profile = Profile { framework, generation: base };
            said(cli::init::run(profile, &folder, name.as_deref(), &mut std::io::stdout()))
        }
        Command::Repack { input, output, framework, drop_code } => {
            let wish = Wish { framework, drop_code };
            said(cli::repack::run(&input, &output, wish, &mut std::io::stdout()))
        }
        Command::Version => {
            let line = format!("sidecharm {} ({})", env!("CARGO_PKG_VERSION"), program::build());
            if writeln!(std::io::stdout(), "{line}").is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}

async fn hook(program: &str) -> ExitCode {
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    match dispatch::run(&variables, program, random_byte).await {
        Ok(code) => code,
        Err(error) => {
            let _code = complain(&reconcile::chain(&error));
            ExitCode::from(USAGE)
        }
    }
}

/// From the operating system. Without randomness there are no passwords, and no charm.
fn random_byte() -> u8 {
    let mut byte = [0_u8; 1];
    if rand::rngs::SysRng.try_fill_bytes(&mut byte).is_err() {
        std::process::abort();
    }
    u8::from_le_bytes(byte)
}

/// Ends with the first SIGTERM from this call on; never where signals cannot be had.
fn terminated() -> impl Future<Output = ()> {
    let signals = signal(SignalKind::terminate());
    async {
        match signals {
            Ok(mut signals) => {
                let _signal = signals.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be caught");
                std::future::pending::<()>().await;
            }
        }
    }
}

/// The exit code of a command that has told what it did.
fn said(outcome: Result<(), impl std::error::Error>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&reconcile::chain(&error)),
    }
}

fn complain(problem: &str) -> ExitCode {
    // Nobody is left to tell if standard error is gone too.
    drop(writeln!(std::io::stderr(), "sidecharm: {problem}"));
    ExitCode::FAILURE
}
