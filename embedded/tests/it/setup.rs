//! What every test needs: installed programs, a folder of its own, a server, a raw HTTP client.

use std::time::Duration;

use embedded::clickhouse::{ClickHouse, ClickHouseOptions};
use embedded::{Cache, Installed};
use reqwest::{Response, StatusCode};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio::time::{Instant, interval};

/// Installs once per run of the tests; quick when the cache of this machine has it.
pub(crate) async fn installed() -> &'static Installed {
    static INSTALLED: OnceCell<Installed> = OnceCell::const_new();
    let install = async || {
        embedded::install(&Cache::from_env().unwrap())
            .await
            .unwrap()
    };
    INSTALLED.get_or_init(install).await
}

/// A folder that goes away with the test.
pub(crate) fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("embedded-")
        .tempdir()
        .unwrap()
}

/// A ClickHouse engine and a client for its interface.
pub(crate) struct Database {
    // Before the folder: it must be gone when the folder is removed.
    pub(crate) server: ClickHouse,
    pub(crate) client: reqwest::Client,
    _dir: TempDir,
}

impl Database {
    pub(crate) async fn start() -> Self {
        Self::with(ClickHouseOptions::default()).await
    }

    pub(crate) async fn with(options: ClickHouseOptions) -> Self {
        let dir = folder();
        let server = ClickHouse::start(installed().await, dir.path(), options)
            .await
            .unwrap();
        Self {
            server,
            client: client(),
            _dir: dir,
        }
    }

    /// `POST` of a statement in the body, with parameters in the URL.
    pub(crate) async fn send(
        &self,
        parameters: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Response {
        self.request(parameters).body(body).send().await.unwrap()
    }

    pub(crate) fn request(&self, parameters: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let mut url = url(self.server.url());
        url.query_pairs_mut().extend_pairs(parameters);
        self.client.post(url)
    }

    /// The text of a successful reply.
    pub(crate) async fn ask(&self, query: &str) -> String {
        let reply = self.send(&[], query.to_owned()).await;
        assert_eq!(
            reply.status(),
            StatusCode::OK,
            "{query}: {}",
            reply.text().await.unwrap()
        );
        reply.text().await.unwrap().trim_end().to_owned()
    }

    /// Status, exception code and text of a refused statement.
    pub(crate) async fn refused(
        &self,
        parameters: &[(&str, &str)],
        query: &str,
    ) -> (u16, String, String) {
        refusal(self.send(parameters, query.to_owned()).await).await
    }
}

pub(crate) async fn refusal(reply: Response) -> (u16, String, String) {
    let code = reply
        .headers()
        .get("X-ClickHouse-Exception-Code")
        .map(|code| code.to_str().unwrap().to_owned());
    (
        reply.status().as_u16(),
        code.unwrap_or_default(),
        reply.text().await.unwrap(),
    )
}

pub(crate) fn url(base: &str) -> reqwest::Url {
    base.parse().unwrap()
}

pub(crate) fn client() -> reqwest::Client {
    // Another test may have chosen it already; the choice is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Bodies are looked at as they are sent.
    reqwest::Client::builder()
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .build()
        .unwrap()
}

/// Asks until the answer is yes; a test that hangs here says so after a minute.
pub(crate) async fn until(what: &str, mut asked: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    let mut ticks = interval(Duration::from_millis(10));
    while !asked().await {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "{what} did not happen in a minute"
        );
        ticks.tick().await;
    }
}

/// Whether a process is there and not a corpse.
pub(crate) fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}
