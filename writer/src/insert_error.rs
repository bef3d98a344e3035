//! What a failed insert means.
//!
//! Pure. The kinds differ in what happens to the messages: only [`Kind::Refused`] blames the data
//! and leads to a dead letter. Whatever is not known to be the data's fault is tried again,
//! because a message that waits is not lost.

use clickhouse::error::Error;
use common::service::chain;

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The same bytes again after a wait; whether they were stored is unknown.
    Retry,
    /// The server has too many parts: again, alone, after a longer wait.
    TooManyParts,
    /// Something that every insert would meet, such as a missing table: again after a longer wait,
    /// for a person has to act.
    Hold,
    /// The data is at fault: the same bytes would be refused for ever.
    Refused,
}

/// A failed insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What to do about it.
    pub(crate) kind: Kind,
    /// ClickHouse's error code, where there is one.
    pub(crate) code: Option<u32>,
    /// The reason, the same words for the same cause.
    pub(crate) label: String,
    /// What the server said, shortened.
    pub(crate) words: String,
}

/// TOO_MANY_PARTS
const TOO_MANY_PARTS: u32 = 252;

/// Codes that blame values or bytes. The columns and their types were checked before
/// ([`crate::layout`]), so codes about those blame the table and stand below.
const DATA: &[u32] = &[
    6,   // CANNOT_PARSE_TEXT
    26,  // CANNOT_PARSE_QUOTED_STRING
    27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    32,  // ATTEMPT_TO_READ_AFTER_EOF
    33,  // CANNOT_READ_ALL_DATA
    38,  // CANNOT_PARSE_DATE
    41,  // CANNOT_PARSE_DATETIME
    69,  // ARGUMENT_OUT_OF_BOUND
    70,  // CANNOT_CONVERT_TYPE
    72,  // CANNOT_PARSE_NUMBER
    117, // INCORRECT_DATA
    128, // TOO_LARGE_ARRAY_SIZE
    131, // TOO_LARGE_STRING_SIZE
    190, // SIZES_OF_ARRAYS_DONT_MATCH
    271, // CANNOT_DECOMPRESS
    321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
    407, // DECIMAL_OVERFLOW
    469, // VIOLATED_CONSTRAINT
];

/// Codes that every insert would meet until a person acts: the table, the database, the account,
/// a quota, or a statement that the server does not understand.
const EVERY_INSERT: &[u32] = &[
    8,   // THERE_IS_NO_COLUMN
    10,  // NOT_FOUND_COLUMN_IN_BLOCK
    16,  // NO_SUCH_COLUMN_IN_TABLE
    36,  // BAD_ARGUMENTS
    44,  // ILLEGAL_COLUMN
    47,  // UNKNOWN_IDENTIFIER
    53,  // TYPE_MISMATCH
    60,  // UNKNOWN_TABLE
    62,  // SYNTAX_ERROR
    73,  // UNKNOWN_FORMAT
    81,  // UNKNOWN_DATABASE
    115, // UNKNOWN_SETTING
    164, // READONLY
    192, // UNKNOWN_USER
    193, // WRONG_PASSWORD
    194, // REQUIRED_PASSWORD
    201, // QUOTA_EXCEEDED
    243, // NOT_ENOUGH_SPACE
    452, // SETTING_CONSTRAINT_VIOLATION
    497, // ACCESS_DENIED
    516, // AUTHENTICATION_FAILED
    565, // TOO_MANY_PARTITIONS
];

/// Reads the client's error.
pub(crate) fn classify(error: &Error) -> Failure {
    let failure = |kind, code, label: &str, words: &str| Failure {
        kind,
        code,
        label: label.to_owned(),
        words: shortened(words),
    };
    match error {
        Error::BadResponse(words) => match code_of(words) {
            Some(TOO_MANY_PARTS) => failure(
                Kind::TooManyParts,
                Some(TOO_MANY_PARTS),
                "too many parts",
                words,
            ),
            Some(code) => failure(kind_of(code), Some(code), &format!("code {code}"), words),
            // A proxy in between, or a server that is going down.
            None => failure(Kind::Retry, None, "no ClickHouse answered", words),
        },
        Error::TimedOut => failure(Kind::Retry, None, "no answer in time", ""),
        Error::Network(_) => failure(Kind::Retry, None, "not reachable", &chain(error)),
        other => failure(Kind::Retry, None, "the client failed", &chain(other)),
    }
}

fn kind_of(code: u32) -> Kind {
    if DATA.contains(&code) {
        Kind::Refused
    } else if EVERY_INSERT.contains(&code) {
        Kind::Hold
    } else {
        Kind::Retry
    }
}

/// The number of `Code: 241. DB::Exception: ...`.
fn code_of(words: &str) -> Option<u32> {
    let digits = words.trim_start().strip_prefix("Code: ")?;
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().ok()
}

/// Server messages can quote whole statements and rows.
fn shortened(words: &str) -> String {
    const MOST: usize = 500;
    let line = words.lines().next().unwrap_or_default();
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &str) -> (Kind, Option<u32>) {
        let failure = classify(&Error::BadResponse(words.to_owned()));
        (failure.kind, failure.code)
    }

    #[test]
    fn codes_mean_what_the_server_means() {
        let code = |code: u32| of(&format!("Code: {code}. DB::Exception: words (NAME)")).0;
        for retried in [
            159, 160, 202, 209, 210, 225, 236, 241, 242, 279, 285, 286, 289, 319, 364, 394, 425,
            439, 473, 499, 745, 999, 1001, 99_999,
        ] {
            assert_eq!(code(retried), Kind::Retry, "{retried}");
        }
        for held in [16, 53, 60, 62, 81, 115, 164, 201, 243, 497, 516, 565] {
            assert_eq!(code(held), Kind::Hold, "{held}");
        }
        for refused in [6, 27, 33, 117, 131, 321, 349, 407, 469] {
            assert_eq!(code(refused), Kind::Refused, "{refused}");
        }
        assert_eq!(code(252), Kind::TooManyParts);
    }

    #[test]
    fn a_code_is_read_with_and_without_words() {
        assert_eq!(of("Code: 252"), (Kind::TooManyParts, Some(252)));
        assert_eq!(of("502 Bad Gateway"), (Kind::Retry, None));
        assert_eq!(of("<html>Code: 60.</html>"), (Kind::Retry, None));
        assert_eq!(of(""), (Kind::Retry, None));
    }

    #[test]
    fn an_unknown_outcome_is_tried_again() {
        assert_eq!(classify(&Error::TimedOut).kind, Kind::Retry);
        let cut = Error::Network("connection closed".into());
        let failure = classify(&cut);
        assert_eq!(
            (failure.kind, failure.label.as_str()),
            (Kind::Retry, "not reachable")
        );
        assert_eq!(failure.words, "network error: connection closed");
    }

    #[test]
    fn long_words_are_shortened() {
        let failure = classify(&Error::BadResponse("ü".repeat(2_000) + "\nmore"));
        assert_eq!(failure.words.chars().count(), 503);
    }
}
