//! What a reply of OKX means, by its status and its `{"code", "msg"}`: an error may come with HTTP
//! status 200, and limits have no `Retry-After`, so their window of two seconds is waited out.

use std::time::Duration;

use serde::Deserialize;

use crate::json::Word;
use crate::verdict::{self, ReplyHead, Verdict};

/// The vendor counts requests in windows of two seconds.
const WINDOW: Duration = Duration::from_secs(2);
/// Rate limit reached, and requests too frequent.
const TOO_MANY: &[&str] = &["50011", "50040"];
/// Service unavailable, timeout, busy, system error.
const PASSING: &[&str] = &["50001", "50004", "50013", "50026"];
/// What nearly every reply begins with.
const FINE: &[u8] = br#"{"code":"0""#;
/// Listings of archives without files are this short.
const SHORT: usize = 4_096;

#[derive(Debug, Default, Deserialize)]
struct Said<'a> {
    #[serde(default, borrow)]
    code: Option<Word<'a>>,
    #[serde(default, borrow)]
    msg: Option<Word<'a>>,
}

pub(super) fn judge(head: &ReplyHead, body: &[u8]) -> Verdict {
    if head.status == 200 {
        if body.starts_with(FINE) {
            return listing(body);
        }
        if is_file(head, body) {
            return Verdict::Ok;
        }
    }
    let said: Option<Said<'_>> = serde_json::from_slice(body).ok();
    let code = said.as_ref().and_then(|said| said.code.as_ref());
    let code = code.map(Word::as_str).filter(|code| *code != "0");
    let reason = match (code, said.as_ref().and_then(|said| said.msg.as_ref())) {
        (Some(code), msg) => {
            let msg = msg.map_or("", Word::as_str);
            format!("{code} {}", verdict::words(msg.as_bytes()))
        }
        _ => format!("status {}: {}", head.status, verdict::words(body)),
    };
    by_code(head, code, reason.trim_end().to_owned(), body)
}

fn by_code(head: &ReplyHead, code: Option<&str>, reason: String, body: &[u8]) -> Verdict {
    match (head.status, code) {
        (_, Some(code)) if TOO_MANY.contains(&code) => blocked(head, reason),
        (_, Some(code)) if PASSING.contains(&code) => Verdict::Retry { reason },
        (429, _) => blocked(head, reason),
        (408 | 500.., _) => Verdict::Retry { reason },
        (200..=299, None) if verdict::is_json(head, body) => listing(body),
        (200..=299, None) => Verdict::Retry {
            reason: format!("expected JSON, {reason}"),
        },
        (404, None) if contains(body, b"NoSuchKey") => Verdict::Absent { reason },
        (403, None) => Verdict::Reject {
            reason: format!("refused by the vendor's firewall, {reason}"),
        },
        (451, _) => Verdict::Reject {
            reason: format!("not served to this restricted region, {reason}"),
        },
        _ => Verdict::Reject { reason },
    }
}

fn blocked(head: &ReplyHead, reason: String) -> Verdict {
    Verdict::Blocked {
        wait: head.retry_after().unwrap_or(WINDOW),
        reason,
    }
}

/// A zip, or a table as text.
fn is_file(head: &ReplyHead, body: &[u8]) -> bool {
    let kind = head.header("content-type").unwrap_or_default();
    body.starts_with(b"PK")
        || ["zip", "octet-stream", "csv"]
            .iter()
            .any(|of| kind.contains(of))
}

/// A listing of archives without a file is the vendor's way to say that it has none.
fn listing(body: &[u8]) -> Verdict {
    if body.len() > SHORT || !contains(body, b"\"dateAggrType\"") {
        return Verdict::Ok;
    }
    match super::archive::is_empty_listing(body) {
        true => Verdict::Absent {
            reason: "the vendor lists no archive file of that time".to_owned(),
        },
        false => Verdict::Ok,
    }
}

fn contains(body: &[u8], words: &[u8]) -> bool {
    body[..body.len().min(SHORT)]
        .windows(words.len())
        .any(|window| window == words)
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

    fn error(code: &str, msg: &str) -> String {
        format!(r#"{{"msg":"{msg}","code":"{code}","data":[]}}"#)
    }

    #[test]
    fn limits_are_waited_out_whatever_the_status() {
        for (status, body) in [
            (429, error("50011", "Too Many Requests")),
            (
                200,
                error(
                    "50011",
                    "Rate limit reached. Please refer to API documentation",
                ),
            ),
            (
                200,
                error("50040", "Too frequent operations, please try again later"),
            ),
            (429, String::new()),
        ] {
            let Verdict::Blocked { wait, reason } = judged(status, &body) else {
                panic!("{status} {body}")
            };
            assert_eq!(wait, WINDOW);
            assert!(body.is_empty() || reason.starts_with("500"), "{reason}");
        }
    }

    #[test]
    fn passing_troubles_are_retried() {
        for (status, body) in [
            (
                503,
                error("50001", "Service temporarily unavailable. Try again later."),
            ),
            (
                429,
                error("50013", "Systems are busy. Please try again later."),
            ),
            (500, error("50026", "System error. Try again later.")),
            (400, error("50004", "API endpoint request timeout")),
            (502, "<html>bad gateway</html>".to_owned()),
            (200, "<html>please wait</html>".to_owned()),
            (200, String::new()),
        ] {
            assert!(
                matches!(judged(status, &body), Verdict::Retry { .. }),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn final_refusals_keep_the_vendors_words() {
        for (status, code, msg) in [
            (400, "51000", "Parameter bar error"),
            (400, "50014", "Parameter instId cannot be empty."),
            (200, "51001", "Instrument ID does not exist"),
            (410, "50005", "API is offline or unavailable."),
        ] {
            let reason = format!("{code} {msg}");
            assert_eq!(
                judged(status, &error(code, msg)),
                Verdict::Reject { reason }
            );
        }
        let Verdict::Reject { reason } = judged(403, "<html>blocked</html>") else {
            panic!()
        };
        assert!(reason.contains("firewall"));
    }

    #[test]
    fn an_empty_listing_of_archives_is_absence() {
        let listing = |details: &str| {
            format!(
                r#"{{"code":"0","msg":"","data":[{{"dateAggrType":"daily","details":{details},"totalSizeMB":"0","ts":"1"}}]}}"#
            )
        };
        assert!(matches!(
            judged(200, &listing("[]")),
            Verdict::Absent { .. }
        ));
        let one = r#"[{"instId":"","instFamily":"A-B","groupDetails":[{"dateTs":"0","url":"https://x/y.zip"}]}]"#;
        assert_eq!(judged(200, &listing(one)), Verdict::Ok);
        assert!(matches!(
            judged(404, "<Error><Code>NoSuchKey</Code></Error>"),
            Verdict::Absent { .. }
        ));
    }

    #[test]
    fn rows_and_files_are_read() {
        for body in [
            r#"{"code":"0","msg":"","data":[]}"#,
            "{\n \"code\": \"0\",\n \"data\": []}",
            "PK\u{3}\u{4}",
        ] {
            assert_eq!(judged(200, body), Verdict::Ok);
        }
    }
}
