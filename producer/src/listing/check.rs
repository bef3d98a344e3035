//! `sources check`: what is wrong in manifests, all of it at once.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use sources::Source;
use sources::manifest::Manifest;

use crate::output::Output;

#[derive(Serialize)]
struct Answer {
    files: Vec<Checked>,
}

#[derive(Serialize)]
struct Checked {
    file: String,
    ok: bool,
    source: Option<&'static str>,
    datasets: Vec<&'static str>,
    errors: Vec<String>,
}

/// Checks every file; the exit code says whether all are right.
pub(crate) fn print(files: &[PathBuf], output: Output) -> anyhow::Result<ExitCode> {
    let answer = Answer {
        files: files.iter().map(|file| checked(file)).collect(),
    };
    output.print(&answer, human)?;
    let right = answer.files.iter().all(|file| file.ok);
    Ok(if right {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(common::service::USAGE)
    })
}

fn checked(path: &Path) -> Checked {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path);
    let read = text.map_err(|error| vec![format!("{file}: cannot be read: {error}")]);
    match read.and_then(|text| Manifest::read(&file, &text)) {
        Ok(manifest) => Checked {
            file,
            ok: true,
            source: Some(manifest.name()),
            datasets: manifest
                .datasets()
                .iter()
                .map(|dataset| dataset.name)
                .collect(),
            errors: Vec::new(),
        },
        Err(errors) => Checked {
            file,
            ok: false,
            source: None,
            datasets: Vec::new(),
            errors,
        },
    }
}

fn human(answer: &Answer) -> String {
    let one = |file: &Checked| match file.source {
        Some(source) => format!("{}: {source}: {}\n", file.file, file.datasets.join(", ")),
        None => file
            .errors
            .iter()
            .map(|error| format!("{error}\n"))
            .collect(),
    };
    answer.files.iter().map(one).collect()
}
