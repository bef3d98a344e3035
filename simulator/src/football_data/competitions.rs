//! The competitions of the plan, and teams for them.
//!
//! Competitions carry the vendor's ids and codes. Teams are invented, with letters outside ASCII
//! among them.

use crate::calendar::{date, day_number};
use crate::hash::Key;
use chrono::{Datelike, NaiveDate};

/// A competition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Competition {
    pub(crate) id: u64,
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) cup: bool,
    /// Whether a season is a calendar year, played with late kick-offs: the Americas.
    pub(crate) american: bool,
    pub(crate) area: (u64, &'static str, &'static str),
    /// What its teams are called before the name of their town.
    prefix: &'static str,
}

const fn league(
    id: u64,
    code: &'static str,
    name: &'static str,
    area: (u64, &'static str, &'static str),
    prefix: &'static str,
) -> Competition {
    Competition {
        id,
        code,
        name,
        cup: false,
        american: false,
        area,
        prefix,
    }
}

const fn cup(
    id: u64,
    code: &'static str,
    name: &'static str,
    area: (u64, &'static str, &'static str),
    prefix: &'static str,
) -> Competition {
    Competition {
        cup: true,
        ..league(id, code, name, area, prefix)
    }
}

/// All competitions; their place in the list is part of match ids.
pub(crate) const COMPETITIONS: &[Competition] = &[
    league(
        2021,
        "PL",
        "Premier League",
        (2072, "England", "ENG"),
        "AFC",
    ),
    league(2002, "BL1", "Bundesliga", (2088, "Germany", "DEU"), "SV"),
    league(2019, "SA", "Serie A", (2114, "Italy", "ITA"), "US"),
    league(2014, "PD", "Primera Division", (2224, "Spain", "ESP"), "CD"),
    league(2015, "FL1", "Ligue 1", (2081, "France", "FRA"), "AS"),
    league(
        2003,
        "DED",
        "Eredivisie",
        (2163, "Netherlands", "NLD"),
        "VV",
    ),
    league(
        2017,
        "PPL",
        "Primeira Liga",
        (2187, "Portugal", "POR"),
        "GD",
    ),
    league(
        2016,
        "ELC",
        "Championship",
        (2072, "England", "ENG"),
        "Royal",
    ),
    Competition {
        american: true,
        ..league(
            2013,
            "BSA",
            "Campeonato Brasileiro Série A",
            (2032, "Brazil", "BRA"),
            "EC",
        )
    },
    cup(
        2001,
        "CL",
        "UEFA Champions League",
        (2077, "Europe", "EUR"),
        "FK",
    ),
    Competition {
        american: true,
        ..cup(
            2152,
            "CLI",
            "Copa Libertadores",
            (2220, "South America", "SAM"),
            "CA",
        )
    },
    Competition {
        american: true,
        ..cup(2000, "WC", "FIFA World Cup", (2267, "World", "INT"), "Team")
    },
];

const TOWNS: [&str; 20] = [
    "Ålvik",
    "Bramley",
    "Córdova",
    "Dunmere",
    "Eskelund",
    "Fürstenau",
    "Gávea",
    "Harrowgate",
    "Ízium",
    "Jūrmala",
    "Königsee",
    "Łomiank",
    "Montrève",
    "Nørreby",
    "Oakhurst",
    "Pîrlita",
    "Quarteira",
    "Rožnov",
    "São Vento",
    "Tøndal",
];

const FIRST: [&str; 10] = [
    "Anselm", "Björn", "Cédric", "Dário", "Emre", "Filip", "Günther", "Hélder", "Ivo", "Joël",
];
const LAST: [&str; 12] = [
    "Aguilar",
    "Brânză",
    "Čapek",
    "Dijkhuis",
    "Echeverría",
    "Fjeld",
    "Grünwald",
    "Høegh",
    "Ivanić",
    "Jardim",
    "Koné",
    "Løvland",
];

/// Competitions that the plan lacks: they exist, and everything about them is refused.
pub(crate) const RESTRICTED: [(u64, &str); 2] = [(2018, "EC"), (2055, "FAC")];
/// The first season of the plan.
pub(crate) const FIRST_SEASON: i32 = 2010;

/// Teams of a competition.
pub(crate) const TEAMS: u64 = TOWNS.len() as u64;

/// A team of a competition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Team {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) short_name: &'static str,
    /// Some teams have none.
    pub(crate) tla: Option<String>,
}

/// A player, a coach or a referee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: u64,
    pub(crate) name: String,
}

impl Person {
    /// The person of that id.
    pub(crate) fn of(id: u64) -> Self {
        let key = Key::new(id, "person");
        let name = format!("{} {}", key.at(0).pick(&FIRST), key.at(1).pick(&LAST));
        Self { id, name }
    }
}

impl Team {
    /// One of its people, by number.
    pub(crate) fn person(&self, number: u64) -> Person {
        Person::of(self.id * 100 + number)
    }

    /// Its number among the teams of its competition.
    pub(crate) fn number(&self) -> u64 {
        self.id % 100
    }

    /// The ground, where it is known.
    pub(crate) fn venue(&self) -> Option<String> {
        (self.number() != 5).then(|| format!("{} Park", self.short_name))
    }

    /// The year it was founded, where it is known.
    pub(crate) fn founded(&self) -> Option<i64> {
        (self.number() != 4).then(|| 1_880 + self.number() as i64)
    }

    /// The website, where there is one.
    pub(crate) fn website(&self) -> Option<String> {
        (self.number() != 6).then(|| format!("http://www.team-{}.example", self.id))
    }

    /// The address.
    pub(crate) fn address(&self) -> String {
        format!("Ground Street {} {}", self.number(), self.short_name)
    }
}

impl Competition {
    /// The competition of that id or code, and its place.
    pub(crate) fn named(text: &str) -> Option<(usize, &'static Self)> {
        COMPETITIONS
            .iter()
            .enumerate()
            .find(|(_, known)| known.code == text || known.id.to_string() == text)
    }

    /// One of its teams, by number.
    pub(crate) fn team(&self, number: u64) -> Team {
        let town = TOWNS[number as usize % TOWNS.len()];
        // One code ends in a blank, as the vendor's do.
        let tla = match number {
            3 => None,
            7 => Some(format!("{} ", &self.prefix[..2])),
            _ => Some(town.chars().take(3).collect::<String>().to_uppercase()),
        };
        Team {
            id: self.id * 100 + number,
            name: format!("{} {town}", self.prefix),
            short_name: town,
            tla,
        }
    }

    /// The year in which the season of a day starts.
    pub(crate) fn season(&self, day: i64) -> i32 {
        let date = date(day);
        if self.american || date.month() >= 7 {
            date.year()
        } else {
            date.year() - 1
        }
    }

    /// First and last day of the season that starts in a year.
    pub(crate) fn season_days(&self, year: i32) -> (i64, i64) {
        let day =
            |year, month, day| NaiveDate::from_ymd_opt(year, month, day).map_or(0, day_number);
        if self.american {
            (day(year, 1, 1), day(year, 12, 31))
        } else {
            (day(year, 7, 1), day(year + 1, 6, 30))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seasons_hold_their_days() {
        for competition in COMPETITIONS {
            for day in 18_000..20_000 {
                let (first, last) = competition.season_days(competition.season(day));
                assert!((first..=last).contains(&day));
            }
        }
        assert_eq!(Competition::named("2013").unwrap().1.code, "BSA");
        assert_eq!(Competition::named("PL").unwrap().0, 0);
    }
}
