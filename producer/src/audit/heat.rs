//! The calendar: a line a month, a sign a day. Pure text.

use std::fmt::Write as _;
use std::io::IsTerminal;

use chrono::{DateTime, Datelike, Days, NaiveDate};

use super::facts::{Span, State};

const DAY: i64 = 86_400_000_000_000;

/// What is known of one symbol, or of several together: its name, and spans with their states.
pub(super) type Row<'a> = (&'a str, Vec<(Span, State)>);

/// Whether colours are wanted: on a terminal, unless somebody said NO_COLOR.
pub(super) fn colours() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !refused
}

/// What a day is: the worst of what is in it, and whether some of it is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Outside,
    Whole(State),
    Partly(State),
}

/// From good to bad.
const ORDER: [State; 6] = [
    State::ConfirmedEmpty,
    State::Data,
    State::NotAvailable,
    State::Stale,
    State::Missing,
    State::Failed,
];

fn rank(state: State) -> usize {
    ORDER.iter().position(|other| *other == state).unwrap_or(0)
}

impl Day {
    fn with(self, state: State) -> Self {
        let worse = |a: State, b: State| if rank(a) < rank(b) { b } else { a };
        match self {
            Self::Outside => Self::Whole(state),
            Self::Whole(before) if before.is_complete() == state.is_complete() => {
                Self::Whole(worse(before, state))
            }
            Self::Whole(before) | Self::Partly(before) => Self::Partly(worse(before, state)),
        }
    }

    fn sign(self) -> char {
        match self {
            Self::Outside => ' ',
            Self::Whole(State::Data) => '█',
            Self::Whole(State::ConfirmedEmpty) => '░',
            Self::Whole(State::Missing) => 'm',
            Self::Whole(State::Failed) => 'F',
            Self::Whole(State::Stale) => 's',
            Self::Whole(State::NotAvailable) => '-',
            Self::Partly(_) => '▒',
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Self::Outside => "",
            Self::Whole(State::Data) => "\u{1b}[32m",
            Self::Whole(State::ConfirmedEmpty) => "\u{1b}[2m",
            Self::Whole(State::NotAvailable) | Self::Partly(State::NotAvailable) => "\u{1b}[90m",
            Self::Whole(State::Stale) | Self::Partly(State::Stale) => "\u{1b}[33m",
            Self::Whole(State::Failed) | Self::Partly(State::Failed) => "\u{1b}[35m",
            Self::Whole(State::Missing) | Self::Partly(_) => "\u{1b}[31m",
        }
    }
}

/// The calendar of some rows, with a legend.
pub(super) fn map(rows: &[Row<'_>], colours: bool) -> String {
    let mut text = String::new();
    for (name, spans) in rows {
        let days = days(spans);
        let Some((first, _)) = days.first() else {
            continue;
        };
        if !name.is_empty() {
            let _ = writeln!(text, "{name}");
        }
        let mut month = None;
        for (date, day) in &days {
            let this = (date.year(), date.month());
            if month != Some(this) {
                let end = if month.is_some() { "\n" } else { "" };
                // Days of a month stand below each other.
                let indent = if date == first {
                    date.day0() as usize
                } else {
                    0
                };
                let _ = write!(
                    text,
                    "{end}  {}  {}",
                    date.format("%Y-%m"),
                    " ".repeat(indent)
                );
                month = Some(this);
            }
            match (colours, day.colour()) {
                (true, colour) if !colour.is_empty() => {
                    let _ = write!(text, "{colour}{}\u{1b}[0m", day.sign());
                }
                _ => text.push(day.sign()),
            }
        }
        text.push('\n');
    }
    text + "  █ data  ░ confirmed empty  ▒ partly  m missing  F failed  s stale  - not available\n"
}

/// Every day from the first to the last, UTC.
fn days(spans: &[(Span, State)]) -> Vec<(NaiveDate, Day)> {
    let from = spans
        .iter()
        .map(|(span, _)| span.from.div_euclid(DAY))
        .min();
    let to = spans
        .iter()
        .map(|(span, _)| (span.to - 1).div_euclid(DAY))
        .max();
    let (Some(from), Some(to)) = (from, to) else {
        return Vec::new();
    };
    let count = usize::try_from(to - from + 1).unwrap_or(0);
    let mut days = vec![Day::Outside; count];
    for (span, state) in spans {
        let first = usize::try_from(span.from.div_euclid(DAY) - from).unwrap_or(0);
        let last = usize::try_from((span.to - 1).div_euclid(DAY) - from).unwrap_or(0);
        for day in days.iter_mut().take(last + 1).skip(first) {
            *day = day.with(*state);
        }
    }
    let start = DateTime::from_timestamp_nanos(from * DAY).date_naive();
    let date = |place: usize| {
        start
            .checked_add_days(Days::new(place as u64))
            .unwrap_or(start)
    };
    days.into_iter()
        .enumerate()
        .map(|(place, day)| (date(place), day))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_a_month_and_a_sign_a_day() {
        let day = |from: i64, to: i64, state| (Span::new(from * DAY, to * DAY), state);
        let spans = vec![
            day(29, 31, State::Data),
            day(31, 32, State::Missing),
            (Span::new(32 * DAY, 32 * DAY + 5), State::Data),
            (Span::new(32 * DAY + 5, 33 * DAY), State::Failed),
            day(33, 34, State::ConfirmedEmpty),
        ];
        let text = map(&[("BTC-USDT", spans)], false);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "BTC-USDT",
                "  1970-01                               ██",
                "  1970-02  m▒░",
            ]
        );
        assert!(map(&[("", vec![day(0, 1, State::Data)])], true).contains("\u{1b}[32m█\u{1b}[0m"));
    }
}
