//! Where a page stands: what the cursor remembers from one page to the next.
//!
//! The end is what the vendor says (no token, no link, no row), never a short page, unless the
//! manifest says that the vendor documents it. A page that comes again is an error, not a loop.

use crate::ask::Cursor;

/// What one page leaves for the next: where it starts, the hash of the rows before it, and the
/// hashes of the rows that the next page will hold once more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct State {
    pub(super) at: String,
    pub(super) mark: u64,
    pub(super) seen: Vec<u64>,
}

impl State {
    /// Of the first page there is none.
    pub(super) fn of(cursor: &Cursor) -> Option<Self> {
        let text = match cursor {
            Cursor::Start => return None,
            Cursor::Token(text) => text,
            // No cursor of ours: somebody else's is taken as where to start.
            Cursor::Time(at) => return Some(Self::at(at.to_string())),
            Cursor::Id(at) | Cursor::Page(at) => return Some(Self::at(at.to_string())),
        };
        let mut parts = text.splitn(3, '|');
        let hash = |text: &str| u64::from_str_radix(text, 16).ok();
        let parsed = (|| {
            let mark = hash(parts.next()?)?;
            let seen = parts.next()?.split(',').filter(|text| !text.is_empty());
            let seen = seen.map(hash).collect::<Option<_>>()?;
            let at = parts.next()?.to_owned();
            Some(Self { at, mark, seen })
        })();
        Some(parsed.unwrap_or_else(|| Self::at(text.clone())))
    }

    fn at(at: String) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// The cursor that holds it.
    pub(super) fn cursor(&self) -> Cursor {
        let seen: Vec<_> = self.seen.iter().map(|hash| format!("{hash:x}")).collect();
        Cursor::Token(format!("{:x}|{}|{}", self.mark, seen.join(","), self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_its_cursor() {
        for state in [
            State::default(),
            State {
                at: "a|b,c".into(),
                mark: 7,
                seen: vec![1, u64::MAX],
            },
        ] {
            assert_eq!(State::of(&state.cursor()), Some(state));
        }
        assert_eq!(State::of(&Cursor::Start), None);
        assert_eq!(State::of(&Cursor::Token("x".into())).unwrap().at, "x");
    }
}
