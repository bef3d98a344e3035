//! Rows of the API that only a manifest knows, under the name that the manifest gives it.

use chrono::{DateTime, Utc};
use common::Decimal;
use common::tables::{Batch, Match, Trade};

use crate::calendar::nanos;
use crate::json_api::Market;

use super::{Oracle, batches};

/// Units of 10^-18 in one of 10^-8.
const SCALE: i128 = 10_000_000_000;

impl Oracle {
    /// Trades of a symbol from `from` up to, not including, `to`; none of one that is not listed.
    pub fn json_api_trades<'a>(
        &'a self,
        source: &'a str,
        symbol: &'a str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Batch> + 'a {
        let ids =
            Market::first_at(from.timestamp_millis())..Market::first_at(to.timestamp_millis());
        let market = self.world.json_api.market(symbol);
        let trades = market
            .into_iter()
            .flat_map(move |market| ids.clone().map(move |id| market.trade(id)));
        let exact =
            |value: i64| Decimal::from_unscaled(i128::from(value) * SCALE).unwrap_or_default();
        batches(trades, move |rows, trade| {
            rows.push(&Trade {
                source,
                symbol,
                venue_symbol: symbol,
                trade_id: &trade.id.to_string(),
                ts: nanos(trade.ms),
                price: exact(trade.price),
                amount: exact(trade.amount),
                side: if trade.taker_buys { "buy" } else { "sell" },
                base_amount: Some(exact(trade.amount)),
                quote_amount: None,
                flags: "",
                exchange: "",
            });
        })
    }

    /// Matches of these ids; those that do not exist are left out.
    pub fn json_api_matches<'a>(
        &'a self,
        source: &'a str,
        ids: &'a [u64],
    ) -> impl Iterator<Item = Batch> + 'a {
        let found = ids.iter().filter_map(|&id| self.world.json_api.fixture(id));
        batches(found, move |rows, fixture| {
            let [home, away] = fixture.teams;
            let (home_name, away_name) = (format!("Team {home}"), format!("Team {away}"));
            let goals = |which: usize, side: usize| fixture.goals.map(|goals| goals[which][side]);
            rows.push(&Match {
                source,
                match_id: &fixture.id.to_string(),
                competition: Some("A League"),
                competition_id: None,
                season: None,
                stage: None,
                matchday: None,
                utc_kickoff: Some(nanos(fixture.kickoff)),
                status: if fixture.goals.is_some() {
                    "finished"
                } else {
                    "scheduled"
                },
                home_team_id: Some(&home.to_string()),
                home_team: Some(&home_name),
                away_team_id: Some(&away.to_string()),
                away_team: Some(&away_name),
                home_score: goals(0, 0),
                away_score: goals(0, 1),
                home_score_90: None,
                away_score_90: None,
                home_score_extra: None,
                away_score_extra: None,
                home_score_penalties: None,
                away_score_penalties: None,
                home_score_half: goals(1, 0),
                away_score_half: goals(1, 1),
                winner: None,
                venue: None,
            });
        })
    }
}
