//! What should be stored: of a job, what it was cut into when it was enqueued; of a range, what it
//! would be cut into now. Asks no vendor.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::item::Token;
use common::jobs::{Job, Part};
use common::segment::Gap;
use sources::{Continuity, Dataset, Plan, PlanRequest, Selection, Source};

use super::facts::{Span, Unserved, united};
use super::stored;
use crate::cli::AuditArgs;
use crate::enqueue::items;
use crate::failure::usage;

/// Parameters that say how rows are fetched, not which rows there are.
const OF_FETCHING: [&str; 3] = ["via", "symbols_per_item", "subscription"];

/// What should be stored.
#[derive(Debug)]
pub(super) struct Expected {
    /// The job or the range, for people and for the names of jobs that repair it.
    pub(super) name: Token,
    pub(super) source: &'static str,
    pub(super) dataset: &'static Dataset,
    pub(super) params: BTreeMap<String, String>,
    pub(super) tracks: Vec<Wanted>,
    pub(super) unserved: Vec<Unserved>,
}

/// What is wanted of one symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// As it is asked for; nothing where the dataset has none.
    pub(super) symbol: Option<String>,
    pub(super) spans: Vec<Span>,
}

/// Nanoseconds of an instant; the ends of time where it has none.
pub(super) fn ns(at: DateTime<Utc>) -> i64 {
    let end = if at.timestamp() < 0 {
        i64::MIN
    } else {
        i64::MAX
    };
    at.timestamp_nanos_opt().unwrap_or(end)
}

/// The instant of nanoseconds.
pub(super) fn at(ns: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(ns)
}

impl Expected {
    /// What a job was to store.
    pub(super) fn of_job(job: &Job) -> anyhow::Result<Self> {
        let request = &job.request;
        let (source, dataset) = known(&request.source, &request.dataset)?;
        let plans = plans(job)?;
        Ok(Self {
            name: job.name.clone(),
            source: source.name(),
            dataset,
            params: request.params.clone(),
            tracks: tracks(&plans),
            unserved: job.gaps.iter().map(unserved).collect(),
        })
    }

    /// What a range should hold.
    pub(super) fn of_range(args: &AuditArgs) -> anyhow::Result<Self> {
        let needs = |what: &str| {
            usage(format!(
                "audit needs a job, or {what}; see producer audit --help"
            ))
        };
        let source = args.source.as_deref().ok_or_else(|| needs("--source"))?;
        let name = args.dataset.as_deref().ok_or_else(|| needs("--dataset"))?;
        let from = args.from.ok_or_else(|| needs("--from"))?;
        let to = args.to.ok_or_else(|| needs("--to"))?;
        let (source, dataset) = known(source, name)?;
        let interval = args
            .interval
            .iter()
            .map(|value| ("interval".to_owned(), value.clone()));
        let given = args.params.iter().cloned().chain(interval).collect();
        let params = dataset
            .fill_params(&given)
            .map_err(|error| usage(error.to_string()))?;
        if dataset.selection == Selection::SymbolRange && args.symbols.is_empty() {
            return Err(usage(format!(
                "{name} of {} needs --symbols",
                source.name()
            )));
        }
        let mut request = PlanRequest {
            dataset: dataset.name.to_owned(),
            symbols: args.symbols.clone(),
            from,
            to,
            slice: None,
            params: params.clone(),
            now: Utc::now(),
        };
        // What the vendor serves no more may be stored all the same.
        let (plan, gone) = match source.plan(&request) {
            Ok(plan) => (plan, None),
            Err(error) => {
                request.now = request.now.min(to);
                let plan = source
                    .plan(&request)
                    .map_err(|_| usage(error.to_string()))?;
                (plan, Some(error.to_string()))
            }
        };
        let mut unserved: Vec<_> = plan.gaps.iter().map(unserved).collect();
        unserved.extend(gone.map(|reason| Unserved {
            span: Span::new(ns(from), ns(to)),
            reason,
        }));
        let mut tracks = tracks(std::slice::from_ref(&plan));
        for track in &mut tracks {
            // Of what is not served stored rows are looked at too.
            track.spans = vec![Span::new(ns(from), ns(to))];
        }
        Ok(Self {
            name: Token::from_lossy(&format!("{}-{}", source.name(), dataset.name)),
            source: source.name(),
            dataset,
            params,
            tracks,
            unserved,
        })
    }

    /// Checks that the terms of the audit can be met, and says what stands in every row.
    pub(super) fn stored_as(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let cannot = |why: &str| {
            usage(format!(
                "{} of {} cannot be audited by time: {why}; producer status and producer failures tell of its jobs",
                self.dataset.name, self.source
            ))
        };
        if matches!(self.dataset.continuity, Continuity::Elsewhere) {
            return Err(cannot(
                "its rows lie elsewhere than in the time they are asked for by",
            ));
        }
        if self
            .dataset
            .tables
            .iter()
            .any(|table| stored::time_column(*table).is_none())
        {
            return Err(cannot("its rows have no time"));
        }
        let source = sources::find_or_list(self.source)?;
        let (name, params) = (self.dataset.name, &self.params);
        if let Some(why) = source.mixed(name, params) {
            return Err(cannot(&why));
        }
        let tables = self.dataset.tables.iter();
        let constants = tables.flat_map(|table| source.constants(name, *table, params));
        Ok(constants.collect())
    }

    /// From the first instant wanted to the last.
    pub(super) fn hull(&self) -> Span {
        let spans = self.tracks.iter().flat_map(|track| &track.spans);
        spans.fold(Span::new(i64::MAX, i64::MIN), |hull, span| {
            Span::new(hull.from.min(span.from), hull.to.max(span.to))
        })
    }

    /// Whether a request is for the same rows.
    pub(super) fn is_same(&self, params: &BTreeMap<String, String>) -> bool {
        let mut names = self.dataset.params.iter().map(|(name, _)| *name);
        // Items carry more than the dataset documents: which file a segment comes from, for one.
        names.all(|name| OF_FETCHING.contains(&name) || params.get(name) == self.params.get(name))
    }

    /// Whether the vendor served a window at some time, as far as it says.
    pub(super) fn was_served(
        &self,
        symbol: &str,
        window: Span,
        params: &BTreeMap<String, String>,
        at_ns: i64,
    ) -> bool {
        let Ok(source) = sources::find_or_list(self.source) else {
            return false;
        };
        let symbols = symbol.split(',').filter(|symbol| !symbol.is_empty());
        let plan = source.plan(&PlanRequest {
            dataset: self.dataset.name.to_owned(),
            symbols: symbols.map(str::to_owned).collect(),
            from: at(window.from),
            to: at(window.to),
            slice: None,
            params: params.clone(),
            now: at(at_ns),
        });
        plan.is_ok_and(|plan| plan.gaps.is_empty())
    }
}

fn known(source: &str, dataset: &str) -> anyhow::Result<(&'static dyn Source, &'static Dataset)> {
    let source = sources::find_or_list(source).map_err(|error| usage(error.to_string()))?;
    let dataset = source
        .dataset(dataset)
        .map_err(|error| usage(error.to_string()))?;
    match dataset.selection {
        Selection::SymbolRange | Selection::Range => Ok((source, dataset)),
        Selection::Ids => Err(usage(format!(
            "{} of {} is asked for by id, so no range says what it should hold; producer failures --ids lists what was refused",
            dataset.name,
            source.name()
        ))),
        Selection::Snapshot | Selection::Now => Err(usage(format!(
            "{} of {} exists only as it is now: nothing of it can be missing",
            dataset.name,
            source.name()
        ))),
    }
}

/// The plans that made a job's items, in the order of their numbers.
pub(super) fn plans(job: &Job) -> anyhow::Result<Vec<Plan>> {
    let request = &job.request;
    match &request.part {
        Part::Ids { .. } => Ok(Vec::new()),
        Part::Windows { windows } => Ok(windows.iter().map(items::plan_of).collect()),
        Part::Range {
            symbols,
            from,
            to,
            slice_s,
        } => {
            let (source, dataset) = known(&request.source, &request.dataset)?;
            let of_dataset = |(name, _): &(&String, &String)| {
                dataset.params.iter().any(|(known, _)| known == name)
            };
            let params = request.params.iter().filter(of_dataset);
            let mut plan = source
                .plan(&PlanRequest {
                    dataset: dataset.name.to_owned(),
                    symbols: symbols.clone(),
                    from: *from,
                    to: *to,
                    slice: slice_s.map(std::time::Duration::from_secs),
                    params: params
                        .map(|(name, value)| (name.clone(), value.clone()))
                        .collect(),
                    now: job.created_at,
                })
                .map_err(|error| {
                    usage(format!("job {} cannot be planned again: {error}", job.name))
                })?;
            plan.segments.clone_from(&job.segments);
            plan.gaps.clone_from(&job.gaps);
            Ok(vec![plan])
        }
    }
}

/// What plans are to store of each symbol. Items may be about several symbols, joined by commas.
fn tracks(plans: &[Plan]) -> Vec<Wanted> {
    let mut order = Vec::new();
    let mut spans: BTreeMap<Option<String>, Vec<Span>> = BTreeMap::new();
    for plan in plans {
        let segments = plan
            .segments
            .iter()
            .map(|segment| Span::new(ns(segment.from), ns(segment.to)));
        let gaps = plan
            .gaps
            .iter()
            .map(|gap| Span::new(ns(gap.from), ns(gap.to)));
        let all: Vec<_> = segments.chain(gaps).collect();
        for symbol in plan.symbols.iter().flat_map(each) {
            let known = spans.entry(symbol.clone()).or_insert_with(|| {
                order.push(symbol);
                Vec::new()
            });
            known.extend(&all);
        }
    }
    let wanted = |symbol: Option<String>| Wanted {
        spans: united(spans.remove(&symbol).unwrap_or_default()),
        symbol,
    };
    order.into_iter().map(wanted).collect()
}

/// The symbols of an item.
fn each(symbol: &Option<String>) -> Vec<Option<String>> {
    match symbol {
        None => vec![None],
        Some(symbols) => symbols
            .split(',')
            .map(|symbol| Some(symbol.to_owned()))
            .collect(),
    }
}

fn unserved(gap: &Gap) -> Unserved {
    Unserved {
        span: Span::new(ns(gap.from), ns(gap.to)),
        reason: gap.reason.clone(),
    }
}
