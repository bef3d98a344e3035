//! Bodies of several JSON values, one a line: messages of live channels, as somebody saved them.

use crate::ask::ParseError;

/// A value of a body, and its line where there are several.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) line: Option<usize>,
    pub(crate) text: &'a [u8],
}

/// The values of a body: itself, or one a line.
pub(crate) fn values(body: &[u8]) -> Vec<Value<'_>> {
    if !are_lines(body) {
        return vec![Value {
            line: None,
            text: body,
        }];
    }
    body.split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, text)| !text.trim_ascii().is_empty())
        .map(|(number, text)| Value {
            line: Some(number + 1),
            text,
        })
        .collect()
}

/// A place in a body, with the line where there are several.
pub(crate) fn place(line: Option<usize>, at: String) -> String {
    match line {
        Some(line) => format!("line {line}: {at}"),
        None => at,
    }
}

impl Value<'_> {
    /// The same error, with its line.
    pub(crate) fn located(&self, error: ParseError) -> ParseError {
        ParseError {
            at: place(self.line, error.at),
            ..error
        }
    }
}

/// Whether a value ends on the first line and another one begins after it.
fn are_lines(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let Some(end) = memchr::memchr(b'\n', body) else {
        return false;
    };
    let (first, rest) = (body[..end].trim_ascii_end(), body[end..].trim_ascii_start());
    first.len() > 1
        && matches!(first.last(), Some(b'}' | b']'))
        && matches!(rest.first(), Some(b'{' | b'['))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(body: &str) -> Vec<Option<usize>> {
        let values = values(body.as_bytes());
        values.iter().map(|value| value.line).collect()
    }

    #[test]
    fn lines_are_told_from_one_value_over_several() {
        assert_eq!(lines("\n{\"a\":1}\r\n\n[2]\n"), [Some(2), Some(4)]);
        for one in [
            "",
            "{}",
            "{}\n",
            "{\n \"a\": []\n}",
            "[\n[1],\n[2]\n]",
            "[{},\n{}]",
        ] {
            assert_eq!(lines(one), [None], "{one}");
        }
    }
}
