//! What a reply of Deribit means, by its status and its JSON-RPC error, which also comes with
//! status 200 and 400.
//!
//! Codes are those of the vendor's complete table; its table of common ones contradicts it. No
//! wait is ever told: the whole pool of credits is back after five seconds.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::verdict::{self, ReplyHead, Verdict};

/// 50,000 credits, of which 10,000 come back a second.
const WAIT_FOR_CREDITS: Duration = Duration::from_secs(5);
/// `too_many_requests`, `too_many_concurrent_requests`.
const TOO_MANY: &[i64] = &[10_028, 10_066];
/// `retry`, `settlement_in_progress`, `matching_engine_queue_full`, `system_maintenance`,
/// `internal_server_error`, `temporarily_unavailable`, `unavailable`, `timed_out`.
const PASSING: &[i64] = &[
    10_040, 10_041, 10_047, 11_051, 11_094, 13_028, 13_503, 13_888,
];
/// An error is shorter than this; replies with rows that are longer are not searched for one.
const LONGEST_ERROR: usize = 16_384;

#[derive(Debug, Deserialize)]
struct Answer<'a> {
    #[serde(default, borrow)]
    error: Option<Refused<'a>>,
}

#[derive(Debug, Deserialize)]
struct Refused<'a> {
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default, borrow)]
    data: Option<&'a RawValue>,
}

/// What is wrong with a parameter; other errors have a text or nothing in this place.
#[derive(Debug, Default, Deserialize)]
struct Details {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    param: String,
}

pub(super) fn judge(head: &ReplyHead, body: &[u8]) -> Verdict {
    let refused = (body.len() <= LONGEST_ERROR)
        .then(|| serde_json::from_slice::<Answer<'_>>(body).ok()?.error)
        .flatten();
    let reason = match &refused {
        Some(refused) => spoken(refused),
        None => format!("status {}: {}", head.status, verdict::words(body)),
    };
    match (head.status, refused.map(|refused| refused.code)) {
        (429, _) => blocked(head, reason),
        (_, Some(code)) if TOO_MANY.contains(&code) => blocked(head, reason),
        (_, Some(code)) if PASSING.contains(&code) => Verdict::Retry { reason },
        (500.., None) | (408, _) => Verdict::Retry { reason },
        (200..=299, None) if verdict::is_json(head, body) => Verdict::Ok,
        (200..=299, None) => Verdict::Retry {
            reason: format!("expected JSON, {reason}"),
        },
        _ => Verdict::Reject { reason },
    }
}

fn blocked(head: &ReplyHead, reason: String) -> Verdict {
    Verdict::Blocked {
        wait: head.retry_after().unwrap_or(WAIT_FOR_CREDITS),
        reason,
    }
}

/// `-32602 Invalid params: currency: invalid currency`.
fn spoken(refused: &Refused<'_>) -> String {
    let details = refused.data.map_or_else(Details::default, |data| {
        serde_json::from_str(data.get()).unwrap_or_default()
    });
    let parts = [refused.message.as_str(), &details.param, &details.reason];
    let said: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let said = said.join(": ");
    format!("{} {}", refused.code, verdict::words(said.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Verdict {
        let headers = Vec::new();
        judge(&ReplyHead { status, headers }, body.as_bytes())
    }

    fn error(code: i64, message: &str) -> String {
        format!(r#"{{"jsonrpc":"2.0","error":{{"message":"{message}","code":{code}}},"usIn":1}}"#)
    }

    #[test]
    fn limits_block_and_passing_troubles_are_retried() {
        let wait = |verdict| match verdict {
            Verdict::Blocked { wait, .. } => wait.as_secs(),
            other => panic!("not blocked: {other:?}"),
        };
        assert_eq!(wait(judged(429, &error(10_028, "too_many_requests"))), 5);
        assert_eq!(wait(judged(200, &error(10_028, "too_many_requests"))), 5);
        assert_eq!(
            wait(judged(400, &error(10_066, "too_many_concurrent_requests"))),
            5
        );
        assert_eq!(wait(judged(429, "slow down")), 5);
        for code in [10_040, 10_041, 11_051, 13_028, 13_503] {
            for status in [200, 400, 503] {
                let verdict = judged(status, &error(code, "later"));
                assert!(matches!(verdict, Verdict::Retry { .. }), "{status} {code}");
            }
        }
        for (status, body) in [(502, "<html>"), (200, "<html>"), (200, ""), (500, "")] {
            assert!(
                matches!(judged(status, body), Verdict::Retry { .. }),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn final_refusals_keep_the_vendors_words() {
        let invalid = r#"{"jsonrpc":"2.0","error":{"message":"Invalid params","data":{"reason":"wrong format","param":"instrument_name"},"code":-32602},"testnet":false}"#;
        for (status, body, expected) in [
            (
                400,
                invalid,
                "-32602 Invalid params: instrument_name: wrong format",
            ),
            (
                200,
                invalid,
                "-32602 Invalid params: instrument_name: wrong format",
            ),
            (400, &error(13_020, "not_found"), "13020 not_found"),
            (
                400,
                &error(11_056, "unauthenticated_public_requests_disabled"),
                "11056 unauthenticated_public_requests_disabled",
            ),
            (
                200,
                r#"{"error":{"code":13778,"message":"raw_subscriptions_not_available_for_unauthorized","data":null}}"#,
                "13778 raw_subscriptions_not_available_for_unauthorized",
            ),
            (
                403,
                "<html>blocked</html>",
                "status 403: <html>blocked</html>",
            ),
        ] {
            let reason = expected.to_owned();
            assert_eq!(judged(status, body), Verdict::Reject { reason });
        }
    }

    #[test]
    fn rows_are_read() {
        assert_eq!(judged(200, r#"{"jsonrpc":"2.0","result":[]}"#), Verdict::Ok);
        assert_eq!(judged(200, r#"{"result":[],"error":null}"#), Verdict::Ok);
    }
}
