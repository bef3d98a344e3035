//! Where an item of the archive stands, as the text of a [`Cursor::Token`].
//!
//! ```text
//! Start ─> daily:2024-01-05 ──> daily:2024-01-05:<sha256> ──> next day, or the end
//!            (.CHECKSUM)   │          (zip)                        ▲
//!                          └ 404 ──> rest:2024-01-05 ──> rest:2024-01-05:id=17 ──┘
//! ```
//!
//! A month that is missing goes on with its days. A text, because it survives the worker: whatever
//! an item has come to can be read in a log.

use super::place::File;
use crate::ask::Cursor;

/// What is asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The checksum of a file.
    Checksum(File),
    /// The file itself, with its SHA-256.
    Zip(File, String),
    /// What the file should have held, over REST from that cursor.
    Rest(File, Cursor),
}

impl Step {
    /// The step that a cursor stands for; `None` for one that is none of ours.
    pub(super) fn read(cursor: &Cursor) -> Option<Self> {
        let Cursor::Token(text) = cursor else {
            return None;
        };
        let (what, rest) = text.split_once(':')?;
        let (file, more) = match rest.split_once(':') {
            Some((file, more)) => (file, Some(more)),
            None => (rest, None),
        };
        let file = file.parse().ok()?;
        Some(match (what, more) {
            ("rest", more) => Self::Rest(file, inner(more)?),
            (_, None) => Self::Checksum(file),
            (_, Some(sha256)) => Self::Zip(file, sha256.to_owned()),
        })
    }

    pub(super) fn cursor(&self) -> Cursor {
        let period = |file: &File| match file {
            File::Month(_) => "monthly",
            File::Day(_) => "daily",
        };
        Cursor::Token(match self {
            Self::Checksum(file) => format!("{}:{file}", period(file)),
            Self::Zip(file, sha256) => format!("{}:{file}:{sha256}", period(file)),
            Self::Rest(file, cursor) => match cursor {
                Cursor::Start => format!("rest:{file}"),
                Cursor::Time(ms) => format!("rest:{file}:time={ms}"),
                Cursor::Id(id) => format!("rest:{file}:id={id}"),
                Cursor::Page(page) => format!("rest:{file}:page={page}"),
                Cursor::Token(token) => format!("rest:{file}:token={token}"),
            },
        })
    }
}

/// A cursor of REST.
fn inner(text: Option<&str>) -> Option<Cursor> {
    let Some(text) = text else {
        return Some(Cursor::Start);
    };
    let (kind, value) = text.split_once('=')?;
    Some(match kind {
        "time" => Cursor::Time(value.parse().ok()?),
        "id" => Cursor::Id(value.parse().ok()?),
        "page" => Cursor::Page(value.parse().ok()?),
        "token" => Cursor::Token(value.to_owned()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_read_back_as_it_was() {
        let (month, day): (File, File) =
            ("2024-02".parse().unwrap(), "2024-02-29".parse().unwrap());
        let cursors = [
            Cursor::Start,
            Cursor::Time(-5),
            Cursor::Id(17),
            Cursor::Page(3),
            Cursor::Token("a:b=c".to_owned()),
        ];
        let mut steps = vec![
            Step::Checksum(month),
            Step::Checksum(day),
            Step::Zip(day, "ab".repeat(32)),
        ];
        steps.extend(cursors.map(|cursor| Step::Rest(day, cursor)));
        for step in steps {
            assert_eq!(Step::read(&step.cursor()), Some(step));
        }
        assert_eq!(
            Step::Checksum(day).cursor(),
            Cursor::Token("daily:2024-02-29".to_owned())
        );
        for other in [
            "",
            "daily",
            "daily:2024-13",
            "rest:2024-01-01:id=x",
            "rest:2024-01-01:x",
        ] {
            assert_eq!(
                Step::read(&Cursor::Token(other.to_owned())),
                None,
                "{other}"
            );
        }
        assert_eq!(Step::read(&Cursor::Id(1)), None);
    }
}
