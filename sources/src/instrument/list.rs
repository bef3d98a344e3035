//! A list of instruments that can be searched by either name.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Instrument, Unit};
use crate::ask::Refusal;

/// Names that are shown beside an unknown one.
const NEAREST: usize = 3;

/// All instruments known of a source.
#[derive(Debug, Clone, Default)]
pub struct Instruments {
    /// Those of one name stand together, oldest first.
    all: Vec<Instrument>,
    /// Places of the first of each name, by both names in capitals.
    places: HashMap<String, usize>,
}

/// The instrument of one name over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<'a>(&'a [Instrument]);

impl<'a> Known<'a> {
    /// As it is listed now.
    #[must_use]
    pub fn now(self) -> &'a Instrument {
        &self.0[self.0.len() - 1]
    }

    /// What its amounts count at an instant (nanoseconds since 1970): before the first entry, what
    /// the first says.
    #[must_use]
    pub fn unit_at(self, ns: i64) -> Unit {
        let later = self.0.partition_point(|entry| entry.valid_from <= ns);
        self.0[later.saturating_sub(1)].unit
    }
}

impl Instruments {
    /// A list; of entries with the same name and instant the last one counts.
    #[must_use]
    pub fn new(mut all: Vec<Instrument>) -> Self {
        // Stable, so that the last of equals stays last.
        all.sort_by(|a, b| (&a.venue_symbol, a.valid_from).cmp(&(&b.venue_symbol, b.valid_from)));
        all.dedup_by(|later, kept| {
            let same =
                later.venue_symbol == kept.venue_symbol && later.valid_from == kept.valid_from;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        let mut places = HashMap::with_capacity(2 * all.len());
        // The vendor's own name wins over another's normalised one.
        for name in [
            |of: &Instrument| &of.symbol,
            |of: &Instrument| &of.venue_symbol,
        ] as [fn(&Instrument) -> &String; 2]
        {
            for (place, instrument) in all.iter().enumerate().rev() {
                places.insert(name(instrument).to_uppercase(), place);
            }
        }
        Self { all, places }
    }

    /// A list as a vendor gives it at an instant (nanoseconds since 1970), over this one, which says
    /// what held before: what both have is worth what the vendor lists only from that instant on.
    #[must_use]
    pub fn over(&self, mut listed: Vec<Instrument>, now_ns: i64) -> Self {
        for entry in &mut listed {
            let known = self.find(&entry.venue_symbol);
            if known.is_some_and(|known| known.now().venue_symbol == entry.venue_symbol) {
                entry.valid_from = now_ns;
            }
        }
        Self::new([&listed[..], &self.all].concat())
    }

    /// Whether nothing is known: names then follow the source's own rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Every entry.
    #[must_use]
    pub fn all(&self) -> &[Instrument] {
        &self.all
    }

    /// The instrument of that name, the vendor's or ours, in any case.
    #[must_use]
    pub fn find(&self, written: &str) -> Option<Known<'_>> {
        if self.is_empty() {
            return None;
        }
        let first = *self
            .places
            .get(written)
            .or_else(|| self.places.get(&written.trim().to_uppercase()))?;
        let venue_symbol = &self.all[first].venue_symbol;
        let count = self.all[first..]
            .iter()
            .take_while(|entry| entry.venue_symbol == *venue_symbol)
            .count();
        Some(Known(&self.all[first..first + count]))
    }

    /// Refuses a symbol that is not listed: nobody knows what it is. Where nothing is listed, names
    /// follow the source's own rules; what has expired by the date in its name is no longer listed
    /// and may be asked for.
    ///
    /// # Errors
    /// With the names nearest to it.
    pub fn check(&self, source: &str, written: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.is_empty() || self.find(written).is_some() || has_expired(written, now) {
            Ok(())
        } else {
            Err(self.unknown(source, written))
        }
    }

    /// Why an item of an unknown instrument is refused: with the names nearest to what was written.
    #[must_use]
    pub fn unknown(&self, source: &str, written: &str) -> Refusal {
        let names = self.nearest(written);
        let hint = if names.is_empty() {
            "its list is empty".to_owned()
        } else {
            format!("the nearest names are {}", names.join(", "))
        };
        Refusal(format!("{source} lists no instrument {written:?}; {hint}"))
    }

    fn nearest(&self, written: &str) -> Vec<&str> {
        let bare = |name: &str| name.to_uppercase().replace(['-', '_', '/'], "");
        let wanted = bare(written);
        let mut ranked: Vec<_> = self
            .all
            .iter()
            .map(|instrument| {
                let near = |name: &str| strsim::osa_distance(&bare(name), &wanted);
                let rank = near(&instrument.symbol).min(near(&instrument.venue_symbol));
                (rank, instrument.symbol.as_str())
            })
            .collect();
        ranked.sort_unstable();
        ranked.dedup();
        ranked.truncate(NEAREST);
        ranked.into_iter().map(|(_, name)| name).collect()
    }
}

/// Whether the name holds a date (`20240628`, `240628`, `28JUN24`) that is over.
fn has_expired(written: &str, now: DateTime<Utc>) -> bool {
    let date = |part: &str| {
        let eight = (part.len() == 8).then(|| NaiveDate::parse_from_str(part, "%Y%m%d").ok());
        let six = (part.len() == 6).then(|| NaiveDate::parse_from_str(part, "%y%m%d").ok());
        let words = (6..=7).contains(&part.len()).then(|| {
            let (day, rest) = part.split_at_checked(part.len() - 5)?;
            NaiveDate::parse_from_str(&format!("{day:0>2}{rest}"), "%d%b%y").ok()
        });
        eight.or(six.filter(Option::is_some)).or(words).flatten()
    };
    written
        .split(['-', '_'])
        .filter_map(date)
        .any(|date| date <= now.date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::Kind;

    fn entry(symbol: &str, venue_symbol: &str, valid_from: i64, unit: Unit) -> Instrument {
        Instrument {
            symbol: symbol.to_owned(),
            venue_symbol: venue_symbol.to_owned(),
            kind: Kind::Perpetual,
            base: String::new(),
            quote: String::new(),
            settle: String::new(),
            unit,
            tick_size: None,
            listed_at: None,
            expires_at: None,
            status: String::new(),
            valid_from,
        }
    }

    fn contracts(of: &str) -> Unit {
        Unit::ContractsOfBase(of.parse().unwrap())
    }

    fn list() -> Instruments {
        Instruments::new(vec![
            entry("BTC-USDT-PERP", "BTC-USDT-SWAP", 100, contracts("0.01")),
            entry("ETH-USDT-PERP", "ETH-USDT-SWAP", i64::MIN, contracts("1")),
            entry("BTC-USDT-PERP", "BTC-USDT-SWAP", i64::MIN, contracts("0.1")),
            entry("BTC-USDT-PERP", "BTC-USDT-SWAP", 100, contracts("0.001")),
        ])
    }

    #[test]
    fn either_name_finds_it_and_the_multiplier_has_a_date() {
        let list = list();
        for written in ["BTC-USDT-SWAP", "btc-usdt-perp", " BTC-USDT-PERP "] {
            let known = list.find(written).unwrap();
            assert_eq!(known.now().venue_symbol, "BTC-USDT-SWAP");
            assert_eq!(known.unit_at(99), contracts("0.1"));
            assert_eq!(known.unit_at(100), contracts("0.001"));
        }
        assert_eq!(
            list.find("ETH-USDT-SWAP").unwrap().unit_at(0),
            contracts("1")
        );
    }

    #[test]
    fn a_vendor_s_list_holds_from_now_on_where_more_is_known() {
        let history = Instruments::new(vec![
            entry("BTC-USDT-PERP", "BTC-USDT-SWAP", i64::MIN, contracts("0.1")),
            entry("BTC-USDT-PERP", "BTC-USDT-SWAP", 100, contracts("0.01")),
            entry("OLD-USDT-PERP", "OLD-USDT-SWAP", i64::MIN, contracts("5")),
        ]);
        let listed = vec![
            entry(
                "BTC-USDT-PERP",
                "BTC-USDT-SWAP",
                i64::MIN,
                contracts("0.001"),
            ),
            entry("ETH-USDT-PERP", "ETH-USDT-SWAP", i64::MIN, contracts("1")),
        ];
        let list = history.over(listed, 500);
        let unit = |name: &str, ns| list.find(name).unwrap().unit_at(ns);
        for (ns, multiplier) in [
            (0, "0.1"),
            (99, "0.1"),
            (100, "0.01"),
            (499, "0.01"),
            (500, "0.001"),
        ] {
            assert_eq!(unit("BTC-USDT-PERP", ns), contracts(multiplier), "{ns}");
        }
        assert_eq!(unit("ETH-USDT-PERP", 0), contracts("1"));
        assert_eq!(unit("OLD-USDT-SWAP", 900), contracts("5"));
    }

    #[test]
    fn what_has_expired_by_its_name_may_be_asked_for() {
        let now = DateTime::from_timestamp(1_735_689_600, 0).unwrap();
        for expired in [
            "BTCUSDT_240628",
            "BTC-USD-20240628",
            "BTC-28JUN24",
            "BTC-6JUN24-60000-C",
        ] {
            assert!(has_expired(expired, now), "{expired}");
            assert_eq!(list().check("okx", expired, now), Ok(()));
        }
        for alive in [
            "BTCUSDT_260628",
            "BTC-USDT",
            "BTC-PERPETUAL",
            "BTC-27DEC30",
            "ABCDEF",
        ] {
            assert!(!has_expired(alive, now), "{alive}");
            assert!(list().check("okx", alive, now).is_err());
        }
    }

    #[test]
    fn an_unknown_one_is_refused_with_the_nearest_names() {
        assert_eq!(list().find("BTCUSDT"), None);
        assert_eq!(
            list().unknown("okx", "BTCUSDTSWAP").0,
            "okx lists no instrument \"BTCUSDTSWAP\"; the nearest names are BTC-USDT-PERP, ETH-USDT-PERP"
        );
    }
}
