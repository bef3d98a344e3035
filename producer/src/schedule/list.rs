//! What every command about schedules answers: the schedules as they are then.

use chrono::{DateTime, SecondsFormat, Utc};
use common::item::Token;
use common::nats::Nats;
use serde::Serialize;

use super::entry::{RunState, Schedule};
use super::what::What;
use crate::output::{self, Output};
use crate::status::{self, Queues};

#[derive(Serialize)]
struct Lines {
    schedules: Vec<Line>,
}

/// A schedule in one line.
#[derive(Serialize)]
struct Line {
    name: Token,
    /// As on the command line.
    when: String,
    what: What,
    paused: bool,
    created_at: DateTime<Utc>,
    /// When the next run is due, or since when it is.
    next_due: Option<DateTime<Utc>>,
    last_run: Option<DateTime<Utc>>,
    job: Option<Token>,
    /// How far the last run is.
    state: Option<String>,
    /// Why the last run was refused.
    error: Option<String>,
}

/// Prints schedules with what became of their last runs.
pub(super) async fn print(
    nats: &Nats,
    schedules: Vec<Schedule>,
    now: DateTime<Utc>,
    output: Output,
) -> anyhow::Result<()> {
    let queues = Queues::open(nats).await?;
    let mut lines = Vec::new();
    for schedule in schedules {
        lines.push(Line::of(schedule, queues.as_ref(), now).await?);
    }
    output.print(&Lines { schedules: lines }, |lines| human(&lines.schedules))
}

impl Line {
    async fn of(
        schedule: Schedule,
        queues: Option<&Queues>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let mut line = Self {
            next_due: (!schedule.paused).then(|| schedule.next_due(now)),
            name: schedule.name,
            when: schedule.when.to_string(),
            what: schedule.what,
            paused: schedule.paused,
            created_at: schedule.created_at,
            last_run: None,
            job: None,
            state: None,
            error: None,
        };
        let Some(run) = schedule.last else {
            return Ok(line);
        };
        line.state = Some(match (run.state, queues) {
            (RunState::Starting, _) => "starting".to_owned(),
            (RunState::Failed { error }, _) => {
                line.error = Some(error);
                "refused".to_owned()
            }
            (RunState::Enqueued, None) => "gone".to_owned(),
            (RunState::Enqueued, Some(queues)) => status::standing(queues, &run.job)
                .await?
                .map_or_else(|| "gone".to_owned(), |job| job.state),
        });
        line.last_run = Some(run.due);
        line.job = Some(run.job);
        Ok(line)
    }
}

fn human(lines: &[Line]) -> String {
    if lines.is_empty() {
        return "no schedules yet; see producer schedule add --help\n".to_owned();
    }
    let header = [
        "schedule", "when", "asks for", "next due", "last run", "job", "state",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(lines.iter().map(|line| {
        let shown = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let next = line.next_due.as_ref().map_or("paused".to_owned(), shown);
        let job = line.job.as_ref().map(Token::to_string);
        let state = match (&line.state, &line.error) {
            (Some(state), Some(error)) => format!("{state}: {error}"),
            (state, _) => state.clone().unwrap_or_default(),
        };
        vec![
            line.name.to_string(),
            line.when.clone(),
            format!("{} {}", line.what.source, line.what.dataset),
            next,
            line.last_run.as_ref().map_or("never".to_owned(), shown),
            job.unwrap_or_default(),
            state,
        ]
    }));
    output::table(&rows)
}
