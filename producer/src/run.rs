//! From the command line to the exit code: reads the settings, calls the command, and reports
//! what went wrong once, with its causes.

use std::process::ExitCode;
use std::sync::mpsc;

use common::item::Token;
use common::nats::{self, Nats, Patience};
use common::service::{self, Service};
use common::settings::Settings;

use crate::cli::{
    Cli, Command, Config, Dead, Enqueue, Schedule, ScheduleArgs, Sources, SourcesArgs, StatusArgs,
};
use crate::control::Action;
use crate::enqueue::{self, Prepared};
use crate::output::Output;
use crate::prune::{Jobs, JobsArgs};
use crate::{audit, control, export, failure, failures, listing, prune, sample, schedule, status};

/// Runs a command.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let mut settings = match service::settings(cli.config.as_deref()) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    // A manifest that is being written may stand in the folder already.
    let checks = matches!(
        &cli.command,
        Command::Sources(SourcesArgs {
            command: Some(Sources::Check { .. })
        })
    );
    if !checks && let Err(problems) = sources::manifest::load(&settings.manifests.files) {
        eprintln!("error: {problems}");
        return ExitCode::from(service::USAGE);
    }
    if matches!(cli.command, Command::Config(Config::Check)) {
        return service::print_settings(&settings);
    }
    if let Command::Sources(SourcesArgs {
        command: Some(Sources::Try { arguments }),
    }) = &cli.command
    {
        return ended(listing::attempt::run(cli.config.as_deref(), arguments));
    }
    let stays = matches!(
        &cli.command,
        Command::Schedule(ScheduleArgs {
            command: Schedule::Run,
            ..
        })
    );
    if !stays {
        quieten(&mut settings);
    }
    let mut command = cli.command;
    if let Command::Audit(args) = &mut command {
        args.config = cli.config;
    }
    ended(dispatch(command, cli.output, settings))
}

/// A command answers on standard output; the log lines of a daemon would only hide that. Any other
/// level than the default is somebody's wish.
fn quieten(settings: &mut Settings) {
    if settings.log.level == "info" {
        "warn".clone_into(&mut settings.log.level);
    }
}

fn dispatch(command: Command, output: Output, settings: Settings) -> anyhow::Result<ExitCode> {
    let success = |()| ExitCode::SUCCESS;
    match command {
        Command::Enqueue(what) => {
            let (prepared, dry_run) = prepare(what, &settings)?;
            carry_out(prepared, dry_run, output, settings)
        }
        Command::Plan(what) => {
            let (prepared, _) = prepare(what, &settings)?;
            block_on(&settings, async {
                enqueue::plan(prepared, output, &settings).await?;
                Ok(ExitCode::SUCCESS)
            })
        }
        Command::Status(args) => look(&args, output, &settings),
        Command::Jobs(JobsArgs { command: None }) => {
            look(&StatusArgs::default(), output, &settings)
        }
        Command::Jobs(JobsArgs {
            command: Some(Jobs::Prune(args)),
        }) => block_on(&settings, prune::run(&args, output, &settings)),
        Command::Watch(args) => block_on(&settings, status::watch(&args, output, &settings)),
        Command::Audit(args) if args.repair => Ok(as_service(settings, async move |service| {
            audit::repair(&service, &args, output).await
        })),
        Command::Audit(args) => block_on(&settings, audit::run(&args, output, &settings)),
        Command::Failures(args) => block_on(&settings, failures::run(&args, output, &settings)),
        Command::Dead(Dead::Show(args)) => {
            block_on(&settings, failures::show(&args, output, &settings))
        }
        Command::Export(args) => block_on(&settings, export::run(&args, output, &settings)),
        Command::Retry(args) => block_on(&settings, failures::retry::run(&args, output, &settings)),
        Command::Pause(args) => say(Action::Pause, &args.job, output, &settings),
        Command::Resume(args) => say(Action::Resume, &args.job, output, &settings),
        Command::Cancel(args) => say(Action::Cancel, &args.job, output, &settings),
        Command::Weight(args) => say(Action::Weight(args.weight), &args.job, output, &settings),
        Command::Limit(args) => say(Action::Limit(args.items), &args.job, output, &settings),
        Command::Schedule(args) => schedule::run(args, output, settings),
        Command::Sample(args) => sample::write(&args).map(success),
        Command::Sources(SourcesArgs { command }) => match command {
            None | Some(Sources::List) => listing::print(&settings, output).map(success),
            Some(Sources::Show { name }) => {
                listing::show::print(&name, &settings, output).map(success)
            }
            Some(Sources::Check { files }) => listing::check::print(&files, output),
            Some(Sources::Try { arguments }) => listing::attempt::run(None, &arguments),
        },
        Command::Config(Config::Check) => Ok(service::print_settings(&settings)),
    }
}

/// Checks a request; says whether it is only to be told what it would come to.
fn prepare(what: Enqueue, settings: &Settings) -> anyhow::Result<(Prepared, bool)> {
    Ok(match what {
        Enqueue::Range(args) => {
            let dry_run = args.wanted.dry_run;
            (enqueue::range::prepare(args, settings)?, dry_run)
        }
        Enqueue::Now(args) => {
            let dry_run = args.wanted.dry_run;
            (enqueue::range::prepare_now(args, settings)?, dry_run)
        }
        Enqueue::Ids(args) => {
            let dry_run = args.wanted.dry_run;
            (enqueue::ids::prepare(&args, settings)?, dry_run)
        }
    })
}

fn carry_out(
    prepared: Prepared,
    dry_run: bool,
    output: Output,
    settings: Settings,
) -> anyhow::Result<ExitCode> {
    if dry_run {
        enqueue::estimate::print(&prepared, output)?;
        return Ok(ExitCode::SUCCESS);
    }
    prepared
        .notes
        .iter()
        .for_each(|note| crate::output::note(note));
    Ok(as_service(settings, async move |service| {
        enqueue::run(&service, prepared, output)
            .await
            .map(|()| ExitCode::SUCCESS)
    }))
}

/// Runs as the daemons do, with signals and endpoints, but with this program's exit codes.
pub(crate) fn as_service<F>(settings: Settings, run: F) -> ExitCode
where
    F: AsyncFnOnce(Service) -> anyhow::Result<ExitCode>,
{
    let (sender, codes) = mpsc::channel();
    let code = service::run("producer", settings, async move |service| {
        // Stands when a second signal drops what follows.
        let _ = sender.send(ExitCode::from(failure::INTERRUPTED));
        let _ = sender.send(ended(run(service).await));
        Ok(())
    });
    codes.try_iter().last().unwrap_or(code)
}

fn look(args: &StatusArgs, output: Output, settings: &Settings) -> anyhow::Result<ExitCode> {
    block_on(settings, status::run(args, output, settings))
}

fn say(
    action: Action,
    job: &Token,
    output: Output,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    block_on(settings, control::run(action, job, output, settings))
}

/// Runs a command that asks servers and is no service itself.
pub(crate) fn block_on(
    settings: &Settings,
    command: impl Future<Output = anyhow::Result<ExitCode>>,
) -> anyhow::Result<ExitCode> {
    service::start_logs(settings);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(command)
}

/// Connects, or says at once that no server answers.
pub(crate) async fn connect(settings: &Settings) -> anyhow::Result<Nats> {
    Ok(nats::connect(&settings.nats, "producer", Patience::Fail).await?)
}

/// The exit code of a result; an error is printed.
fn ended(result: anyhow::Result<ExitCode>) -> ExitCode {
    result.unwrap_or_else(|error| {
        eprintln!("error: {}", service::chain(error.as_ref()));
        ExitCode::from(failure::code(&error))
    })
}
