//! Which part of a range comes from which files, and which over REST.
//!
//! Files are two requests each, however many rows they hold, so whole days and months of anything
//! dense come from them; the rest, and what is not published yet, comes over REST, page by page.
//! What REST no longer serves comes from files even where it is less than a whole day.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::PAGE;
use super::super::plan::symbols;
use super::market::{Market, Reach};
use super::metrics;
use super::place::{Kind, day_ceil, day_floor, month_ceil, month_floor};
use super::{Archive, FILE, MISSING, REQUESTS_PER_MINUTE, VIA};
use crate::csv;
use crate::plan::{Cut, Gap, Plan, PlanError, PlanRequest, Segment, time_at_limit};

/// Plans a range that comes over REST alone.
pub(crate) type RestPlan = fn(&PlanRequest) -> Result<Plan, PlanError>;

/// A day's files are there half a day after its end, to be on the safe side.
const DAY_PUBLISHED_AFTER: TimeDelta = TimeDelta::hours(12);
/// A month's files come on the first Monday of the next.
const MONTH_PUBLISHED_AFTER: TimeDelta = TimeDelta::days(8);
/// The checksum and the zip.
const REQUESTS_OF_FILE: u64 = 2;
const SHORTEST_MONTH: TimeDelta = TimeDelta::days(28);

/// Where rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Via {
    Auto,
    Archive,
    Rest,
}

impl Via {
    fn named(name: &str) -> Result<Self, PlanError> {
        match name {
            "" | "auto" => Ok(Self::Auto),
            "archive" => Ok(Self::Archive),
            "rest" => Ok(Self::Rest),
            other => Err(PlanError(format!(
                "via is one of auto, archive, rest, not {other:?}"
            ))),
        }
    }
}

/// A part of the range from one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Months,
    Days,
    Rest,
}

pub(super) fn plan(
    archive: &Archive,
    request: &PlanRequest,
    rest: RestPlan,
) -> Result<Plan, PlanError> {
    let market = archive.market;
    let param = |name: &str| request.params.get(name).map_or("", String::as_str);
    let via = Via::named(param(VIA))?;
    if request.dataset == "long_short_ratios" {
        metrics::check_kind(param("kind"))?;
    }
    check_raw(param("raw"))?;
    let Some(kind) = market.kind_of(&request.dataset, param) else {
        return match (via, param("period")) {
            (Via::Archive, period) if !period.is_empty() => Err(PlanError(format!(
                "the archive has {} every 5m, not every {period}",
                request.dataset
            ))),
            _ => rest(request),
        };
    };
    request.check_range(request.now)?;
    // It shapes the parts over REST alone, but a wrong one is wrong anyway.
    request.slice_or(Duration::from_secs(1), Duration::MAX)?;
    let cutter = Cutter {
        market,
        kind,
        via,
        reach: market.reach(&request.dataset, kind),
        now: request.now,
    };
    let parts = cutter.parts(request.from, request.to);
    if let [
        Part {
            place: Place::Rest, ..
        },
    ] = parts[..]
        && via != Via::Archive
        && cutter.reach != Reach::Never
    {
        return rest(request);
    }
    let mut plan = Plan::of(symbols(market.rest(), &request.symbols)?, Vec::new());
    plan.rows = Some(0);
    for part in parts {
        match part.place {
            Place::Rest => cutter.over_rest(part, request, rest, &mut plan),
            Place::Months | Place::Days => cutter.by_files(part, &mut plan),
        }
    }
    match plan.gaps.first() {
        Some(gap) if plan.segments.is_empty() => Err(PlanError(gap.reason.clone())),
        _ => Ok(plan),
    }
}

fn check_raw(raw: &str) -> Result<(), PlanError> {
    if raw.is_empty() || csv::flag(raw.as_bytes()).is_some() {
        return Ok(());
    }
    Err(PlanError(format!("raw is true or false, not {raw:?}")))
}

struct Cutter {
    market: Market,
    kind: Kind,
    via: Via,
    reach: Reach,
    now: DateTime<Utc>,
}

impl Cutter {
    /// The parts of a range, in order of time.
    fn parts(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Part> {
        let (first, end) = self.files(from, to);
        let published = month_floor(self.now - MONTH_PUBLISHED_AFTER);
        let (mut months, mut months_end) = (month_ceil(first), month_floor(end.min(published)));
        if !self.kind.has_days() {
            (months, months_end) = (first, end);
        } else if !self.kind.has_months() || months >= months_end {
            (months, months_end) = (end, end);
        }
        let days_are_rest = self.via == Via::Auto && !self.saves(TimeDelta::days(1));
        let days = if days_are_rest && self.reach == Reach::All {
            Place::Rest
        } else {
            Place::Days
        };
        let mut parts: Vec<Part> = Vec::new();
        for (place, until) in [
            (Place::Rest, first),
            (days, months),
            (Place::Months, months_end),
            (days, end),
            (Place::Rest, to),
        ] {
            let from = parts.last().map_or(from, |part| part.to);
            match parts.last_mut() {
                _ if until <= from => {}
                Some(last) if last.place == place => last.to = until,
                _ => parts.push(Part {
                    from,
                    to: until,
                    place,
                }),
            }
        }
        let parts = parts.into_iter();
        parts.flat_map(|part| self.of_one_precision(part)).collect()
    }

    /// A request over REST gets all its times in milliseconds, or all in microseconds.
    fn of_one_precision(&self, part: Part) -> impl Iterator<Item = Part> + use<> {
        let edge = self.market.microseconds_since();
        let edge =
            edge.filter(|edge| part.place == Place::Rest && part.from < *edge && *edge < part.to);
        let before = edge.map(|to| Part { to, ..part });
        let from = edge.unwrap_or(part.from);
        before.into_iter().chain([Part { from, ..part }])
    }

    /// The part of a range that files are taken for; empty at its end where there is none.
    fn files(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let published = if self.kind.has_days() {
            day_floor(self.now - DAY_PUBLISHED_AFTER)
        } else {
            month_floor(self.now - MONTH_PUBLISHED_AFTER)
        };
        let reached = match self.reach {
            Reach::All => DateTime::<Utc>::MIN_UTC,
            Reach::Past(past) => self.now - past,
            Reach::Never => DateTime::<Utc>::MAX_UTC,
        };
        let month = self.kind.has_months() && self.saves(SHORTEST_MONTH);
        let (first, end) = match self.via {
            Via::Rest => return (to, to),
            Via::Archive => (from, to),
            // Whole days, but for those that REST no longer serves.
            Via::Auto if month => (
                if from < reached { from } else { day_ceil(from) },
                if day_floor(to) < reached {
                    to
                } else {
                    day_floor(to)
                },
            ),
            Via::Auto if from < reached => (from, to.min(day_ceil(reached.min(to)))),
            Via::Auto => return (to, to),
        };
        let end = end.min(published);
        if first < end { (first, end) } else { (to, to) }
    }

    /// Whether files of that span take fewer requests than REST does.
    fn saves(&self, span: TimeDelta) -> bool {
        match self.kind {
            Kind::AggTrades | Kind::Trades => true,
            Kind::Klines(interval) => {
                let bars = interval.opens_between(0, span.num_milliseconds());
                bars.div_ceil(PAGE as u64) > REQUESTS_OF_FILE
            }
            Kind::FundingRate | Kind::Metrics => false,
        }
    }

    /// Adds a part that comes from files.
    fn by_files(&self, part: Part, plan: &mut Plan) {
        let (file, cut) = match part.place {
            Place::Months => ("monthly", Cut::Months),
            _ => ("daily", Cut::Days(1)),
        };
        let mut params = vec![(VIA, "archive"), (FILE, file)];
        if self.via == Via::Auto && self.reach == Reach::All {
            params.push((MISSING, "rest"));
        }
        let segment = Segment {
            from: part.from,
            to: part.to,
            cut,
            params: owned(&params),
        };
        let requests = segment.slices() * REQUESTS_OF_FILE * plan.symbols.len() as u64;
        plan.requests += requests;
        plan.time_at_limit += time_at_limit(requests, 1, REQUESTS_PER_MINUTE);
        plan.rows = plan
            .rows
            .zip(self.rows(part))
            .map(|(rows, more)| rows + more * plan.symbols.len() as u64);
        plan.segments.push(segment);
    }

    /// How many rows a part has, where that can be told.
    fn rows(&self, part: Part) -> Option<u64> {
        let (from, to) = (part.from.timestamp_millis(), part.to.timestamp_millis());
        match self.kind {
            Kind::Klines(interval) => Some(interval.opens_between(from, to)),
            _ => None,
        }
    }

    /// Adds a part that comes over REST, or says that it cannot.
    fn over_rest(&self, part: Part, request: &PlanRequest, rest: RestPlan, plan: &mut Plan) {
        let planned = match (self.via, self.reach) {
            (Via::Archive, _) => Err(
                "the archive has no file of it yet; use --param via=auto or via=rest".to_owned(),
            ),
            (_, Reach::Never) => Err("it is in the archive alone, from the next day on".to_owned()),
            _ => rest(&PlanRequest {
                from: part.from,
                to: part.to,
                ..request.clone()
            })
            .map_err(|error| error.0),
        };
        match planned {
            Ok(more) => append(plan, more),
            Err(reason) => plan.gaps.push(gap(part, reason)),
        }
    }
}

fn append(plan: &mut Plan, more: Plan) {
    for mut segment in more.segments {
        segment.params.extend(owned(&[(VIA, "rest")]));
        plan.segments.push(segment);
    }
    plan.gaps.extend(more.gaps);
    plan.requests += more.requests;
    plan.rows = plan.rows.zip(more.rows).map(|(rows, more)| rows + more);
    plan.time_at_limit += more.time_at_limit;
}

fn gap(part: Part, reason: String) -> Gap {
    const WORDS: &str = "not available from this vendor";
    let reason = if reason.starts_with(WORDS) {
        reason
    } else {
        format!("{WORDS}: {reason}")
    };
    Gap {
        from: part.from,
        to: part.to,
        reason,
    }
}

fn owned(params: &[(&str, &str)]) -> BTreeMap<String, String> {
    params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
