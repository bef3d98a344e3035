//! How to go on after a page: what the rows and the reply say of the next one.

use std::borrow::Cow;

use super::Page;
use crate::ask::{Next, ParseError};
use crate::manifest::model::{NEXT, Order, PAGES, Style};
use crate::manifest::page::State;
use crate::manifest::select::{Found, scalar};

impl<'a> Page<'a> {
    /// How to go on.
    pub(super) fn next(&self, found: &Found<'a>) -> Result<Next, ParseError> {
        let stuck = |what: &str| {
            Err(ParseError {
                at: ".".to_owned(),
                what: what.to_owned(),
            })
        };
        if self.fresh > 0 && self.mark == self.state.mark {
            return stuck("the same page came again, expected the one after it");
        }
        let offer = self.offer;
        let text = |slot: usize| found.get(slot).copied().flatten().and_then(scalar);
        let short = offer.short_ends && offer.page_size.is_some_and(|size| self.count < size);
        if self.is_past() || short {
            return Ok(Next::End);
        }
        let full = offer.page_size.is_some_and(|size| self.count >= size);
        let at = match &offer.cursor {
            Style::None => None,
            Style::Token { .. } | Style::Link => match text(NEXT) {
                None => None,
                Some(token) if token.is_empty() || token == "false" => None,
                Some(token) if token == self.state.at.as_str() && self.count == 0 => None,
                Some(token) if token == self.state.at.as_str() => {
                    return stuck("the next token is the one that was asked with");
                }
                Some(token) => Some(token.into_owned()),
            },
            _ if self.fresh == 0 => {
                let one_instant = matches!(offer.cursor, Style::Time { .. });
                if full && one_instant {
                    return stuck(
                        "a whole page shares one instant: the vendor's paging cannot get past it",
                    );
                }
                None
            }
            Style::Page { first } => self.next_page(*first, &text)?,
            Style::Offset { first } => {
                let more = text(NEXT).is_none_or(|more| more == "true");
                more.then(|| (self.number(*first) + self.count).to_string())
            }
            Style::Time { again, .. } => {
                let edge = self.edge.unwrap_or_default();
                Some(offer.time.after(offer.order, edge, *again))
            }
            Style::Id { .. } => self.last.as_ref().map(|id| id.clone().into_owned()),
        };
        Ok(at.map_or(Next::End, |at| Next::More(self.state_at(at).cursor())))
    }

    /// The page after this one, unless the reply says that there is none.
    fn next_page(
        &self,
        first: u64,
        text: &dyn Fn(usize) -> Option<Cow<'a, str>>,
    ) -> Result<Option<String>, ParseError> {
        let page = self.number(first);
        let pages = text(PAGES).map(|pages| {
            pages.parse::<u64>().map_err(|_| ParseError {
                at: "the number of pages".to_owned(),
                what: format!("{pages:?}, expected a whole number"),
            })
        });
        let last = pages
            .transpose()?
            .is_some_and(|pages| page + 1 >= pages + first);
        let more = text(NEXT).is_none_or(|more| more == "true");
        Ok((more && !last).then(|| (page + 1).to_string()))
    }

    fn number(&self, first: u64) -> u64 {
        self.state.at.parse().unwrap_or(first)
    }

    /// Where the next page starts, with what it will repeat.
    fn state_at(&self, at: String) -> State {
        let repeats = matches!(
            self.offer.cursor,
            Style::Time { again: true, .. }
                | Style::Id {
                    inclusive: true,
                    ..
                }
        );
        State {
            at,
            mark: self.mark,
            seen: if repeats {
                self.at_edge.clone()
            } else {
                Vec::new()
            },
        }
    }

    /// Whether everything that follows lies past the slice.
    fn is_past(&self) -> bool {
        let (Some(window), Some((first, last))) = (self.window, self.times) else {
            return false;
        };
        match self.offer.order {
            Order::OldestFirst => window.ends_before(last),
            Order::NewestFirst => first < window.bounds().0,
            Order::Unsorted => false,
        }
    }
}
