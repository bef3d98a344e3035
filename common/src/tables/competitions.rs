//! Football competitions: tables, scorers and teams of a season.
//!
//! The SQL of these tables stands in `config/schema/0005_football.sql`.

use super::columns::*;
use super::definitions::row_types;

row_types! {
    /// A team's place in a table of a competition.
    Standing {
        /// The vendor.
        source: Text,
        /// Competition, by the vendor's id.
        competition_id: Text,
        /// Competition, by name.
        competition: OptText,
        /// The year it starts, or the vendor's words.
        season: Text,
        /// The vendor's words.
        stage: Text,
        /// Which matches count: `TOTAL`, `HOME` or `AWAY`.
        kind: Text,
        /// The vendor's words; empty where there is but one table.
        group: Text,
        /// The team, by the vendor's id.
        team_id: Text,
        /// The team.
        team: OptText,
        /// Place.
        position: OptInt,
        /// Matches played.
        played: OptInt,
        /// Matches won.
        won: OptInt,
        /// Matches drawn.
        draw: OptInt,
        /// Matches lost.
        lost: OptInt,
        /// Goals scored.
        goals_for: OptInt,
        /// Goals conceded.
        goals_against: OptInt,
        /// Goals scored less goals conceded.
        goal_difference: OptInt,
        /// Points.
        points: OptInt,
        /// The last results, in the vendor's letters.
        form: OptText,
    }
    /// A scorer of a season.
    Scorer {
        /// The vendor.
        source: Text,
        /// Competition, by the vendor's id.
        competition_id: Text,
        /// Competition, by name.
        competition: OptText,
        /// The year it starts, or the vendor's words.
        season: Text,
        /// The player, by the vendor's id.
        player_id: Text,
        /// The player.
        player: OptText,
        /// The team, by the vendor's id.
        team_id: Text,
        /// The team.
        team: OptText,
        /// Matches played.
        played: OptInt,
        /// Goals.
        goals: OptInt,
        /// Assists.
        assists: OptInt,
        /// Goals from penalties.
        penalties: OptInt,
        /// The vendor's words.
        nationality: OptText,
    }
    /// A team of a season.
    Team {
        /// The vendor.
        source: Text,
        /// Competition, by the vendor's id.
        competition_id: Text,
        /// The year it starts, or the vendor's words.
        season: Text,
        /// The team, by the vendor's id.
        team_id: Text,
        /// Name.
        name: OptText,
        /// Short name.
        short_name: OptText,
        /// Three letters.
        tla: OptText,
        /// Ground.
        venue: OptText,
        /// Address.
        address: OptText,
        /// Website.
        website: OptText,
        /// Year.
        founded: OptInt,
        /// Country or area, by name.
        country: OptText,
    }
}
