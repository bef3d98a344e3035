//! Planning in days, and from the catalogue to the file.

use common::item::{Item, Work};
use sources::iex::Iex;
use sources::{
    At, Body, Cursor, Instruments, Next, PlanRequest, ReplyHead, Server, Source, Verdict, dates,
};

use crate::bench::{self, outcome, request};

fn day(dataset: &str, date: &str) -> Item {
    let from = dates::parse(date).unwrap();
    bench::item(
        "iex",
        dataset,
        None,
        from,
        from + chrono::TimeDelta::days(1),
        &[],
    )
}

fn file(feed: &str, version: &str, size: &str, link: &str) -> String {
    format!(
        r#"{{"link":"https://files.example/{link}?generation=1&alt=media","date":"20171103","feed":"{feed}","version":"{version}","protocol":"IEXTP1","size":"{size}"}}"#
    )
}

/// Where a catalogue leads.
fn leads(item: &Item, body: &str) -> Result<String, String> {
    let (tables, next) = outcome(&Iex, item, None, &Cursor::Start, body)?;
    assert!(tables.0.is_empty());
    match next {
        Next::More(Cursor::Token(token)) => Ok(token),
        Next::End => Ok("end".to_owned()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_right_file_of_several_is_taken() {
    let list = format!(
        "[{},{},{},{},{}]",
        file("TOPS", "1.5", "2400", "placeholder"),
        file("TOPS", "1.6", "99", "part"),
        file("TOPS", "1.6", "100", "whole"),
        file("DEEP", "1.0", "5000", "deep"),
        file("DPLS", "1.0", "9000", "orders"),
    );
    let friday = "2017-11-03";
    let link = |name: &str| {
        Ok(format!(
            "https://files.example/{name}?generation=1&alt=media"
        ))
    };
    assert_eq!(leads(&day("trades", friday), &list), link("whole"));
    assert_eq!(leads(&day("quotes", friday), &list), link("whole"));
    assert_eq!(leads(&day("book_deltas", friday), &list), link("deep"));
    let mut item = day("klines", friday);
    item.params.insert("feed".to_owned(), "deep".to_owned());
    assert_eq!(leads(&item, &list), link("deep"));
    // The whole catalogue, with or without being told the day.
    let all = format!(
        r#"{{"20171102":[{}],"20171103":{list}}}"#,
        file("TOPS", "1.6", "1", "other")
    );
    assert_eq!(leads(&day("trades", friday), &all), link("whole"));
    let by_ids = |date: &str| {
        let mut item = bench::by_ids("iex", "trades", &[]);
        item.params.insert("date".to_owned(), date.to_owned());
        item
    };
    assert_eq!(leads(&by_ids(friday), &all), link("whole"));
    assert!(
        leads(&by_ids(""), &all)
            .unwrap_err()
            .contains("which one is meant")
    );
    assert_eq!(
        leads(&by_ids(""), &format!(r#"{{"20171103":{list}}}"#)),
        link("whole")
    );
    // Ten is more than nine, and numbers are read like texts.
    let versions = r#"[{"link":"https://a/9","feed":"tops","version":"1.9"},{"link":"https://a/10","feed":"tops","version":"1.10","size":7}]"#;
    assert_eq!(
        leads(&day("trades", friday), versions),
        Ok("https://a/10".to_owned())
    );
}

#[test]
fn no_file_is_a_fact_on_closed_days_and_told_on_others() {
    for closed in ["2024-03-09", "2024-03-10", "2024-03-29", "2024-12-25"] {
        assert_eq!(
            leads(&day("trades", closed), "[]"),
            Ok("end".to_owned()),
            "{closed}"
        );
        assert_eq!(
            leads(&day("trades", closed), "{}"),
            Ok("end".to_owned()),
            "{closed}"
        );
        assert_eq!(
            absent(&day("trades", closed), &Cursor::Start),
            Ok(Next::End)
        );
    }
    let monday = day("trades", "2024-03-04");
    let refused = |body: &str| {
        let token = leads(&monday, body).unwrap();
        bench::try_ask(&Iex, &monday, None, &Cursor::Token(token))
            .unwrap_err()
            .0
    };
    let none = refused("[]");
    assert!(
        none.starts_with(
            "not available from this vendor: no TOPS file of 2024-03-04 (none is listed)"
        ),
        "{none}"
    );
    assert!(none.contains("alpaca"), "{none}");
    let other = refused(r#"[{"link":"https://a/x","feed":"DEEP","version":"1.0"}]"#);
    assert!(other.contains("(listed are DEEP 1.0)"), "{other}");
    let gone = absent(&monday, &Cursor::Start).unwrap_err();
    assert!(
        gone.starts_with("not available from this vendor: no file of 2024-03-04 (status 404"),
        "{gone}"
    );
    // A file that was listed and is not there is never a fact.
    let saturday = day("trades", "2024-03-09");
    assert!(absent(&saturday, &Cursor::Token("https://a/x".to_owned())).is_err());
}

fn absent(item: &Item, cursor: &Cursor) -> Result<Next, String> {
    let at = At {
        item,
        id: None,
        cursor,
        instruments: &Instruments::default(),
    };
    Iex.absent(&at, "status 404: Not Found")
        .map_err(|refusal| refusal.0)
}

#[test]
fn a_catalogue_that_makes_no_sense_says_where() {
    let monday = day("trades", "2024-03-04");
    for (body, expected) in [
        (
            r#"[{"link":"ftp://a","feed":"TOPS","version":"1.6"}]"#,
            "at [0].link",
        ),
        (
            r#"[{"link":"https://a","feed":"TOPS","version":"new"}]"#,
            "at [0].version",
        ),
        (
            r#"[{"link":"https://a","feed":"TOPS","version":"1.6","size":"big"}]"#,
            "at [0].size",
        ),
        (
            r#"[{"feed":"TOPS","version":"1.6"}]"#,
            "at [0]: missing field `link`",
        ),
        (
            r#"{"20240304":[{"link":"https://a","feed":"TOPS","version":"x"}]}"#,
            "at 20240304[0].version",
        ),
        (r#"[{"link":1}"#, "at "),
        (r#"{"AAPL":{"chart":[]}}"#, "at AAPL"),
    ] {
        let error = leads(&monday, body).unwrap_err();
        assert!(error.starts_with(expected), "{body}: {error}");
    }
}

#[test]
fn the_catalogue_is_asked_for_a_day_and_the_file_by_its_link() {
    let item = day("trades", "2024-03-04");
    let first = bench::ask(&Iex, &item, None, &Cursor::Start);
    assert_eq!(
        (first.path.as_str(), &first.server),
        ("/api/1.0/hist", &Server::Main)
    );
    assert_eq!(first.query, [("date", "20240304".to_owned())]);
    assert_eq!(first.body, Body::Memory);
    let link = "https://files.example/x?generation=5".to_owned();
    let second = bench::ask(&Iex, &item, None, &Cursor::Token(link.clone()));
    assert_eq!(second.server, Server::Link(link));
    assert_eq!(second.body, Body::Disk { sha256: None });
    assert!(bench::try_ask(&Iex, &item, None, &Cursor::Id(1)).is_err());
    let from = dates::parse("2024-03-04").unwrap();
    let two = bench::item(
        "iex",
        "trades",
        None,
        from,
        from + chrono::TimeDelta::days(2),
        &[],
    );
    assert!(bench::try_ask(&Iex, &two, None, &Cursor::Start).is_err());
}

fn plan(
    dataset: &str,
    range: (&str, &str),
    change: impl FnOnce(&mut PlanRequest),
) -> Result<sources::Plan, String> {
    let mut request = request(dataset, &[], range.0, range.1, "2024-03-08T15:00:00Z", &[]);
    change(&mut request);
    Iex.plan(&request).map_err(|error| error.0)
}

#[test]
fn a_range_becomes_days_up_to_yesterday() {
    let made = plan(
        "trades",
        ("2024-03-04T12:00:00Z", "2024-03-08T10:00:00Z"),
        |_| {},
    )
    .unwrap();
    assert_eq!((made.items(), made.requests, made.gaps.len()), (4, 8, 1));
    assert!(
        made.gaps[0]
            .reason
            .starts_with("not available from this vendor: no file of 2024-03-08 yet")
    );
    let Work::Range { symbol, from, to } = made.item(0).unwrap().work else {
        panic!("a range")
    };
    assert_eq!(
        (symbol, from, to),
        (
            None,
            dates::parse("2024-03-04T12:00:00Z").unwrap(),
            dates::parse("2024-03-05").unwrap()
        )
    );
    assert_eq!(made.item(3).unwrap().name, "20240307T000000Z");
    let today = plan("trades", ("2024-03-08", "2024-03-08T10:00:00Z"), |_| {});
    assert!(
        today
            .unwrap_err()
            .starts_with("not available from this vendor")
    );
    // Several symbols are one request.
    let made = plan("trades", ("2024-03-04", "2024-03-05"), |request| {
        request.symbols = vec!["AAPL".to_owned(), "MSFT".to_owned()];
    });
    assert_eq!(made.unwrap().symbols, [Some("AAPL,MSFT".to_owned())]);
}

#[test]
fn what_can_never_be_is_refused_at_once() {
    let week = ("2024-03-01", "2024-03-05");
    let with = |dataset: &str, name: &str, value: &str| {
        plan(dataset, week, |request| {
            request.params.insert(name.to_owned(), value.to_owned());
        })
    };
    assert!(
        with("quotes", "feed", "DEEP")
            .unwrap_err()
            .contains("TOPS alone")
    );
    assert!(
        with("trades", "feed", "SIP")
            .unwrap_err()
            .contains("write TOPS or DEEP")
    );
    assert!(
        with("klines", "interval", "7m")
            .unwrap_err()
            .contains("no interval")
    );
    assert!(
        with("trades", "symbols", "A,WAYTOOLONG")
            .unwrap_err()
            .contains("is no symbol")
    );
    assert!(with("klines", "interval", "1d").is_ok());
    let sliced = plan("trades", week, |request| {
        request.slice = Some(std::time::Duration::from_secs(3_600));
    });
    assert!(sliced.unwrap_err().contains("leave out --slice"));
    assert!(plan("bars", week, |_| {}).is_err());
}

#[test]
fn replies_are_judged() {
    let judged = |status: u16, body: &str| {
        let headers = vec![("retry-after".to_owned(), "7".to_owned())];
        Iex.judge(&ReplyHead { status, headers }, body.as_bytes())
    };
    assert_eq!(judged(200, "[]"), Verdict::Ok);
    assert!(matches!(judged(200, "<html>"), Verdict::Retry { .. }));
    assert!(
        matches!(judged(404, "Not Found"), Verdict::Absent { reason } if reason.contains("Not Found"))
    );
    assert!(matches!(judged(429, ""), Verdict::Blocked { wait, .. } if wait.as_secs() == 7));
    assert!(matches!(judged(503, ""), Verdict::Retry { .. }));
    assert!(matches!(
        judged(403, "<Error>AccessDenied</Error>"),
        Verdict::Reject { .. }
    ));
}
