//! Football matches and what happened in them.
//!
//! The SQL of these tables stands in `config/schema/0002_matches.sql`.

use super::columns::*;
use super::definitions::row_types;

row_types! {
    /// A football match.
    Match {
        /// The vendor.
        source: Text,
        /// The vendor's id.
        match_id: Text,
        /// Competition, by name.
        competition: OptText,
        /// Competition, by the vendor's id.
        competition_id: OptText,
        /// Season, as the year it starts or the vendor's words.
        season: OptText,
        /// `REGULAR_SEASON`, `FINAL`, ...: the vendor's words.
        stage: OptText,
        /// Round.
        matchday: OptInt,
        /// Kick-off in UTC.
        utc_kickoff: OptTime,
        /// The vendor's status; a score alone never means that a match is over.
        status: Text,
        /// Home team, the vendor's id.
        home_team_id: OptText,
        /// Home team.
        home_team: OptText,
        /// Away team, the vendor's id.
        away_team_id: OptText,
        /// Away team.
        away_team: OptText,
        /// Goals without the shoot-out.
        home_score: OptInt,
        /// Goals without the shoot-out.
        away_score: OptInt,
        /// Goals in 90 minutes.
        home_score_90: OptInt,
        /// Goals in 90 minutes.
        away_score_90: OptInt,
        /// Goals in extra time.
        home_score_extra: OptInt,
        /// Goals in extra time.
        away_score_extra: OptInt,
        /// Goals in the shoot-out.
        home_score_penalties: OptInt,
        /// Goals in the shoot-out.
        away_score_penalties: OptInt,
        /// Goals at half time.
        home_score_half: OptInt,
        /// Goals at half time.
        away_score_half: OptInt,
        /// `home`, `away`, `draw`, or nothing while undecided.
        winner: OptText,
        /// Ground.
        venue: OptText,
    }
    /// Something that happened in a match.
    MatchEvent {
        /// The vendor.
        source: Text,
        /// The match.
        match_id: Text,
        /// The vendor's id, or the place in its list where there is none.
        event_id: Text,
        /// `Goal`, `Card`, `Substitution`, ...: the vendor's words.
        event_type: Text,
        /// Minute of play.
        minute: OptInt,
        /// Minutes of added time.
        added: OptInt,
        /// The side it belongs to: `home` or `away`.
        side: OptText,
        /// The team, the vendor's id.
        team_id: OptText,
        /// The player, the vendor's id.
        player_id: OptText,
        /// The player.
        player: OptText,
        /// The second player: the assist, or who went off.
        other_player_id: OptText,
        /// The second player.
        other_player: OptText,
        /// Home goals after it.
        home_score: OptInt,
        /// Away goals after it.
        away_score: OptInt,
        /// Colour of the card, kind of goal, reason: the vendor's words.
        detail: OptText,
    }
    /// A shot.
    MatchShot {
        /// The vendor.
        source: Text,
        /// The match.
        match_id: Text,
        /// The vendor's id.
        shot_id: Text,
        /// `Goal`, `AttemptSaved`, `Miss`, ...: the vendor's words.
        outcome: Text,
        /// Minute of play.
        minute: OptInt,
        /// Minutes of added time.
        added: OptInt,
        /// The vendor's word for the period.
        period: OptText,
        /// The team, the vendor's id.
        team_id: OptText,
        /// The player, the vendor's id.
        player_id: OptText,
        /// The player.
        player: OptText,
        /// Metres from the own goal line, 0 to 105.
        x: OptFloat,
        /// Metres from the right touch line, 0 to 68.
        y: OptFloat,
        /// Expected goals.
        xg: OptFloat,
        /// Expected goals of a shot on target.
        xgot: OptFloat,
        /// On target and not blocked.
        on_target: OptFlag,
        /// Blocked.
        blocked: OptFlag,
        /// Into the own goal.
        own_goal: OptFlag,
        /// `RegularPlay`, `FromCorner`, ...: the vendor's words.
        situation: OptText,
        /// `RightFoot`, `Header`, ...: the vendor's words.
        body_part: OptText,
    }
    /// A player in a line-up.
    MatchLineup {
        /// The vendor.
        source: Text,
        /// The match.
        match_id: Text,
        /// The team, the vendor's id.
        team_id: Text,
        /// The player, the vendor's id.
        player_id: Text,
        /// The player.
        player: OptText,
        /// The side: `home` or `away`.
        side: OptText,
        /// `starter`, `bench`, `coach` or `unavailable`.
        role: Text,
        /// The team's formation.
        formation: OptText,
        /// Number on the shirt.
        shirt_number: OptText,
        /// The vendor's position.
        position: OptText,
        /// The vendor's rating.
        rating: OptText,
    }
    /// A figure of a match, one row a side.
    MatchStat {
        /// The vendor.
        source: Text,
        /// The match.
        match_id: Text,
        /// `All`, `FirstHalf`, ...: the vendor's words.
        period: Text,
        /// The vendor's key.
        stat: Text,
        /// `home` or `away`.
        side: Text,
        /// The vendor's text, such as `510 (84%)`.
        value: OptText,
        /// Its leading number.
        number: OptFloat,
    }
}
