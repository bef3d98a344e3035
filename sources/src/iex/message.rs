//! The messages of TOPS and DEEP that become rows.
//!
//! Little endian; prices are whole ten-thousandths, times nanoseconds since 1970 in UTC, symbols
//! eight letters padded with blanks. Messages may grow at their ends (those of TOPS 1.5 are longer
//! than those of 1.6), so only their beginnings are read; kinds that are not known are passed over.
//!
//! Documents: IEX TOPS Specification 1.6, IEX DEEP Specification 1.0.

use common::Decimal;

use super::transport::Message;

pub(super) const TRADE: u8 = b'T';
pub(super) const BREAK: u8 = b'B';
pub(super) const QUOTE: u8 = b'Q';
pub(super) const BUY_LEVEL: u8 = b'8';
pub(super) const SELL_LEVEL: u8 = b'5';
pub(super) const DIRECTORY: u8 = b'D';

/// Of the flags of a sale, with their words in rows.
pub(super) const SALE_FLAGS: [(u8, &str); 5] = [
    (0x80, "iso"),
    (EXTENDED_HOURS, "extended_hours"),
    (ODD_LOT, "odd_lot"),
    (0x10, "trade_through_exempt"),
    (0x08, "cross"),
];
/// Outside of the regular session: not eligible for the last sale.
pub(super) const EXTENDED_HOURS: u8 = 0x40;
/// Less than a round lot: not eligible for the last sale.
pub(super) const ODD_LOT: u8 = 0x20;
/// Of the flags of a quote.
pub(super) const QUOTE_FLAGS: [(u8, &str); 2] = [(0x80, "unavailable"), (0x40, "extended_hours")];
/// Of the flags of a price level: the book is consistent after it.
pub(super) const EVENT_COMPLETE: u8 = 0x01;
/// Of the flags of a security.
pub(super) const DIRECTORY_FLAGS: [(u8, &str); 3] =
    [(0x80, "test"), (0x40, "when_issued"), (0x20, "etp")];

/// A symbol as it stands in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Symbol([u8; 8]);

impl Symbol {
    /// The symbol of that name; `None` for one that no message can hold.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        let fits =
            (1..=8).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        let mut letters = [b' '; 8];
        for (letter, byte) in letters.iter_mut().zip(name.bytes()) {
            *letter = byte.to_ascii_uppercase();
        }
        fits.then_some(Self(letters))
    }

    /// The name without its padding.
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.0.trim_ascii_end()).unwrap_or_default()
    }
}

/// What every message that has a symbol begins with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prefix {
    pub(super) flags: u8,
    pub(super) ts: i64,
    pub(super) symbol: Symbol,
}

/// A trade report, or the break of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trade {
    pub(super) of: Prefix,
    pub(super) size: u32,
    pub(super) price: i64,
    pub(super) id: i64,
    /// Symbol, size, price and id: what a break has in common with the trade it breaks.
    pub(super) identity: [u8; 28],
}

/// The best bid and ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quote {
    pub(super) of: Prefix,
    /// Size and price.
    pub(super) bid: (u32, i64),
    /// Size and price.
    pub(super) ask: (u32, i64),
}

/// What stands at a price from now on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) of: Prefix,
    pub(super) size: u32,
    pub(super) price: i64,
}

impl Message<'_> {
    /// The first byte, which says what kind of message it is.
    pub(super) fn kind(&self) -> u8 {
        self.bytes[0]
    }

    /// What stands at the beginning of messages with a symbol.
    pub(super) fn prefix(&self) -> Result<Prefix, String> {
        prefix(self.beginning::<18>()?)
    }

    /// Of [`TRADE`] and [`BREAK`].
    pub(super) fn trade(&self) -> Result<Trade, String> {
        let bytes = self.beginning::<38>()?;
        let mut identity = [0; 28];
        identity.copy_from_slice(&bytes[10..38]);
        Ok(Trade {
            of: prefix(bytes)?,
            size: u32_at(bytes, 18),
            price: i64_at(bytes, 22),
            id: i64_at(bytes, 30),
            identity,
        })
    }

    /// Of [`QUOTE`].
    pub(super) fn quote(&self) -> Result<Quote, String> {
        let bytes = self.beginning::<42>()?;
        Ok(Quote {
            of: prefix(bytes)?,
            bid: (u32_at(bytes, 18), i64_at(bytes, 22)),
            ask: (u32_at(bytes, 38), i64_at(bytes, 30)),
        })
    }

    /// Of [`BUY_LEVEL`] and [`SELL_LEVEL`].
    pub(super) fn level(&self) -> Result<Level, String> {
        let bytes = self.beginning::<30>()?;
        Ok(Level {
            of: prefix(bytes)?,
            size: u32_at(bytes, 18),
            price: i64_at(bytes, 22),
        })
    }

    fn beginning<const N: usize>(&self) -> Result<&[u8; N], String> {
        self.bytes.first_chunk().ok_or_else(|| {
            format!(
                "a message {:?} of {} bytes, expected at least {N}",
                char::from(self.bytes[0]),
                self.bytes.len()
            )
        })
    }
}

fn prefix<const N: usize>(bytes: &[u8; N]) -> Result<Prefix, String> {
    let mut letters = [0; 8];
    letters.copy_from_slice(&bytes[10..18]);
    let name = letters.trim_ascii_end();
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        let found = letters.escape_ascii();
        return Err(format!(
            "the symbol \"{found}\", expected letters padded with blanks"
        ));
    }
    Ok(Prefix {
        flags: bytes[1],
        ts: i64_at(bytes, 2),
        symbol: Symbol(letters),
    })
}

fn u32_at<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    let mut part = [0; 4];
    part.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(part)
}

fn i64_at<const N: usize>(bytes: &[u8; N], at: usize) -> i64 {
    let mut part = [0; 8];
    part.copy_from_slice(&bytes[at..at + 8]);
    i64::from_le_bytes(part)
}

/// A price of the vendor.
pub(super) fn price(ten_thousandths: i64) -> Decimal {
    const FACTOR: i128 = 10i128.pow(common::decimal::SCALE - 4);
    Decimal::from_unscaled(i128::from(ten_thousandths) * FACTOR)
        .expect("an i64 has at most 19 digits, 33 with fourteen more")
}

/// A number of shares.
pub(super) fn shares(count: u32) -> Decimal {
    Decimal::from_integer(i64::from(count))
}

/// The words of flags, for each byte of flags there can be.
pub(super) fn words(known: &[(u8, &str)]) -> Vec<String> {
    let of = |flags: u8| {
        let set = known.iter().filter(|(flag, _)| flags & flag != 0);
        set.map(|(_, word)| *word).collect::<Vec<_>>().join(",")
    };
    (0..=u8::MAX).map(of).collect()
}
