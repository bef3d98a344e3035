//! What football-data.org has, as people are told.

use common::tables::Table;

use crate::continuity::Continuity;
use crate::source::{Dataset, Selection};

pub(super) const MATCHES: &str = "matches";
pub(super) const COMPETITION_MATCHES: &str = "competition_matches";
pub(super) const MATCH_DETAILS: &str = "match_details";
pub(super) const HEAD2HEAD: &str = "head2head";
pub(super) const TEAM_MATCHES: &str = "team_matches";
pub(super) const PERSON_MATCHES: &str = "person_matches";
pub(super) const STANDINGS: &str = "standings";
pub(super) const SCORERS: &str = "scorers";
pub(super) const TEAMS: &str = "teams";
pub(super) const AREAS: &str = "areas";
pub(super) const COMPETITIONS: &str = "competitions";
pub(super) const TEAM: &str = "team";
pub(super) const PERSON: &str = "person";

pub(super) const LIMIT: &str = "limit";
pub(super) const SEASON: &str = "season";

const WHOLE: &str = "none: a reply is complete";
const BY_LIMIT: &str = "none: at most `limit` rows";

/// What all of them share.
const EVERY: Dataset = Dataset {
    name: "",
    about: "",
    selection: Selection::Ids,
    params: &[],
    tables: &[Table::Match],
    retention: "the competitions and seasons of the plan; others are refused with status 403",
    paging: WHOLE,
    limits: "10 requests a minute on the free plan",
    document: "https://docs.football-data.org/general/v4/match.html",
    continuity: Continuity::Nothing,
};

const BY_SEASON: Dataset = Dataset {
    continuity: Continuity::Elsewhere,
    selection: Selection::SymbolRange,
    document: "https://docs.football-data.org/general/v4/competition.html",
    ..EVERY
};

const KEPT_WHOLE: Dataset = Dataset {
    tables: &[Table::Document],
    ..EVERY
};

pub(super) const DATASETS: &[Dataset] = &[
    Dataset {
        name: MATCHES,
        about: "matches of the competitions of the plan; competitions=PL,BL1 for some of them",
        selection: Selection::Range,
        params: &[(COMPETITIONS, "")],
        paging: "none: a list is complete",
        ..EVERY
    },
    Dataset {
        name: COMPETITION_MATCHES,
        about: "whole seasons of competitions (--symbols PL,2001): those that start in a year \
                of the range, with all their matches",
        ..BY_SEASON
    },
    Dataset {
        name: MATCH_DETAILS,
        about: "a match; on plans that have them also its goals, cards, substitutions, \
                penalties, line-ups and figures",
        tables: &[
            Table::Match,
            Table::MatchEvent,
            Table::MatchLineup,
            Table::MatchStat,
        ],
        ..EVERY
    },
    Dataset {
        name: HEAD2HEAD,
        about: "earlier matches of the two teams of a match, by its id",
        params: &[(LIMIT, "100")],
        paging: BY_LIMIT,
        ..EVERY
    },
    Dataset {
        name: TEAM_MATCHES,
        about: "matches of a team by its id: of the current season, or of season=2023",
        params: &[(SEASON, ""), (LIMIT, "100")],
        paging: BY_LIMIT,
        document: "https://docs.football-data.org/general/v4/team.html",
        ..EVERY
    },
    Dataset {
        name: PERSON_MATCHES,
        about: "matches of a player, coach or referee of the current season, by the person's id",
        params: &[(LIMIT, "100")],
        paging: "by offset, until a page is empty",
        document: "https://docs.football-data.org/general/v4/person.html",
        ..EVERY
    },
    Dataset {
        name: STANDINGS,
        about: "tables of seasons of competitions (--symbols PL,2001): those that start in a \
                year of the range",
        tables: &[Table::Standing],
        ..BY_SEASON
    },
    Dataset {
        name: SCORERS,
        about: "best scorers of seasons of competitions (--symbols PL,2001): those that start \
                in a year of the range",
        params: &[(LIMIT, "100")],
        tables: &[Table::Scorer],
        paging: BY_LIMIT,
        ..BY_SEASON
    },
    Dataset {
        name: TEAMS,
        about: "teams of seasons of competitions (--symbols PL,2001): those that start in a \
                year of the range",
        tables: &[Table::Team],
        ..BY_SEASON
    },
    Dataset {
        name: AREAS,
        about: "areas as documents: --symbols all for the list, or ids",
        selection: Selection::Snapshot,
        document: "https://docs.football-data.org/general/v4/area.html",
        ..KEPT_WHOLE
    },
    Dataset {
        name: COMPETITIONS,
        about: "competitions as documents: --symbols all for the list, or codes and ids",
        selection: Selection::Snapshot,
        document: "https://docs.football-data.org/general/v4/competition.html",
        ..KEPT_WHOLE
    },
    Dataset {
        name: TEAM,
        about: "a team with its squad as a document",
        document: "https://docs.football-data.org/general/v4/team.html",
        ..KEPT_WHOLE
    },
    Dataset {
        name: PERSON,
        about: "a person as a document",
        document: "https://docs.football-data.org/general/v4/person.html",
        ..KEPT_WHOLE
    },
];
