//! One request: counted, struck by faults, answered, printed as HTTP.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Query as AxumQuery, Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;
use tokio_util::sync::CancellationToken;

use crate::answer::Vendor;
use crate::faults::{Fault, Planned, Played, play};
use crate::reply::{Asked, Query, Reply, Twist};

use super::connection::Connection;
use super::{Shared, control};

/// What a request is answered with.
#[derive(Debug, Clone)]
pub(super) struct App {
    pub(super) shared: Arc<Shared>,
    pub(super) stop: CancellationToken,
}

/// Bodies of faults are streamed in pieces of this size.
const PIECE: u64 = 64 * 1024;

pub(super) async fn handle(
    State(app): State<App>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let Some((vendor, below)) = Vendor::of_path(&path) else {
        return control::answer(&app.shared, request).await;
    };
    let query = request.uri().query().unwrap_or_default();
    let now = app.shared.world.options.clock.now();
    let working = app.shared.requests.start(&path, query, now);
    let struck = app.shared.faults.strike(vendor, below, query);
    let client = client(&request, &connection);
    let gzip = accepts_gzip(request.headers());
    let asked = asked(request, below, now).await;
    let passed = match app.shared.world.served(vendor) {
        Some(served) => served.pass(&client, &asked),
        None => app.shared.gate.pass(vendor, &client, &asked),
    };
    let played = match passed {
        Err(refusal) => {
            app.shared.requests.violation();
            Played::Whole(refusal)
        }
        Ok(headers) => with_headers(answer(&app, vendor, &asked, &struck).await, headers),
    };
    let response = print(played, &connection, gzip);
    working.answered(response.status().as_u16());
    response
}

async fn asked(request: Request, below: &str, now: i64) -> Asked {
    let query = AxumQuery::<Vec<(String, String)>>::try_from_uri(request.uri());
    let (head, body) = request.into_parts();
    let headers = head.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    // A form of a vendor fits in a fraction of this; what is longer is taken for none.
    let form = axum::body::to_bytes(body, 1 << 16)
        .await
        .unwrap_or_default();
    let form = url::form_urlencoded::parse(&form).into_owned().collect();
    Asked {
        path: below.to_owned(),
        query: Query(query.map(|query| query.0).unwrap_or_default()),
        token: text(&head.headers, "x-auth-token"),
        headers: headers.collect(),
        form: Query(form),
        now,
        twist: Twist::default(),
    }
}

/// Whose limit counts: the peer, or whom it says it asks for, so that one machine can play many.
fn client(request: &Request, connection: &Connection) -> String {
    text(request.headers(), "x-forwarded-for").unwrap_or_else(|| connection.peer.ip().to_string())
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    text(headers, "accept-encoding").is_some_and(|accepted| accepted.contains("gzip"))
}

async fn answer(app: &App, vendor: Vendor, asked: &Asked, struck: &[Planned]) -> Played {
    let world = &app.shared.world;
    wait(world.options.latency).await;
    for planned in struck {
        match &planned.rule().fault {
            Fault::Latency { ms } => wait(Duration::from_millis(*ms)).await,
            Fault::Hold => tokio::select! {
                () = planned.until_released() => {}
                () = app.stop.cancelled() => {}
            },
            _ => {}
        }
    }
    let waits = |fault: &Fault| matches!(fault, Fault::Latency { .. } | Fault::Hold);
    let fault = struck
        .iter()
        .map(|planned| &planned.rule().fault)
        .find(|fault| !waits(fault));
    match fault {
        Some(fault) => play(fault, world, vendor, asked),
        None => Played::Whole(world.answer(vendor, asked)),
    }
}

async fn wait(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

fn with_headers(mut played: Played, headers: Vec<(&'static str, String)>) -> Played {
    if let Played::Whole(reply) | Played::CutOff { reply, .. } = &mut played {
        reply.headers.extend(headers);
    }
    played
}

fn print(played: Played, connection: &Connection, gzip: bool) -> Response<Body> {
    match played {
        Played::Whole(reply) => whole(reply, gzip),
        Played::CutOff { reply, chunked } => cut_off(reply, chunked),
        Played::Huge(bytes) => huge(bytes),
        Played::Reset => {
            connection.reset();
            Response::default()
        }
    }
}

fn whole(mut reply: Reply, gzip: bool) -> Response<Body> {
    // Archives and captures come as they are, like from any store of files.
    let packed = reply.headers.iter().any(|(name, value)| {
        *name == "content-type" && (value.contains("zip") || value.contains("octet-stream"))
    });
    if gzip && !packed && !reply.body.is_empty() {
        reply.body = compressed(&reply.body);
        reply = reply.with("content-encoding", "gzip");
    }
    let body = Body::from(std::mem::take(&mut reply.body));
    head(&reply, body)
}

fn head(reply: &Reply, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &reply.headers {
        // A planned redirect may hold anything; what is no header is left out.
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(*name, value);
        }
    }
    response
}

fn compressed(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
        .into()
}

fn cut_off(reply: Reply, chunked: bool) -> Response<Body> {
    let (length, half) = (reply.body.len(), reply.body.slice(..reply.body.len() / 2));
    let pieces = stream::unfold(0, move |step| {
        let half = half.clone();
        async move {
            // The pause lets the server write the first piece before it learns of the end.
            tokio::task::yield_now().await;
            let piece = if step == 0 {
                Ok(half)
            } else {
                Err(io::Error::from(io::ErrorKind::BrokenPipe))
            };
            Some((piece, step + 1))
        }
    });
    let mut response = head(&reply, Body::from_stream(pieces));
    if !chunked {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length.into());
    }
    response
}

fn huge(bytes: u64) -> Response<Body> {
    let pieces = stream::unfold(bytes, |left| async move {
        let length = left.min(PIECE);
        let piece = Bytes::from(vec![b' '; length as usize]);
        (length > 0).then(|| (Ok::<_, io::Error>(piece), left - length))
    });
    let reply = Reply::json(200, "application/json;charset=UTF-8", "");
    let mut response = head(&reply, Body::from_stream(pieces));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, bytes.into());
    response
}
