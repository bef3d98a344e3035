//! What to ask: the templates of a dataset, filled for an item at a cursor.

use std::borrow::Cow;

use common::item::{Item, Work};

use super::model::{Manifest, Named, Offer, Order, Style, Times};
use super::page::State;
use super::section::nearest;
use super::stamp::Stamp;
use super::template::Hole;
use crate::ask::{Ask, At, Cost, Refusal, Server};
use crate::window::Window;

/// What is known of an item when its texts are filled.
pub(super) struct Context<'a> {
    manifest: &'a Manifest,
    offer: &'a Offer,
    item: &'a Item,
    id: Option<&'a str>,
    symbol: Option<&'a str>,
    cursor: Option<String>,
}

impl Manifest {
    /// The request for an item at a cursor.
    pub(super) fn request(&self, offer: &Offer, at: &At<'_>) -> Result<Ask, Refusal> {
        let state = State::of(at.cursor);
        let first = state.is_none();
        let mut context = Context::new(self, offer, at.item, at.id)?;
        context.cursor = match state {
            Some(state) => Some(state.at),
            None => context.start(),
        };
        let (ours, cost) = (
            &context,
            Cost {
                budget: self.name,
                units: 1,
            },
        );
        let link = match (&offer.cursor, first) {
            (Style::Link, false) => ours.cursor.clone(),
            _ => None,
        };
        let path = match &link {
            Some(_) => String::new(),
            None => ours.path()?,
        };
        let mut ask = Ask::get(path, cost).with_token(self.token);
        ask.headers = ours.named(&offer.headers);
        if let Some(link) = link {
            ask.server = Server::Link(link);
            return Ok(ask);
        }
        ask.server = offer.server.clone();
        ask.query = ours.named(&offer.query);
        if first {
            ask.query.extend(ours.named(&offer.query_first));
        }
        ask.form = offer.form.as_ref().map(|form| ours.named(form));
        Ok(ask)
    }
}

impl<'a> Context<'a> {
    pub(super) fn new(
        manifest: &'a Manifest,
        offer: &'a Offer,
        item: &'a Item,
        id: Option<&'a str>,
    ) -> Result<Self, Refusal> {
        let symbol = match &item.work {
            Work::Range { symbol, .. } => symbol.as_deref(),
            Work::Ids(_) => item.params.get("symbol").map(String::as_str),
        };
        if let Some(symbol) = symbol {
            manifest.check_symbol(symbol)?;
        }
        Ok(Self {
            manifest,
            offer,
            item,
            id,
            symbol,
            cursor: None,
        })
    }

    /// Where the first page starts.
    fn start(&self) -> Option<String> {
        let template = match &self.offer.cursor {
            Style::Page { first } | Style::Offset { first } => return Some(first.to_string()),
            Style::Token { start } | Style::Time { start, .. } | Style::Id { start, .. } => start,
            Style::None | Style::Link => &None,
        };
        template.as_ref()?.fill(&|hole| self.value(hole)).ok()
    }

    /// The path; every hole in it must be filled, and none can leave its place.
    fn path(&self) -> Result<String, Refusal> {
        let value = |hole: &Hole| self.value(hole).map(|text| Cow::Owned(encoded(&text)));
        self.offer.path.fill(&value).map_err(|hole| {
            let (name, source) = (self.offer.name, self.manifest.name);
            Refusal(format!("{name} of {source}: {}", hole.missing()))
        })
    }

    /// Names with their texts; one with a hole that nothing is there for is left out.
    fn named(&self, all: &[Named]) -> Vec<(&'static str, String)> {
        let filled = |(name, template): &Named| {
            let text = template.fill(&|hole| self.value(hole)).ok()?;
            Some((*name, text))
        };
        all.iter().filter_map(filled).collect()
    }

    /// What stands in a hole.
    pub(super) fn value(&self, hole: &Hole) -> Option<Cow<'a, str>> {
        match hole {
            Hole::Symbol => Some(self.manifest.our_symbol(self.symbol?).into()),
            Hole::VenueSymbol => Some(self.manifest.venue_symbol(self.symbol?).into()),
            Hole::From(stamp) => self.instant(*stamp, Times::from).map(Cow::Owned),
            Hole::To(stamp) => self.instant(*stamp, Times::to).map(Cow::Owned),
            Hole::Id => self.id.map(Cow::Borrowed),
            Hole::Cursor => self.cursor.clone().map(Cow::Owned),
            Hole::Size => self.offer.page_size.map(|size| size.to_string().into()),
            Hole::Param(name) => self.item.params.get(name).map(|text| text.as_str().into()),
            Hole::Source => Some(self.manifest.name.into()),
            Hole::Dataset => Some(self.offer.name.into()),
            Hole::Key(_) => None,
        }
    }

    fn instant(&self, stamp: Option<Stamp>, end: fn(Times, Window) -> i64) -> Option<String> {
        if matches!(self.item.work, Work::Ids(_)) {
            return None;
        }
        let stamp = stamp.unwrap_or(self.offer.time.stamp);
        let times = Times {
            stamp,
            ..self.offer.time
        };
        Some(stamp.write(end(times, Window::of(self.item))))
    }
}

impl Times {
    /// The instant to write so that the vendor's answer holds the first of the slice.
    fn from(self, window: Window) -> i64 {
        let (from, _) = window.bounds();
        if self.from_inclusive { from } else { from - 1 }
    }

    /// The instant to write so that it holds the last.
    fn to(self, window: Window) -> i64 {
        let (_, to) = window.bounds();
        if self.to_inclusive {
            return to - 1;
        }
        let unit = self.stamp.unit();
        to.div_euclid(unit) * unit + if to.rem_euclid(unit) == 0 { 0 } else { unit }
    }

    /// How to ask for what comes after the last row (before it, where the newest come first):
    /// once more with it, or from the next unit on.
    pub(super) fn after(self, order: Order, last: i64, again: bool) -> String {
        let unit = self.stamp.unit();
        let units = match (order, again) {
            (Order::NewestFirst, true) => i64::from(!self.to_inclusive),
            (Order::NewestFirst, false) => -i64::from(self.to_inclusive),
            (_, true) => -i64::from(!self.from_inclusive),
            (_, false) => i64::from(self.from_inclusive),
        };
        self.stamp.write(last.saturating_add(units * unit))
    }
}

impl Manifest {
    /// The vendor's name of a symbol.
    fn venue_symbol(&self, written: &str) -> String {
        let found = self.symbols.get(written);
        found.cloned().unwrap_or_else(|| written.to_owned())
    }

    /// Our name of a symbol.
    fn our_symbol(&self, written: &str) -> String {
        let found = self.symbols.iter().find(|(_, venue)| *venue == written);
        found.map_or_else(|| written.to_owned(), |(ours, _)| ours.clone())
    }

    fn check_symbol(&self, written: &str) -> Result<(), Refusal> {
        let known = self.symbols.is_empty()
            || self.symbols.contains_key(written)
            || self.symbols.values().any(|venue| venue == written);
        if known {
            return Ok(());
        }
        let near = nearest(written, self.symbols.keys().map(String::as_str));
        Err(Refusal(format!(
            "{} lists no symbol {written:?}; the nearest is {near}",
            self.name
        )))
    }
}

/// A value as a part of a path: it cannot become two parts, a query or a fragment.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~,:@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
