//! Writes captures of IEX-TP in every form there is, for the tests.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

pub(crate) const TOPS: u16 = 0x8003;
pub(crate) const TOPS_1_5: u16 = 0x8002;
pub(crate) const DEEP: u16 = 0x8004;

/// A message of that kind: flags, time and symbol.
fn message(kind: u8, flags: u8, ts: i64, symbol: &str) -> Vec<u8> {
    let mut bytes = vec![kind, flags];
    bytes.extend(ts.to_le_bytes());
    bytes.extend(format!("{symbol:<8}").into_bytes());
    bytes
}

pub(crate) fn trade(symbol: &str, flags: u8, ts: i64, size: u32, price: i64, id: i64) -> Vec<u8> {
    let mut bytes = message(b'T', flags, ts, symbol);
    bytes.extend(size.to_le_bytes());
    bytes.extend(price.to_le_bytes());
    bytes.extend(id.to_le_bytes());
    bytes
}

/// The break of such a trade, at another time.
pub(crate) fn broken(symbol: &str, ts: i64, size: u32, price: i64, id: i64) -> Vec<u8> {
    let mut bytes = trade(symbol, 0, ts, size, price, id);
    bytes[0] = b'B';
    bytes
}

pub(crate) fn quote(symbol: &str, flags: u8, ts: i64, bid: (u32, i64), ask: (u32, i64)) -> Vec<u8> {
    let mut bytes = message(b'Q', flags, ts, symbol);
    bytes.extend(bid.0.to_le_bytes());
    bytes.extend(bid.1.to_le_bytes());
    bytes.extend(ask.1.to_le_bytes());
    bytes.extend(ask.0.to_le_bytes());
    bytes
}

pub(crate) fn level(kind: u8, symbol: &str, flags: u8, ts: i64, size: u32, price: i64) -> Vec<u8> {
    let mut bytes = message(kind, flags, ts, symbol);
    bytes.extend(size.to_le_bytes());
    bytes.extend(price.to_le_bytes());
    bytes
}

pub(crate) fn security(symbol: &str, flags: u8, ts: i64) -> Vec<u8> {
    let mut bytes = message(b'D', flags, ts, symbol);
    bytes.extend(100u32.to_le_bytes());
    bytes.extend(10_000i64.to_le_bytes());
    bytes.push(1);
    bytes
}

pub(crate) fn system(event: u8, ts: i64) -> Vec<u8> {
    let mut bytes = vec![b'S', event];
    bytes.extend(ts.to_le_bytes());
    bytes
}

/// A segment with these messages; none makes a heartbeat.
pub(crate) fn segment(protocol: u16, first: i64, sent: i64, messages: &[Vec<u8>]) -> Vec<u8> {
    let mut payload = Vec::new();
    for message in messages {
        payload.extend((message.len() as u16).to_le_bytes());
        payload.extend(message);
    }
    let mut bytes = vec![1, 0];
    bytes.extend(protocol.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    bytes.extend(77u32.to_le_bytes());
    bytes.extend((payload.len() as u16).to_le_bytes());
    bytes.extend((messages.len() as u16).to_le_bytes());
    bytes.extend(0i64.to_le_bytes());
    bytes.extend(first.to_le_bytes());
    bytes.extend(sent.to_le_bytes());
    bytes.extend(payload);
    bytes
}

/// How a datagram is wrapped.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wrap {
    pub(crate) vlans: usize,
    /// Bytes after the datagram.
    pub(crate) padding: usize,
    /// Words of options in the IPv4 header.
    pub(crate) options: usize,
    /// The field of flags and fragment offset.
    pub(crate) fragment: u16,
    /// Another protocol than UDP.
    pub(crate) protocol: Option<u8>,
}

pub(crate) fn frame(payload: &[u8], wrap: Wrap) -> Vec<u8> {
    let mut bytes = vec![1, 0, 0x5e, 0x57, 0x15, 4, 2, 0, 0, 0, 0, 1];
    for _ in 0..wrap.vlans {
        bytes.extend([0x81, 0x00, 0x00, 0x2a]);
    }
    bytes.extend([0x08, 0x00]);
    let udp = payload.len() + 8;
    let head = 20 + 4 * wrap.options;
    bytes.extend([0x40 + (head / 4) as u8, 0]);
    bytes.extend(((head + udp) as u16).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(wrap.fragment.to_be_bytes());
    bytes.extend([
        64,
        wrap.protocol.unwrap_or(17),
        0,
        0,
        10,
        0,
        0,
        1,
        233,
        215,
        21,
        4,
    ]);
    bytes.extend(std::iter::repeat_n(1, 4 * wrap.options));
    bytes.extend(10_378u16.to_be_bytes());
    bytes.extend(10_378u16.to_be_bytes());
    bytes.extend((udp as u16).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(payload);
    bytes.extend(std::iter::repeat_n(0xee, wrap.padding));
    bytes
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Order {
    fn u32(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    fn u16(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }
}

/// A pcap; its times in microseconds or nanoseconds.
pub(crate) fn pcap(order: Order, nanoseconds: bool, frames: &[Vec<u8>]) -> Vec<u8> {
    let magic = if nanoseconds {
        0xa1b2_3c4d
    } else {
        0xa1b2_c3d4
    };
    let mut bytes = order.u32(magic).to_vec();
    bytes.extend(order.u16(2));
    bytes.extend(order.u16(4));
    bytes.extend([0; 8]);
    bytes.extend(order.u32(65_535));
    bytes.extend(order.u32(1));
    for frame in frames {
        bytes.extend(order.u32(1_700_000_000));
        bytes.extend(order.u32(5));
        bytes.extend(order.u32(frame.len() as u32));
        bytes.extend(order.u32(frame.len() as u32));
        bytes.extend(frame);
    }
    bytes
}

/// A block of a pcap-ng.
pub(crate) fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let padding = (4 - body.len() % 4) % 4;
    let length = (12 + body.len() + padding) as u32;
    let mut bytes = order.u32(kind).to_vec();
    bytes.extend(order.u32(length));
    bytes.extend(body);
    bytes.extend(std::iter::repeat_n(0, padding));
    bytes.extend(order.u32(length));
    bytes
}

/// The section header and one Ethernet interface with a resolution of its own.
pub(crate) fn ng_head(order: Order, snap: u32) -> Vec<u8> {
    let mut section = order.u32(0x1a2b_3c4d).to_vec();
    section.extend(order.u16(1));
    section.extend(order.u16(0));
    section.extend([0xff; 8]);
    let mut bytes = block(order, 0x0a0d_0d0a, &section);
    let mut interface = order.u16(1).to_vec();
    interface.extend(order.u16(0));
    interface.extend(order.u32(snap));
    // if_tsresol: nanoseconds.
    interface.extend(order.u16(9));
    interface.extend(order.u16(1));
    interface.extend([9, 0, 0, 0]);
    interface.extend([0; 4]);
    bytes.extend(block(order, 1, &interface));
    bytes
}

/// Which block holds a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packet {
    Enhanced,
    Simple,
    Old,
}

pub(crate) fn ng_packet(order: Order, packet: Packet, frame: &[u8]) -> Vec<u8> {
    let mut body = match packet {
        Packet::Enhanced => order.u32(0).to_vec(),
        Packet::Old => [order.u16(0), order.u16(0)].concat(),
        Packet::Simple => Vec::new(),
    };
    if packet != Packet::Simple {
        body.extend([0; 8]);
        body.extend(order.u32(frame.len() as u32));
    }
    body.extend(order.u32(frame.len() as u32));
    body.extend(frame);
    let kind = match packet {
        Packet::Enhanced => 6,
        Packet::Simple => 3,
        Packet::Old => 2,
    };
    block(order, kind, &body)
}

/// A pcap-ng with one section.
pub(crate) fn ng(order: Order, packet: Packet, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = ng_head(order, 0);
    // Interface statistics: of no interest.
    bytes.extend(block(order, 5, &[0; 12]));
    for frame in frames {
        bytes.extend(ng_packet(order, packet, frame));
    }
    bytes
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
