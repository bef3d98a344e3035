//! `/metrics`, `/healthz`, `/readyz` and `/status` of a process.

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus::{Encoder, TextEncoder};
use serde_json::json;
use tokio::net::TcpListener;

use super::Service;

/// Serves in the background, unless the address of the role is empty.
pub(super) async fn serve(service: &Service) -> anyhow::Result<()> {
    let http = &service.settings.http;
    let address = match service.role {
        "worker" => &http.worker,
        "writer" => &http.writer,
        "scheduler" => &http.scheduler,
        _ => &http.producer,
    };
    if address.is_empty() {
        return Ok(());
    }
    let listener = bind(address).await?;
    tracing::info!(address = %listener.local_addr()?, "serving /metrics, /healthz, /readyz and /status");
    let app = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/status", get(status))
        .with_state(service.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(())
}

/// Binds the address, or a free port beside it when the port is taken: a second worker on one
/// machine should just work.
async fn bind(address: &str) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let mut free: std::net::SocketAddr = address.parse()?;
            free.set_port(0);
            tracing::warn!(address, "port is taken, using a free one");
            TcpListener::bind(free)
                .await
                .with_context(|| format!("cannot listen on {free}"))
        }
        other => other.with_context(|| format!("cannot listen on {address}")),
    }
}

async fn metrics(State(service): State<Service>) -> impl IntoResponse {
    let mut text = Vec::new();
    let encoder = TextEncoder::new();
    match encoder.encode(&service.metrics.gather(), &mut text) {
        Ok(()) => (
            StatusCode::OK,
            [(header::CONTENT_TYPE, encoder.format_type().to_owned())],
            text,
        ),
        Err(error) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            [(header::CONTENT_TYPE, "text/plain".to_owned())],
            error.to_string().into_bytes(),
        ),
    }
}

async fn ready(State(service): State<Service>) -> (StatusCode, String) {
    let mut problems = service.health.problems();
    if service.shutdown.is_stopping() {
        problems.push("stopping".to_owned());
    }
    if problems.is_empty() {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{}\n", problems.join("\n")),
        )
    }
}

async fn status(State(service): State<Service>) -> axum::Json<serde_json::Value> {
    axum::Json(json!({
        "role": service.role,
        "instance": service.instance,
        "version": env!("CARGO_PKG_VERSION"),
        "stopping": service.shutdown.is_stopping(),
        "problems": service.health.problems(),
        "facts": service.health.facts(),
    }))
}
