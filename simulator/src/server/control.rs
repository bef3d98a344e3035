//! The simulator's own endpoints, for programs that cannot call it in code.
//!
//! `POST /__faults` adds a rule, `GET` lists them, `DELETE` removes all; `DELETE /__faults/{id}`
//! removes one and `POST /__faults/{id}/release` lets go what it holds. `GET /__requests` counts,
//! `DELETE /__requests` starts again.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::faults::{Planned, Rule};

use super::Shared;

/// A rule is small; whatever is larger is none.
const MAX_RULE: usize = 64 * 1024;

pub(super) async fn answer(shared: &Shared, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let path: Vec<&str> = head.uri.path().split('/').skip(1).collect();
    match (&head.method, path.as_slice()) {
        (&Method::POST, ["__faults"]) => add(shared, body).await,
        (&Method::GET, ["__faults"]) => ok(shared
            .faults
            .active()
            .iter()
            .map(describe)
            .collect::<Vec<_>>()
            .into()),
        (&Method::DELETE, ["__faults"]) => {
            shared.faults.clear();
            ok(json!({}))
        }
        (&Method::DELETE, ["__faults", id]) => {
            found(id.parse().is_ok_and(|id| shared.faults.remove(id)))
        }
        (&Method::POST, ["__faults", id, "release"]) => {
            let planned = shared
                .faults
                .active()
                .into_iter()
                .find(|planned| planned.id().to_string() == *id);
            found(planned.map(|planned| planned.release()).is_some())
        }
        (&Method::GET, ["__requests"]) => ok(json!(shared.requests.counts())),
        (&Method::DELETE, ["__requests"]) => {
            shared.requests.clear();
            ok(json!({}))
        }
        _ => found(false),
    }
}

async fn add(shared: &Shared, body: Body) -> Response<Body> {
    let rule = to_bytes(body, MAX_RULE)
        .await
        .map_err(|error| error.to_string())
        .and_then(|body| serde_json::from_slice::<Rule>(&body).map_err(|error| error.to_string()));
    match rule {
        Ok(rule) => ok(describe(&shared.faults.add(rule))),
        Err(reason) => reply(StatusCode::BAD_REQUEST, &json!({ "error": reason })),
    }
}

fn describe(planned: &Planned) -> Value {
    json!({ "id": planned.id(), "hits": planned.hits(), "rule": planned.rule() })
}

fn ok(value: Value) -> Response<Body> {
    reply(StatusCode::OK, &value)
}

fn found(found: bool) -> Response<Body> {
    if found {
        ok(json!({}))
    } else {
        reply(StatusCode::NOT_FOUND, &json!({ "error": "no such thing" }))
    }
}

fn reply(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response
}
