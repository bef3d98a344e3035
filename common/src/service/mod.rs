//! The start and the end of a process, once for all three programs.
//!
//! A program's `main` reads its command line and hands over here: settings, logs, metrics, health
//! and signals are set up, the program's own `run` is called, and its error, if any, is printed
//! with its whole chain of causes.

mod health;
mod http;
mod logs;
mod shutdown;

use std::process::ExitCode;
use std::sync::Arc;

use prometheus::Registry;

use crate::durability::Durability;
use crate::settings::Settings;
pub use health::Health;
pub use shutdown::Shutdown;

/// Exit code of a usage or configuration error.
pub const USAGE: u8 = 2;

/// What every part of a running program shares.
#[derive(Debug, Clone)]
pub struct Service {
    /// `worker`, `writer`, `scheduler` or `producer`.
    pub role: &'static str,
    /// Which of several: host and process.
    pub instance: String,
    /// The settings in force.
    pub settings: Arc<Settings>,
    /// Which parts work.
    pub health: Health,
    /// The metrics.
    pub metrics: Registry,
    /// Whether to stop.
    pub shutdown: Shutdown,
}

/// Starts a long-running program and waits for its end.
///
/// `run` must return soon after [`Shutdown::stopping`]; when the deadline passes or a second
/// signal comes it is dropped where it stands, which loses nothing that was acknowledged.
pub fn run<F, R>(role: &'static str, settings: Settings, run: F) -> ExitCode
where
    F: FnOnce(Service) -> R,
    R: Future<Output = anyhow::Result<()>>,
{
    logs::start(&settings.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return failed(&anyhow::Error::new(error).context("cannot start the runtime"));
        }
    };
    runtime.block_on(async {
        let service = Service {
            role,
            instance: instance(),
            settings: Arc::new(settings),
            health: Health::default(),
            metrics: Registry::new(),
            shutdown: Shutdown::default(),
        };
        service.shutdown.listen(std::time::Duration::from_millis(service.settings.shutdown.deadline_ms));
        if let Err(error) = http::serve(&service).await {
            return failed(&error);
        }
        let durability = Durability::of(&service.settings.nats.monitor_url).await;
        tracing::info!(%durability, "promise of the broker");
        service.health.tell("durability", durability.to_string());
        tracing::info!(role, instance = service.instance, version = env!("CARGO_PKG_VERSION"), "started");
        tokio::select! {
            result = run(service.clone()) => match result {
                Ok(()) => { tracing::info!(role, "stopped"); ExitCode::SUCCESS }
                Err(error) => failed(&error),
            },
            () = service.shutdown.abandoned() => {
                tracing::warn!(role, "stopped before everything was finished; unfinished work is given to others");
                ExitCode::SUCCESS
            }
        }
    })
}

/// Starts only the logs, for a command that ends by itself.
pub fn start_logs(settings: &Settings) {
    logs::start(&settings.log);
}

/// The settings, from `file` (or `BACKFLEET_CONFIG`) and the environment; prints every error and
/// gives the exit code when they cannot be used.
///
/// # Errors
/// The exit code to end with.
pub fn settings(file: Option<&std::path::Path>) -> Result<Settings, ExitCode> {
    let named = std::env::var_os("BACKFLEET_CONFIG").map(std::path::PathBuf::from);
    crate::settings::load(file.or(named.as_deref()), std::env::vars()).map_err(|error| {
        print_chain(&error.into());
        ExitCode::from(USAGE)
    })
}

/// Prints the settings in force, as the file they could come from; secrets are hidden.
#[must_use]
pub fn print_settings(settings: &Settings) -> ExitCode {
    match toml::to_string(settings) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error.into()),
    }
}

/// Reports an error that ends the process.
#[must_use]
pub fn failed(error: &anyhow::Error) -> ExitCode {
    print_chain(error);
    ExitCode::FAILURE
}

fn print_chain(error: &anyhow::Error) {
    eprintln!("error: {}", chain(error.as_ref()));
}

/// An error with its causes, on one line; what an error has said of its cause itself, as some of
/// other crates do, is not repeated.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

fn instance() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = if host.trim().is_empty() {
        "host"
    } else {
        host.trim()
    };
    format!("{host}-{}", std::process::id())
}
