//! Damage to replies, a pure function of the seed: what broken proxies, cut connections and changed
//! formats do, and what nobody does but a fuzzer.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// Texts that parsers of numbers, times and nesting stumble over.
const TEXTS: &[&[u8]] = &[
    b"null",
    b"-",
    b"1e999999999",
    b"-0.0000000000000000000000001",
    b"99999999999999999999999999999999999999999",
    b"9223372036854775808",
    b"\"\"",
    b"{}",
    b"[]",
    b"[[[[[[[[[[[[[[[[",
    b"\xff\xfe",
    b"\\u0000",
    b"\"2024-13-45T99:99:99Z\"",
    b"true",
    b",",
    b"\n",
];

/// A copy with one to four damages.
pub(crate) fn damaged(body: &[u8], seed: u64) -> Vec<u8> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut body = body.to_vec();
    for _ in 0..random.random_range(1..=4) {
        if body.is_empty() {
            break;
        }
        damage(&mut body, &mut random);
    }
    body
}

fn damage(body: &mut Vec<u8>, random: &mut SmallRng) {
    let at = random.random_range(0..body.len());
    let end = (at + random.random_range(1..=64)).min(body.len());
    match random.random_range(0..7) {
        0 => body.truncate(at),
        1 => body[at] ^= 1 << random.random_range(0..8),
        2 => body[at] = random.random(),
        3 => drop(body.drain(at..end)),
        4 => {
            let again = body[at..end].to_vec();
            body.splice(at..at, again);
        }
        5 => {
            let text = TEXTS[random.random_range(0..TEXTS.len())];
            body.splice(at..end, text.iter().copied());
        }
        // A digit becomes another one: the reply stays well-formed, what it says does not.
        _ => {
            let digit = body[at..].iter().position(u8::is_ascii_digit);
            if let Some(offset) = digit {
                body[at + offset] = b'0' + random.random_range(0..10);
            }
        }
    }
}
