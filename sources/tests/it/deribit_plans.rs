//! What Deribit is asked, what it costs, and which instruments and windows are refused.

use crate::bench::{ask, request, try_ask};
use crate::deribit::{HOUR, answer, range};
use serde_json::{Value, json};
use sources::deribit::Deribit;
use sources::{At, Cursor, Instruments, Source};

fn listed() -> Instruments {
    let of = |name: &str, kind: &str, more: Value| {
        let mut row = json!({"instrument_name": name, "kind": kind, "is_active": true, "tick_size": 0.5, "contract_size": 10,
            "creation_timestamp": 1_534_167_754_000_i64, "expiration_timestamp": 32_503_708_800_000_i64});
        row.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        row
    };
    let list = answer(json!([
        of(
            "BTC-PERPETUAL",
            "future",
            json!({"settlement_period": "perpetual", "instrument_type": "reversed", "base_currency": "BTC", "quote_currency": "USD"})
        ),
        of(
            "BTC_USDC-PERPETUAL",
            "future",
            json!({"settlement_period": "perpetual", "future_type": "linear"})
        ),
        of(
            "BTC-27DEC24-60000-C",
            "option",
            json!({"expiration_timestamp": 1_735_286_400_000_i64, "quote_currency": "BTC"})
        ),
        of("BTC_USDC", "spot", json!({})),
        of(
            "BTC-FS-27DEC24_PERP",
            "future_combo",
            json!({"settlement_period": "month", "expiration_timestamp": 1_735_286_400_000_i64})
        ),
    ]));
    Instruments::new(
        Deribit
            .read_instruments(list.to_string().as_bytes())
            .unwrap(),
    )
}

#[test]
fn unknown_instruments_are_refused_and_expired_ones_believed() {
    let list = listed();
    let try_ask = |symbol: &str| {
        let item = range("trades", symbol, 0, HOUR, &[]);
        let at = At {
            item: &item,
            id: None,
            cursor: &Cursor::Start,
            instruments: &list,
        };
        Deribit.ask(&at).map(|ask| ask.query[0].1.clone())
    };
    assert_eq!(try_ask("btc-usd-perp").unwrap(), "BTC-PERPETUAL");
    assert_eq!(
        try_ask("BTC-USD-20241227-60000-C").unwrap(),
        "BTC-27DEC24-60000-C"
    );
    // Over before anything that is listed.
    assert_eq!(try_ask("BTC-USD-20240628").unwrap(), "BTC-28JUN24");
    let refused = try_ask("BTC-PERPETUL").unwrap_err().0;
    assert!(
        refused.contains("no instrument \"BTC-PERPETUL\"; the nearest names are BTC-"),
        "{refused}"
    );
    assert!(try_ask("BTC-USD-20280628").is_err());
    let known = |name: &str| list.find(name).unwrap().now().clone();
    assert_eq!(known("BTC-USDC-PERP").unit.name(), "base");
    assert_eq!(known("BTC-PERPETUAL").unit.name(), "quote");
    assert_eq!(
        (
            known("BTC-PERPETUAL").expires_at,
            known("BTC-27DEC24-60000-C").expires_at
        ),
        (None, Some(1_735_286_400_000_000_000))
    );
    assert_eq!(known("BTC-FS-27DEC24_PERP").unit.name(), "unknown");
    let item = range("instruments", "USDC", 0, 1_000, &[]);
    let asked = ask(&Deribit, &item, None, &Cursor::Start);
    assert_eq!(
        (asked.path.as_str(), asked.query[0].1.as_str()),
        ("/api/v2/public/get_instruments", "USDC")
    );
}

#[test]
fn what_is_asked_costs_credits() {
    for (dataset, symbol, method) in [
        ("tickers", "BTC-PERPETUAL", "ticker"),
        ("open_interest", "ETH", "get_book_summary_by_currency"),
        ("quotes", "BTC_USDC", "ticker"),
        ("book_snapshots", "BTC-PERPETUAL", "get_order_book"),
    ] {
        let item = range(dataset, symbol, 0, 1_000, &[]);
        let ask = ask(&Deribit, &item, None, &Cursor::Start);
        assert_eq!(ask.path, format!("/api/v2/public/{method}"));
        assert_eq!((ask.cost.budget, ask.cost.units), ("deribit.credits", 500));
        assert_eq!(Deribit.units_per_minute(ask.cost.budget), Some(600_000));
        assert_eq!(Deribit.instruments(&item).len(), 1);
    }
    let deep = range(
        "book_snapshots",
        "BTC-PERPETUAL",
        0,
        1_000,
        &[("depth", "7")],
    );
    assert!(try_ask(&Deribit, &deep, None, &Cursor::Start).is_err());
}

#[test]
fn plans_know_the_hosts_and_the_steps() {
    let plan = |dataset: &str, symbols: &[&str], from: &str, to: &str, params: &[(&str, &str)]| {
        Deribit.plan(&request(
            dataset,
            symbols,
            from,
            to,
            "2026-11-21T12:00:00Z",
            params,
        ))
    };
    let trades = plan(
        "trades",
        &["BTC-PERPETUAL", "btc-usd-perp"],
        "2026-11-19",
        "2026-11-21T11:00:00Z",
        &[],
    )
    .unwrap();
    assert_eq!(
        (trades.symbols.len(), trades.segments.len(), trades.items()),
        (1, 2, 2 + 23)
    );
    assert_eq!(trades.segments[0].params["via"], "history");
    assert!(trades.segments[1].params.is_empty());
    let old = plan(
        "liquidations",
        &["BTC-PERPETUAL"],
        "2019-01-01",
        "2019-01-03",
        &[],
    )
    .unwrap();
    assert_eq!((old.segments.len(), old.items()), (1, 2));
    let bars = plan(
        "klines",
        &["BTC-PERPETUAL"],
        "2024-01-01",
        "2024-01-11",
        &[("interval", "1m")],
    )
    .unwrap();
    assert_eq!((bars.rows, bars.requests), (Some(14_400), 3));
    assert!(
        plan(
            "klines",
            &["BTC-PERPETUAL"],
            "2024-01-01",
            "2024-01-11",
            &[("interval", "4h")]
        )
        .is_err()
    );
    let error = plan(
        "funding_rates",
        &["BTC-27DEC24"],
        "2024-01-01",
        "2024-01-11",
        &[],
    )
    .unwrap_err();
    assert!(error.0.contains("only perpetuals"), "{error}");
    let error = plan(
        "open_interest",
        &["BTC-PERPETUAL"],
        "2024-01-01",
        "2024-01-11",
        &[],
    )
    .unwrap_err();
    assert!(
        error
            .0
            .starts_with("not available from this vendor: open_interest"),
        "{error}"
    );
    let now = plan(
        "tickers",
        &["BTC"],
        "2026-11-21T11:59:59Z",
        "2026-11-21T12:00:00Z",
        &[],
    )
    .unwrap();
    assert_eq!((now.items(), now.requests), (1, 1));
    assert!(plan("trades", &["BTC/USD"], "2024-01-01", "2024-01-02", &[]).is_err());
}
