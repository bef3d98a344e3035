//! What a reply of FotMob means.
//!
//! Nothing is documented. A gate shows as 401, 403 or a page where JSON is expected: access is
//! refused, and asking again or differently would be working around it. An unknown match answers
//! 404, or 200 with `null`.

use std::time::Duration;

use serde::Deserialize;

use crate::verdict::{self, ReplyHead, Verdict};

const WAIT_AFTER_429: Duration = Duration::from_secs(60);

#[derive(Debug, Deserialize)]
struct Refused {
    error: serde_json::Value,
}

pub(super) fn judge(head: &ReplyHead, body: &[u8]) -> Verdict {
    let reason = format!("status {}: {}", head.status, verdict::words(body));
    match head.status {
        429 => Verdict::Blocked {
            wait: head.retry_after().unwrap_or(WAIT_AFTER_429),
            reason,
        },
        408 | 500.. => Verdict::Retry { reason },
        401 | 403 => Verdict::Reject {
            reason: format!("the vendor's gate refuses access, {reason}"),
        },
        404 => Verdict::Reject {
            reason: format!("unknown to the vendor, {reason}"),
        },
        200..=299 => judge_body(head, body, reason),
        _ => Verdict::Reject { reason },
    }
}

fn judge_body(head: &ReplyHead, body: &[u8], reason: String) -> Verdict {
    let body = body.trim_ascii();
    if body.is_empty() {
        return Verdict::Retry {
            reason: "the reply is empty".to_owned(),
        };
    }
    if body == b"null" {
        return Verdict::Reject {
            reason: "unknown to the vendor: the reply is null".to_owned(),
        };
    }
    if !verdict::is_json(head, body) {
        return Verdict::Reject {
            reason: format!("the vendor's gate answers with a page instead of JSON, {reason}"),
        };
    }
    // The body of a refusal is short; details of a match are not read twice.
    let refused: Option<Refused> = (body.len() < 2_000)
        .then(|| serde_json::from_slice(body).ok())
        .flatten();
    match refused {
        Some(Refused { error })
            if !matches!(
                error,
                serde_json::Value::Null | serde_json::Value::Bool(false)
            ) =>
        {
            Verdict::Reject { reason }
        }
        _ => Verdict::Ok,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Verdict {
        judge(
            &ReplyHead {
                status,
                headers: Vec::new(),
            },
            body.as_bytes(),
        )
    }

    #[test]
    fn gates_are_final() {
        for (status, body) in [
            (401, ""),
            (403, "<html>check</html>"),
            (200, "<!DOCTYPE html><html>"),
            (200, " null "),
        ] {
            assert!(
                matches!(judged(status, body), Verdict::Reject { .. }),
                "{status} {body}"
            );
        }
        assert_eq!(
            judged(404, "not found"),
            Verdict::Reject {
                reason: "unknown to the vendor, status 404: not found".to_owned()
            }
        );
        assert!(
            matches!(judged(200, r#"{"error":true,"message":"no such match"}"#), Verdict::Reject { reason } if reason.contains("no such match"))
        );
    }

    #[test]
    fn passing_troubles_are_not() {
        assert!(matches!(judged(500, ""), Verdict::Retry { .. }));
        assert!(matches!(judged(200, ""), Verdict::Retry { .. }));
        assert_eq!(
            judged(429, "slow down"),
            Verdict::Blocked {
                wait: WAIT_AFTER_429,
                reason: "status 429: slow down".to_owned()
            }
        );
        assert_eq!(
            judged(200, r#"{"leagues":[],"date":"20310901"}"#),
            Verdict::Ok
        );
    }
}
