//! Messages as bytes of a capture: IEX-TP in UDP in IPv4 in Ethernet, as pcap or pcap-ng.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::day::{Feed, Message, SYMBOLS, Trade};

const TOPS: u16 = 0x8003;
const DEEP: u16 = 0x8004;
/// Messages of a segment at most.
const SEGMENT: usize = 12;
/// A heartbeat after so many segments.
const HEARTBEAT: usize = 40;

/// How a capture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Pcap,
    PcapNg,
}

/// A capture of these messages, packed.
pub(crate) fn capture(feed: Feed, messages: &[Message], form: Form) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let mut write = |bytes: &[u8]| {
        encoder
            .write_all(bytes)
            .expect("writing to a Vec cannot fail");
    };
    write(&head(form));
    let mut first = 1;
    for (number, messages) in messages.chunks(SEGMENT).enumerate() {
        let sent = messages.last().map_or(0, Message::ns) + 1_500;
        write(&packet(form, sent, &segment(feed, first, sent, messages)));
        first += messages.len() as i64;
        if number % HEARTBEAT == HEARTBEAT - 1 {
            write(&packet(form, sent, &segment(feed, first, sent, &[])));
        }
    }
    encoder.finish().expect("writing to a Vec cannot fail")
}

fn segment(feed: Feed, first: i64, sent: i64, messages: &[Message]) -> Vec<u8> {
    let mut payload = Vec::new();
    for message in messages {
        let bytes = encoded(message);
        payload.extend((bytes.len() as u16).to_le_bytes());
        payload.extend(bytes);
    }
    let protocol = match feed {
        Feed::Tops => TOPS,
        Feed::Deep => DEEP,
    };
    let mut bytes = vec![1, 0];
    bytes.extend(protocol.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    bytes.extend(1_150_681_088u32.to_le_bytes());
    bytes.extend((payload.len() as u16).to_le_bytes());
    bytes.extend((messages.len() as u16).to_le_bytes());
    bytes.extend(0i64.to_le_bytes());
    bytes.extend(first.to_le_bytes());
    bytes.extend(sent.to_le_bytes());
    bytes.extend(payload);
    bytes
}

fn encoded(message: &Message) -> Vec<u8> {
    let of = |kind: u8, flags: u8, symbol: usize, ns: i64| {
        let mut bytes = vec![kind, flags];
        bytes.extend(ns.to_le_bytes());
        bytes.extend(format!("{:<8}", SYMBOLS[symbol].0).bytes());
        bytes
    };
    let sale = |kind: u8, trade: &Trade, flags: u8, ns: i64| {
        let mut bytes = of(kind, flags, trade.symbol, ns);
        bytes.extend(trade.size.to_le_bytes());
        bytes.extend(trade.price.to_le_bytes());
        bytes.extend(trade.id.to_le_bytes());
        bytes
    };
    match message {
        Message::System(event, ns) => {
            let mut bytes = vec![b'S', *event];
            bytes.extend(ns.to_le_bytes());
            bytes
        }
        Message::Security(symbol, ns) => {
            let test = if SYMBOLS[*symbol].0 == "ZVZZT" {
                0x80
            } else {
                0
            };
            let mut bytes = of(b'D', test, *symbol, *ns);
            bytes.extend(100u32.to_le_bytes());
            bytes.extend(SYMBOLS[*symbol].1.to_le_bytes());
            bytes.push(1);
            bytes
        }
        Message::Trade(trade) => sale(b'T', trade, trade.flags, trade.ns),
        Message::Break(trade, ns) => sale(b'B', trade, trade.flags, *ns),
        Message::Quote(symbol, ns, flags, bid, ask) => {
            let mut bytes = of(b'Q', *flags, *symbol, *ns);
            bytes.extend(bid.0.to_le_bytes());
            bytes.extend(bid.1.to_le_bytes());
            bytes.extend(ask.1.to_le_bytes());
            bytes.extend(ask.0.to_le_bytes());
            bytes
        }
        Message::Level(symbol, ns, buy, flags, (size, price)) => {
            let mut bytes = of(if *buy { b'8' } else { b'5' }, *flags, *symbol, *ns);
            bytes.extend(size.to_le_bytes());
            bytes.extend(price.to_le_bytes());
            bytes
        }
        Message::Unknown(symbol, ns) => {
            let mut bytes = of(b'~', 0, *symbol, *ns);
            bytes.extend([1, 2, 3]);
            bytes
        }
    }
}

fn head(form: Form) -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect();
    match form {
        Form::Pcap => words(&[0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 1]),
        Form::PcapNg => words(&[
            // A section of unknown length, and one interface.
            0x0a0d_0d0a,
            28,
            0x1a2b_3c4d,
            1,
            u32::MAX,
            u32::MAX,
            28, //
            1,
            20,
            1,
            65_535,
            20,
        ]),
    }
}

fn packet(form: Form, ns: i64, payload: &[u8]) -> Vec<u8> {
    let frame = frame(payload);
    let length = frame.len() as u32;
    let mut bytes = Vec::new();
    let us = ns / 1_000;
    match form {
        Form::Pcap => {
            let times = [(us / 1_000_000) as u32, (us % 1_000_000) as u32];
            for word in [times[0], times[1], length, length] {
                bytes.extend(word.to_le_bytes());
            }
            bytes.extend(frame);
        }
        Form::PcapNg => {
            let padding = (4 - frame.len() % 4) % 4;
            let block = 32 + length + padding as u32;
            let (high, low) = ((us >> 32) as u32, us as u32);
            for word in [6, block, 0, high, low, length, length] {
                bytes.extend(word.to_le_bytes());
            }
            bytes.extend(frame);
            bytes.extend(std::iter::repeat_n(0, padding));
            bytes.extend(block.to_le_bytes());
        }
    }
    bytes
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let udp = payload.len() + 8;
    let mut bytes = vec![1, 0, 0x5e, 0x57, 0x15, 4, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0];
    bytes.extend((20 + udp as u16).to_be_bytes());
    bytes.extend([0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 233, 215, 21, 4]);
    for word in [10_378, 10_378, udp as u16, 0] {
        bytes.extend(word.to_be_bytes());
    }
    bytes.extend(payload);
    bytes
}
