//! Which trades of a day were broken afterwards.
//!
//! A break names symbol, size, price and id of an earlier trade of the same day and may come
//! minutes after it, when its row is long gone. So a capture is read twice: here for the breaks,
//! then for the rows. Of several such trades (the samples of the vendor use ids again) a break
//! means the latest before it that is not broken yet.
//!
//! A trade is remembered by eight bytes, some millions a day. The other ways were worse: a row
//! that says "broken" later has the same key and version as the good one, so which of the two is
//! read would be chance.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::message::{self, Trade};
use super::tape::{self, Feeds, Wanted};
use super::transport::Message;
use crate::source::Stream;

/// The numbers of the broken ones among all trades that are wanted, ascending.
#[derive(Debug, Default)]
pub(super) struct Broken {
    numbers: Vec<usize>,
    /// How many trades were asked about.
    asked: usize,
}

/// What was seen of a day.
#[derive(Debug, Default)]
struct Seen {
    trades: Vec<u64>,
    /// How many trades came before each break, and what it breaks.
    breaks: Vec<(usize, u64)>,
}

impl Broken {
    /// Reads a capture as far as it can be read: whoever reads it again meets the same end.
    pub(super) fn find(body: &mut dyn Stream, wanted: &Wanted) -> Self {
        let mut seen = Seen::default();
        let _ = tape::each(body, Feeds::ALL, |message| seen.add(message, wanted));
        seen.trades.shrink_to_fit();
        Self {
            numbers: seen.broken(),
            asked: 0,
        }
    }

    /// Whether the next trade is broken; to be asked for each trade that is wanted, in order.
    pub(super) fn next_is_broken(&mut self) -> bool {
        let number = self.asked;
        self.asked += 1;
        self.numbers.binary_search(&number).is_ok()
    }
}

impl Seen {
    fn add(&mut self, message: &Message<'_>, wanted: &Wanted) -> Result<(), String> {
        let hash = |trade: &Trade| xxh3_64(&trade.identity);
        match message.kind() {
            message::TRADE => {
                let trade = message.trade()?;
                if wanted.has(trade.of.symbol) {
                    self.trades.push(hash(&trade));
                }
            }
            message::BREAK => {
                let trade = message.trade()?;
                if wanted.has(trade.of.symbol) {
                    self.breaks.push((self.trades.len(), hash(&trade)));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn broken(&self) -> Vec<usize> {
        if self.breaks.is_empty() {
            return Vec::new();
        }
        let mut standing: HashMap<u64, Vec<usize>> = self
            .breaks
            .iter()
            .map(|(_, broken)| (*broken, Vec::new()))
            .collect();
        let mut numbers = Vec::new();
        let mut breaks = self.breaks.iter().peekable();
        for number in 0..=self.trades.len() {
            while let Some((_, broken)) = breaks.next_if(|(before, _)| *before <= number) {
                numbers.extend(standing.get_mut(broken).and_then(Vec::pop));
            }
            let trade = self.trades.get(number);
            if let Some(standing) = trade.and_then(|trade| standing.get_mut(trade)) {
                standing.push(number);
            }
        }
        numbers.sort_unstable();
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(trades: &[u64], breaks: &[(usize, u64)]) -> Vec<usize> {
        let seen = Seen {
            trades: trades.to_vec(),
            breaks: breaks.to_vec(),
        };
        seen.broken()
    }

    #[test]
    fn a_break_means_the_latest_trade_before_it() {
        assert_eq!(broken(&[7, 8, 7, 7], &[(3, 7)]), [2]);
        assert_eq!(broken(&[7, 8, 7, 7], &[(3, 7), (3, 7), (4, 7)]), [0, 2, 3]);
        assert_eq!(
            broken(&[7], &[(0, 7)]),
            [] as [usize; 0],
            "none came before"
        );
        assert_eq!(broken(&[7], &[(1, 9), (1, 7), (1, 7)]), [0]);
    }
}
