//! The rules of this repository that no lint knows: who may name what, and how files begin.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::root;

/// Longest file, tests apart.
const LINES: usize = 500;

/// A word that only some files may hold, and why.
struct Reserved {
    words: &'static [&'static str],
    allowed: &'static [&'static str],
    why: &'static str,
}

const RESERVED: [Reserved; 4] = [
    Reserved {
        words: &[
            "\"WORK\"",
            "\"RECORDS\"",
            "\"DEAD\"",
            "\"JOBS\"",
            "\"SCHEDULES\"",
            "\"work.",
            "\"records.",
            "\"dead.",
            "\"enqueued.",
        ],
        allowed: &["common/src/streams.rs"],
        why: "names of streams and subjects stand in common/src/streams.rs",
    },
    Reserved {
        words: &["reqwest::", "use reqwest"],
        allowed: &[
            "worker/src/fetch",
            "common/src/durability.rs",
            "embedded/",
            "e2e/",
            "simulator/",
        ],
        why: "requests to vendors are made in worker/src/fetch.rs",
    },
    Reserved {
        words: &["clickhouse::Client", "use clickhouse"],
        allowed: &["writer/src/", "producer/src/", "embedded/"],
        why: "ClickHouse is written by the writer and read by the producer",
    },
    Reserved {
        words: &["#[allow(", "#![allow("],
        allowed: &[],
        why: "use #[expect(.., reason = \"..\")]",
    },
];

/// Checks every rule and reports every breach.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut breaches = Vec::new();
    for file in rust_files(&root())? {
        let text = std::fs::read_to_string(root().join(&file))
            .with_context(|| format!("cannot read {}", file.display()))?;
        breaches.extend(check_file(&file, &text));
    }
    anyhow::ensure!(
        breaches.is_empty(),
        "{} rules broken:\n  {}",
        breaches.len(),
        breaches.join("\n  ")
    );
    Ok(())
}

fn check_file(file: &Path, text: &str) -> Vec<String> {
    let name = file.display().to_string();
    let mut breaches = Vec::new();
    if !text.starts_with("//!") {
        breaches.push(format!(
            "{name}: begins without a //! header that says why it exists"
        ));
    }
    let is_test = name.contains("/tests/") || name.ends_with("/tests.rs");
    let own = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    if !is_test && own.lines().count() > LINES {
        breaches.push(format!(
            "{name}: {} lines, at most {LINES}",
            own.lines().count()
        ));
    }
    // The rules name the words themselves.
    if is_test || name == "xtask/src/tidy.rs" {
        return breaches;
    }
    for rule in &RESERVED {
        if rule.allowed.iter().any(|allowed| name.starts_with(allowed)) {
            continue;
        }
        for (number, line) in own
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            if let Some(word) = rule.words.iter().find(|word| line.contains(**word)) {
                breaches.push(format!("{name}:{}: {word} here; {}", number + 1, rule.why));
            }
        }
    }
    breaches
}

/// The Rust files of the repository, relative to its top.
fn rust_files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let (name, path) = (entry.file_name(), folder.join(entry.file_name()));
            if entry.file_type()?.is_dir() {
                if name != "target" && !name.to_string_lossy().starts_with('.') {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaches_are_found_and_said() {
        let text = "fn f() {\n    let s = \"work.x\";\n}\n";
        let breaches = check_file(Path::new("worker/src/x.rs"), text);
        assert_eq!(breaches.len(), 2, "{breaches:?}");
        assert!(
            breaches[0].contains("header") && breaches[1].starts_with("worker/src/x.rs:2:"),
            "{breaches:?}"
        );
        assert!(
            check_file(
                Path::new("common/src/streams.rs"),
                &format!("//! x\n{text}")
            )
            .is_empty()
        );
    }
}
