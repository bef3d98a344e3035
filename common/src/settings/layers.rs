//! Layers defaults, a file and the environment, and finds every error of all of them.

use std::path::{Path, PathBuf};

use config::builder::DefaultState;
use config::{Config, ConfigBuilder, Environment, File, FileFormat, Value, ValueKind};

use super::{Settings, manifests};

/// The commented defaults, as compiled in.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A layer cannot be read at all.
    #[error("cannot read the configuration{}", .file.as_ref().map(|f| format!(" file {}", f.display())).unwrap_or_default())]
    Unreadable {
        /// The file, when it is one.
        file: Option<PathBuf>,
        /// Why.
        source: config::ConfigError,
    },
    /// Keys that are unknown or hold what they must not.
    #[error("{} in the configuration:\n  {}", count(.0.len()), .0.join("\n  "))]
    Invalid(Vec<String>),
}

fn count(errors: usize) -> String {
    if errors == 1 {
        "1 error".to_owned()
    } else {
        format!("{errors} errors")
    }
}

/// Reads the defaults, then `file`, then the variables of `environment`.
///
/// # Errors
/// With every unknown key, wrong type and impossible value, each with its key.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Settings, SettingsError> {
    let unreadable = |file: Option<&Path>| {
        let file = file.map(Path::to_owned);
        move |source| SettingsError::Unreadable { file, source }
    };
    let environment: config::Map<String, String> = environment.into_iter().collect();
    let over = |mut layers: ConfigBuilder<DefaultState>| {
        if let Some(file) = file {
            layers = layers.add_source(File::from(file).format(FileFormat::Toml));
        }
        let environment = Environment::with_prefix("BACKFLEET")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .source(Some(environment.clone()));
        layers.add_source(environment).build()
    };
    let defaults = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    // Which manifests there are decides which sections of sources have defaults.
    let first = over(defaults.clone()).map_err(unreadable(file))?;
    let mut errors = Vec::new();
    let manifests = manifests::files(&first.get_string("manifests.dir").unwrap_or_default());
    let manifests = manifests.unwrap_or_else(|error| {
        errors.push(error);
        Vec::new()
    });
    let sections = manifests::sections(&manifests, DEFAULTS);
    let defaults = defaults.add_source(File::from_str(&sections, FileFormat::Toml));
    let layered = over(defaults.clone()).map_err(unreadable(file))?;
    let defaults = defaults.build().map_err(unreadable(None))?;
    let mut settings = deserialize(layered.cache, &defaults.cache, &mut errors);
    if let Some(settings) = &mut settings {
        settings.manifests.files = manifests;
        read_secret_files(settings, &mut errors);
        errors.extend(settings.problems());
    }
    match settings {
        Some(settings) if errors.is_empty() => Ok(settings),
        _ => Err(SettingsError::Invalid(errors)),
    }
}

/// Deserialises; each value of a wrong type is reported and replaced by its default, so that one
/// run reports them all.
fn deserialize(mut layered: Value, defaults: &Value, errors: &mut Vec<String>) -> Option<Settings> {
    loop {
        let mut unknown = Vec::new();
        let mut track = serde_path_to_error::Track::new();
        let tracked = serde_path_to_error::Deserializer::new(layered.clone(), &mut track);
        match serde_ignored::deserialize(tracked, |path| unknown.push(path.to_string())) {
            Ok(settings) => {
                errors.extend(
                    unknown
                        .into_iter()
                        .map(|key| format!("{key}: unknown setting")),
                );
                return Some(settings);
            }
            Err(error) => {
                let path = track.path().to_string();
                match replace_by_default(&mut layered, defaults, &path) {
                    Replaced::ByDefault => errors.push(format!("{path}: {}", reason(&error))),
                    Replaced::ByNothing => errors.push(format!("{path}: unknown setting")),
                    Replaced::Not => {
                        errors.push(format!("{path}: {}", reason(&error)));
                        return None;
                    }
                }
            }
        }
    }
}

/// The reason without the key, which the caller prints itself.
fn reason(error: &config::ConfigError) -> String {
    let text = error.to_string();
    text.split(" for key `").next().unwrap_or(&text).to_owned()
}

/// What became of a value that cannot be used.
enum Replaced {
    ByDefault,
    /// There is no default: a section of a vendor that does not exist.
    ByNothing,
    Not,
}

/// Puts the default in place of the value at `path`, so that the rest can be looked at.
fn replace_by_default(layered: &mut Value, defaults: &Value, path: &str) -> Replaced {
    let (mut at, mut default) = (layered, Some(defaults));
    let keys: Vec<&str> = path.split(['.', '[']).collect();
    for (depth, key) in keys.iter().enumerate() {
        let ValueKind::Table(table) = &mut at.kind else {
            break;
        };
        default = default.and_then(|value| match &value.kind {
            ValueKind::Table(table) => table.get(*key),
            _ => None,
        });
        let is_leaf = depth + 1 == keys.len()
            || !matches!(
                table.get(*key).map(|value| &value.kind),
                Some(ValueKind::Table(_))
            );
        if is_leaf {
            return match default {
                Some(default) if table.get(*key) != Some(default) => {
                    table.insert((*key).to_owned(), default.clone());
                    Replaced::ByDefault
                }
                None if table.remove(*key).is_some() => Replaced::ByNothing,
                _ => Replaced::Not,
            };
        }
        let Some(next) = table.get_mut(*key) else {
            return Replaced::Not;
        };
        at = next;
    }
    Replaced::Not
}

fn read_secret_files(settings: &mut Settings, errors: &mut Vec<String>) {
    let credentials = &settings.nats.credentials_file;
    if !credentials.is_empty()
        && let Err(error) = std::fs::File::open(credentials)
    {
        errors.push(format!(
            "nats.credentials_file: cannot read {credentials}: {error}"
        ));
    }
    for (key, secret, file) in settings.secrets() {
        if file.is_empty() {
            continue;
        }
        match std::fs::read_to_string(file) {
            Ok(text) => *secret = text.trim_end().to_owned().into(),
            Err(error) => errors.push(format!("{key}: cannot read {file}: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        load(
            None,
            environment
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
        )
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(with(&[]).unwrap().worker.concurrency, 16);
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        std::fs::write(file.path(), "[worker]\nconcurrency = 3\nattempts = 9\n").unwrap();
        let environment = [("BACKFLEET__WORKER__CONCURRENCY".to_owned(), "4".to_owned())];
        let settings = load(Some(file.path()), environment).unwrap();
        assert_eq!(
            (settings.worker.concurrency, settings.worker.attempts),
            (4, 9)
        );
    }

    #[test]
    fn every_error_is_reported_at_once() {
        let error = with(&[
            ("BACKFLEET__WORKER__CONCURRENCY", "many"),
            ("BACKFLEET__WORKER__ATTEMPTS", "0"),
            ("BACKFLEET__WRITER__MAX_AGE", "3"),
            ("BACKFLEET__LOG__FORMAT", "xml"),
            ("BACKFLEET__CLICKHOUSE__URL", "localhost"),
        ])
        .unwrap_err()
        .to_string();
        for key in [
            "worker.concurrency:",
            "worker.attempts:",
            "writer.max_age: unknown",
            "log.format:",
            "clickhouse.url:",
        ] {
            assert!(error.contains(key), "{key} in {error}");
        }
    }

    #[test]
    fn secrets_come_from_files_and_are_never_printed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "planted-secret\n").unwrap();
        let path = file.path().to_str().unwrap();
        let settings = with(&[
            ("BACKFLEET__CLICKHOUSE__PASSWORD_FILE", path),
            ("BACKFLEET__SOURCES__FOOTBALL_DATA__TOKEN", "12345"),
        ])
        .unwrap();
        assert_eq!(settings.clickhouse.password.expose(), "planted-secret");
        assert_eq!(
            settings.source("football-data").unwrap().token.expose(),
            "12345"
        );
        let printed = format!("{settings:?}{}", serde_json::to_string(&settings).unwrap());
        assert!(
            !printed.contains("planted-secret") && !printed.contains("12345"),
            "{printed}"
        );
    }
}
