//! Scores of football-data.org, taken apart.
//!
//! The vendor's `fullTime` is the running score: after extra time and a shoot-out it includes the
//! goals of both. `regularTime` is missing, or filled with nulls, in older replies.

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Score<'a> {
    #[serde(default)]
    winner: Option<&'a str>,
    #[serde(default)]
    full_time: Option<Goals>,
    #[serde(default)]
    half_time: Option<Goals>,
    #[serde(default)]
    regular_time: Option<Goals>,
    #[serde(default)]
    extra_time: Option<Goals>,
    #[serde(default)]
    penalties: Option<Goals>,
}

/// Goals of both sides, as far as they are known.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Goals {
    #[serde(default)]
    pub(super) home: Option<i64>,
    #[serde(default)]
    pub(super) away: Option<i64>,
}

impl Goals {
    fn each(self, other: Self, f: impl Fn(i64, i64) -> i64) -> Self {
        let side = |a: Option<i64>, b: Option<i64>| Some(f(a?, b.unwrap_or(0)));
        Self {
            home: side(self.home, other.home),
            away: side(self.away, other.away),
        }
    }

    fn known(self) -> Option<Self> {
        (self.home.is_some() && self.away.is_some()).then_some(self)
    }
}

/// The parts of a score, none of which includes another's goals but `total` those of 90 minutes
/// and extra time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) total: Goals,
    pub(super) regular: Goals,
    pub(super) extra: Goals,
    pub(super) penalties: Goals,
    pub(super) half: Goals,
}

impl Score<'_> {
    pub(super) fn parts(&self) -> Parts {
        let extra = self.extra_time.unwrap_or_default();
        let penalties = self.penalties.unwrap_or_default();
        let without_shoot_out = self
            .full_time
            .unwrap_or_default()
            .each(penalties, |full, shoot_out| full - shoot_out);
        let regular = self.regular_time.and_then(Goals::known);
        let total = regular.map_or(without_shoot_out, |regular| {
            regular.each(extra, |regular, extra| regular + extra)
        });
        Parts {
            total,
            regular: regular
                .unwrap_or_else(|| without_shoot_out.each(extra, |all, extra| all - extra)),
            extra,
            penalties,
            half: self.half_time.unwrap_or_default(),
        }
    }

    pub(super) fn winner(&self) -> Option<&'static str> {
        match self.winner? {
            "HOME_TEAM" => Some("home"),
            "AWAY_TEAM" => Some("away"),
            "DRAW" => Some("draw"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(json: &str) -> [(Option<i64>, Option<i64>); 4] {
        let parts = serde_json::from_str::<Score<'_>>(json).unwrap().parts();
        [parts.total, parts.regular, parts.extra, parts.penalties]
            .map(|goals| (goals.home, goals.away))
    }

    const NONE: (Option<i64>, Option<i64>) = (None, None);

    fn goals(home: i64, away: i64) -> (Option<i64>, Option<i64>) {
        (Some(home), Some(away))
    }

    #[test]
    fn a_shoot_out_is_not_part_of_the_score() {
        let filled = r#"{"winner":"HOME_TEAM","duration":"PENALTY_SHOOTOUT","fullTime":{"home":8,"away":7},
            "regularTime":{"home":2,"away":2},"extraTime":{"home":1,"away":1},"penalties":{"home":5,"away":4}}"#;
        let expected = [goals(3, 3), goals(2, 2), goals(1, 1), goals(5, 4)];
        assert_eq!(parts(filled), expected);
        assert_eq!(
            parts(&filled.replace(r#""regularTime":{"home":2,"away":2},"#, "")),
            expected
        );
        assert_eq!(
            parts(&filled.replace(r#"{"home":2,"away":2}"#, r#"{"home":null,"away":null}"#)),
            expected
        );
    }

    #[test]
    fn plain_and_unknown_scores() {
        assert_eq!(
            parts(r#"{"fullTime":{"home":2,"away":1},"halfTime":{"home":0,"away":0}}"#),
            [goals(2, 1), goals(2, 1), NONE, NONE]
        );
        assert_eq!(
            parts(r#"{"winner":null,"fullTime":{"home":null,"away":null}}"#),
            [NONE; 4]
        );
        assert_eq!(
            parts(r#"{"winner":null,"fullTime":null,"penalties":null}"#),
            [NONE; 4]
        );
        assert_eq!(
            parts(r#"{"fullTime":{"home":3,"away":1},"extraTime":{"home":2,"away":0}}"#)[..3],
            [goals(3, 1), goals(1, 1), goals(2, 0)]
        );
    }
}
