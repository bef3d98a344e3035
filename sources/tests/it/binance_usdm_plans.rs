//! Plans of Binance USD-M futures: what is kept for days only is cut to them, and what is gone is
//! said with where it can be had.

use std::time::Duration;

use crate::bench::request;
use sources::binance_usdm::BinanceUsdm;
use sources::{PlanRequest, Source};

/// Over REST alone.
fn wanted(dataset: &str, from: &str, to: &str, params: &[(&str, &str)]) -> PlanRequest {
    let params = [params, &[("via", "rest")]].concat();
    request(
        dataset,
        &["BTC-USDT", "BTCUSDT", "ETHUSDT_240628"],
        from,
        to,
        "2030-01-01",
        &params,
    )
}

fn plan(
    dataset: &str,
    from: &str,
    to: &str,
    params: &[(&str, &str)],
) -> Result<sources::Plan, sources::PlanError> {
    BinanceUsdm.plan(&wanted(dataset, from, to, params))
}

#[test]
fn what_is_gone_is_a_gap_and_nothing_else_is_refused() {
    let trades = plan("trades", "2029-12-28", "2030-01-01", &[]).unwrap();
    assert_eq!(trades.symbols.len(), 2);
    let gap = &trades.gaps[0];
    assert_eq!(gap.from, trades.segments[0].from - (gap.to - gap.from));
    assert_eq!(
        (gap.to, trades.segments.len()),
        (trades.segments[0].from, 1)
    );
    assert!(
        gap.reason.starts_with("not available from this vendor: ")
            && gap.reason.contains("archive")
    );
    assert!(trades.segments[0].from <= trades.segments[0].to - chrono::TimeDelta::hours(47));
    let gone = plan("trades", "2029-12-01", "2029-12-02", &[])
        .unwrap_err()
        .0;
    assert!(
        gone.starts_with("not available from this vendor: ") && gone.contains("archive"),
        "{gone}"
    );
    let recent = plan("trades", "2029-12-31", "2030-01-01", &[]).unwrap();
    assert_eq!((recent.items(), recent.gaps.len()), (48, 0));
    assert_eq!(
        plan("open_interest", "2029-11-01", "2030-01-01", &[])
            .unwrap()
            .gaps
            .len(),
        1
    );
    let month = plan(
        "long_short_ratios",
        "2029-12-21",
        "2030-01-01",
        &[("period", "1h")],
    )
    .unwrap();
    assert_eq!(
        (month.rows, month.requests, month.gaps.len()),
        (Some(528), 2, 0)
    );
    let fundings = plan("funding_rates", "2020-01-01", "2030-01-01", &[]).unwrap();
    assert_eq!((fundings.items(), fundings.gaps.len()), (26, 0));
    assert_eq!(
        plan("klines", "2020-01-01", "2020-02-01", &[("interval", "1h")])
            .unwrap()
            .rows,
        Some(1_488)
    );
}

#[test]
fn plans_that_cannot_be_say_what_there_is() {
    let refused = |dataset: &str, params: &[(&str, &str)]| {
        plan(dataset, "2029-12-31", "2030-01-01", params)
            .unwrap_err()
            .0
    };
    assert!(refused("open_interest", &[("period", "3m")]).contains("5m, 15m, 30m"));
    assert!(
        refused("long_short_ratios", &[("kind", "x")])
            .contains("there are top_accounts, top_positions, accounts")
    );
    assert!(refused("klines", &[("interval", "1s")]).contains("it has 1m"));
    let mut long = wanted("trades", "2029-12-31", "2030-01-01", &[]);
    long.slice = Some(Duration::from_secs(7_200));
    assert!(
        BinanceUsdm
            .plan(&long)
            .unwrap_err()
            .0
            .contains("longer than")
    );
    assert_eq!(
        BinanceUsdm.units_per_minute("binance-usdm.funding"),
        Some(100)
    );
    assert_eq!(BinanceUsdm.units_per_minute("binance.weight"), None);
}

#[test]
fn liquidations_are_not_planned() {
    let refused = plan("liquidations", "2029-12-30", "2030-01-01", &[])
        .unwrap_err()
        .0;
    assert!(
        refused.starts_with("not available from this vendor") && refused.contains("forceOrder"),
        "{refused}"
    );
}
