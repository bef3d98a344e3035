//! Files of the Binance archive, made by hand in every layout there is: with and without a line of
//! names, in milliseconds and microseconds, zipped and unpacked, whole and broken.

use std::io::{Cursor as Bytes, Write};

use common::item::Item;
use common::records;
use common::tables::Rows;
use flate2::{Compression, Crc, write::DeflateEncoder};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sources::binance::Binance;
use sources::binance_usdm::BinanceUsdm;
use sources::{Cursor, Instruments, Next, ParseError, Reply, Source, dates};

use crate::bench::{by_ids, item};

pub(crate) const AGGREGATED: &str = "\
4001,101.50000000,0.20000000,9001,9002,1735689599999,True,True
4002,101.51000000,0.30000000,9003,9003,1735689600000123,false,True
4003,101.49000000,1.00000000,9004,9009,1735689600500456,true,false
";

/// How a member of a zip is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Packing {
    Stored,
    Deflated,
    /// Deflated, with sizes and checksum behind the data.
    Described,
}

/// A zip archive; of the list at its end there is only the mark, which nobody reads.
fn zip(members: &[(&str, &[u8], Packing)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, data, packing) in members {
        let mut crc = Crc::new();
        crc.update(data);
        let packed = match packing {
            Packing::Stored => data.to_vec(),
            _ => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(data).unwrap();
                encoder.finish().unwrap()
            }
        };
        let described = *packing == Packing::Described;
        let sizes = [crc.sum(), packed.len() as u32, data.len() as u32];
        let words = |out: &mut Vec<u8>, hidden: bool| {
            for word in sizes {
                out.extend(if hidden { 0 } else { word }.to_le_bytes());
            }
        };
        out.extend(b"PK\x03\x04\x14\x00");
        out.extend((u16::from(described) << 3).to_le_bytes());
        out.extend(if *packing == Packing::Stored { 0u16 } else { 8 }.to_le_bytes());
        out.extend([0; 4]);
        words(&mut out, described);
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0; 2]);
        out.extend(name.as_bytes());
        out.extend(packed);
        if described {
            out.extend(b"PK\x07\x08");
            words(&mut out, false);
        }
    }
    out.extend(b"PK\x01\x02");
    out
}

pub(crate) fn read_at(
    source: &dyn Source,
    item: &Item,
    cursor: &Cursor,
    file: &[u8],
    fetched_at_ms: i64,
) -> (Vec<Map<String, Value>>, Result<Next, ParseError>) {
    let reply = Reply {
        item,
        id: None,
        cursor,
        instruments: &Instruments::default(),
        body: &[],
        fetched_at_ms,
    };
    let mut rows = Rows::default();
    let result = source.parse_stream(&reply, &mut Bytes::new(file), &mut rows, &mut |_| {});
    let batches = rows.take(1);
    let rows = batches
        .iter()
        .flat_map(|batch| records::to_json(&batch.columns));
    (rows.collect(), result)
}

fn read(
    source: &dyn Source,
    item: &Item,
    file: &[u8],
) -> (Vec<Map<String, Value>>, Result<Next, ParseError>) {
    read_at(source, item, &Cursor::Start, file, i64::MAX)
}

/// The rows of a saved file, all of it.
fn saved(
    source: &dyn Source,
    dataset: &str,
    params: &[(&str, &str)],
    file: &[u8],
) -> Vec<Map<String, Value>> {
    let (rows, result) = read(source, &saved_item(source, dataset, params), file);
    assert_eq!(result, Ok(Next::End));
    rows
}

fn saved_item(source: &dyn Source, dataset: &str, params: &[(&str, &str)]) -> Item {
    let mut item = by_ids(source.name(), dataset, &[]);
    item.params = params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    item
}

fn error(source: &dyn Source, dataset: &str, file: &[u8]) -> (usize, String) {
    let (rows, result) = read(source, &saved_item(source, dataset, &[]), file);
    (rows.len(), result.unwrap_err().to_string())
}

pub(crate) fn column<'a>(rows: &'a [Map<String, Value>], name: &str) -> Vec<&'a Value> {
    rows.iter().map(|row| &row[name]).collect()
}

#[test]
fn trades_are_the_rows_of_rest_column_for_column() {
    let rows = saved(
        &Binance,
        "trades",
        &[("symbol", "eth-btc")],
        AGGREGATED.as_bytes(),
    );
    assert_eq!(
        Value::from(rows[0].clone()),
        json!({
            "source": "binance", "symbol": "ETH-BTC", "venue_symbol": "ETHBTC", "trade_id": "4001",
            "ts": "1735689599999000000", "price": "101.5", "amount": "0.2", "side": "sell",
            "base_amount": "0.2", "quote_amount": "20.3", "flags": "", "exchange": "",
        })
    );
    assert_eq!(
        column(&rows, "ts"),
        [
            "1735689599999000000",
            "1735689600000123000",
            "1735689600500456000"
        ]
    );
    assert_eq!(column(&rows, "side"), ["sell", "buy", "sell"]);
    let over_rest = r#"[{"a":4001,"p":"101.50000000","q":"0.20000000","f":9001,"l":9002,"T":1735689599999,"m":true,"M":true},
        {"a":4002,"p":"101.51000000","q":"0.30000000","f":9003,"l":9003,"T":1735689600000123,"m":false,"M":true},
        {"a":4003,"p":"101.49000000","q":"1.00000000","f":9004,"l":9009,"T":1735689600500456,"m":true,"M":false}]"#;
    let item = saved_item(&Binance, "trades", &[("symbol", "eth-btc")]);
    let (tables, _) = crate::bench::read(&Binance, &item, &Cursor::Start, over_rest);
    assert_eq!(tables.of("trades"), rows);
}

#[test]
fn every_layout_of_trades_is_told_by_its_columns() {
    let spot_raw =
        "77,20.50,2.0,41.00,1704067200123,true,True\n78,20.60,1,20.60,1704067200124,False,True\n";
    let usdm = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n\
                500,20.5,2,77,78,1704067200123,true\n501,20.6,1,79,79,1704067200124,false\n";
    let usdm_raw = "id,price,qty,quote_qty,time,is_buyer_maker\n\
                    77,20.5,2,41,1704067200123,True\n78,20.6,1,20.6,1704067200124,False\n";
    for (source, file, ids) in [
        (&Binance as &dyn Source, spot_raw, ["77", "78"]),
        (&BinanceUsdm, usdm, ["500", "501"]),
        (&BinanceUsdm, usdm_raw, ["77", "78"]),
    ] {
        let rows = saved(source, "trades", &[], file.as_bytes());
        assert_eq!(column(&rows, "trade_id"), ids);
        assert_eq!(
            column(&rows, "ts"),
            ["1704067200123000000", "1704067200124000000"]
        );
        assert_eq!(column(&rows, "side"), ["sell", "buy"]);
        assert_eq!(column(&rows, "quote_amount"), ["41", "20.6"]);
        assert_eq!(column(&rows, "source"), [source.name(); 2]);
    }
}

#[test]
fn bars_with_and_without_names_and_with_either_line_end() {
    let spot = "1735689600000000,1.5,2.5,1.0,2.0,100.0,1735689659999999,180.0,7,60.0,110.0,0\r\n\
                1735689660000000,2.0,2.5,1.0,2.0,100.0,1735689719999999,180.0,7,60.0,110.0,0\r\n";
    let rows = saved(
        &Binance,
        "klines",
        &[("symbol", "BTCUSDT")],
        spot.as_bytes(),
    );
    assert_eq!(
        Value::from(rows[0].clone()),
        json!({
            "source": "binance", "symbol": "BTC-USDT", "venue_symbol": "BTCUSDT", "interval": "1m",
            "open_time": "1735689600000000000", "adjusted": "raw", "open": "1.5", "high": "2.5", "low": "1",
            "close": "2", "volume": "100", "quote_volume": "180", "trade_count": 7, "taker_buy_volume": "60",
            "taker_buy_quote_volume": "110", "vwap": null, "close_time": "1735689659999999000",
        })
    );
    assert_eq!(rows.len(), 2);
    let day = spot.replace("1735689659999999", "1735775999999999");
    let rows = saved(
        &Binance,
        "klines",
        &[],
        day.lines().next().unwrap().as_bytes(),
    );
    assert_eq!(
        column(&rows, "interval"),
        ["1d"],
        "a file says how long its bars are"
    );
    let usdm = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n\
                1704067200000,1.5,2.5,1.0,2.0,100,1704070799999,180.0,7,60,110.0,0\n";
    let rows = saved(
        &BinanceUsdm,
        "klines",
        &[("interval", "1h")],
        usdm.as_bytes(),
    );
    assert_eq!(column(&rows, "close_time"), ["1704070799999000000"]);
    assert_eq!(column(&rows, "interval"), ["1h"]);
    let open = saved_item(&Binance, "klines", &[]);
    let (rows, _) = read_at(
        &Binance,
        &open,
        &Cursor::Start,
        spot.as_bytes(),
        1_735_689_719_999,
    );
    assert_eq!(
        rows.len(),
        1,
        "a bar that was open when the file was fetched stays out"
    );
}

#[test]
fn fundings_say_their_interval() {
    let file = "calc_time,funding_interval_hours,last_funding_rate\n\
                1704067200003,8,0.00010000\n1704096000000,4,-0.00002500\n";
    let rows = saved(
        &BinanceUsdm,
        "funding_rates",
        &[("symbol", "BTCUSDT")],
        file.as_bytes(),
    );
    assert_eq!(
        column(&rows, "funding_time"),
        ["1704067200003000000", "1704096000000000000"]
    );
    assert_eq!(column(&rows, "funding_rate"), ["0.0001", "-0.000025"]);
    assert_eq!(column(&rows, "interval_hours"), [8, 4]);
    assert_eq!(column(&rows, "symbol"), ["BTC-USDT-PERP"; 2]);
    assert_eq!(column(&rows, "mark_price"), [&Value::Null; 2]);
}

#[test]
fn one_file_of_metrics_feeds_three_datasets() {
    let file = "create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,\
                sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio\n\
                2024-01-05 00:00:00,ETHUSDT,1000.500,2501250.25,1.10,1.20,1.30,1.40\n\
                2024-01-05 00:05:00,ETHUSDT,1001.500,2503750.25,,1.21,1.31,\n";
    let interest = saved(&BinanceUsdm, "open_interest", &[], file.as_bytes());
    assert_eq!(
        column(&interest, "ts"),
        ["1704412800000000000", "1704413100000000000"]
    );
    assert_eq!(column(&interest, "open_interest"), ["1000.5", "1001.5"]);
    assert_eq!(
        column(&interest, "open_interest_value"),
        ["2501250.25", "2503750.25"]
    );
    assert_eq!(
        column(&interest, "symbol"),
        ["ETH-USDT-PERP"; 2],
        "the file names its symbol"
    );
    assert_eq!(column(&interest, "venue_symbol"), ["ETHUSDT"; 2]);
    let ratios = saved(&BinanceUsdm, "long_short_ratios", &[], file.as_bytes());
    let kinds = [
        "top_accounts",
        "top_positions",
        "accounts",
        "taker_volume",
        "top_positions",
        "accounts",
    ];
    assert_eq!(column(&ratios, "kind"), kinds);
    assert_eq!(
        column(&ratios, "ratio"),
        ["1.1", "1.2", "1.3", "1.4", "1.21", "1.31"]
    );
    assert_eq!(column(&ratios, "period"), ["5m"; 6]);
    let one = item(
        "binance-usdm",
        "long_short_ratios",
        Some("ETHUSDT"),
        dates::parse("2024-01-05").unwrap(),
        dates::parse("2024-01-06").unwrap(),
        &[("kind", "accounts")],
    );
    let (one, _) = read(&BinanceUsdm, &one, file.as_bytes());
    assert_eq!(
        column(&one, "ratio"),
        ["1.3", "1.31"],
        "a slice has the kind that was asked for"
    );
    assert_eq!(
        saved(&BinanceUsdm, "metrics", &[], file.as_bytes()).len(),
        8
    );
}

#[test]
fn zips_are_read_however_they_were_packed() {
    let csv = AGGREGATED.as_bytes();
    let expected = saved(&Binance, "trades", &[], csv);
    for packing in [Packing::Stored, Packing::Deflated, Packing::Described] {
        let one = zip(&[("ETHBTC-aggTrades-2024-12-31.csv", csv, packing)]);
        assert_eq!(saved(&Binance, "trades", &[], &one), expected);
        let readme = if packing == Packing::Stored {
            Packing::Stored
        } else {
            Packing::Described
        };
        let many = zip(&[
            ("README.txt", b"nothing\nto see", readme),
            ("empty.md", b"", packing),
            ("other-name.CSV", csv, packing),
            ("second.csv", b"1,2", packing),
        ]);
        assert_eq!(saved(&Binance, "trades", &[], &many), expected);
    }
    let (_, none) = error(
        &Binance,
        "trades",
        &zip(&[("a.txt", b"x", Packing::Deflated)]),
    );
    assert!(
        none.contains("found [\"a.txt\"] in the archive, expected a file *.csv"),
        "{none}"
    );
}

/// Enough rows that their packed form spans some buffers.
fn long_file() -> String {
    (0..60_000)
        .map(|n| {
            format!(
                "{n},{}.5,0.{},{n},{n},{},true,True\n",
                n % 977,
                n * 7919 % 100_003,
                1_700_000_000_000i64 + n
            )
        })
        .collect()
}

#[test]
fn rows_before_a_cut_stay() {
    let long = long_file();
    let whole = zip(&[("a.csv", long.as_bytes(), Packing::Deflated)]);
    let (rows, told) = error(&Binance, "trades", &whole[..whole.len() / 2]);
    assert!((10_000..50_000).contains(&rows), "{rows}");
    assert!(told.contains(&format!("at line {}: ", rows + 1)), "{told}");
    assert!(told.contains("the archive is cut off"), "{told}");
    let (rows, told) = error(&Binance, "trades", &whole[..20]);
    assert_eq!(rows, 0);
    assert!(told.starts_with("at line 1: "), "{told}");
    let described = zip(&[("a.csv", long.as_bytes(), Packing::Described)]);
    let (rows, _) = error(&Binance, "trades", &described[..described.len() - 10]);
    assert_eq!(
        rows, 60_000,
        "the checksum is missing, and everything was read"
    );
    let stored = zip(&[("a.csv", AGGREGATED.as_bytes(), Packing::Stored)]);
    let (rows, told) = error(&Binance, "trades", &stored[..stored.len() - 30]);
    assert_eq!(rows, 2);
    assert!(told.contains("the archive is cut off"), "{told}");
}

#[test]
fn a_wrong_checksum_inside_the_zip_is_told() {
    let mut bad = zip(&[("a.csv", AGGREGATED.as_bytes(), Packing::Deflated)]);
    bad[14] ^= 1;
    let (rows, told) = error(&Binance, "trades", &bad);
    assert_eq!(rows, 3);
    assert!(
        told.starts_with("at line 4: ") && told.contains("have the checksum"),
        "{told}"
    );
}

#[test]
fn what_is_no_row_is_told_by_its_line() {
    let first = AGGREGATED.lines().next().unwrap();
    for (line, told) in [
        (
            "4002,101.5x,1,1,1,1735689600000,true,true",
            "column 2: not a decimal number: \"101.5x\", expected a number",
        ),
        (
            "4002,1.0000000000000000001,1,1,1,1735689600000,true,true",
            "does not fit",
        ),
        (
            "x,1,1,1,1,1735689600000,true,true",
            "column 1: \"x\", expected an id of digits",
        ),
        (
            "4002,1,1,1,1,yesterday,true,true",
            "expected milliseconds or microseconds since 1970",
        ),
        (
            "4002,1,1,1,1,-5,true,true",
            "expected milliseconds or microseconds since 1970",
        ),
        (
            "4002,1,1,1,1,1735689600000,maybe,true",
            "column 7: \"maybe\", expected true or false",
        ),
        (
            "4002,1,1,1,1,1735689600000,true",
            "line 3: 7 columns, expected 8 columns",
        ),
        (
            "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
            "more than 16 columns, expected fewer",
        ),
        ("\u{fffd}", "line 3: 1 columns"),
    ] {
        let file = format!("{first}\n\n{line}\n");
        let (rows, error) = error(&Binance, "trades", file.as_bytes());
        assert_eq!(rows, 1);
        assert!(
            error.starts_with("at line 3") && error.contains(told),
            "{line}: {error}"
        );
    }
    let (_, html) = error(&Binance, "trades", b"<html>\n<p>Sorry</p>\n");
    assert_eq!(
        html,
        "at line 1: 1 columns, expected trades: aggregated ones of 7 or 8 columns, or single ones of 6 or 7"
    );
    let endless = [b'1'; 10_000];
    let (_, told) = error(&Binance, "trades", &endless);
    assert!(told.contains("more than 4096 bytes"), "{told}");
    let (_, told) = error(&Binance, "trades", b"1,2\xff,3\n");
    assert!(
        told.starts_with("at line 1: 3 columns, expected trades"),
        "{told}"
    );
}

#[test]
fn files_without_rows_are_none() {
    for file in [
        "",
        "\n",
        "id,price,qty,quote_qty,time,is_buyer_maker\n",
        "\u{feff}id,price\r\n",
    ] {
        assert!(
            saved(&BinanceUsdm, "trades", &[], file.as_bytes()).is_empty(),
            "{file:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever bytes a file has: rows or an error, and never more rows than lines.
    #[test]
    fn any_bytes_are_read_or_refused(
        packing in prop_oneof![Just(Packing::Stored), Just(Packing::Deflated), Just(Packing::Described)],
        damage in proptest::collection::vec((any::<u16>(), any::<u8>()), 0..6),
        cut in any::<u16>(),
        zipped in any::<bool>(),
    ) {
        let mut file = if zipped {
            zip(&[("a.md", b"nothing", Packing::Described), ("a.csv", AGGREGATED.as_bytes(), packing)])
        } else {
            AGGREGATED.as_bytes().to_vec()
        };
        for (at, byte) in damage {
            let at = usize::from(at) % file.len();
            file[at] = byte;
        }
        file.truncate(usize::from(cut) % (2 * file.len()));
        let (rows, _) = read(&Binance, &saved_item(&Binance, "trades", &[]), &file);
        prop_assert!(rows.len() <= 2_000);
    }
}
