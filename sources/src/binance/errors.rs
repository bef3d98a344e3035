//! What a reply of either market means, by its status and its `{"code", "msg"}` body.
//!
//! Only the codes are stable, the messages are kept for people. Futures answer 408 where a backend
//! was late and 503 with words that say whether anything was done; for questions both only mean to
//! ask again. 403 (firewall) and 451 (restricted
//! region) are final for the address that asks.

use std::time::Duration;

use chrono::DateTime;
use serde::Deserialize;

use crate::verdict::{self, ReplyHead, Verdict};

const WAIT_AFTER_429: Duration = Duration::from_secs(60);
/// The shortest ban.
const WAIT_AFTER_418: Duration = Duration::from_secs(120);

/// Codes of requests that the vendor itself could not serve this time.
const PASSING: &[i64] = &[-1000, -1001, -1006, -1007, -1008, -1016];
const TOO_MANY_REQUESTS: i64 = -1003;
const WRONG_VALUE: i64 = -1130;

#[derive(Debug, Deserialize)]
struct Refused {
    code: i64,
    #[serde(default)]
    msg: String,
}

pub(crate) fn judge(head: &ReplyHead, body: &[u8]) -> Verdict {
    let refused = refusal(body);
    let reason = match &refused {
        Some(refused) => format!(
            "{} {}",
            refused.code,
            verdict::words(refused.msg.as_bytes())
        ),
        None => format!("status {}: {}", head.status, verdict::words(body)),
    };
    match (head.status, refused.map(|refused| refused.code)) {
        (429, _) => Verdict::Blocked {
            wait: head.retry_after().unwrap_or(WAIT_AFTER_429),
            reason,
        },
        (418, _) => Verdict::Blocked {
            wait: banned_for(head, &reason),
            reason,
        },
        (_, Some(TOO_MANY_REQUESTS)) => Verdict::Blocked {
            wait: banned_for(head, &reason),
            reason,
        },
        (500.., _) => Verdict::Retry { reason },
        (_, Some(code)) if PASSING.contains(&code) => Verdict::Retry { reason },
        (200..=299, None) if verdict::is_json(head, body) => Verdict::Ok,
        (200..=299, None) => Verdict::Retry {
            reason: format!("expected JSON, {reason}"),
        },
        (403, None) => Verdict::Reject {
            reason: format!("refused by the vendor's firewall, {reason}"),
        },
        (451, _) => Verdict::Reject {
            reason: format!("not served to this restricted region, {reason}"),
        },
        (408, _) => Verdict::Retry { reason },
        // What is kept for some days only is refused so when asked for earlier days.
        (_, Some(WRONG_VALUE)) if reason.contains("'startTime'") => Verdict::Absent { reason },
        _ => Verdict::Reject { reason },
    }
}

/// An error body. Replies with rows are arrays and cost nothing here.
fn refusal(body: &[u8]) -> Option<Refused> {
    body.trim_ascii_start()
        .starts_with(b"{")
        .then(|| serde_json::from_slice(body).ok())?
}

/// How long a ban lasts: what the header says, else until the time in the message, counted from
/// the vendor's own clock.
fn banned_for(head: &ReplyHead, reason: &str) -> Duration {
    let until = || {
        let (_, rest) = reason.split_once("banned until ")?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let now = DateTime::parse_from_rfc2822(head.header("date")?).ok()?;
        let left = digits.parse::<i64>().ok()? - now.timestamp_millis();
        Some(Duration::from_millis(u64::try_from(left).ok()?))
    };
    head.retry_after().or_else(until).unwrap_or(WAIT_AFTER_418)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, headers: &[(&str, &str)], body: &str) -> Verdict {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        judge(&ReplyHead { status, headers }, body.as_bytes())
    }

    fn wait(verdict: Verdict) -> u64 {
        let Verdict::Blocked { wait, .. } = verdict else {
            panic!("not blocked: {verdict:?}")
        };
        wait.as_secs()
    }

    const BAN: &str = r#"{"code":-1003,"msg":"Way too much request weight used; IP banned until 1700000100000."}"#;

    #[test]
    fn limits_block_for_as_long_as_the_vendor_says() {
        assert_eq!(wait(judged(429, &[("retry-after", "7")], "")), 7);
        assert_eq!(wait(judged(429, &[], "")), 60);
        assert_eq!(wait(judged(418, &[("retry-after", "300")], BAN)), 300);
        assert_eq!(
            wait(judged(
                418,
                &[("date", "Tue, 14 Nov 2023 22:13:20 GMT")],
                BAN
            )),
            100
        );
        assert_eq!(wait(judged(418, &[], BAN)), 120);
        assert_eq!(
            wait(judged(
                400,
                &[("retry-after", "9")],
                r#"{"code":-1003,"msg":"Too many requests."}"#
            )),
            9
        );
    }

    #[test]
    fn passing_troubles_are_retried() {
        for (status, body) in [
            (500, ""),
            (502, "<html>bad gateway</html>"),
            (
                400,
                r#"{"code":-1007,"msg":"Timeout waiting for response from backend server."}"#,
            ),
            (400, r#"{"code":-1001,"msg":"Internal error."}"#),
            (408, ""),
            (503, "Service Unavailable."),
            (
                503,
                r#"{"code":-1000,"msg":"Unknown error, please check your request or try again later."}"#,
            ),
            (
                200,
                r#"{"code":-1008,"msg":"Server is currently overloaded."}"#,
            ),
            (200, "<html>please wait</html>"),
            (200, ""),
        ] {
            assert!(
                matches!(judged(status, &[], body), Verdict::Retry { .. }),
                "{status} {body}"
            );
        }
        let html = judged(200, &[("content-type", "text/html")], "[]");
        assert_eq!(
            html,
            Verdict::Retry {
                reason: "expected JSON, status 200: []".to_owned()
            }
        );
    }

    #[test]
    fn final_refusals_keep_the_vendors_words() {
        let reason = |verdict| {
            let Verdict::Reject { reason } = verdict else {
                panic!("not rejected: {verdict:?}")
            };
            reason
        };
        assert_eq!(
            reason(judged(
                400,
                &[],
                r#"{"code":-1121,"msg":"Invalid symbol."}"#
            )),
            "-1121 Invalid symbol."
        );
        assert_eq!(
            reason(judged(
                200,
                &[],
                r#"{"code":-1120,"msg":"Invalid interval."}"#
            )),
            "-1120 Invalid interval."
        );
        for body in [
            r#"{"code":-4088,"msg":"Maximum time interval is 200 days."}"#,
            r#"{"code":400,"msg":"The endpoint has been out of maintenance"}"#,
        ] {
            let msg = body.split('"').nth(5).unwrap();
            assert!(reason(judged(400, &[], body)).ends_with(msg));
            assert!(reason(judged(200, &[], body)).ends_with(msg));
        }
        assert!(
            reason(judged(
                451,
                &[],
                r#"{"code":0,"msg":"Service unavailable"}"#
            ))
            .contains("restricted region")
        );
        assert!(
            reason(judged(403, &[], "<html>blocked</html>"))
                .contains("firewall, status 403: <html>blocked")
        );
        assert_eq!(
            reason(judged(404, &[], &"x".repeat(999))).len(),
            "status 404: ".len() + 300
        );
    }

    #[test]
    fn what_is_no_longer_kept_is_absent() {
        let body = r#"{"code":-1130,"msg":"parameter 'startTime' is invalid."}"#;
        assert!(matches!(judged(400, &[], body), Verdict::Absent { .. }));
        let body = r#"{"code":-1130,"msg":"parameter 'period' is invalid."}"#;
        assert!(matches!(judged(400, &[], body), Verdict::Reject { .. }));
    }

    #[test]
    fn rows_are_read() {
        for headers in [
            &[("content-type", "application/json;charset=UTF-8")][..],
            &[],
        ] {
            assert_eq!(judged(200, headers, "[]"), Verdict::Ok);
        }
    }
}
