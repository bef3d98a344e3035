//! The instruments of earlier times, from the file that `instruments` in a vendor's section names.
//!
//! A vendor lists what holds today; what a contract was worth before stands here, so that amounts of
//! old trades are computed with the multiplier of their date. Read once, at the start, and refused
//! with the line that is wrong.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use chrono::DateTime;
use common::item::{Item, Token, Work};
use common::settings;
use sources::instrument::{Instrument, lines};
use sources::{Instruments, Source};

/// Reads the file; nothing is known where none is named.
///
/// # Errors
/// With the key of the setting, the file, and the line and what is wrong with it.
pub(crate) fn read(source: &dyn Source, section: &settings::Source) -> anyhow::Result<Instruments> {
    let file = &section.instruments;
    if file.is_empty() {
        return Ok(Instruments::default());
    }
    let name = source.name();
    let key = || format!("sources.{}.instruments", name.replace('-', "_"));
    if !has_lists(source) {
        bail!(
            "{}: {name} has no lists of instruments, leave it empty",
            key()
        );
    }
    let text = std::fs::read(file).with_context(|| format!("{}: cannot read {file}", key()))?;
    let all = lines::read(&text).with_context(|| format!("{}: {file}", key()))?;
    Ok(Instruments::new(all))
}

/// Whether any of its datasets uses lists of instruments, as those of contracts do.
fn has_lists(source: &dyn Source) -> bool {
    source.datasets().iter().any(|dataset| {
        let item = Item {
            job: Token::from_lossy("start"),
            id: Token::from_lossy("start"),
            source: source.name().to_owned(),
            dataset: dataset.name.to_owned(),
            work: Work::Range {
                symbol: Some("BTC-USDT-PERP".to_owned()),
                from: DateTime::UNIX_EPOCH,
                to: DateTime::UNIX_EPOCH,
            },
            params: BTreeMap::new(),
            retry: common::Retry::default(),
        };
        !source.instruments(&item).is_empty()
    })
}

/// Says which contracts are worth something else today than the last line of the file says: the date
/// of that change is missing there.
pub(crate) fn warn_of_gaps(source: &str, history: &Instruments, listed: &[Instrument], now: i64) {
    for entry in listed {
        let Some(known) = history.find(&entry.venue_symbol) else {
            continue;
        };
        if known.unit_at(now) != entry.unit {
            tracing::warn!(
                source,
                instrument = entry.venue_symbol,
                listed = ?entry.unit,
                in_file = ?known.unit_at(now),
                "the vendor lists another multiplier than the last line of the instruments file; add a line with the date of the change"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::settings::Settings;

    fn section(name: &str, file: &str) -> settings::Source {
        let key = format!("BACKFLEET__SOURCES__{}__INSTRUMENTS", name.to_uppercase());
        let settings: Settings = settings::load(None, [(key, file.to_owned())]).unwrap();
        settings.source(name).unwrap().clone()
    }

    fn wrong(source: &str, file: &str) -> String {
        let found = sources::find(source).unwrap();
        format!("{:#}", read(found, &section(source, file)).unwrap_err())
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let line = |from: &str| {
            format!(
                r#"{{"symbol":"BTC-USDT-PERP","venue_symbol":"BTC-USDT-SWAP","kind":"perpetual","amount_unit":"contracts","multiplier":"0.1","valid_from":"{from}"}}"#
            )
        };
        let path = file.path().to_str().unwrap();
        std::fs::write(
            path,
            format!("{}\n\n{}\n", line("2020-01-01"), line("then")),
        )
        .unwrap();
        let error = wrong("okx", path);
        assert!(
            error.starts_with(&format!(
                "sources.okx.instruments: {path}: at line 3: valid_from: \"then\""
            )),
            "{error}"
        );
        assert!(wrong("okx", "/no/such/file").contains("cannot read /no/such/file: No such file"));
        assert_eq!(
            wrong("polygon", path),
            "sources.polygon.instruments: polygon has no lists of instruments, leave it empty"
        );

        std::fs::write(path, line("2020-01-01")).unwrap();
        let okx = sources::find("okx").unwrap();
        let known = read(okx, &section("okx", path)).unwrap();
        assert_eq!(known.all()[0].valid_from, 1_577_836_800_000_000_000);
        assert!(read(okx, &section("okx", "")).unwrap().is_empty());
    }
}
