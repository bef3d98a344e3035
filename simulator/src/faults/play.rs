//! What a fault makes of a reply.

use crate::answer::{Vendor, World};
use crate::calendar::SECOND;
use crate::limits;
use crate::reply::{Asked, Reply, Twist};

use super::Fault;

/// What goes out.
#[derive(Debug)]
pub(crate) enum Played {
    /// A whole reply.
    Whole(Reply),
    /// The start of a reply's body, with the whole length declared or none.
    CutOff { reply: Reply, chunked: bool },
    /// So many bytes of nothing in particular.
    Huge(u64),
    /// No reply: the connection is reset.
    Reset,
}

const GATE_PAGE: &str =
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>";

/// Plays one fault on what the vendor would say.
pub(crate) fn play(fault: &Fault, world: &World, vendor: Vendor, asked: &Asked) -> Played {
    let answer = |asked: &Asked| world.answer(vendor, asked);
    let twisted = |twist| {
        answer(&Asked {
            twist,
            ..asked.clone()
        })
    };
    Played::Whole(match fault {
        // The server has waited already.
        Fault::Latency { .. } | Fault::Hold => answer(asked),
        Fault::RateLimited { retry_after } => rate_limited(world, vendor, *retry_after),
        Fault::Banned { retry_after } => {
            limits::banned_until(asked.now + retry_after * SECOND, *retry_after)
        }
        Fault::Status { status, body } => {
            Reply::json(*status, "application/json;charset=UTF-8", body.clone())
        }
        Fault::CutOff { chunked } => {
            return Played::CutOff {
                reply: answer(asked),
                chunked: *chunked,
            };
        }
        Fault::BrokenJson => broken(answer(asked)),
        Fault::WrongContentType => Reply::json(200, "text/html; charset=utf-8", GATE_PAGE),
        Fault::Reset => return Played::Reset,
        Fault::RepeatRows { rows } => twisted(Twist {
            repeat: *rows,
            ..Twist::default()
        }),
        Fault::ShortPage { rows } => twisted(Twist {
            at_most: Some(*rows),
            ..Twist::default()
        }),
        Fault::Revised => revised(answer(asked)),
        Fault::Empty => Reply {
            status: 200,
            headers: Vec::new(),
            body: Default::default(),
        },
        Fault::Redirect { location } => {
            Reply::json(302, "text/html", "").with("location", location)
        }
        Fault::Huge { bytes } => return Played::Huge(*bytes),
    })
}

fn rate_limited(world: &World, vendor: Vendor, retry_after: i64) -> Reply {
    match vendor {
        Vendor::Binance => limits::too_much(6_000, retry_after),
        // No Retry-After was ever recorded from it: the body says how long.
        Vendor::FootballData => limits::wait_seconds(retry_after),
        other => world.served(other).map_or_else(
            || Reply::json(429, "text/plain", "Too Many Requests").with("retry-after", retry_after),
            |served| served.too_much(retry_after),
        ),
    }
}

fn revised(mut reply: Reply) -> Reply {
    let mut body = reply.body.to_vec();
    // Where the text that is being read begins, and whether it is a number with a point so far.
    let (mut begins, mut points) = (None, 0);
    for place in 0..body.len() {
        match (body[place], begins) {
            (b'"', Some(_)) => {
                if points == 1 && body[place - 1].is_ascii_digit() {
                    body[place - 1] = b'0' + (body[place - 1] - b'0' + 1) % 10;
                }
                begins = None;
            }
            (b'"', None) => (begins, points) = (Some(place), 0),
            (b'.', Some(_)) => points += 1,
            (byte, Some(_)) if !byte.is_ascii_digit() => points = 2,
            _ => {}
        }
    }
    reply.body = body.into();
    reply
}

fn broken(mut reply: Reply) -> Reply {
    reply.body.truncate(reply.body.len() * 2 / 3);
    reply
}
