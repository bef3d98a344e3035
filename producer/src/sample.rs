//! `sample`: an example of the file that `enqueue ids` reads.

use std::fs::File;
use std::io::{ErrorKind, Write};

use anyhow::Context;
use sources::Selection;

use crate::cli::SampleArgs;
use crate::failure::usage;
use crate::output;

/// Ids of real matches, so that the sample can be enqueued as it is.
const EXAMPLE: &str = "match_id\n4193490\n4193491\n4193492\n4506263\n4506264\n";

/// Writes the sample; a file that exists is never changed.
pub(crate) fn write(args: &SampleArgs) -> anyhow::Result<()> {
    let source = sources::find_or_list(&args.source).map_err(|e| usage(e.to_string()))?;
    let dataset = source
        .dataset(&args.dataset)
        .map_err(|e| usage(e.to_string()))?;
    if dataset.selection != Selection::Ids {
        return Err(usage(format!(
            "{} of {} is asked for by time and needs no file; see producer enqueue range --help",
            dataset.name,
            source.name()
        )));
    }
    let Some(path) = &args.file else {
        return output::to_stdout(EXAMPLE);
    };
    match File::create_new(path) {
        Ok(mut file) => file
            .write_all(EXAMPLE.as_bytes())
            .with_context(|| format!("cannot write {}", path.display())),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(usage(format!(
            "{} exists and is kept; choose another --file",
            path.display()
        ))),
        Err(error) => Err(usage(format!("cannot write {}: {error}", path.display()))),
    }
}
