//! What we depend on: known licences, one registry, nothing unused, one version of what matters.
//!
//! Read from `cargo metadata`, so that the check needs no further tool and no network. Known
//! vulnerabilities need a database from the network: `cargo deny check` with `deny.toml` looks
//! them up where it can.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::root;

/// Licences that may be linked into a program under MIT or Apache-2.0.
const LICENCES: [&str; 12] = [
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "0BSD",
    "BSL-1.0",
    "Unlicense",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
];

/// Two versions of these in one program would not understand each other.
const ONE_VERSION: [&str; 6] = [
    "async-nats",
    "tokio",
    "reqwest",
    "clickhouse",
    "arrow-array",
    "rustls",
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// Every breach, as a line.
pub fn check() -> anyhow::Result<Vec<String>> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root())
        .output()
        .context("cannot run cargo metadata")?;
    ensure!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let mut breaches = Vec::new();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in &metadata.packages {
        versions
            .entry(&package.name)
            .or_default()
            .push(&package.version);
        if metadata.workspace_members.contains(&package.id) {
            breaches.extend(unused(package)?);
        } else {
            breaches.extend(foreign(package));
        }
    }
    for name in ONE_VERSION {
        if let Some(several) = versions.get(name).filter(|found| found.len() > 1) {
            breaches.push(format!(
                "{name}: several versions in the tree: {}",
                several.join(", ")
            ));
        }
    }
    Ok(breaches)
}

fn foreign(package: &Package) -> Option<String> {
    let Package { name, version, .. } = package;
    let licence = package.license.as_deref().unwrap_or("none");
    if !package
        .source
        .as_deref()
        .is_some_and(|source| source.starts_with("registry+"))
    {
        return Some(format!(
            "{name} {version}: comes from {:?}, not from the registry",
            package.source
        ));
    }
    (!is_known(licence)).then(|| format!("{name} {version}: licence {licence} is not on the list"))
}

/// Whether one alternative of an SPDX expression is known in all its parts.
fn is_known(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    plain.split(" OR ").any(|alternative| {
        alternative.split(" AND ").all(|part| {
            let licence = part.split(" WITH ").next().unwrap_or(part).trim();
            LICENCES.contains(&licence)
        })
    })
}

/// Dependencies of one of our crates whose name stands nowhere in its code.
fn unused(package: &Package) -> anyhow::Result<Vec<String>> {
    let folder = Path::new(&package.manifest_path)
        .parent()
        .context("a manifest without a folder")?;
    let mut code = String::new();
    for file in super::rust_files(folder)? {
        code.push_str(&std::fs::read_to_string(folder.join(file))?);
    }
    let is_unused = |dependency: &&Dependency| {
        let name = dependency.name.replace('-', "_");
        dependency.kind.as_deref() != Some("build")
            && ![
                format!("{name}::"),
                format!("use {name}"),
                format!("{name} as"),
            ]
            .iter()
            .any(|form| code.contains(form))
    };
    let name = &package.name;
    Ok(package
        .dependencies
        .iter()
        .filter(is_unused)
        .map(|d| format!("{name}: dependency {} is not used", d.name))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::is_known;

    #[test]
    fn one_known_alternative_is_enough() {
        assert!(is_known("MIT OR Apache-2.0"));
        assert!(is_known("GPL-3.0 OR MIT"));
        assert!(is_known("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(is_known("Apache-2.0 WITH LLVM-exception"));
        assert!(!is_known("GPL-3.0"));
        assert!(!is_known("MIT AND GPL-3.0"));
    }
}
