//! Brings the schema of the database up to date; decided by [`crate::schema`].
//!
//! Every statement may run twice, and at the same time in several writers. A server that is away is
//! waited for; a database that is newer, or was changed, ends the process with a clear message.

use std::process::ExitCode;
use std::time::Duration;

use clickhouse::{Client, Row};
use common::backoff::Backoff;
use common::secret::printable_url;
use common::service::{self, Service};
use common::settings::{self, Settings};
use serde::Deserialize;

use crate::insert;
use crate::insert_error::classify;
use crate::schema::{Applied, FILES, File, LEDGER, SchemaError, missing};
use crate::trouble::Troubles;

/// Between attempts to reach the server.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(200),
    cap: Duration::from_secs(5),
};

/// A migration that did not go through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MigrateError {
    /// The database must be left alone.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The client cannot even ask: nothing that time heals.
    #[error("cannot use ClickHouse at {url}")]
    Client {
        /// Where.
        url: String,
        /// Why.
        source: clickhouse::error::Error,
    },
    /// The server is away or refuses.
    #[error("cannot {step}")]
    Server {
        /// At what.
        step: String,
        /// Why.
        source: clickhouse::error::Error,
    },
}

#[derive(Row, Deserialize)]
struct AppliedRow {
    number: u32,
    name: String,
    checksum: String,
}

/// `writer migrate`.
pub(crate) fn command(settings: &Settings) -> ExitCode {
    service::start_logs(settings);
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return service::failed(&error.into()),
    };
    match runtime.block_on(migrate(&settings.clickhouse)) {
        Ok(0) => println!(
            "the schema of {} is up to date",
            settings.clickhouse.database
        ),
        Ok(files) => println!(
            "applied {files} schema files to {}",
            settings.clickhouse.database
        ),
        Err(error) => return service::failed(&error.into()),
    }
    ExitCode::SUCCESS
}

/// Migrates, for as long as it takes.
pub(crate) async fn until_done(service: &Service, troubles: &Troubles) -> anyhow::Result<()> {
    for attempt in 0.. {
        match migrate(&service.settings.clickhouse).await {
            Ok(_) => break,
            Err(MigrateError::Server { step, source }) => {
                let failure = classify(&source);
                let words = format!("cannot {step}: {}", failure.words);
                troubles.report("schema", &failure.label, &words);
            }
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(BACKOFF.wait(attempt, rand::random())).await;
    }
    troubles.clear("schema");
    Ok(())
}

/// Applies what is missing and says how many files that was.
async fn migrate(settings: &settings::ClickHouse) -> Result<usize, MigrateError> {
    let database = &settings.database;
    let failed = |step: String| {
        move |source| match source {
            clickhouse::error::Error::Unsupported(_)
            | clickhouse::error::Error::InvalidParams(_) => {
                let url = printable_url(&settings.url);
                MigrateError::Client { url, source }
            }
            source => MigrateError::Server { step, source },
        }
    };
    let client = insert::client(settings);
    // Named in the request, a database that is not there yet would be refused.
    let create = format!("CREATE DATABASE IF NOT EXISTS `{database}`");
    let outside = client.clone().with_database("default");
    execute(&outside, &create)
        .await
        .map_err(failed(format!("create database {database}")))?;
    execute(&client, LEDGER)
        .await
        .map_err(failed("create schema_migrations".to_owned()))?;
    let applied = applied(&client)
        .await
        .map_err(failed("read schema_migrations".to_owned()))?;
    let missing = missing(FILES, &applied)?;
    for file in &missing {
        apply(&client, file)
            .await
            .map_err(failed(format!("apply {}", file.name)))?;
        tracing::info!(file = file.name, database, "schema file applied");
    }
    Ok(missing.len())
}

async fn applied(client: &Client) -> clickhouse::error::Result<Vec<Applied>> {
    let query = "SELECT number, name, checksum FROM schema_migrations FINAL ORDER BY number";
    let rows: Vec<AppliedRow> = client.query_raw(query).fetch_all().await?;
    let applied = rows.into_iter().map(
        |AppliedRow {
             number,
             name,
             checksum,
         }| Applied {
            number,
            name,
            checksum,
        },
    );
    Ok(applied.collect())
}

async fn apply(client: &Client, file: &File) -> clickhouse::error::Result<()> {
    for statement in file.statements() {
        execute(client, statement).await?;
    }
    let (number, name, checksum) = (file.number(), file.name, file.checksum());
    let record = format!(
        "INSERT INTO schema_migrations (number, name, checksum) VALUES ({number}, '{name}', '{checksum}')"
    );
    execute(client, &record).await
}

async fn execute(client: &Client, statement: &str) -> clickhouse::error::Result<()> {
    client.query_raw(statement).execute().await
}
