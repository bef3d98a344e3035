//! What a manifest can describe of a dataset of its own: every style of paging, against a server that
//! pages so, and how far back it goes.

use common::item::Item;
use sources::manifest::Manifest;
use sources::{Cursor, Next, Server, Source, TokenIn};

use crate::bench::{ask, outcome, request};
use crate::manifest::{manifest, slice, texts};

/// Trades of one dataset; `more` follows its name, `cursor` is the table of its cursor.
fn trades(more: &str, cursor: &str) -> Manifest {
    manifest(&format!(
        r#"
        name = "vendor"
        base_url = "https://vendor.invalid/api"
        auth = {{ style = "header", name = "X-Key" }}
        [[dataset]]
        name = "trades"
        by = "time"
        symbols = true
        path = "/v1/{{symbol}}/trades"
        query = {{ at = "{{cursor}}", from = "{{from}}", to = "{{to}}", n = "{{size}}" }}
        query_first = {{ fresh = "1" }}
        {more}
        rows = "data"
        table = "trades"
        cursor = {{ {cursor} }}
        [dataset.columns]
        trade_id = "id"
        ts = {{ path = "t", type = "time_ms" }}
        price = "p"
        amount = "q"
        side = {{ value = "unknown" }}
        "#
    ))
}

/// A page of trades by id and millisecond of the first day of 1970, and what follows the rows.
fn page(rows: &[(u64, i64)], rest: &str) -> String {
    let row = |(id, t): &(u64, i64)| format!(r#"{{"id":{id},"t":{t},"p":1.10,"q":"2"}}"#);
    let rows: Vec<_> = rows.iter().map(row).collect();
    format!(r#"{{"data":[{}]{rest}}}"#, rows.join(","))
}

struct Walk {
    source: Manifest,
    item: Item,
    cursor: Cursor,
}

impl Walk {
    fn new(source: Manifest) -> Self {
        let item = slice("vendor", "trades", Some("A/B"), "1970-01-01", "1970-01-02");
        Self {
            source,
            item,
            cursor: Cursor::Start,
        }
    }

    /// What is asked there: the parameter `at`, or the link.
    fn at(&self) -> String {
        let asked = ask(&self.source, &self.item, None, &self.cursor);
        if let Server::Link(link) = asked.server {
            return link;
        }
        assert_eq!(asked.path, "/v1/A%2FB/trades");
        assert_eq!(asked.token, TokenIn::Header("X-Key"));
        let fresh = asked.query.iter().any(|(name, _)| *name == "fresh");
        assert_eq!(fresh, self.cursor == Cursor::Start);
        let at = asked.query.into_iter().find(|(name, _)| *name == "at");
        at.map(|(_, value)| value).unwrap_or_default()
    }

    /// Reads a page: the ids that came out, and whether there are more.
    fn read(&mut self, body: &str) -> Result<(Vec<String>, bool), String> {
        let (tables, next) = outcome(&self.source, &self.item, None, &self.cursor, body)?;
        let ids = texts(tables.of("trades"), "trade_id");
        let ids = ids.into_iter().map(str::to_owned).collect();
        let goes_on = next != Next::End;
        if let Next::More(cursor) = next {
            self.cursor = cursor;
        }
        Ok((ids, goes_on))
    }
}

fn got(ids: &[&str], goes_on: bool) -> Result<(Vec<String>, bool), String> {
    Ok((ids.iter().map(|id| (*id).to_owned()).collect(), goes_on))
}

#[test]
fn pages_are_counted_until_one_is_empty_or_the_last() {
    let mut walk = Walk::new(trades("", r#"style = "page""#));
    assert_eq!(walk.at(), "1");
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 2)], "")),
        got(&["1", "2"], true)
    );
    assert_eq!(walk.at(), "2");
    let again = walk.read(&page(&[(1, 1), (2, 2)], "")).unwrap_err();
    assert!(again.contains("the same page came again"), "{again}");
    assert_eq!(walk.read(&page(&[], "")), got(&[], false));

    let mut walk = Walk::new(trades(
        "",
        r#"style = "page", first = 0, pages = "pages", more = "more""#,
    ));
    assert_eq!(walk.at(), "0");
    assert_eq!(
        walk.read(&page(&[(1, 1)], r#","pages":2"#)),
        got(&["1"], true)
    );
    assert_eq!(
        walk.read(&page(&[(2, 1)], r#","pages":2"#)),
        got(&["2"], false)
    );
    assert_eq!(
        walk.read(&page(&[(2, 1)], r#","pages":9,"more":false"#)),
        got(&["2"], false)
    );
}

#[test]
fn offsets_count_rows_and_a_short_page_ends_only_where_documented() {
    let mut walk = Walk::new(trades("page_size = 2", r#"style = "offset""#));
    assert_eq!(walk.at(), "0");
    assert_eq!(walk.read(&page(&[(1, 1)], "")), got(&["1"], true));
    assert_eq!(walk.at(), "1");
    let mut walk = Walk::new(trades(
        "page_size = 2",
        r#"style = "offset", short_page_ends = true"#,
    ));
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 1)], "")),
        got(&["1", "2"], true)
    );
    assert_eq!(walk.at(), "2");
    assert_eq!(walk.read(&page(&[(3, 1)], "")), got(&["3"], false));
}

#[test]
fn tokens_and_links_are_followed_until_there_is_none() {
    let mut walk = Walk::new(trades("", r#"style = "token", path = "next""#));
    assert_eq!(walk.at(), "");
    assert_eq!(
        walk.read(&page(&[(1, 1)], r#","next":"a|b""#)),
        got(&["1"], true)
    );
    assert_eq!(walk.at(), "a|b");
    // An empty page with a new token is not the end.
    assert_eq!(walk.read(&page(&[], r#","next":"c""#)), got(&[], true));
    let stuck = walk.read(&page(&[(2, 1)], r#","next":"c""#)).unwrap_err();
    assert!(stuck.contains("next token"), "{stuck}");
    assert_eq!(
        walk.read(&page(&[(2, 1)], r#","next":null"#)),
        got(&["2"], false)
    );

    let mut walk = Walk::new(trades("", r#"style = "link", path = "next""#));
    assert_eq!(
        walk.read(&page(
            &[(1, 1)],
            r#","next":"https://vendor.invalid/x?a=1""#
        )),
        got(&["1"], true)
    );
    assert_eq!(walk.at(), "https://vendor.invalid/x?a=1");
    assert_eq!(
        walk.read(&page(&[(2, 1)], r#","next":"/api/x?a=2""#)),
        got(&["2"], true)
    );
    assert_eq!(walk.at(), "/api/x?a=2");
    assert_eq!(
        walk.read(&page(&[(3, 1)], r#","next":"""#)),
        got(&["3"], false)
    );
}

#[test]
fn a_time_that_rows_share_is_asked_again_and_seen_rows_are_dropped() {
    let cursor = r#"style = "time", path = "t""#;
    let mut walk = Walk::new(trades("page_size = 3", cursor));
    assert_eq!(walk.at(), "0");
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 5), (3, 5)], "")),
        got(&["1", "2", "3"], true)
    );
    assert_eq!(walk.at(), "5");
    // In another order, as ties may come.
    assert_eq!(
        walk.read(&page(&[(3, 5), (2, 5), (4, 9)], "")),
        got(&["4"], true)
    );
    assert_eq!(walk.at(), "9");
    assert_eq!(walk.read(&page(&[(4, 9)], "")), got(&[], false));

    let mut walk = Walk::new(trades("page_size = 2", cursor));
    assert_eq!(
        walk.read(&page(&[(1, 5), (2, 5)], "")),
        got(&["1", "2"], true)
    );
    let stuck = walk.read(&page(&[(1, 5), (2, 5)], "")).unwrap_err();
    assert!(stuck.contains("shares one instant"), "{stuck}");

    let mut walk = Walk::new(trades("", r#"style = "time", path = "t", ties = "next""#));
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 5)], "")),
        got(&["1", "2"], true)
    );
    assert_eq!(walk.at(), "6");
    assert_eq!(
        walk.read(&page(&[(9, 86_400_000)], "")),
        got(&[], false),
        "past the slice"
    );

    let more = "page_size = 2\norder = \"newest_first\"\ntime = { to = \"inclusive\" }";
    let mut walk = Walk::new(trades(more, cursor));
    assert_eq!(walk.at(), "86399999");
    assert_eq!(
        walk.read(&page(&[(9, 70), (8, 60)], "")),
        got(&["9", "8"], true)
    );
    assert_eq!(walk.at(), "60");
    assert_eq!(walk.read(&page(&[(8, 60), (7, 50)], "")), got(&["7"], true));
    assert_eq!(
        walk.read(&page(&[(6, -5)], "")),
        got(&[], false),
        "before the slice"
    );
}

#[test]
fn ids_are_inclusive_or_not_as_told() {
    let mut walk = Walk::new(trades(
        "",
        r#"style = "id", path = "id", inclusive = true, start = "0""#,
    ));
    assert_eq!(walk.at(), "0");
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 1)], "")),
        got(&["1", "2"], true)
    );
    assert_eq!(walk.at(), "2");
    assert_eq!(walk.read(&page(&[(2, 1), (3, 1)], "")), got(&["3"], true));
    assert_eq!(walk.read(&page(&[(3, 1)], "")), got(&[], false));

    let mut walk = Walk::new(trades(
        "",
        r#"style = "id", path = "id", inclusive = false"#,
    ));
    assert_eq!(walk.at(), "");
    assert_eq!(
        walk.read(&page(&[(1, 1), (2, 1)], "")),
        got(&["1", "2"], true)
    );
    assert_eq!(walk.read(&page(&[(3, 1)], "")), got(&["3"], true));
    let again = walk.read(&page(&[(3, 1)], "")).unwrap_err();
    assert!(again.contains("the same page came again"), "{again}");
}

#[test]
fn what_cannot_be_read_is_told_with_its_path_and_leaves_no_row() {
    let mut walk = Walk::new(trades("", r#"style = "none""#));
    for (body, says) in [
        (
            r#"{"data":[{"id":1,"t":1,"p":1,"q":1},{"id":2,"t":1,"p":"x","q":1}]}"#,
            "at data[1].p: not a decimal number: \"x\"",
        ),
        (
            r#"{"data":[{"id":1,"t":1,"p":1}]}"#,
            "at data[0].q: nothing for amount, expected a decimal",
        ),
        (
            r#"{"data":[{"id":1,"t":1,"p":[1],"q":1}]}"#,
            "at data[0].p: [1], expected one value",
        ),
        (
            r#"{"data":[{"id":1,"t":"noon","p":1,"q":1}]}"#,
            "at data[0].t: \"noon\", expected milliseconds",
        ),
        (
            r#"{"rows":[]}"#,
            "at data: missing in {\"rows\":[]}, expected the rows",
        ),
        (
            r#"{"data":[{"id":1,"t":1,"p":1e-19,"q":1}]}"#,
            "does not fit Decimal(38,18)",
        ),
        (r#"{"data":["#, "at byte 9"),
    ] {
        let error = walk.read(body).unwrap_err();
        assert!(error.contains(says), "{says}: {error}");
    }
    // Numbers keep every digit.
    let exact =
        r#"{"data":[{"id":12345678901234567890,"t":1,"p":0.123456789012345678,"q":1e-18}]}"#;
    let (tables, _) = outcome(&walk.source, &walk.item, None, &Cursor::Start, exact).unwrap();
    let row = &tables.of("trades")[0];
    assert_eq!(row["trade_id"], "12345678901234567890");
    assert_eq!(row["price"], "0.123456789012345678");
    assert_eq!(row["amount"], "0.000000000000000001");
}

#[test]
fn a_range_before_the_retention_is_not_available() {
    let more = "retention_days = 30\nalternative = \"the archive has it\"";
    let source = trades(more, r#"style = "none""#);
    let plan = |from, to| source.plan(&request("trades", &["A", "B"], from, to, "2024-03-01", &[]));
    let plan_all = plan("2024-02-10", "2024-02-12").unwrap();
    assert_eq!((plan_all.items(), plan_all.gaps.len()), (4, 0));
    let part = plan("2024-01-29", "2024-02-02").unwrap();
    assert_eq!((part.items(), part.gaps.len()), (4, 1));
    assert!(
        part.gaps[0].reason.starts_with(
            "not available from this vendor: vendor keeps trades only since 2024-01-31"
        )
    );
    let nothing = plan("2023-01-01", "2023-01-02").unwrap_err().to_string();
    assert!(
        nothing.contains("not available from this vendor")
            && nothing.ends_with("the archive has it")
    );
}
