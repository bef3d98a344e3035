//! Leagues, teams and players of the simulated FotMob.
//!
//! League ids are the vendor's; of the cups `id` is that of a stage and `primary_id` that of the
//! competition. Teams and players are invented.

use crate::hash::Key;

/// A league as the lists by date show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct League {
    pub(crate) id: u64,
    pub(crate) primary_id: u64,
    pub(crate) name: &'static str,
    pub(crate) ccode: &'static str,
    /// Name of the competition and letter of the group, for a group of a cup.
    pub(crate) group: Option<(&'static str, &'static str)>,
}

impl League {
    /// The competition's name, without the group's.
    pub(crate) fn competition(&self) -> &'static str {
        self.group.map_or(self.name, |(parent, _)| parent)
    }
}

const fn league(id: u64, name: &'static str, ccode: &'static str) -> League {
    League {
        id,
        primary_id: id,
        name,
        ccode,
        group: None,
    }
}

/// All leagues; ten slots of a day belong to each.
pub(crate) const LEAGUES: [League; 10] = [
    league(47, "Premier League", "ENG"),
    league(87, "LaLiga", "ESP"),
    league(54, "1. Bundesliga", "GER"),
    league(55, "Serie A", "ITA"),
    league(53, "Ligue 1", "FRA"),
    league(268, "Série A", "BRA"),
    league(130, "MLS", "USA"),
    League {
        primary_id: 143,
        ..league(899_367, "Cup", "FIN")
    },
    League {
        primary_id: 78,
        group: Some(("FIFA Club World Cup", "D")),
        ..league(896_318, "FIFA Club World Cup Grp. D", "INT")
    },
    League {
        primary_id: 42,
        group: Some(("Champions League", "A")),
        ..league(894_001, "Champions League Grp. A", "INT")
    },
];

const TOWNS: [&str; 20] = [
    "Arendsund",
    "Brèveville",
    "Cañada Real",
    "Dolní Ves",
    "Eastmoor",
    "Førdefjell",
    "Grünwiese",
    "Høyanger Øst",
    "Ilhéu Novo",
    "Jägersro",
    "Kuşadağ",
    "Lövånger",
    "Monteçores",
    "Nagyhíd",
    "Ørnes",
    "Praça Velha",
    "Quinçay",
    "Şirinköy",
    "Tórshamar",
    "Västerby",
];
const FIRST: [&str; 12] = [
    "Aleš", "Bruno", "Çağlar", "Diego", "Eirik", "Fábio", "Gaël", "Hugo", "Iker", "João", "Kévin",
    "Łukasz",
];
const LAST: [&str; 14] = [
    "Abreu",
    "Bjørnstad",
    "Castañeda",
    "D'Alessio",
    "Eriksson",
    "Fürst",
    "González",
    "Håland-Moe",
    "Ibáñez",
    "Jørgensen",
    "Kovačević",
    "Lindqvist",
    "Müller",
    "Núñez",
];

/// Starters of a team are players 1 to 11, its bench 12 to 18.
pub(crate) const STARTERS: u64 = 11;
/// The last player on the bench.
pub(crate) const SQUAD: u64 = 18;
/// The number of the coach.
pub(crate) const COACH: u64 = 90;
/// The number of a player who is injured.
pub(crate) const INJURED: u64 = 95;

/// A team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Team {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
}

/// A player, a coach too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Player {
    pub(crate) id: u64,
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
}

impl League {
    /// One of its twenty teams.
    pub(crate) fn team(&self, number: u64) -> Team {
        Team {
            id: self.primary_id * 100 + number % 20,
            name: TOWNS[number as usize % TOWNS.len()],
        }
    }
}

impl Team {
    /// One of its people, by number.
    pub(crate) fn player(self, number: u64) -> Player {
        let key = Key::new(self.id, "player").at(number);
        Player {
            id: self.id * 100 + number,
            first: key.at(0).pick(&FIRST),
            last: key.at(1).pick(&LAST),
        }
    }
}

impl Player {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// The path of its page.
    pub(crate) fn page(&self) -> String {
        format!(
            "/players/{}/{}-{}",
            self.id,
            self.first.to_lowercase(),
            self.last.to_lowercase()
        )
    }
}
