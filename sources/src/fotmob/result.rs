//! How a match stands, from what FotMob calls its status.
//!
//! A score of 0 says nothing before kick-off; `started` and `finished` do. Goals of a shoot-out
//! stand apart, in the reason. A finished match is not always one that ended after 90 minutes, nor
//! one that was played: an awarded score was decided off the pitch. Reasons have keys since 2023;
//! their words depend on the language, so the keys go first.

use serde::Deserialize;

use super::text::text;
use crate::json::{Maybe, Word};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status<'a> {
    #[serde(default)]
    pub(super) started: Option<bool>,
    #[serde(default)]
    pub(super) finished: Option<bool>,
    #[serde(default)]
    cancelled: Option<bool>,
    #[serde(default)]
    awarded: Option<bool>,
    #[serde(default, borrow)]
    score_str: Option<Word<'a>>,
    #[serde(default, borrow)]
    pub(super) utc_time: Option<Word<'a>>,
    #[serde(default, borrow)]
    reason: Maybe<Reason<'a>>,
    #[serde(default, borrow)]
    who_lost_on_penalties: Option<Word<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reason<'a> {
    #[serde(default, borrow)]
    short: Option<Word<'a>>,
    #[serde(default, borrow)]
    short_key: Option<Word<'a>>,
    #[serde(default, borrow)]
    long: Option<Word<'a>>,
    #[serde(default, borrow)]
    long_key: Option<Word<'a>>,
    #[serde(default)]
    penalties: Maybe<Vec<i64>>,
}

/// Goals of home and away.
pub(super) type Goals = (i64, i64);

/// What is known of a result.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Without a shoot-out.
    pub(super) score: Option<Goals>,
    /// In 90 minutes, where the match ended after them.
    pub(super) regular: Option<Goals>,
    pub(super) penalties: Option<Goals>,
    pub(super) winner: Option<&'static str>,
    /// Over, whenever and however it ended.
    pub(super) finished: bool,
    /// Given up, before or while it was played: what stood after 90 minutes cannot be known.
    pub(super) given_up: bool,
}

impl Status<'_> {
    fn is(&self, flag: Option<bool>) -> bool {
        flag == Some(true)
    }

    /// The vendor's short word (`FT`, `AET`, `Pen`, `PP`, `Can`, `Ab`); where it gives none, `Can`,
    /// `FT`, `Live` or `NS` by its flags. `Awarded` is a flag beside a reason.
    pub(super) fn word(&self) -> &str {
        if self.is(self.awarded) {
            return "Awarded";
        }
        let given = self.reason.as_ref().and_then(Reason::word);
        given.unwrap_or(match () {
            () if self.is(self.cancelled) => "Can",
            () if self.is(self.finished) => "FT",
            () if self.is(self.started) => "Live",
            () => "NS",
        })
    }

    /// The goals of `scoreStr`, which some lists have instead of numbers.
    pub(super) fn score_in_words(&self) -> Option<Goals> {
        goals_in_words(text(&self.score_str)?)
    }

    /// The result, given the goals the reply shows and the names of both teams.
    pub(super) fn outcome(
        &self,
        shown: (Option<i64>, Option<i64>),
        teams: (Option<&str>, Option<&str>),
    ) -> Outcome {
        let finished = self.is(self.finished);
        let score = match shown {
            (Some(home), Some(away)) if finished || self.is(self.started) => Some((home, away)),
            _ => None,
        };
        let penalties = self.reason.as_ref().and_then(Reason::penalties);
        let word = self.word();
        let decided = finished && (!self.is(self.cancelled) || self.is(self.awarded));
        Outcome {
            score,
            regular: score.filter(|_| finished && word == "FT"),
            penalties,
            winner: score
                .filter(|_| decided)
                .and_then(|score| self.winner(score, penalties, teams)),
            finished,
            given_up: self.is(self.cancelled) || word == "Ab" || word == "Awarded",
        }
    }

    /// A shoot-out decides, even of a second leg that was won in play.
    fn winner(
        &self,
        score: Goals,
        penalties: Option<Goals>,
        teams: (Option<&str>, Option<&str>),
    ) -> Option<&'static str> {
        if let Some(shoot_out) = penalties {
            return Some(leader(shoot_out));
        }
        match text(&self.who_lost_on_penalties) {
            Some(lost) if Some(lost) == teams.0 => Some("away"),
            Some(lost) if Some(lost) == teams.1 => Some("home"),
            _ if self.word() == "Pen" => None,
            _ => Some(leader(score)),
        }
    }
}

impl Reason<'_> {
    fn word(&self) -> Option<&str> {
        let keys = [text(&self.short_key), text(&self.long_key)];
        let by_key = keys.into_iter().flatten().find_map(|key| {
            Some(match key {
                "fulltime_short" | "finished" => "FT",
                "afterextratime_short" | "afterextratime" => "AET",
                "penalties_short" | "afterpenalties_short" | "afterpenalties" => "Pen",
                "postponed_short" | "postponed" => "PP",
                "cancelled_short" | "cancelled" => "Can",
                "aborted_short" | "aborted" => "Ab",
                _ => return None,
            })
        });
        by_key.or(text(&self.short))
    }

    /// The goals of the shoot-out: two numbers, or within the long words (`Pen 3 - 4`).
    fn penalties(&self) -> Option<Goals> {
        match self.penalties.all() {
            [home, away] => Some((*home, *away)),
            _ => goals_in_words(text(&self.long)?.strip_prefix("Pen")?),
        }
    }
}

/// The goals of a text such as `2 - 1`.
fn goals_in_words(text: &str) -> Option<Goals> {
    let (home, away) = text.split_once('-')?;
    Some((home.trim().parse().ok()?, away.trim().parse().ok()?))
}

fn leader((home, away): Goals) -> &'static str {
    match home.cmp(&away) {
        std::cmp::Ordering::Greater => "home",
        std::cmp::Ordering::Less => "away",
        std::cmp::Ordering::Equal => "draw",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(json: &str, shown: Goals) -> (String, Outcome) {
        let status: Status<'_> = serde_json::from_str(json).unwrap();
        (
            status.word().to_owned(),
            status.outcome(
                (Some(shown.0), Some(shown.1)),
                (Some("Alpha"), Some("Beta")),
            ),
        )
    }

    #[test]
    fn nothing_is_scored_before_kick_off() {
        let (word, outcome) = outcome(
            r#"{"started":false,"finished":false,"cancelled":false}"#,
            (0, 0),
        );
        assert_eq!((word.as_str(), outcome), ("NS", Outcome::default()));
        let (word, outcome) = super::tests::outcome(
            r#"{"started":false,"cancelled":true,"reason":{"short":"PP"}}"#,
            (0, 0),
        );
        let postponed = Outcome {
            given_up: true,
            ..Outcome::default()
        };
        assert_eq!((word.as_str(), outcome), ("PP", postponed));
    }

    #[test]
    fn a_running_match_has_a_score_and_no_winner() {
        let (word, outcome) = outcome(r#"{"started":true,"finished":false}"#, (1, 0));
        assert_eq!(
            (
                word.as_str(),
                outcome.score,
                outcome.regular,
                outcome.winner
            ),
            ("Live", Some((1, 0)), None, None)
        );
    }

    #[test]
    fn shoot_outs_decide_and_are_not_goals() {
        let with = |reason: &str, rest: &str| {
            outcome(
                &format!(r#"{{"started":true,"finished":true,"reason":{reason}{rest}}}"#),
                (1, 1),
            )
            .1
        };
        let counted = with(r#"{"short":"Pen","penalties":[3,4]}"#, "");
        assert_eq!(
            (
                counted.score,
                counted.regular,
                counted.penalties,
                counted.winner
            ),
            (Some((1, 1)), None, Some((3, 4)), Some("away"))
        );
        assert_eq!(
            with(r#"{"short":"Pen"}"#, r#","whoLostOnPenalties":"Beta""#).winner,
            Some("home")
        );
        assert_eq!(
            with(r#"{"short":"Pen"}"#, r#","whoLostOnPenalties":null"#).winner,
            None
        );
        assert_eq!(with(r#"{"short":"FT"}"#, "").winner, Some("draw"));
        assert_eq!(with(r#"{"short":"AET"}"#, "").regular, None);
    }

    #[test]
    fn reasons_go_by_their_keys_and_shoot_outs_by_their_words_too() {
        let with = |reason: &str| {
            outcome(
                &format!(r#"{{"started":true,"finished":true,"reason":{reason}}}"#),
                (1, 1),
            )
        };
        let (word, result) =
            with(r#"{"short":"Str","longKey":"afterpenalties","long":"Pen 3 - 4"}"#);
        assert_eq!(
            (word.as_str(), result.penalties, result.winner),
            ("Pen", Some((3, 4)), Some("away"))
        );
        let (word, result) =
            with(r#"{"short":"Slutt","shortKey":"fulltime_short","long":"Slutt"}"#);
        assert_eq!((word.as_str(), result.regular), ("FT", Some((1, 1))));
        assert_eq!(with(r#"{"short":"XX"}"#).0, "XX");
    }

    #[test]
    fn an_awarded_score_was_not_played() {
        let (word, outcome) = outcome(
            r#"{"started":true,"finished":true,"cancelled":true,"awarded":true,"reason":{"short":"FT"}}"#,
            (3, 0),
        );
        assert_eq!(
            (
                word.as_str(),
                outcome.score,
                outcome.regular,
                outcome.winner
            ),
            ("Awarded", Some((3, 0)), None, Some("home"))
        );
        assert!(outcome.given_up);
    }

    #[test]
    fn an_abandoned_match_keeps_its_score_and_has_no_winner() {
        let (word, outcome) = outcome(
            r#"{"started":true,"finished":true,"cancelled":true,"reason":{"short":"Ab"}}"#,
            (0, 2),
        );
        assert_eq!(
            (word.as_str(), outcome.score, outcome.winner),
            ("Ab", Some((0, 2)), None)
        );
    }
}
