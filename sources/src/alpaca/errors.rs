//! What a reply of Alpaca means, by its status and its `{"message": ..}` body.

use std::time::Duration;

use chrono::DateTime;
use serde::Deserialize;

use crate::verdict::{self, ReplyHead, Verdict};

/// Where the vendor does not say how long: its limits are per minute.
const WAIT_AFTER_429: Duration = Duration::from_secs(60);
/// An error body is shorter; a longer reply has rows.
const LONGEST_ERROR: usize = 4_096;

#[derive(Debug, Deserialize)]
struct Refused {
    message: String,
    #[serde(default)]
    code: Option<i64>,
}

impl Refused {
    fn of(body: &[u8]) -> Option<Self> {
        (body.len() < LONGEST_ERROR)
            .then(|| serde_json::from_slice(body).ok())
            .flatten()
    }

    fn words(&self) -> String {
        let words = verdict::words(self.message.as_bytes());
        match self.code {
            Some(code) => format!("{code} {words}"),
            None => words,
        }
    }
}

pub(super) fn judge(head: &ReplyHead, body: &[u8]) -> Verdict {
    let refused = Refused::of(body);
    let reason = match &refused {
        Some(refused) => refused.words(),
        None => format!("status {}: {}", head.status, verdict::words(body)),
    };
    match (head.status, refused.is_some()) {
        (429, _) => Verdict::Blocked {
            wait: until_reset(head),
            reason,
        },
        (408 | 500.., _) => Verdict::Retry { reason },
        (200..=299, false) if verdict::is_json(head, body) => Verdict::Ok,
        (200..=299, false) => Verdict::Retry {
            reason: format!("expected JSON, {reason}"),
        },
        (401 | 403, false) => Verdict::Reject {
            reason: format!("the key id or the secret is wrong or missing, {reason}"),
        },
        (403 | 422, true)
            if reason.contains("recent SIP data") || reason.contains("end is too late") =>
        {
            Verdict::Reject {
                reason: format!(
                    "{reason}: the basic plan serves sip 15 minutes late; ask for an earlier end or for feed=iex"
                ),
            }
        }
        _ => Verdict::Reject { reason },
    }
}

/// What `Retry-After` says, else the instant of `X-RateLimit-Reset` by the vendor's own clock.
fn until_reset(head: &ReplyHead) -> Duration {
    let reset = || {
        let reset: i64 = head.header("x-ratelimit-reset")?.trim().parse().ok()?;
        let now = DateTime::parse_from_rfc2822(head.header("date")?).ok()?;
        let left = u64::try_from(reset - now.timestamp()).ok()?;
        Some(Duration::from_secs(left.clamp(1, 60)))
    };
    head.retry_after().or_else(reset).unwrap_or(WAIT_AFTER_429)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, headers: &[(&str, &str)], body: &str) -> Verdict {
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let head = ReplyHead {
            status,
            headers: headers.collect(),
        };
        judge(&head, body.as_bytes())
    }

    #[test]
    fn limits_block_until_they_are_reset() {
        let wait = |headers: &[(&str, &str)]| {
            let Verdict::Blocked { wait, .. } =
                judged(429, headers, r#"{"message":"too many requests."}"#)
            else {
                panic!("not blocked")
            };
            wait.as_secs()
        };
        assert_eq!(wait(&[]), 60);
        assert_eq!(wait(&[("retry-after", "3")]), 3);
        let reset = [
            ("x-ratelimit-reset", "1700000012"),
            ("date", "Tue, 14 Nov 2023 22:13:20 GMT"),
        ];
        assert_eq!(wait(&reset), 12);
    }

    #[test]
    fn each_documented_error_has_its_meaning() {
        let recent = r#"{"message":"subscription does not permit querying recent SIP data"}"#;
        let Verdict::Reject { reason } = judged(403, &[], recent) else {
            panic!("not rejected")
        };
        assert!(reason.contains("15 minutes") && reason.starts_with("subscription does"));
        for (status, body) in [
            (400, r#"{"message":"invalid start"}"#),
            (403, ""),
            (422, r#"{"message":"end is too late for subscription"}"#),
            (404, r#"{"message":"endpoint not found."}"#),
            (200, r#"{"message":"no"}"#),
        ] {
            assert!(
                matches!(judged(status, &[], body), Verdict::Reject { .. }),
                "{status}"
            );
        }
        let internal = r#"{"code":50010000,"message":"internal server error occurred"}"#;
        assert_eq!(
            judged(500, &[], internal),
            Verdict::Retry {
                reason: "50010000 internal server error occurred".to_owned()
            }
        );
        assert!(matches!(judged(200, &[], "<html>"), Verdict::Retry { .. }));
        assert_eq!(
            judged(200, &[], r#"{"bars":{},"next_page_token":null}"#),
            Verdict::Ok
        );
    }
}
