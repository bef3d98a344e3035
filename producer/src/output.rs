//! How answers look: text for people, one JSON object for programs.
//!
//! Standard output carries the answer and nothing else; notes, progress and errors go to standard
//! error. Also the few formats that several commands share.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// How answers look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
}

impl Output {
    /// Prints an answer; `human` is only asked for when a person reads.
    pub(crate) fn print<T: Serialize>(
        self,
        answer: &T,
        human: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<()> {
        let text = match self {
            Self::Human => human(answer),
            Self::Json => serde_json::to_string(answer)? + "\n",
        };
        to_stdout(&text)
    }

    /// A bar on standard error that shows rate and time left; hidden from programs and in files.
    pub(crate) fn bar(self, total: u64, unit: &str) -> ProgressBar {
        if self == Self::Json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let template = format!(
            "{{bar:30}} {{human_pos}}/{{human_len}} {unit}  {{per_sec}}  {{elapsed}} + {{eta}} left"
        );
        let style = ProgressStyle::with_template(&template)
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()).with_style(style)
    }
}

/// Writes to standard output; a reader that has gone (`| head`) is no error.
pub(crate) fn to_stdout(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Something a person should know that changes no answer.
pub(crate) fn note(text: &str) {
    eprintln!("note: {text}");
}

/// `1234567` as `1,234,567`.
pub(crate) fn number(value: u64) -> String {
    indicatif::HumanCount(value).to_string()
}

/// The number, or `unknown`.
pub(crate) fn known(value: Option<u64>) -> String {
    value.map_or_else(|| "unknown".to_owned(), number)
}

/// A length of time in its two largest units: `2d 3h`, `4m 5s`.
pub(crate) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest}s"),
        (0, 0, _) => format!("{minutes}m {rest}s"),
        (0, _, _) => format!("{hours}h {minutes}m"),
        _ => format!("{}d {hours}h", number(days)),
    }
}

/// The same of seconds, or `unknown`.
pub(crate) fn known_span(seconds: Option<u64>) -> String {
    seconds.map_or_else(
        || "unknown".to_owned(),
        |seconds| span(Duration::from_secs(seconds)),
    )
}

/// Lines of `name  value`, the values in one column.
pub(crate) fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, value): &(&str, String)| format!("{name:width$}  {value}\n");
    pairs.iter().map(line).collect()
}

/// A table with its columns aligned; the first row is the header.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        let shown: Vec<_> = [5, 65, 3_700, 90_000]
            .map(|s| span(Duration::from_secs(s)))
            .into();
        assert_eq!(shown, ["5s", "1m 5s", "1h 1m", "1d 1h"]);
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [
            vec!["job".to_owned(), "items".to_owned()],
            vec!["a-long-one".to_owned(), "7".to_owned()],
        ];
        assert_eq!(table(&rows), "job         items\na-long-one  7\n");
    }
}
