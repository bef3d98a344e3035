//! Reads and checks the `cursor` of a dataset: how its pages follow each other.

use super::check::path;
use super::model::{Order, Style, Times};
use super::path::Path;
use super::section::Section;
use super::stamp::Stamp;
use super::template::{Hole, Template};

/// A cursor, and where what it needs stands.
pub(super) struct Cursor {
    pub(super) style: Style,
    /// Of the reply: the token, the link, or whether there are more.
    pub(super) next: Option<Path>,
    /// Of the reply: the number of pages.
    pub(super) pages: Option<Path>,
    /// Of a row: its time or id.
    pub(super) row: Option<Path>,
    pub(super) short_ends: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    None,
    Page,
    Offset,
    Token,
    Link,
    Time,
    Id,
}

const KINDS: [(&str, Kind); 7] = [
    ("none", Kind::None),
    ("page", Kind::Page),
    ("offset", Kind::Offset),
    ("token", Kind::Token),
    ("link", Kind::Link),
    ("time", Kind::Time),
    ("id", Kind::Id),
];

const TIES: &str = "\"again\" needs the page_size of the dataset, to notice a page of one instant; \
    write page_size, or ties = \"next\" if no two rows share a time";
const INCLUSIVE: &str =
    "is missing; write true if a page begins with the row of the id asked for, else false";

impl Cursor {
    /// Reads the cursor of a dataset; one that is not given means one page.
    pub(super) fn read(
        dataset: &Section<'_>,
        time: &Times,
        order: Order,
        page_size: Option<u64>,
    ) -> Self {
        let mut cursor = Self {
            style: Style::None,
            next: None,
            pages: None,
            row: None,
            short_ends: false,
        };
        let Some(section) = dataset.section("cursor") else {
            return cursor;
        };
        if !section.table.contains_key("style") {
            section.wrong(
                "style",
                "is missing; write page, offset, token, link, time, id or none",
            );
        }
        let kind = section.choice("style", &KINDS).unwrap_or(Kind::None);
        cursor.style = cursor.style_of(kind, &section);
        if let Style::Time {
            stamp,
            again,
            start,
        } = &mut cursor.style
        {
            *stamp = section.choice("type", &Stamp::NAMES).unwrap_or(time.stamp);
            if *again && page_size.is_none() {
                section.wrong("ties", TIES);
            }
            let usual = match order {
                Order::NewestFirst => Hole::To(None),
                Order::OldestFirst | Order::Unsorted => Hole::From(None),
            };
            *start = start.take().or_else(|| Some(Template::hole(usual)));
        }
        cursor.short_ends = section.flag("short_page_ends").unwrap_or(false);
        if cursor.short_ends && page_size.is_none() {
            section.wrong("short_page_ends", "needs the page_size of the dataset");
        }
        section.done();
        cursor
    }

    fn style_of(&mut self, kind: Kind, section: &Section<'_>) -> Style {
        match kind {
            Kind::None => Style::None,
            Kind::Page => {
                self.next = path(section, "more");
                self.pages = path(section, "pages");
                let first = section.number("first").unwrap_or(1);
                Style::Page { first }
            }
            Kind::Offset => {
                self.next = path(section, "more");
                let first = section.number("first").unwrap_or(0);
                Style::Offset { first }
            }
            Kind::Token => {
                self.next = needed(section, "next_token");
                let start = start(section);
                Style::Token { start }
            }
            Kind::Link => {
                self.next = needed(section, "links.next");
                Style::Link
            }
            Kind::Time => {
                self.row = needed(section, "time");
                let ties = section.choice("ties", &[("again", true), ("next", false)]);
                Style::Time {
                    stamp: Stamp::Ms,
                    again: ties.unwrap_or(true),
                    start: start(section),
                }
            }
            Kind::Id => {
                self.row = needed(section, "id");
                if !section.table.contains_key("inclusive") {
                    section.wrong("inclusive", INCLUSIVE);
                }
                let inclusive = section.flag("inclusive").unwrap_or(false);
                let start = start(section);
                Style::Id { inclusive, start }
            }
        }
    }
}

/// The path that the style cannot do without.
fn needed(section: &Section<'_>, example: &str) -> Option<Path> {
    section.need("path", example)?;
    path(section, "path")
}

/// Where the first page starts.
fn start(section: &Section<'_>) -> Option<Template> {
    let text = section.text("start")?;
    let template = Template::parse(text);
    template.map_err(|what| section.wrong("start", what)).ok()
}

impl Style {
    /// In words, for people.
    pub(super) fn about(&self) -> &'static str {
        match self {
            Self::None => "one page",
            Self::Page { .. } => "by page number",
            Self::Offset { .. } => "by offset",
            Self::Token { .. } => "by the token of the page before",
            Self::Link => "by the link in the page before",
            Self::Time { again: true, .. } => "by the time of the last row, which comes again",
            Self::Time { .. } => "by the instant after the last row",
            Self::Id {
                inclusive: true, ..
            } => "by the id of the last row, which comes again",
            Self::Id { .. } => "by the id of the last row",
        }
    }
}
