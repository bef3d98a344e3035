//! A real nats-server and a real ClickHouse engine as child processes of the demo, the tests, the
//! benchmarks and `cargo xtask services`.
//!
//! ```no_run
//! # async fn example(dir: &std::path::Path) -> Result<(), embedded::Error> {
//! let installed = embedded::install(&embedded::Cache::from_env()?).await?;
//! let nats = embedded::nats::NatsServer::start(&installed, &dir.join("nats"), Default::default()).await?;
//! let clickhouse =
//!     embedded::clickhouse::ClickHouse::start(&installed, &dir.join("clickhouse"), Default::default()).await?;
//! println!("{} {}", nats.url(), clickhouse.url());
//! # Ok(())
//! # }
//! ```
//!
//! Life of a server: [`install()`] puts the pinned programs into a cache folder; `start` picks a
//! port, spawns the program through [`process`] so that it dies with us, and returns only when it
//! answers; dropping the handle kills it. Linux only: the promises rest on `/proc` and `prctl`.

pub mod clickhouse;
pub mod error;
pub mod install;
pub mod nats;
mod port;
pub mod process;
mod ready;
pub mod redis;
pub mod server;
pub mod services;

pub use error::Error;
pub use install::{Cache, Engine, Installed, install, install_more};
