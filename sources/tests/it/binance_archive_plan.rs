//! Which parts of a range come from files of the Binance archive, and which over REST.

use common::item::Work;
use sources::binance::Binance;
use sources::binance_usdm::BinanceUsdm;
use sources::{Plan, PlanError, Source};

use crate::bench::request;

/// A Thursday: the files of January were published, those of yesterday were too.
const NOW: &str = "2024-02-15T13:00:00Z";

fn planned(
    source: &dyn Source,
    dataset: &str,
    range: (&str, &str),
    params: &[(&str, &str)],
) -> Result<Plan, PlanError> {
    source.plan(&request(
        dataset,
        &["BTCUSDT"],
        range.0,
        range.1,
        NOW,
        params,
    ))
}

/// The segments as `monthly 2024-01-01..2024-02-01`, then the gaps.
fn parts(
    source: &dyn Source,
    dataset: &str,
    range: (&str, &str),
    params: &[(&str, &str)],
) -> Vec<String> {
    let plan = planned(source, dataset, range, params).unwrap();
    let stamp =
        |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H").to_string().replace("T00", "");
    let segment = |segment: &sources::Segment| {
        let param = |name: &str| segment.params.get(name).map_or("", String::as_str);
        let file = if param("file").is_empty() {
            "rest"
        } else {
            param("file")
        };
        format!("{file} {}..{}", stamp(segment.from), stamp(segment.to))
    };
    let gap = |gap: &sources::Gap| format!("none {}..{}", stamp(gap.from), stamp(gap.to));
    plan.segments
        .iter()
        .map(segment)
        .chain(plan.gaps.iter().map(gap))
        .collect()
}

#[test]
fn closed_months_and_days_come_from_files_and_the_rest_over_rest() {
    assert_eq!(
        parts(
            &Binance,
            "trades",
            ("2023-11-29T06:00:00Z", "2024-02-15T10:00:00Z"),
            &[]
        ),
        [
            "rest 2023-11-29T06..2023-11-30",
            "daily 2023-11-30..2023-12-01",
            "monthly 2023-12-01..2024-02-01",
            "daily 2024-02-01..2024-02-15",
            "rest 2024-02-15..2024-02-15T10",
        ]
    );
    let plan = planned(&Binance, "trades", ("2023-12-01", "2024-02-02"), &[]).unwrap();
    assert_eq!((plan.items(), plan.requests), (3, 6));
    let items: Vec<_> = (0..3).map(|number| plan.item(number).unwrap()).collect();
    assert_eq!(items[0].params["via"], "archive");
    assert_eq!(items[0].params["missing"], "rest");
    assert_eq!(items[2].name, "BTCUSDT_20240201T000000Z");
    assert!(
        matches!(&items[1].work, Work::Range { from, .. } if from.to_rfc3339().starts_with("2024-01-01"))
    );
}

#[test]
fn files_are_waited_for_until_they_must_be_there() {
    let last = |now: &str, to: &str| {
        let mut request = request("trades", &["A-BTC"], "2024-01-01", to, now, &[]);
        request.params.clear();
        let plan = Binance.plan(&request).unwrap();
        let segment = plan.segments.last().unwrap();
        format!(
            "{} {}",
            segment.params.get("file").map_or("rest", String::as_str),
            segment.from.format("%m-%d")
        )
    };
    assert_eq!(last("2024-02-05T11:59:00Z", "2024-02-05"), "rest 02-04");
    assert_eq!(last("2024-02-05T12:00:00Z", "2024-02-05"), "daily 01-01");
    assert_eq!(last("2024-02-08T23:00:00Z", "2024-02-01"), "daily 01-01");
    assert_eq!(last("2024-02-09T00:00:00Z", "2024-02-01"), "monthly 01-01");
}

#[test]
fn bars_come_from_files_where_that_saves_requests() {
    let range = ("2023-12-30", "2024-02-03");
    let of = |interval| parts(&Binance, "klines", range, &[("interval", interval)]);
    assert_eq!(
        of("1s"),
        [
            "daily 2023-12-30..2024-01-01",
            "monthly 2024-01-01..2024-02-01",
            "daily 2024-02-01..2024-02-03"
        ]
    );
    for interval in ["1m", "15m"] {
        assert_eq!(
            of(interval),
            [
                "rest 2023-12-30..2024-01-01",
                "monthly 2024-01-01..2024-02-01",
                "rest 2024-02-01..2024-02-03"
            ]
        );
    }
    for interval in ["30m", "1h", "1d", "1w", "1M"] {
        assert_eq!(of(interval), ["rest 2023-12-30..2024-02-03"]);
    }
    let plan = planned(&Binance, "klines", range, &[("interval", "1m")]).unwrap();
    assert_eq!((plan.rows, plan.requests), (Some(35 * 1_440), 3 + 2 + 3));
    let (days, param) = (("2024-01-01", "2024-01-03"), [("interval", "1m")]);
    assert_eq!(
        parts(&Binance, "klines", days, &param),
        ["rest 2024-01-01..2024-01-03"]
    );
}

#[test]
fn a_person_may_choose() {
    let range = ("2024-01-31T12:00:00Z", "2024-02-15T10:00:00Z");
    let via = |via| parts(&Binance, "trades", range, &[("via", via)]);
    assert_eq!(via("rest"), ["rest 2024-01-31T12..2024-02-15T10"]);
    assert_eq!(
        via("archive"),
        [
            "daily 2024-01-31T12..2024-02-15",
            "none 2024-02-15..2024-02-15T10"
        ]
    );
    assert_eq!(
        parts(&Binance, "trades", range, &[("raw", "true")]),
        [
            "daily 2024-01-31T12..2024-02-15",
            "none 2024-02-15..2024-02-15T10"
        ],
        "single trades are in the archive alone"
    );
    let refused =
        |params: &[(&str, &str)], range| planned(&Binance, "trades", range, params).unwrap_err().0;
    assert!(refused(&[("raw", "yes")], range).contains("raw is true or false"));
    assert!(refused(&[("via", "ftp")], range).contains("one of auto, archive, rest"));
    let today = ("2024-02-15", "2024-02-15T10:00:00Z");
    assert!(
        refused(&[("via", "archive")], today)
            .starts_with("not available from this vendor: the archive has no file")
    );
    assert!(
        refused(&[("raw", "true")], today)
            .starts_with("not available from this vendor: it is in the archive alone")
    );
    let monthly = parts(
        &Binance,
        "klines",
        ("2023-12-15", "2024-01-15"),
        &[("via", "archive"), ("interval", "1w")],
    );
    assert_eq!(
        monthly,
        ["monthly 2023-12-15..2024-01-15"],
        "no day has a file of weeks"
    );
}

#[test]
fn a_request_over_rest_has_one_precision_of_times() {
    let request = request(
        "trades",
        &["A-BTC"],
        "2024-12-31T22:00:00Z",
        "2025-01-01T02:00:00Z",
        "2025-06-01",
        &[],
    );
    let plan = Binance.plan(&request).unwrap();
    let from: Vec<_> = plan
        .segments
        .iter()
        .map(|segment| segment.from.to_rfc3339())
        .collect();
    assert_eq!(
        from,
        ["2024-12-31T22:00:00+00:00", "2025-01-01T00:00:00+00:00"]
    );
}

#[test]
fn open_interest_and_fundings_of_usdm() {
    let range = ("2023-12-15", "2024-01-10");
    for dataset in ["open_interest", "long_short_ratios", "metrics"] {
        assert_eq!(
            parts(&BinanceUsdm, dataset, range, &[]),
            ["daily 2023-12-15..2024-01-10"]
        );
    }
    assert_eq!(
        parts(&BinanceUsdm, "funding_rates", range, &[("via", "archive")]),
        ["monthly 2023-12-15..2024-01-10"]
    );
    assert_eq!(
        parts(&BinanceUsdm, "funding_rates", range, &[]),
        ["rest 2023-12-15..2024-01-10"]
    );
    let to_now = ("2024-01-01", "2024-02-15T13:00:00Z");
    assert_eq!(
        parts(&BinanceUsdm, "open_interest", to_now, &[]),
        [
            "daily 2024-01-01..2024-01-18",
            "rest 2024-01-18..2024-02-15T13"
        ],
        "a month is served over REST in fewer requests"
    );
    let hourly = [("period", "1h"), ("via", "archive")];
    let refused = planned(&BinanceUsdm, "open_interest", range, &hourly).unwrap_err();
    assert_eq!(
        refused.0,
        "the archive has open_interest every 5m, not every 1h"
    );
    let refused =
        planned(&BinanceUsdm, "long_short_ratios", range, &[("kind", "all")]).unwrap_err();
    assert!(
        refused
            .0
            .contains("there are top_accounts, top_positions, accounts, taker_volume")
    );
}

#[test]
fn trades_of_usdm_come_from_files_wherever_rest_has_them_no_more() {
    let of = |range| parts(&BinanceUsdm, "trades", range, &[]);
    assert_eq!(
        of(("2023-12-31T18:00:00Z", "2024-02-15T13:00:00Z")),
        [
            "daily 2023-12-31T18..2024-01-01",
            "monthly 2024-01-01..2024-02-01",
            "daily 2024-02-01..2024-02-15",
            "rest 2024-02-15..2024-02-15T13",
        ]
    );
    assert_eq!(
        of(("2024-02-01T06:00:00Z", "2024-02-01T07:00:00Z")),
        ["daily 2024-02-01T06..2024-02-01T07"]
    );
    assert_eq!(
        of(("2024-02-14T06:00:00Z", "2024-02-14T07:00:00Z")),
        ["rest 2024-02-14T06..2024-02-14T07"]
    );
    let plan = planned(&BinanceUsdm, "trades", ("2024-01-01", "2024-02-01"), &[]).unwrap();
    assert!(
        !plan.item(0).unwrap().params.contains_key("missing"),
        "REST could not give them"
    );
}
