//! Cuts a range into slices; what lies before the vendor's retention is told as not available.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::model::{Manifest, Offer};
use crate::plan::{Gap, Plan, PlanError, PlanRequest, time_at_limit};
use crate::source::Selection;

impl Manifest {
    pub(super) fn cut(&self, offer: &Offer, request: &PlanRequest) -> Result<Plan, PlanError> {
        request.check_range(request.now)?;
        let slice = request.slice_or(offer.slice, offer.longest)?;
        let mut request = request.clone();
        let mut gaps = Vec::new();
        let kept = offer
            .retention
            .and_then(|kept| TimeDelta::from_std(kept).ok());
        if let Some(first) = kept.and_then(|kept| request.now.checked_sub_signed(kept))
            && request.from < first
            && matches!(offer.selection, Selection::Range | Selection::SymbolRange)
        {
            let reason = self.not_kept(offer, first);
            if request.to <= first {
                return Err(PlanError(reason));
            }
            gaps.push(Gap {
                from: request.from,
                to: first,
                reason,
            });
            request.from = first;
        }
        let symbols: Vec<_> = match offer.selection {
            Selection::SymbolRange | Selection::Snapshot => {
                request.symbols.iter().cloned().map(Some).collect()
            }
            Selection::Range | Selection::Now | Selection::Ids => vec![None],
        };
        let mut plan = Plan::new(&request, symbols, slice);
        plan.gaps = gaps;
        // At least one page an item; more cannot be told.
        plan.requests = plan.items();
        plan.time_at_limit = time_at_limit(plan.requests, 1, self.requests_per_minute);
        Ok(plan)
    }

    fn not_kept(&self, offer: &Offer, first: DateTime<Utc>) -> String {
        let first = first.to_rfc3339_opts(SecondsFormat::Secs, true);
        let instead = offer.alternative.as_deref();
        let instead = instead.map_or_else(String::new, |text| format!("; {text}"));
        format!(
            "not available from this vendor: {} keeps {} only since {first}{instead}",
            self.name, offer.name
        )
    }
}
