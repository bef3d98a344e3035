//! Dates as people write them: `YYYY-MM-DD` or RFC 3339, always UTC.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// Reads a date (midnight UTC) or an RFC 3339 instant.
///
/// # Errors
/// With a sentence that says which forms are understood.
pub fn parse(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Ok(date.and_time(NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant.to_utc())
        .map_err(|_| format!("{text:?} is no date: write YYYY-MM-DD or RFC 3339 such as 2024-01-31T12:00:00Z (UTC)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_utc() {
        assert_eq!(
            parse("2024-02-29").unwrap().to_rfc3339(),
            "2024-02-29T00:00:00+00:00"
        );
        assert_eq!(
            parse("2024-01-01T01:00:00+01:00").unwrap(),
            parse("2024-01-01").unwrap()
        );
        for bad in ["2023-02-29", "01.02.2024", "yesterday", ""] {
            assert!(parse(bad).unwrap_err().contains("YYYY-MM-DD"));
        }
    }
}
