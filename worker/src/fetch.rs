//! The one place that does HTTP.
//!
//! Connections are reused, replies may be gzip, br or zstd, and everything is bounded: time,
//! size, redirects. A request is built from configuration and a source's [`Ask`] alone; nothing
//! in an item can lead it to another host. Errors carry no URL, so a key in one cannot leak.

mod disk;
mod servers;

use std::time::Duration;

use common::settings;
use futures_util::StreamExt;
use reqwest::header::HeaderValue;
use sources::{Ask, Body, ReplyHead, TokenIn};
use url::Url;

pub(crate) use disk::Spooled;
use servers::Servers;

/// A refusal in place of a file is read so far, to be judged.
const LONGEST_REFUSAL: usize = 1 << 16;

/// An HTTP client for one vendor.
pub(crate) struct Client {
    http: reqwest::Client,
    servers: Servers,
    token: Token,
    limits: Limits,
}

struct Limits {
    /// Of a reply in memory.
    memory: usize,
    /// Of a reply on disk.
    disk: u64,
    /// A file takes longer than a page.
    file_timeout: Duration,
}

/// A whole reply.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: ReplyHead,
    pub(crate) body: Taken,
}

/// Where the body of a reply is.
#[derive(Debug)]
pub(crate) enum Taken {
    Memory(Vec<u8>),
    Disk(Spooled),
}

impl Answer {
    /// The body as far as it is in memory.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.body {
            Taken::Memory(bytes) => bytes,
            Taken::Disk(_) => &[],
        }
    }

    /// Whether the body is a file.
    pub(crate) fn is_on_disk(&self) -> bool {
        matches!(self.body, Taken::Disk(_))
    }

    /// Bytes of the body.
    pub(crate) fn len(&self) -> u64 {
        match &self.body {
            Taken::Memory(bytes) => bytes.len() as u64,
            Taken::Disk(spooled) => spooled.bytes,
        }
    }
}

/// A request without a whole reply.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// Worth another try.
    #[error("{kind}: {cause}")]
    Broken {
        /// For metrics: `connect`, `timeout`, `cut_off` or `checksum`.
        kind: &'static str,
        /// What the connection said.
        cause: String,
    },
    /// The same again would end the same way.
    #[error("{0}")]
    Refused(String),
}

impl Client {
    pub(crate) fn new(
        section: &settings::Source,
        worker: &settings::Worker,
    ) -> anyhow::Result<Self> {
        common::tls::use_ring();
        let servers = Servers::new(section)?;
        let timeout = Duration::from_millis(worker.request_timeout_ms);
        let http = reqwest::Client::builder()
            .user_agent(concat!("backfleet/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_millis(worker.connect_timeout_ms))
            .read_timeout(timeout)
            .timeout(timeout)
            .pool_max_idle_per_host(section.concurrency)
            .redirect(servers.redirects())
            .build()?;
        Ok(Self {
            http,
            servers,
            token: Token::new(section.token.expose()),
            limits: Limits {
                memory: worker.max_reply_bytes,
                disk: worker.max_file_bytes,
                file_timeout: Duration::from_millis(worker.file_timeout_ms),
            },
        })
    }

    /// Sends a request and takes its reply to the end.
    pub(crate) async fn fetch(&self, ask: &Ask) -> Result<Answer, FetchError> {
        let reply = self.request(ask)?.send().await.map_err(broken)?;
        let head = head(&reply);
        let body = match &ask.body {
            Body::Disk { sha256 } if reply.status().is_success() => {
                let spooled = disk::spool(reply, self.limits.disk, sha256.as_deref()).await?;
                Taken::Disk(spooled)
            }
            Body::Disk { .. } => Taken::Memory(memory(reply, LONGEST_REFUSAL).await?),
            Body::Memory => Taken::Memory(memory(reply, self.limits.memory).await?),
        };
        Ok(Answer { head, body })
    }

    /// Where a request goes, as people may see it: without the token.
    pub(crate) fn shown(&self, ask: &Ask) -> Result<String, FetchError> {
        let mut url = self.servers.url(ask)?;
        // Both fail only for URLs that cannot have either.
        let _ = (url.set_username(""), url.set_password(None));
        let method = if ask.form.is_some() { "POST" } else { "GET" };
        Ok(self.redact(&format!("{method} {url}")))
    }

    /// A vendor's words without our token, should it repeat it.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.token.redact(text)
    }

    fn request(&self, ask: &Ask) -> Result<reqwest::RequestBuilder, FetchError> {
        let mut url = self.servers.url(ask)?;
        let token = if self.servers.is_main(&url) {
            ask.token
        } else {
            TokenIn::Nowhere
        };
        let mut form = ask.form.clone();
        self.token.put(token, &mut url, form.as_mut());
        let mut request = match &form {
            Some(form) => self.http.post(url).form(form),
            None => self.http.get(url),
        };
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        for (name, value) in self.token.headers(token)? {
            request = request.header(name, value);
        }
        if matches!(ask.body, Body::Disk { .. }) {
            request = request.timeout(self.limits.file_timeout);
        }
        Ok(request)
    }
}

/// The configured token, and how it is put into requests and kept out of everything else.
struct Token {
    whole: String,
    /// The two halves of a pair; the second is the secret one.
    pair: Option<(String, String)>,
}

impl Token {
    fn new(token: &str) -> Self {
        let pair = token
            .split_once(':')
            .map(|(first, second)| (first.to_owned(), second.to_owned()));
        Self {
            whole: token.to_owned(),
            pair,
        }
    }

    fn put(&self, place: TokenIn, url: &mut Url, form: Option<&mut Vec<(&'static str, String)>>) {
        if self.whole.is_empty() {
            return;
        }
        match (place, form) {
            (TokenIn::Form(name), Some(form)) => form.push((name, self.whole.clone())),
            (TokenIn::Query(name), _) => {
                url.query_pairs_mut().append_pair(name, &self.whole);
            }
            _ => {}
        }
    }

    fn headers(&self, place: TokenIn) -> Result<Vec<(&'static str, HeaderValue)>, FetchError> {
        if self.whole.is_empty() {
            return Ok(Vec::new());
        }
        let named = match (place, &self.pair) {
            (TokenIn::Header(name), _) => vec![(name, self.whole.clone())],
            (TokenIn::Bearer, _) => vec![("authorization", format!("Bearer {}", self.whole))],
            (TokenIn::HeaderPair(first, second), Some((id, secret))) => {
                vec![(first, id.clone()), (second, secret.clone())]
            }
            (TokenIn::HeaderPair(..), None) => {
                let what =
                    "the configured token must be two texts with a colon between them, id:secret";
                return Err(FetchError::Refused(what.to_owned()));
            }
            (TokenIn::Nowhere | TokenIn::Form(_) | TokenIn::Query(_), _) => Vec::new(),
        };
        let sensitive = |(name, value): (&'static str, String)| {
            let mut value = HeaderValue::from_str(&value).map_err(|_| {
                FetchError::Refused(
                    "the configured token holds characters no header can".to_owned(),
                )
            })?;
            value.set_sensitive(true);
            Ok((name, value))
        };
        named.into_iter().map(sensitive).collect()
    }

    fn redact(&self, text: &str) -> String {
        if self.whole.is_empty() {
            return text.to_owned();
        }
        let text = text.replace(&self.whole, "***");
        match &self.pair {
            Some((_, secret)) if !secret.is_empty() => text.replace(secret, "***"),
            _ => text,
        }
    }
}

fn head(reply: &reqwest::Response) -> ReplyHead {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    ReplyHead {
        status: reply.status().as_u16(),
        headers: reply
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
    }
}

async fn memory(reply: reqwest::Response, most: usize) -> Result<Vec<u8>, FetchError> {
    let announced = reply
        .content_length()
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or(0);
    let mut body = Vec::with_capacity(announced.min(most));
    let mut chunks = reply.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(broken)?;
        if body.len() + chunk.len() > most {
            return Err(FetchError::Refused(format!(
                "the reply is longer than worker.max_reply_bytes ({most})"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn broken(error: reqwest::Error) -> FetchError {
    let error = error.without_url();
    if error.is_redirect() {
        return FetchError::Refused(root_cause(&error));
    }
    let kind = if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "connect"
    } else {
        "cut_off"
    };
    FetchError::Broken {
        kind,
        cause: root_cause(&error),
    }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(source) = at.source() {
        at = source;
    }
    at.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;
    use sources::Cost;

    async fn client(router: Router, change: impl FnOnce(&mut settings::Settings)) -> Client {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut settings = settings::load(None, []).unwrap();
        let section = settings.sources.get_mut("binance").unwrap();
        section.base_url = format!("http://{address}/prefix/");
        section.token = "planted-token".to_owned().into();
        change(&mut settings);
        Client::new(&settings.sources["binance"], &settings.worker).unwrap()
    }

    fn ask(path: &str) -> Ask {
        let cost = Cost {
            budget: "b",
            units: 1,
        };
        Ask::get(path, cost)
            .with_query(vec![("q", "a b&c".to_owned())])
            .with_token(TokenIn::Header("x-token"))
    }

    #[tokio::test]
    async fn a_request_keeps_the_prefix_encodes_and_carries_the_token() {
        let echo = |request: axum::extract::Request| async move {
            format!(
                "{} {:?}",
                request.uri(),
                request.headers()["x-token"].to_str()
            )
        };
        let client = client(Router::new().route("/prefix/v1/x", get(echo)), |_| ()).await;
        let answer = client.fetch(&ask("/v1/x")).await.unwrap();
        assert_eq!(
            String::from_utf8_lossy(answer.bytes()),
            "/prefix/v1/x?q=a+b%26c Ok(\"planted-token\")"
        );
    }

    #[tokio::test]
    async fn redirects_stay_on_the_allow_list() {
        let router = Router::new()
            .route(
                "/prefix/away",
                get(|| async { Redirect::temporary("http://elsewhere.invalid/") }),
            )
            .route(
                "/prefix/loop",
                get(|| async { Redirect::temporary("/prefix/loop") }),
            )
            .route(
                "/prefix/near",
                get(|| async { Redirect::temporary("/prefix/end") }),
            )
            .route("/prefix/end", get(|| async { "end" }));
        let client = client(router, |_| ()).await;
        assert_eq!(client.fetch(&ask("/near")).await.unwrap().bytes(), b"end");
        for (path, why) in [("/away", "elsewhere.invalid"), ("/loop", "more than 5")] {
            match client.fetch(&ask(path)).await {
                Err(FetchError::Refused(reason)) => assert!(reason.contains(why), "{reason}"),
                other => panic!("{path} gave {other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_reply_that_is_too_long_is_refused() {
        let router = Router::new().route("/prefix/long", get(|| async { "x".repeat(10_000) }));
        let client = client(router, |settings| settings.worker.max_reply_bytes = 9_999).await;
        let error = client.fetch(&ask("/long")).await.unwrap_err();
        assert!(
            matches!(&error, FetchError::Refused(reason) if reason.contains("9999")),
            "{error}"
        );
    }

    #[tokio::test]
    async fn an_error_names_neither_url_nor_token() {
        let client = client(Router::new(), |settings| {
            settings.sources.get_mut("binance").unwrap().base_url = "http://127.0.0.1:1".to_owned();
        })
        .await;
        let error = client.fetch(&ask("/x")).await.unwrap_err();
        assert!(
            matches!(
                error,
                FetchError::Broken {
                    kind: "connect",
                    ..
                }
            ),
            "{error:?}"
        );
        let text = format!("{error} {error:?}");
        assert!(
            !text.contains("planted-token") && !text.contains("a+b"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_token_that_a_vendor_repeats_is_hidden() {
        let client = client(Router::new(), |_| ()).await;
        assert_eq!(client.redact("bad token planted-token!"), "bad token ***!");
    }

    #[tokio::test]
    async fn compressed_replies_are_read() {
        // "backfleet backfleet backfleet", packed once by hand.
        const GZIP: &[u8] = &[
            31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 74, 76, 206, 78, 203, 73, 77, 45, 81, 72, 194,
            100, 1, 0, 199, 124, 127, 32, 29, 0, 0, 0,
        ];
        const BROTLI: &[u8] = &[
            27, 28, 0, 248, 141, 84, 181, 191, 42, 163, 107, 144, 50, 51, 54, 37, 200, 60, 165, 0,
            5, 86, 43, 0,
        ];
        const ZSTD: &[u8] = &[
            40, 181, 47, 253, 32, 29, 133, 0, 0, 80, 98, 97, 99, 107, 102, 108, 101, 101, 116, 32,
            1, 0, 77, 10, 18,
        ];
        let packed = |coding: &'static str, body: &'static [u8]| {
            get(move || async move { ([("content-encoding", coding)], body) })
        };
        let router = Router::new()
            .route("/prefix/gzip", packed("gzip", GZIP))
            .route("/prefix/br", packed("br", BROTLI))
            .route("/prefix/zstd", packed("zstd", ZSTD));
        let client = client(router, |_| ()).await;
        for path in ["/gzip", "/br", "/zstd"] {
            let answer = client.fetch(&ask(path)).await.unwrap();
            assert_eq!(answer.bytes(), b"backfleet backfleet backfleet", "{path}");
        }
    }
}
