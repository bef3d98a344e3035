//! The folder of an export: a file gets its name when it is whole, and no sooner.

use std::fs;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

use crate::failure::usage;

/// What a file is called while it is being written; one that a killed export leaves behind can be
/// removed.
const PART: &str = ".part";

/// Where files go.
pub(super) struct Folder {
    path: PathBuf,
    overwrite: bool,
}

/// A file that is being written.
pub(super) struct Part<'f> {
    folder: &'f Folder,
    file: BufWriter<NamedTempFile>,
}

impl Folder {
    /// The folder, made if it is missing.
    pub(super) fn open(path: &Path, overwrite: bool) -> anyhow::Result<Self> {
        let made = fs::create_dir_all(path);
        made.map_err(|error| {
            let path = path.display();
            usage(format!("--out {path} cannot be used as a folder: {error}"))
        })?;
        Ok(Self {
            path: path.to_owned(),
            overwrite,
        })
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a file of that name is to be kept as it is.
    pub(super) fn keeps(&self, name: &str) -> bool {
        !self.overwrite && self.path.join(name).exists()
    }

    /// Refuses to begin when a file exists that would be replaced.
    pub(super) fn refuse_existing(
        &self,
        names: impl IntoIterator<Item = String>,
    ) -> anyhow::Result<()> {
        match names.into_iter().find(|name| self.keeps(name)) {
            Some(name) => Err(exists(&self.path.join(name))),
            None => Ok(()),
        }
    }

    /// A file without a name.
    pub(super) fn begin(&self) -> anyhow::Result<Part<'_>> {
        let mut part = tempfile::Builder::new();
        part.prefix(".").suffix(PART);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As any other file: the umask takes the rest away.
            part.permissions(fs::Permissions::from_mode(0o666));
        }
        let file = part.tempfile_in(&self.path);
        Ok(Part {
            folder: self,
            file: BufWriter::new(file.with_context(|| self.cannot_write())?),
        })
    }

    fn cannot_write(&self) -> String {
        format!("cannot write to {}", self.path.display())
    }
}

impl Part<'_> {
    /// Writes more of it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let written = self.file.write_all(bytes);
        written.with_context(|| self.folder.cannot_write())
    }

    /// What was written, to be read.
    pub(super) fn written(&mut self) -> anyhow::Result<&mut fs::File> {
        let flushed = self.file.flush();
        flushed.with_context(|| self.folder.cannot_write())?;
        Ok(self.file.get_mut().as_file_mut())
    }

    /// Gives it its name.
    pub(super) fn keep(mut self, name: &str) -> anyhow::Result<PathBuf> {
        self.written()?;
        let path = self.folder.path.join(name);
        let (file, _) = self.file.into_parts();
        let named = if self.folder.overwrite {
            file.persist(&path)
        } else {
            file.persist_noclobber(&path)
        };
        match named {
            Ok(_) => Ok(path),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(exists(&path)),
            Err(error) => Err(io::Error::from(error))
                .with_context(|| format!("cannot write {}", path.display())),
        }
    }
}

fn exists(path: &Path) -> anyhow::Error {
    usage(format!(
        "{} exists and is kept; add --overwrite or choose another --out",
        path.display()
    ))
}

/// A name for a file of any text: what cannot stand in one as `%2F`.
pub(super) fn safe_name(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.@+,=".contains(byte);
    let mut name = String::new();
    for (place, byte) in text.bytes().enumerate() {
        if plain(&byte) && (place > 0 || byte != b'.') {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_the_folder() {
        let cases = [
            ("4193490", "4193490"),
            ("42@2023/2024", "42@2023%2F2024"),
            ("../x", "%2E.%2Fx"),
            ("a:b c%", "a%3Ab%20c%25"),
            ("é", "%C3%A9"),
        ];
        for (text, name) in cases {
            assert_eq!(safe_name(text), name);
        }
    }

    #[test]
    fn a_file_that_exists_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let write = |overwrite: bool, text: &str| {
            let folder = Folder::open(dir.path(), overwrite).unwrap();
            let mut part = folder.begin().unwrap();
            part.write(text.as_bytes()).unwrap();
            part.keep("a.csv")
        };
        let path = write(false, "first").unwrap();
        let refused = write(false, "second").unwrap_err();
        assert!(refused.to_string().contains("--overwrite"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        write(true, "third").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "third");
        // Nothing else is left in the folder.
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
