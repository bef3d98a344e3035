//! Names of Deribit's instruments: the vendor's form, the normalised one, and what an amount of
//! each counts.
//!
//! The names follow rules, so a row can be named without any list: a perpetual or dated future of
//! a bare currency is inverse and counted in US dollars, one of a pair (`BTC_USDC-PERPETUAL`) is
//! linear and counted in the base currency, and so are options and spot pairs. Combinations
//! (`BTC-FS-30SEP22_PERP`) have no normalised form and keep the vendor's.

use chrono::NaiveDate;

use crate::instrument::Unit;

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

/// A name that was understood, or that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// Normalised: `BTC-USD-PERP`.
    pub(super) symbol: String,
    /// As the vendor writes it: `BTC-PERPETUAL`.
    pub(super) venue: String,
    pub(super) form: Form,
    /// What is bought.
    pub(super) base: String,
    /// What the underlying is priced in.
    counter: String,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Spot,
    Perpetual,
    Future,
    Option,
    /// A combination of futures: its price is a difference.
    FutureCombo,
    /// A combination of options.
    OptionCombo,
    /// A currency alone.
    Currency,
    Unknown,
}

impl Name {
    /// Reads either form, in any case.
    pub(super) fn of(written: &str) -> Self {
        let written = written.trim().to_ascii_uppercase();
        let parts: Vec<&str> = written.split('-').collect();
        normalised(&parts)
            .or_else(|| venue(&parts))
            .unwrap_or_else(|| Self::as_written(&written, &parts))
    }

    fn as_written(written: &str, parts: &[&str]) -> Self {
        let form = match parts {
            [only] if is_word(only) => Form::Currency,
            [_, "FS", _, ..] => Form::FutureCombo,
            [_, code, _, ..] if is_word(code) => Form::OptionCombo,
            _ => Form::Unknown,
        };
        let (base, counter) = underlying(parts[0]);
        Self {
            symbol: written.to_owned(),
            venue: written.to_owned(),
            form,
            base: base.to_owned(),
            counter: counter.to_owned(),
        }
    }

    fn made(base: &str, counter: &str, what: &Contract<'_>) -> Self {
        let pair = match (counter, what) {
            ("USD", Contract::Perpetual | Contract::Dated(..)) => base.to_owned(),
            _ => format!("{base}_{counter}"),
        };
        let (symbol, venue, form) = match what {
            Contract::Spot => (String::new(), String::new(), Form::Spot),
            Contract::Perpetual => ("-PERP".into(), "-PERPETUAL".into(), Form::Perpetual),
            Contract::Dated(date, None) => (
                date.format("-%Y%m%d").to_string(),
                format!("-{}", venue_date(*date)),
                Form::Future,
            ),
            Contract::Dated(date, Some((strike, right))) => (
                format!(
                    "-{}-{}-{right}",
                    date.format("%Y%m%d"),
                    strike.replace('D', ".")
                ),
                format!(
                    "-{}-{}-{right}",
                    venue_date(*date),
                    strike.replace(['D', '.'], "d")
                ),
                Form::Option,
            ),
        };
        Self {
            symbol: format!("{base}-{counter}{symbol}"),
            venue: format!("{pair}{venue}"),
            form,
            base: base.to_owned(),
            counter: counter.to_owned(),
        }
    }

    /// What amounts of it count. The price of a combination of futures is a difference, by which
    /// nothing can be converted.
    pub(super) fn unit(&self) -> Unit {
        match self.form {
            Form::Perpetual | Form::Future if self.is_inverse() => Unit::Quote,
            Form::FutureCombo | Form::Currency | Form::Unknown => Unit::Unknown,
            _ => Unit::Base,
        }
    }

    /// In what its prices are given: those of options on a bare currency in that currency.
    pub(super) fn quote(&self) -> &str {
        match self.form {
            Form::Option | Form::OptionCombo if self.is_inverse() => &self.base,
            _ => &self.counter,
        }
    }

    /// In what it is settled.
    pub(super) fn settle(&self) -> &str {
        if self.form != Form::Spot && self.is_inverse() {
            &self.base
        } else {
            &self.counter
        }
    }

    fn is_inverse(&self) -> bool {
        self.counter == "USD"
    }
}

/// The currency that volatility is an index of, however it is written: `BTC`, `btc_usd`,
/// `BTC-DVOL`.
pub(super) fn currency(written: &str) -> String {
    let written = written.trim().to_ascii_uppercase();
    let end = written.find(['-', '_']).unwrap_or(written.len());
    written[..end].to_owned()
}

/// Whether a text can be a name at all.
pub(super) fn is_possible(written: &str) -> bool {
    let written = written.trim();
    written.starts_with(|c: char| c.is_ascii_alphanumeric())
        && written
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

enum Contract<'a> {
    Spot,
    Perpetual,
    /// Its last day, and the strike with `C` or `P`.
    Dated(NaiveDate, Option<(&'a str, &'a str)>),
}

fn normalised(parts: &[&str]) -> Option<Name> {
    let eight = |text: &str| {
        (text.len() == 8)
            .then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok())
            .flatten()
    };
    let (base, counter, what) = match parts {
        [base, counter] if is_word(counter) && *counter != "PERPETUAL" => {
            (base, counter, Contract::Spot)
        }
        [base, counter, "PERP"] => (base, counter, Contract::Perpetual),
        [base, counter, date] => (base, counter, Contract::Dated(eight(date)?, None)),
        [base, counter, date, strike, right @ ("C" | "P")] => {
            let option = Some((*strike, *right));
            (base, counter, Contract::Dated(eight(date)?, option))
        }
        _ => return None,
    };
    let named = !base.contains('_') && day(counter).is_none();
    named.then(|| Name::made(base, counter, &what))
}

fn venue(parts: &[&str]) -> Option<Name> {
    let (base, counter) = underlying(parts[0]);
    let what = match &parts[1..] {
        [] if parts[0].contains('_') => Contract::Spot,
        ["PERPETUAL"] => Contract::Perpetual,
        [date] => Contract::Dated(day(date)?, None),
        [date, strike, right @ ("C" | "P")] => Contract::Dated(day(date)?, Some((strike, right))),
        _ => return None,
    };
    Some(Name::made(base, counter, &what))
}

fn underlying(text: &str) -> (&str, &str) {
    text.split_once('_').unwrap_or((text, "USD"))
}

/// Letters, with digits after them at most: a currency or the code of a combination.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// `9MAR24`, `27DEC24`.
fn day(text: &str) -> Option<NaiveDate> {
    let (number, rest) = text.split_at_checked(text.len().checked_sub(5)?)?;
    let (month, year) = rest.split_at_checked(3)?;
    let month = MONTHS.iter().position(|known| *known == month)?;
    let year: i32 = year.parse().ok()?;
    NaiveDate::from_ymd_opt(2000 + year, month as u32 + 1, number.parse().ok()?)
}

fn venue_date(date: NaiveDate) -> String {
    date.format("%-d%b%y").to_string().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_in_any_case() {
        for (venue, symbol) in [
            ("BTC-PERPETUAL", "BTC-USD-PERP"),
            ("BTC_USDC-PERPETUAL", "BTC-USDC-PERP"),
            ("BTC-27DEC24", "BTC-USD-20241227"),
            ("SOL_USDC-6SEP24", "SOL-USDC-20240906"),
            ("BTC-27DEC24-60000-C", "BTC-USD-20241227-60000-C"),
            ("XRP_USDC-9MAR24-0d625-P", "XRP-USDC-20240309-0.625-P"),
            ("BTC_USDC", "BTC-USDC"),
            ("ETH_BTC", "ETH-BTC"),
            ("BTCDVOL_USDC-28JUN23", "BTCDVOL-USDC-20230628"),
        ] {
            for written in [venue, symbol, &venue.to_lowercase(), &symbol.to_lowercase()] {
                let name = Name::of(written);
                assert_eq!((name.venue.as_str(), name.symbol.as_str()), (venue, symbol));
            }
        }
    }

    #[test]
    fn what_has_no_normalised_form_stays() {
        for (written, form) in [
            ("BTC-FS-30SEP22_PERP", Form::FutureCombo),
            ("BTC-STRD-30SEP22-20000", Form::OptionCombo),
            ("BTC-CSR12-16SEP22-21000_23000", Form::OptionCombo),
            ("BTC-CS-19MAY26-70000_75000", Form::OptionCombo),
            ("BTC", Form::Currency),
            ("", Form::Unknown),
        ] {
            let name = Name::of(written);
            assert_eq!((name.symbol.as_str(), name.form), (written, form));
        }
    }

    #[test]
    fn units_follow_the_name() {
        let of = |written: &str| {
            let name = Name::of(written);
            (
                name.unit(),
                name.quote().to_owned(),
                name.settle().to_owned(),
            )
        };
        let expect = |unit, quote: &str, settle: &str| (unit, quote.to_owned(), settle.to_owned());
        assert_eq!(of("BTC-PERPETUAL"), expect(Unit::Quote, "USD", "BTC"));
        assert_eq!(of("ETH-27DEC24"), expect(Unit::Quote, "USD", "ETH"));
        assert_eq!(of("BTC-27DEC24-60000-C"), expect(Unit::Base, "BTC", "BTC"));
        assert_eq!(
            of("BTC_USDC-27DEC24-60000-C"),
            expect(Unit::Base, "USDC", "USDC")
        );
        assert_eq!(of("BTC_USDC-PERPETUAL"), expect(Unit::Base, "USDC", "USDC"));
        assert_eq!(of("BTC_USDC"), expect(Unit::Base, "USDC", "USDC"));
        assert_eq!(of("BTC-FS-27DEC24_PERP").0, Unit::Unknown);
    }

    #[test]
    fn currencies_of_volatility() {
        for written in ["BTC", "btc_usd", "BTC-DVOL", " btc "] {
            assert_eq!(currency(written), "BTC");
        }
        assert!(is_possible("XRP_USDC-9MAR24-0d625-P"));
        for bad in ["", "-BTC", "BTC/USD", "BTC USD", "a&b"] {
            assert!(!is_possible(bad), "{bad}");
        }
    }
}
