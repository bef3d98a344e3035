//! Paths into JSON, as manifests write them: `data.rows[0].price`.
//!
//! A name is a member, `[2]` an element, `[type=2]` the element whose member `type` is 2,
//! `["a.b"]` a member with odd letters, `.` the value itself. In the path of rows `*` is every
//! member or element.

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A member of an object.
    Key(String),
    /// An element of an array.
    Index(usize),
    /// The first element of an array with that member.
    Where { key: String, value: String },
    /// Every member or element.
    Any,
}

/// A path, as it was written and as it is walked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Path {
    pub(super) steps: Vec<Step>,
    pub(super) text: String,
}

impl Path {
    /// Reads a path; `*` may stand only in the path of rows.
    ///
    /// # Errors
    /// With what is wrong and what a path looks like.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let path = Self::of_rows(text)?;
        if path.steps.contains(&Step::Any) {
            return Err(format!(
                "{text:?} holds a *, which only rows may; write the place of one value"
            ));
        }
        Ok(path)
    }

    /// Reads the path of rows.
    pub(super) fn of_rows(text: &str) -> Result<Self, String> {
        let written = text;
        let wrong =
            |what: &str| format!("{written:?} {what}; write a path such as data.rows[0].price");
        let text = text.trim();
        let mut steps = Vec::new();
        let mut rest = if text == "." { "" } else { text };
        if text.is_empty() {
            return Err(wrong("is empty"));
        }
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let end = closing(inside).ok_or_else(|| wrong("has a [ without its ]"))?;
                steps.push(bracket(&inside[..end]).map_err(wrong)?);
                rest = &inside[end + 1..];
            } else {
                if !steps.is_empty() {
                    rest = rest
                        .strip_prefix('.')
                        .ok_or_else(|| wrong("lacks a . after a ]"))?;
                }
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                match &rest[..end] {
                    "" => return Err(wrong("lacks a name beside a .")),
                    "*" => steps.push(Step::Any),
                    name => steps.push(Step::Key(name.to_owned())),
                }
                rest = &rest[end..];
            }
        }
        Ok(Self {
            steps,
            text: text.to_owned(),
        })
    }

    /// The parts between the stars.
    pub(super) fn parts(&self) -> Vec<Self> {
        let steps = self.steps.split(|step| *step == Step::Any);
        let part = |steps: &[Step]| Self {
            text: shown(steps),
            steps: steps.to_vec(),
        };
        steps.map(part).collect()
    }
}

/// The steps as one would write them after a path.
fn shown(steps: &[Step]) -> String {
    let one = |step: &Step| match step {
        Step::Key(key) => format!(".{key}"),
        Step::Index(index) => format!("[{index}]"),
        Step::Where { key, value } => format!("[{key}={value}]"),
        Step::Any => ".*".to_owned(),
    };
    steps.iter().map(one).collect()
}

/// Where the bracket ends, text in quotes left aside.
fn closing(inside: &str) -> Option<usize> {
    let from = match inside.strip_prefix('"') {
        Some(quoted) => quoted.find('"')? + 2,
        None => 0,
    };
    inside[from..].find(']').map(|end| end + from)
}

fn bracket(inside: &str) -> Result<Step, &'static str> {
    if let Some(quoted) = inside.strip_prefix('"') {
        let name = quoted
            .strip_suffix('"')
            .ok_or("has letters after a quote")?;
        return Ok(Step::Key(name.to_owned()));
    }
    if let Some((key, value)) = inside.split_once('=') {
        return Ok(Step::Where {
            key: key.trim().to_owned(),
            value: value.trim().to_owned(),
        });
    }
    let index = inside.trim().parse().map(Step::Index);
    index.map_err(|_| "has neither a number nor name=value between [ and ]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_step_by_step() {
        let path = Path::parse(r#"a.b[2]["x.y"][type=2].c"#).unwrap();
        let key = |key: &str| Step::Key(key.to_owned());
        let filter = Step::Where {
            key: "type".into(),
            value: "2".into(),
        };
        let steps = [
            key("a"),
            key("b"),
            Step::Index(2),
            key("x.y"),
            filter,
            key("c"),
        ];
        assert_eq!(path.steps, steps);
        assert_eq!(Path::parse(".").unwrap().steps, []);
        assert_eq!(Path::parse("[0]").unwrap().steps, [Step::Index(0)]);
        let parts = Path::of_rows("rates.*.*").unwrap().parts();
        let texts: Vec<_> = parts.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(texts, [".rates", "", ""]);
    }

    #[test]
    fn what_is_no_path_is_refused_with_a_path() {
        for bad in [
            "",
            "a..b",
            ".a",
            "a.",
            "a[",
            "a[x]",
            "a[0]b",
            "a.*",
            r#"a["x"y]"#,
        ] {
            let error = Path::parse(bad).unwrap_err();
            assert!(error.contains("write "), "{bad}: {error}");
        }
    }
}
