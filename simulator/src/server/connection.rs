//! Connections: accepted, served, and reset where a fault wants it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::GRACE;

/// What a request knows of its connection.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    reset: Arc<AtomicBool>,
}

impl Connection {
    /// The next byte written resets the connection instead.
    pub(super) fn reset(&self) {
        self.reset.store(true, Ordering::Release);
    }
}

/// Accepts connections until `stop`.
pub(super) async fn accept(
    listener: TcpListener,
    app: Router,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        // Running out of descriptors is no reason to stop listening.
        let Ok((stream, peer)) = accepted else {
            continue;
        };
        tasks.spawn(serve(stream, peer, app.clone(), stop.clone()));
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, app: Router, stop: CancellationToken) {
    // Pages are written whole: waiting for more only adds latency.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "connection without nodelay");
    }
    let connection = Connection {
        peer,
        reset: Arc::default(),
    };
    let io = TokioIo::new(Resettable {
        stream,
        reset: Arc::clone(&connection.reset),
    });
    let service = TowerToHyperService::new(app.layer(Extension(connection)));
    let builder = Builder::new(TokioExecutor::new());
    let mut served = std::pin::pin!(builder.serve_connection(io, service));
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            tokio::time::timeout(GRACE, served).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended early");
    }
}

/// A stream that can be told to end with a reset.
#[derive(Debug)]
struct Resettable {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Resettable {
    fn check(&self) -> io::Result<()> {
        if !self.reset.load(Ordering::Acquire) {
            return Ok(());
        }
        // With no linger time, closing sends a reset.
        self.stream.set_zero_linger()?;
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Resettable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Resettable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
