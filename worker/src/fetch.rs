//! The one place that does HTTP.
//!
//! Connections are reused, replies may be gzip, br or zstd, and everything is bounded: time,
//! size, redirects. A request is built from configuration and a source's [`Ask`] alone; nothing
//! in an item can lead it to another host. Errors carry no URL, so a key in one cannot leak.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Context;
use common::Secret;
use common::settings;
use futures_util::StreamExt;
use reqwest::redirect;
use sources::{Ask, ReplyHead, TokenIn};
use url::Url;

/// An HTTP client for one vendor.
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    token: Secret,
    max_bytes: usize,
}

/// A whole reply.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: ReplyHead,
    pub(crate) body: Vec<u8>,
}

/// A request without a whole reply.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// Worth another try.
    #[error("{kind}: {cause}")]
    Broken {
        /// For metrics: `connect`, `timeout` or `cut_off`.
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
        let base = Url::parse(&section.base_url)
            .with_context(|| format!("{} is no URL", section.base_url))?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("backfleet/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_millis(worker.connect_timeout_ms))
            .timeout(Duration::from_millis(worker.request_timeout_ms))
            .pool_max_idle_per_host(section.concurrency)
            .redirect(allow_list(&base, &section.redirect_hosts))
            .build()?;
        Ok(Self {
            http,
            base,
            token: section.token.clone(),
            max_bytes: worker.max_reply_bytes,
        })
    }

    /// Sends a request and reads its reply to the end.
    pub(crate) async fn fetch(&self, ask: &Ask) -> Result<Answer, FetchError> {
        let mut request = self.http.get(self.url(ask)?);
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        if let TokenIn::Header(header) = ask.token
            && !self.token.is_empty()
        {
            let mut value =
                reqwest::header::HeaderValue::from_str(self.token.expose()).map_err(|_| {
                    FetchError::Refused(
                        "the configured token holds characters no header can".to_owned(),
                    )
                })?;
            value.set_sensitive(true);
            request = request.header(header, value);
        }
        let reply = request.send().await.map_err(broken)?;
        let head = ReplyHead {
            status: reply.status().as_u16(),
            headers: reply
                .headers()
                .iter()
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect(),
        };
        let body = self.body(reply).await?;
        Ok(Answer { head, body })
    }

    /// A vendor's words without our token, should it repeat it.
    pub(crate) fn redact(&self, text: &str) -> String {
        let token = self.token.expose();
        if token.is_empty() {
            text.to_owned()
        } else {
            text.replace(token, "***")
        }
    }

    fn url(&self, ask: &Ask) -> Result<Url, FetchError> {
        let mut url = self.base.clone();
        url.set_path(&format!(
            "{}{}",
            self.base.path().trim_end_matches('/'),
            ask.path
        ));
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&ask.query);
        }
        if url.origin() != self.base.origin() {
            return Err(FetchError::Refused(
                "the request would leave the configured host".to_owned(),
            ));
        }
        Ok(url)
    }

    async fn body(&self, reply: reqwest::Response) -> Result<Vec<u8>, FetchError> {
        let announced = reply
            .content_length()
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(0);
        let mut body = Vec::with_capacity(announced.min(self.max_bytes));
        let mut chunks = reply.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(broken)?;
            if body.len() + chunk.len() > self.max_bytes {
                let limit = self.max_bytes;
                return Err(FetchError::Refused(format!(
                    "the reply is longer than worker.max_reply_bytes ({limit})"
                )));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// Follows redirects within the vendor's own host and those that are configured, no others.
fn allow_list(base: &Url, hosts: &[String]) -> redirect::Policy {
    let mut allowed: HashSet<String> = hosts.iter().cloned().collect();
    allowed.extend(base.host_str().map(str::to_owned));
    let scheme = base.scheme().to_owned();
    redirect::Policy::custom(move |attempt| {
        let url = attempt.url();
        let host = url.host_str().unwrap_or_default();
        let refused = if attempt.previous().len() > 5 {
            "more than 5 redirects".to_owned()
        } else if url.scheme() != scheme && url.scheme() != "https" {
            format!("a redirect to the scheme {}", url.scheme())
        } else if !allowed.contains(host) {
            format!("a redirect to {host}, which is not in redirect_hosts")
        } else {
            return attempt.follow();
        };
        attempt.error(RedirectRefused(refused))
    })
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct RedirectRefused(String);

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
            String::from_utf8(answer.body).unwrap(),
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
        assert_eq!(client.fetch(&ask("/near")).await.unwrap().body, b"end");
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
            let body = client.fetch(&ask(path)).await.unwrap().body;
            assert_eq!(body, b"backfleet backfleet backfleet", "{path}");
        }
    }
}
