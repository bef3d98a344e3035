//! Which numbers of Deribit are rounded: those that the vendor computes in floats, and no other. Every
//! number of every reply is tried alone with more digits than fit.

use std::collections::BTreeSet;

use crate::bench::{by_ids, outcome};
use sources::Cursor;
use sources::deribit::Deribit;

/// Twenty digits after the point, and what is nearest to it with eighteen.
const LONG: &str = "0.12345678901234567851";
const NEAREST: &str = "0.123456789012345679";

/// Replies by dataset, `#` for every number that is read as one.
const REPLIES: &[(&str, &str)] = &[
    (
        "trades",
        r#"{"trades":[{"trade_seq":3,"trade_id":"7","timestamp":1700000000123,"price":#,"amount":#,"direction":"buy","instrument_name":"BTC-PERPETUAL"}],"has_more":false}"#,
    ),
    (
        "liquidations",
        r#"{"trades":[{"trade_seq":3,"trade_id":"7","timestamp":1700000000123,"price":#,"amount":#,"direction":"buy","instrument_name":"BTC-PERPETUAL","liquidation":"T"}],"has_more":false}"#,
    ),
    (
        "klines",
        r#"{"status":"ok","ticks":[60000],"open":[#],"high":[#],"low":[#],"close":[#],"volume":[#],"cost":[#]}"#,
    ),
    (
        "funding_rates",
        r#"[{"timestamp":60000,"index_price":#,"interest_1h":#,"interest_8h":#}]"#,
    ),
    (
        "funding_rates",
        r#"{"timestamp":60000,"instrument_name":"BTC-PERPETUAL","index_price":#,"mark_price":#,"current_funding":#,"funding_8h":#}"#,
    ),
    ("funding_rates", "#"),
    (
        "volatility_index",
        r#"{"data":[[60000,#,#,#,#]],"continuation":null}"#,
    ),
    (
        "book_snapshots",
        r#"{"timestamp":60000,"instrument_name":"BTC-PERPETUAL","change_id":4,"bids":[[#,#]],"asks":[[#,#]]}"#,
    ),
    (
        "tickers",
        r#"{"timestamp":60000,"instrument_name":"BTC-PERPETUAL","last_price":#,"best_bid_price":#,"best_bid_amount":#,"best_ask_price":#,"best_ask_amount":#,"mark_price":#,"index_price":#,"open_interest":#,"current_funding":#,"stats":{"high":#,"low":#,"volume":#,"volume_usd":#}}"#,
    ),
    (
        "tickers",
        r#"[{"creation_timestamp":60000,"instrument_name":"BTC_USDC-PERPETUAL","last":#,"high":#,"low":#,"bid_price":#,"ask_price":#,"volume":#,"volume_notional":#}]"#,
    ),
    (
        "instruments",
        r#"[{"instrument_name":"BTC-PERPETUAL","kind":"future","base_currency":"BTC","quote_currency":"USD","settlement_currency":"BTC","settlement_period":"perpetual","tick_size":#}]"#,
    ),
];

#[test]
fn only_what_the_vendor_computes_is_rounded() {
    let mut rounded = BTreeSet::new();
    for (dataset, reply) in REPLIES {
        let mut item = by_ids("deribit", dataset, &[]);
        item.params
            .insert("symbol".to_owned(), "BTC-PERPETUAL".to_owned());
        let template = format!(r#"{{"jsonrpc":"2.0","result":{reply},"usOut":1700000000000123}}"#);
        for (place, _) in template.match_indices('#') {
            let (before, after) = (&template[..place], &template[place + 1..]);
            let field = before.rsplit('"').nth(1).unwrap();
            let body = format!("{before}{LONG}{after}").replace('#', "1");
            match outcome(&Deribit, &item, None, &Cursor::Start, &body) {
                Ok((tables, _)) => {
                    assert!(format!("{tables:?}").contains(NEAREST), "{field} of {body}");
                    rounded.insert(field.to_owned());
                }
                Err(error) => assert!(error.contains(LONG), "{field} of {dataset}: {error}"),
            }
        }
    }
    let computed = [
        "cost",
        "current_funding",
        "funding_8h",
        "interest_1h",
        "interest_8h",
        "result",
        "volume",
        "volume_notional",
        "volume_usd",
    ];
    assert_eq!(rounded, BTreeSet::from(computed.map(str::to_owned)));
}
