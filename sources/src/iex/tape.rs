//! Every message of a capture, one after the other: what all datasets read.
//!
//! A message is known by its place in its file: the samples of the vendor restart their sequence
//! and use ids again. Memory stays at one piece of the capture, whatever its lengths claim.

use super::capture::Capture;
use super::message::Symbol;
use super::transport::{self, Message, Segment};
use crate::ask::ParseError;
use crate::source::{Reply, Stream};
use common::item::Work;

/// A protocol of IEX-TP by its number.
const TOPS_1_5: u16 = 0x8002;
const TOPS_1_6: u16 = 0x8003;
const DEEP_1_0: u16 = 0x8004;

/// The feeds whose messages a dataset reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feeds {
    protocols: &'static [u16],
    names: &'static str,
}

impl Feeds {
    /// Where trades are.
    pub(super) const ALL: Self = Self {
        protocols: &[TOPS_1_5, TOPS_1_6, DEEP_1_0],
        names: "TOPS or DEEP",
    };
    /// Where quotes are.
    pub(super) const TOPS: Self = Self {
        protocols: &[TOPS_1_5, TOPS_1_6],
        names: "TOPS",
    };
    /// Where price levels are.
    pub(super) const DEEP: Self = Self {
        protocols: &[DEEP_1_0],
        names: "DEEP",
    };

    fn check(self, protocol: u16) -> Result<(), String> {
        if self.protocols.contains(&protocol) {
            return Ok(());
        }
        let found = match protocol {
            TOPS_1_5 | TOPS_1_6 => "TOPS".to_owned(),
            DEEP_1_0 => "DEEP".to_owned(),
            0x8005 => "DEEP+".to_owned(),
            other => format!("protocol {other:#06x}"),
        };
        Err(format!("a segment of {found}, expected {}", self.names))
    }
}

/// Shows every message of a capture to its end.
///
/// # Errors
/// At the first place that is damaged, or that `show` cannot read.
pub(super) fn each(
    body: &mut dyn Stream,
    feeds: Feeds,
    mut show: impl FnMut(&Message<'_>) -> Result<(), String>,
) -> Result<(), ParseError> {
    let mut capture = Capture::open(body)?;
    let (mut packets, mut segments) = (0_u64, 0_u64);
    while let Some(frame) = capture.next()? {
        packets += 1;
        let Some((at, datagram)) = transport::datagram(frame.bytes) else {
            continue;
        };
        let begin = frame.offset + at as u64;
        let error = |(place, what): (usize, String)| ParseError {
            at: format!("byte {}", begin + place as u64),
            what,
        };
        let segment = Segment::read(datagram).map_err(|what| error((0, what)))?;
        if let Some(segment) = segment {
            segments += 1;
            feeds
                .check(segment.protocol)
                .map_err(|what| error((2, what)))?;
            segment.each(|_, message| show(message)).map_err(error)?;
        }
    }
    if segments == 0 {
        return Err(ParseError {
            at: "byte 0".to_owned(),
            what: format!(
                "{packets} packets without a segment of IEX-TP, expected {}",
                feeds.names
            ),
        });
    }
    Ok(())
}

/// The symbols that are wanted; all where none is named.
#[derive(Debug, Clone)]
pub(super) struct Wanted(Vec<Symbol>);

impl Wanted {
    /// Those of an item, by `--param symbols` or `--symbol`.
    pub(super) fn of(reply: &Reply<'_>) -> Result<Self, ParseError> {
        let item = reply.item;
        let symbol = match &item.work {
            Work::Range { symbol, .. } => symbol.as_deref().unwrap_or_default(),
            Work::Ids(_) => "",
        };
        let names = [symbol, item.param("symbol"), item.param("symbols")];
        Self::named(names).map_err(|what| ParseError {
            at: "item".to_owned(),
            what,
        })
    }

    /// Those of lists separated by commas.
    pub(super) fn named<'a>(lists: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let names = lists.into_iter().flat_map(|list| list.split(','));
        let mut symbols = names
            .filter(|name| !name.trim().is_empty())
            .map(|name| {
                Symbol::named(name).ok_or_else(|| {
                    format!("{name:?} is no symbol: write up to 8 letters, such as AAPL or BRK.A")
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        symbols.sort_unstable();
        symbols.dedup();
        Ok(Self(symbols))
    }

    pub(super) fn has(&self, symbol: Symbol) -> bool {
        self.0.is_empty() || self.0.binary_search(&symbol).is_ok()
    }
}
