//! What a reply of Polygon means, by its status and its body.
//!
//! The vendor's words stand in `error` or in `message`. `DELAYED` is no error: the plan serves
//! everything a quarter of an hour late.

use std::time::Duration;

use serde::Deserialize;

use crate::verdict::{self, ReplyHead, Verdict};

/// Limits are per minute.
const WAIT_AFTER_429: Duration = Duration::from_secs(60);
/// An error body is shorter; a longer reply has rows.
const LONGEST_ERROR: usize = 4_096;

#[derive(Debug, Deserialize)]
struct Refused {
    status: String,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

impl Refused {
    fn of(body: &[u8]) -> Option<Self> {
        let refused: Self = (body.len() < LONGEST_ERROR)
            .then(|| serde_json::from_slice(body).ok())
            .flatten()?;
        let fine = matches!(refused.status.as_str(), "OK" | "DELAYED");
        (!fine).then_some(refused)
    }

    fn words(&self) -> String {
        let words = self.message.as_deref().or(self.error.as_deref());
        let words = verdict::words(words.unwrap_or_default().as_bytes());
        format!("{} {words}", self.status).trim_end().to_owned()
    }
}

pub(super) fn judge(head: &ReplyHead, body: &[u8]) -> Verdict {
    let refused = Refused::of(body);
    let reason = match &refused {
        Some(refused) => refused.words(),
        None => format!("status {}: {}", head.status, verdict::words(body)),
    };
    let kind = refused.as_ref().map(|refused| refused.status.as_str());
    match (head.status, kind) {
        (429, _) => blocked(head, reason),
        (_, Some(_)) if reason.contains("exceeded the maximum requests") => blocked(head, reason),
        (408 | 413 | 499 | 500.., _) => Verdict::Retry { reason },
        (404 | 200..=299, Some("NOT_FOUND")) => Verdict::Absent { reason },
        (200..=299, None) if verdict::is_json(head, body) => Verdict::Ok,
        (200..=299, None) => Verdict::Retry {
            reason: format!("expected JSON, {reason}"),
        },
        _ => Verdict::Reject { reason },
    }
}

fn blocked(head: &ReplyHead, reason: String) -> Verdict {
    Verdict::Blocked {
        wait: head.retry_after().unwrap_or(WAIT_AFTER_429),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Verdict {
        let head = ReplyHead {
            status,
            headers: Vec::new(),
        };
        judge(&head, body.as_bytes())
    }

    #[test]
    fn each_documented_error_has_its_meaning() {
        let reject = |reason: &str| Verdict::Reject {
            reason: reason.to_owned(),
        };
        assert_eq!(
            judged(
                401,
                r#"{"status":"ERROR","request_id":"r","error":"Unknown API Key"}"#
            ),
            reject("ERROR Unknown API Key")
        );
        assert_eq!(
            judged(
                403,
                r#"{"status":"NOT_AUTHORIZED","request_id":"r","message":"You are not entitled."}"#
            ),
            reject("NOT_AUTHORIZED You are not entitled.")
        );
        assert_eq!(
            judged(
                404,
                r#"{"status":"NOT_FOUND","request_id":"r","message":"Data not found."}"#
            ),
            Verdict::Absent {
                reason: "NOT_FOUND Data not found.".to_owned()
            }
        );
        let limited = r#"{"status":"ERROR","error":"You've exceeded the maximum requests per minute, please wait."}"#;
        for (status, body) in [(429, limited), (429, ""), (200, limited)] {
            let Verdict::Blocked { wait, .. } = judged(status, body) else {
                panic!("not blocked: {status} {body}")
            };
            assert_eq!(wait, WAIT_AFTER_429);
        }
        for (status, body) in [
            (502, "<html>bad gateway</html>"),
            (500, r#"{"status":"ERROR","error":"oops"}"#),
            (200, "<html></html>"),
            (200, ""),
        ] {
            assert!(
                matches!(judged(status, body), Verdict::Retry { .. }),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn delayed_and_empty_replies_are_read() {
        for body in [
            r#"{"status":"DELAYED","results":[]}"#,
            r#"{"status":"OK","request_id":"r"}"#,
            r#"{"success":true,"results":[]}"#,
        ] {
            assert_eq!(judged(200, body), Verdict::Ok, "{body}");
        }
    }
}
