//! The folder of manifests: its files, and the settings that each source described there has
//! where no section of the configuration says otherwise.
//!
//! Nothing is checked here; who uses the manifests does that, and tells all that is wrong.

use std::path::Path;

use toml::{Table, Value};

/// The manifests of a folder, each with its path and text, in the order of their names; none where
/// no folder is given.
pub(super) fn files(dir: &str) -> Result<Vec<(String, String)>, String> {
    if dir.is_empty() {
        return Ok(Vec::new());
    }
    let unreadable = |path: &Path, error: std::io::Error| {
        format!("manifests.dir: cannot read {}: {error}", path.display())
    };
    let dir = Path::new(dir);
    let entries = std::fs::read_dir(dir).map_err(|error| unreadable(dir, error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(dir, error))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
        Ok((path.display().to_string(), text))
    };
    paths.iter().map(read).collect()
}

/// The sections of the sources that manifests describe, as a file of settings; built-in ones keep
/// theirs.
pub(super) fn sections(files: &[(String, String)], defaults: &str) -> String {
    let built_in: Table = defaults.parse().unwrap_or_default();
    let built_in = built_in.get("sources").and_then(Value::as_table);
    let mut sources = Table::new();
    for (_, text) in files {
        let Some((name, section)) = text.parse().ok().as_ref().and_then(section) else {
            continue;
        };
        if !built_in.is_some_and(|sources| sources.contains_key(&name)) {
            sources.insert(name, Value::Table(section));
        }
    }
    let mut all = Table::new();
    all.insert("sources".to_owned(), Value::Table(sources));
    all.to_string()
}

/// The name and the section of one; `None` where it has no name.
fn section(manifest: &Table) -> Option<(String, Table)> {
    let text = |key: &str| manifest.get(key).and_then(Value::as_str);
    let name = text("name").filter(|name| super::is_identifier(&name.replace('-', "_")))?;
    // A wrong one is told by the check of the manifest, which this must not come before.
    let base_url = text("base_url").filter(|url| super::is_http(url));
    let base_url = base_url.unwrap_or("http://nowhere.invalid");
    let limit = |key: &str| {
        let limits = manifest.get("limits").and_then(Value::as_table);
        let value = limits.and_then(|limits| limits.get(key));
        value.filter(|value| value.as_integer().is_none_or(|number| number > 0))
    };
    let number = |key: &str, usual: i64| {
        let given = limit(key).and_then(Value::as_integer);
        Value::Integer(given.unwrap_or(usual))
    };
    let delay = limit("delay_ms").cloned();
    let delay = delay.filter(|delay| delay.as_array().is_some_and(|ends| ends.len() == 2));
    let none = || Value::Array(Vec::new());
    let urls = manifest.get("servers").cloned();
    let section = [
        ("base_url", base_url.into()),
        ("urls", urls.unwrap_or_else(|| Value::Table(Table::new()))),
        ("token", "".into()),
        ("token_file", "".into()),
        ("accept_terms", (!manifest.contains_key("terms")).into()),
        (
            "delay_ms",
            delay.unwrap_or_else(|| Value::Array(vec![0.into(), 0.into()])),
        ),
        ("concurrency", number("concurrency", 4)),
        ("requests_per_minute", number("requests_per_minute", 60)),
        ("window_ms", number("window_ms", 60_000)),
        (
            "redirect_hosts",
            manifest.get("redirect_hosts").cloned().unwrap_or_else(none),
        ),
    ];
    let section = section
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value));
    Some((name.replace('-', "_"), section.collect()))
}

#[cfg(test)]
mod tests {
    use super::super::load;

    const MANIFEST: &str = "name = 'my-source'\nbase_url = 'https://x.invalid'\n\
        servers = { archive = 'https://y.invalid' }\n[limits]\nconcurrency = 2\n";

    fn with(
        dir: &std::path::Path,
        more: &[(&str, &str)],
    ) -> Result<super::super::Settings, String> {
        let dir = (
            "BACKFLEET__MANIFESTS__DIR".to_owned(),
            dir.display().to_string(),
        );
        let more = more
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        load(None, more.chain([dir])).map_err(|error| error.to_string())
    }

    #[test]
    fn a_manifest_has_settings_without_a_section_and_with_one() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.toml"), MANIFEST).unwrap();
        std::fs::write(dir.path().join("b.toml"), "no manifest").unwrap();
        std::fs::write(
            dir.path().join("c.toml"),
            MANIFEST.replace("my-source", "binance"),
        )
        .unwrap();
        std::fs::write(dir.path().join("readme"), "none").unwrap();
        let settings = with(dir.path(), &[]).unwrap();
        let section = settings.source("my-source").unwrap();
        assert_eq!(section.base_url, "https://x.invalid");
        assert_eq!(section.urls["archive"], "https://y.invalid");
        assert_eq!((section.concurrency, section.requests_per_minute), (2, 60));
        assert!(section.accept_terms);
        assert_eq!(settings.manifests.files.len(), 3);
        assert_eq!(
            settings.source("binance").unwrap().base_url,
            "https://api.binance.com"
        );
        let token = ("BACKFLEET__SOURCES__MY_SOURCE__TOKEN", "t");
        let settings = with(dir.path(), &[token]).unwrap();
        let section = settings.source("my-source").unwrap();
        assert_eq!((section.token.expose(), section.concurrency), ("t", 2));
    }

    #[test]
    fn a_folder_that_is_not_there_and_a_wrong_setting_are_told_together() {
        let wrong = ("BACKFLEET__WORKER__ATTEMPTS", "0");
        let error = with(std::path::Path::new("/no/such/folder"), &[wrong]).unwrap_err();
        assert!(
            error.contains("manifests.dir: cannot read /no/such/folder"),
            "{error}"
        );
        assert!(error.contains("worker.attempts"), "{error}");
    }
}
