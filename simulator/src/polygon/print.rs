//! How Polygon writes: envelopes, bars and errors.

use crate::reply::Reply;
use crate::stocks::{Bar, decimal};

pub(super) const JSON: &str = "application/json";

/// A page with its rows; `next` is the place of the next one.
pub(super) fn page(head: &str, rows: &[String], next: Option<&str>) -> Reply {
    let results = match rows {
        [] => String::new(),
        rows => format!(r#""results":[{}],"#, rows.join(",")),
    };
    let next = next.map_or(String::new(), |next| {
        format!(r#","next_url":"https://api.polygon.io/{next}""#)
    });
    Reply::json(
        200,
        JSON,
        format!(r#"{{{head}{results}"status":"OK","request_id":"simulated"{next}}}"#),
    )
}

/// An error in one of the vendor's two forms.
pub(super) fn error(status: u16, words: &str) -> Reply {
    let body = format!(r#"{{"status":"ERROR","request_id":"simulated","error":"{words}"}}"#);
    Reply::json(status, JSON, body)
}

/// An error in the other form.
pub(super) fn refused(status: u16, kind: &str, words: &str) -> Reply {
    let body = format!(r#"{{"status":"{kind}","request_id":"simulated","message":"{words}"}}"#);
    Reply::json(status, JSON, body)
}

/// A bar, with its ticker where all tickers are listed.
pub(super) fn bar(bar: &Bar, ticker: Option<&str>) -> String {
    let price = |units| decimal(units, 4);
    let ticker = ticker.map_or(String::new(), |ticker| format!(r#""T":"{ticker}","#));
    format!(
        r#"{{{ticker}"v":{},"vw":{},"o":{},"c":{},"h":{},"l":{},"t":{},"n":{}}}"#,
        decimal(bar.volume, 1),
        decimal(bar.vwap, 6),
        price(bar.open),
        price(bar.close),
        price(bar.high),
        price(bar.low),
        bar.open_time,
        bar.trades
    )
}
