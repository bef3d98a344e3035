//! The schema: the numbered files of `config/schema/`, and what of it a database still lacks.
//!
//! Pure. A file that was applied is never changed, so its checksum is recorded beside its number;
//! a database that knows a number which this program does not belongs to a newer one.

use xxhash_rust::xxh3::xxh3_64;

/// A numbered file of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct File {
    /// `0001_market.sql`.
    pub(crate) name: &'static str,
    /// The statements, each ended by `;` at the end of a line.
    pub(crate) text: &'static str,
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// All files, in the order in which they are applied.
        pub(crate) const FILES: &[File] = &[$(File {
            name: $name,
            text: include_str!(concat!("../../config/schema/", $name)),
        },)*];
    };
}

files![
    "0001_market.sql",
    "0002_matches.sql",
    "0003_documents_and_ledger.sql",
    "0004_market.sql",
    "0005_football.sql",
    "0006_market.sql",
    "0007_rounded.sql",
    "0008_ledger.sql",
];

/// Where the applied files are recorded. Replacing: writers that start at once record the same.
pub(crate) const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations
(
    number      UInt32 COMMENT 'of the file in config/schema',
    name        String COMMENT 'of the file',
    checksum    String COMMENT 'of its text',
    applied_at  DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when'
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY number
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'the schema files that were applied'";

/// A file that the database says was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Its number.
    pub(crate) number: u32,
    /// Its name.
    pub(crate) name: String,
    /// The checksum of its text.
    pub(crate) checksum: String,
}

/// A database that this program must not write to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SchemaError {
    /// Another program changed it further.
    #[error(
        "the database is newer than this program: it has schema file {number} ({name}), \
         this program knows {known}; use a newer writer"
    )]
    Newer {
        /// The number that is not known here.
        number: u32,
        /// Its file.
        name: String,
        /// The highest number that is.
        known: u32,
    },
    /// A file was changed after it was applied.
    #[error(
        "schema file {name} was applied with checksum {applied} and now has {now}; \
         put it back and add a new file for the change"
    )]
    Changed {
        /// The file.
        name: &'static str,
        /// As recorded.
        applied: String,
        /// As compiled in.
        now: String,
    },
}

impl File {
    /// The number its name begins with.
    pub(crate) fn number(&self) -> u32 {
        let digits = self.name.split('_').next().unwrap_or_default();
        digits
            .parse()
            .expect("a test reads the number of every file")
    }

    /// What is recorded of its text.
    pub(crate) fn checksum(&self) -> String {
        format!("{:016x}", xxh3_64(self.text.as_bytes()))
    }

    /// Its statements, without those that are only comments.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &'static str> {
        self.text.split(";\n").map(str::trim).filter(|statement| {
            let mut lines = statement.lines().map(str::trim);
            lines.any(|line| !line.is_empty() && !line.starts_with("--"))
        })
    }
}

/// The files that are still to be applied.
pub(crate) fn missing(files: &[File], applied: &[Applied]) -> Result<Vec<File>, SchemaError> {
    let known = files.iter().map(File::number).max().unwrap_or_default();
    if let Some(newer) = applied.iter().find(|applied| applied.number > known) {
        let (number, name) = (newer.number, newer.name.clone());
        return Err(SchemaError::Newer {
            number,
            name,
            known,
        });
    }
    let mut missing = Vec::new();
    for file in files {
        match applied
            .iter()
            .find(|applied| applied.number == file.number())
        {
            None => missing.push(*file),
            Some(applied) if applied.checksum == file.checksum() => {}
            Some(applied) => {
                return Err(SchemaError::Changed {
                    name: file.name,
                    applied: applied.checksum.clone(),
                    now: file.checksum(),
                });
            }
        }
    }
    Ok(missing)
}

/// All files as one text, for `schema print`.
pub(crate) fn text() -> String {
    let texts: Vec<_> = FILES
        .iter()
        .map(|file| format!("-- {}\n{}", file.name, file.text))
        .collect();
    texts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::tables::Table;

    fn applied(files: &[File]) -> Vec<Applied> {
        let of = |file: &File| Applied {
            number: file.number(),
            name: file.name.to_owned(),
            checksum: file.checksum(),
        };
        files.iter().map(of).collect()
    }

    #[test]
    fn the_list_is_the_folder() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/schema");
        let mut found: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        let listed: Vec<_> = FILES.iter().map(|file| file.name).collect();
        assert_eq!(listed, found);
        let numbers: Vec<_> = FILES.iter().map(File::number).collect();
        assert_eq!(numbers, (1..=FILES.len() as u32).collect::<Vec<_>>());
    }

    #[test]
    fn every_table_has_its_statement_and_its_view() {
        let statements: Vec<_> = FILES.iter().flat_map(File::statements).collect();
        for table in Table::ALL {
            let name = table.name();
            let count = |begin: String| statements.iter().filter(|s| s.contains(&begin)).count();
            assert_eq!(count(format!("CREATE TABLE IF NOT EXISTS {name}\n")), 1);
            // Made again when its table has more columns.
            let changes = count(format!("ALTER TABLE {name}\n    ADD COLUMN"));
            let views = count(format!("CREATE OR REPLACE VIEW {name}_final "));
            assert_eq!(views, 1 + changes, "{name}");
        }
        assert!(statements.iter().all(|statement| !statement.ends_with(';')));
    }

    #[test]
    fn only_what_is_missing_is_applied() {
        assert_eq!(missing(FILES, &[]).unwrap(), FILES);
        assert_eq!(missing(FILES, &applied(&FILES[..1])).unwrap(), &FILES[1..]);
        assert!(missing(FILES, &applied(FILES)).unwrap().is_empty());
    }

    #[test]
    fn a_newer_database_and_a_changed_file_are_told() {
        let newer = missing(&FILES[..1], &applied(&FILES[..2]))
            .unwrap_err()
            .to_string();
        assert_eq!(
            newer,
            "the database is newer than this program: it has schema file 2 (0002_matches.sql), \
             this program knows 1; use a newer writer"
        );
        let mut changed = applied(FILES);
        changed[0].checksum = "0".to_owned();
        let changed = missing(FILES, &changed).unwrap_err().to_string();
        assert!(changed.starts_with("schema file 0001_market.sql was applied with checksum 0 and"));
    }
}
