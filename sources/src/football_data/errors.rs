//! What a reply of football-data.org means.
//!
//! A bad token is status 400 and a plan that does not include something is 403: neither gets
//! better by asking again. 429 names its wait in the message and carries no `Retry-After` in the
//! replies that were recorded. A header that says no request is left is not an error.

use std::time::Duration;

use serde::Deserialize;

use crate::verdict::{self, ReplyHead, Verdict};

/// Two spellings of the message are in use.
#[derive(Debug, Deserialize)]
struct Refused {
    #[serde(alias = "error")]
    message: String,
    #[serde(default, rename = "errorCode")]
    error_code: Option<u16>,
}

pub(super) fn judge(head: &ReplyHead, body: &[u8]) -> Verdict {
    // The body of a refusal is short; lists of matches are not read twice.
    let refused: Option<Refused> = (body.len() < 2_000)
        .then(|| serde_json::from_slice(body).ok())
        .flatten();
    let status = match (&refused, head.status) {
        (
            Some(Refused {
                error_code: Some(code),
                ..
            }),
            200..=299,
        ) => *code,
        (_, status) => status,
    };
    let words = refused
        .as_ref()
        .map_or(body, |refused| refused.message.as_bytes());
    let reason = format!("status {status}: {}", verdict::words(words));
    match status {
        200..=299 if refused.is_some() => Verdict::Reject { reason },
        200..=299 if verdict::is_json(head, body) => Verdict::Ok,
        200..=299 => Verdict::Retry {
            reason: format!("expected JSON, {reason}"),
        },
        429 => Verdict::Blocked {
            wait: wait(head, &reason),
            reason,
        },
        408 | 500.. => Verdict::Retry { reason },
        403 => Verdict::Reject {
            reason: format!("not permitted by the plan of the token, {reason}"),
        },
        _ => Verdict::Reject { reason },
    }
}

/// A second more than the vendor says, whose clock ticks in whole seconds.
fn wait(head: &ReplyHead, reason: &str) -> Duration {
    const ROUNDING: Duration = Duration::from_secs(1);
    const WINDOW: Duration = Duration::from_secs(60);
    let seconds = |text: &str| text.trim().parse().ok().map(Duration::from_secs);
    let in_words = || seconds(reason.split_once("Wait ")?.1.split(' ').next()?);
    let reset = || seconds(head.header("x-requestcounter-reset")?);
    head.retry_after()
        .or_else(in_words)
        .or_else(reset)
        .unwrap_or(WINDOW)
        + ROUNDING
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

    #[test]
    fn the_wait_is_taken_from_wherever_it_stands() {
        let wait = |headers: &[(&str, &str)], body| {
            let Verdict::Blocked { wait, .. } = judged(429, headers, body) else {
                panic!("not blocked")
            };
            wait.as_secs()
        };
        let words =
            r#"{"message":"You reached your request limit. Wait 48 seconds.","errorCode":429}"#;
        assert_eq!(wait(&[], words), 49);
        assert_eq!(wait(&[("retry-after", "5")], words), 6);
        assert_eq!(wait(&[("x-requestcounter-reset", "17")], "{}"), 18);
        assert_eq!(wait(&[], ""), 61);
    }

    #[test]
    fn refusals_are_final_and_keep_the_vendors_words() {
        for (status, body, words) in [
            (
                400,
                r#"{"message":"Your API token is invalid.","errorCode":400}"#,
                "status 400: Your API token is invalid.",
            ),
            (
                403,
                r#"{"message":"The resource is restricted.","errorCode":403}"#,
                "not permitted by the plan of the token, status 403: The resource is restricted.",
            ),
            (
                404,
                r#"{"error":"The resource does not exist."}"#,
                "status 404: The resource does not exist.",
            ),
            (
                200,
                r#"{"message":"The resource is restricted.","errorCode":403}"#,
                "not permitted by the plan of the token, status 403: The resource is restricted.",
            ),
        ] {
            assert_eq!(
                judged(status, &[], body),
                Verdict::Reject {
                    reason: words.to_owned()
                }
            );
        }
    }

    #[test]
    fn an_empty_list_is_an_answer_and_no_calls_left_is_no_error() {
        let headers = [
            ("content-type", "application/json;charset=UTF-8"),
            ("x-requests-available-minute", "0"),
        ];
        assert_eq!(judged(200, &headers, r#"{"matches":[]}"#), Verdict::Ok);
        assert!(matches!(judged(200, &[], "<html>"), Verdict::Retry { .. }));
        assert!(matches!(judged(503, &[], ""), Verdict::Retry { .. }));
    }
}
