//! What a reply of Xignite means: its `Outcome`, whatever the status.

use std::time::Duration;

use serde::Deserialize;

use crate::verdict::{self, ReplyHead, Verdict};

/// Nothing is documented: what most vendors' limits are counted in.
const WAIT_AFTER_429: Duration = Duration::from_secs(60);

pub(super) const SUCCESS: &str = "Success";
/// The vendor has nothing of the kind.
const REQUEST_ERROR: &str = "RequestError";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    outcome: String,
    #[serde(default)]
    message: Option<String>,
}

pub(super) fn judge(head: &ReplyHead, body: &[u8]) -> Verdict {
    let told: Option<Told> = serde_json::from_slice(body).ok();
    let reason = match &told {
        Some(told) => {
            let message = told.message.as_deref().unwrap_or_default();
            let words = verdict::words(message.as_bytes());
            format!("{} {words}", told.outcome).trim_end().to_owned()
        }
        None => format!("status {}: {}", head.status, verdict::words(body)),
    };
    match (head.status, told.as_ref().map(|told| told.outcome.as_str())) {
        (429, _) => Verdict::Blocked {
            wait: head.retry_after().unwrap_or(WAIT_AFTER_429),
            reason,
        },
        (408 | 500.., _) => Verdict::Retry { reason },
        (200..=299, Some(SUCCESS)) => Verdict::Ok,
        (_, Some(REQUEST_ERROR)) => Verdict::Absent { reason },
        // A trouble of the vendor's own, or an outcome that is not known yet.
        (200..=299, Some(_)) => Verdict::Retry { reason },
        (200..=299, None) => Verdict::Retry {
            reason: format!("expected JSON with an Outcome, {reason}"),
        },
        _ => Verdict::Reject { reason },
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
    fn the_outcome_counts_and_not_the_status() {
        assert_eq!(
            judged(200, r#"{"Outcome":"Success","Message":null}"#),
            Verdict::Ok
        );
        assert_eq!(
            judged(200, r#"{"Outcome":"RequestError","Message":"No data."}"#),
            Verdict::Absent {
                reason: "RequestError No data.".to_owned()
            }
        );
        for (status, body) in [
            (200, r#"{"Outcome":"SystemError","Message":"Try again."}"#),
            (200, r#"{"Outcome":"Whatever"}"#),
            (200, "[]"),
            (200, "<html>"),
            (503, ""),
        ] {
            assert!(
                matches!(judged(status, body), Verdict::Retry { .. }),
                "{status} {body}"
            );
        }
        assert!(matches!(judged(429, ""), Verdict::Blocked { .. }));
        assert!(matches!(judged(403, "no"), Verdict::Reject { .. }));
    }
}
