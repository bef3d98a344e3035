//! The broker and the store of a fleet: started by us, or given by URL.

use std::path::Path;

use anyhow::Context;
use embedded::Installed;
use embedded::clickhouse::{ClickHouse, ClickHouseOptions};
use embedded::nats::{NatsOptions, NatsServer};
use reqwest::Url;

/// The password of a store that we start: planted, so that it can be looked for in logs.
pub const PASSWORD: &str = "planted-password";

/// A nats-server.
#[derive(Debug)]
pub struct Broker {
    /// Where clients connect.
    pub url: String,
    /// Its monitoring endpoint, empty when unknown.
    pub monitor_url: String,
    server: Option<NatsServer>,
}

/// A ClickHouse server or engine.
#[derive(Debug)]
pub struct Store {
    /// Its HTTP interface.
    pub url: String,
    /// Who asks.
    pub user: String,
    /// The user's password.
    pub password: String,
    server: Option<ClickHouse>,
}

impl Broker {
    pub(crate) async fn start(installed: &Installed, dir: &Path) -> anyhow::Result<Self> {
        let server =
            NatsServer::start(installed, &dir.join("nats"), NatsOptions::default()).await?;
        Ok(Self {
            url: server.url().to_owned(),
            monitor_url: server.monitor_url(),
            server: Some(server),
        })
    }

    pub(crate) fn given(url: String) -> Self {
        Self {
            url,
            monitor_url: String::new(),
            server: None,
        }
    }

    /// The server, to kill and restart it.
    ///
    /// # Panics
    /// When the server was given by URL; no test gives one.
    #[must_use]
    pub fn server(&mut self) -> &mut NatsServer {
        self.server
            .as_mut()
            .expect("only a server that we started can be killed")
    }
}

impl Store {
    /// Plans a fault, as `embedded/front/faults.py` describes it, of a server that we started.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn fail(&self, fault: &'static str) -> anyhow::Result<()> {
        let url = format!("{}/__fault", self.url);
        let reply = reqwest::Client::new().post(url).body(fault).send().await?;
        reply.error_for_status()?;
        Ok(())
    }

    pub(crate) async fn start(installed: &Installed, dir: &Path) -> anyhow::Result<Self> {
        let options = ClickHouseOptions {
            password: PASSWORD.to_owned(),
            faults: true,
            ..ClickHouseOptions::default()
        };
        let server = ClickHouse::start(installed, &dir.join("clickhouse"), options).await?;
        Ok(Self {
            url: server.url().to_owned(),
            user: server.user().to_owned(),
            password: server.password().to_owned(),
            server: Some(server),
        })
    }

    /// User and password may stand in the URL.
    pub(crate) fn given(url: &str) -> anyhow::Result<Self> {
        let mut url = Url::parse(url).context("the ClickHouse URL is none")?;
        let user = if url.username().is_empty() {
            "default"
        } else {
            url.username()
        }
        .to_owned();
        let password = url.password().unwrap_or_default().to_owned();
        // Both only fail for URLs without a host, which cannot be asked anyway.
        let _ = (url.set_username(""), url.set_password(None));
        Ok(Self {
            url: url.as_str().trim_end_matches('/').to_owned(),
            user,
            password,
            server: None,
        })
    }

    /// The server, to kill and restart it.
    ///
    /// # Panics
    /// When the server was given by URL; no test gives one.
    #[must_use]
    pub fn server(&mut self) -> &mut ClickHouse {
        self.server
            .as_mut()
            .expect("only a server that we started can be killed")
    }
}
