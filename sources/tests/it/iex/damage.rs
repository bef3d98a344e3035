//! Captures that break off or are damaged: what came before is kept, the place is told, and
//! nothing ever panics, loops or allocates by what a length claims.

use super::wire::{self, Order, Packet, Wrap};
use super::{OPEN, SECOND, capture, frames, item, read};

fn trades(count: i64) -> Vec<Vec<Vec<u8>>> {
    let trade = |id: i64| vec![wire::trade("A", 0, OPEN + id * SECOND, 100, 10_000, id)];
    (0..count).map(trade).collect()
}

#[test]
fn a_truncated_tail_keeps_what_came_before() {
    let frames = frames(wire::TOPS, &trades(3));
    let (head, record) = (24, 16 + frames[0].len());
    for (form, head, record) in [
        (wire::pcap(Order::Little, false, &frames), head, record),
        (
            wire::ng(Order::Big, Packet::Enhanced, &frames),
            wire::ng(Order::Big, Packet::Enhanced, &[]).len(),
            wire::ng_packet(Order::Big, Packet::Enhanced, &frames[0]).len(),
        ),
    ] {
        for length in head + 1..form.len() {
            let (whole, rest) = ((length - head) / record, (length - head) % record);
            let read = read(&item("trades", &[]), &form[..length]);
            assert_eq!(read.rows.len(), whole, "{length} bytes");
            if rest > 0 {
                let begin = head + whole * record;
                let error = read.end.unwrap_err();
                assert!(
                    error.starts_with(&format!("at byte {begin}: truncated")),
                    "{length}: {error}"
                );
                assert!(
                    error.contains(&format!("ends at byte {length}")),
                    "{length}: {error}"
                );
            }
        }
    }
}

#[test]
fn a_truncated_gzip_keeps_what_came_before() {
    let packed = wire::gzip(&capture(wire::TOPS, &trades(5_000)));
    for length in [packed.len() - 1, packed.len() - 9, packed.len() / 2] {
        let read = read(&item("trades", &[]), &packed[..length]);
        let error = read.end.unwrap_err();
        assert!(error.contains("truncated"), "{error}");
        let least = if length > packed.len() / 2 {
            5_000
        } else {
            100
        };
        assert!(
            (least..=5_000).contains(&read.rows.len()),
            "{} rows",
            read.rows.len()
        );
    }
    let mut damaged = packed.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 40].fill(0xff);
    assert!(read(&item("trades", &[]), &damaged).end.is_err());
}

#[test]
fn what_is_no_capture_says_what_was_expected() {
    let error = |bytes: &[u8]| read(&item("trades", &[]), bytes).end.unwrap_err();
    assert!(error(b"").starts_with("at byte 0: nothing, expected the beginning of a pcap"));
    assert!(error(b"PK\x03\x04 and so on").contains("[50, 4b, 03, 04], expected"));
    assert!(error(&wire::gzip(b"text")).contains("expected the beginning"));
    assert!(error(&[0x1f, 0x8b]).contains("byte 0"));
    let none = error(&wire::pcap(Order::Little, false, &[]));
    assert!(
        none.contains("0 packets without a segment of IEX-TP"),
        "{none}"
    );
    let mut wireless = capture(wire::TOPS, &trades(1));
    wireless[20] = 105;
    assert!(error(&wireless).contains("link type 105, expected 1"));
}

#[test]
fn the_wrong_feed_is_no_empty_day() {
    let error = |dataset: &str, protocol: u16| {
        read(&item(dataset, &[]), &capture(protocol, &trades(1)))
            .end
            .unwrap_err()
    };
    assert!(error("quotes", wire::DEEP).ends_with("a segment of DEEP, expected TOPS"));
    assert!(error("book_deltas", wire::TOPS).ends_with("a segment of TOPS, expected DEEP"));
    assert!(error("trades", 0x8005).ends_with("a segment of DEEP+, expected TOPS or DEEP"));
    assert!(error("trades", 0x8042).contains("protocol 0x8042"));
}

#[test]
fn contradictions_are_told_with_their_place() {
    let good = trades(1).remove(0);
    let segment = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bad = wire::segment(wire::TOPS, 2, OPEN, &good);
        change(&mut bad);
        let first = wire::frame(&wire::segment(wire::TOPS, 1, OPEN, &good), Wrap::default());
        let frames = [first, wire::frame(&bad, Wrap::default())];
        let read = read(
            &item("trades", &[]),
            &wire::pcap(Order::Little, false, &frames),
        );
        // Also of the segment itself.
        assert!(
            (1..=2).contains(&read.rows.len()),
            "what came before is kept"
        );
        read.end.unwrap_err()
    };
    // Heads of the file and of two records, wrapping twice, a whole segment.
    let place = |within: usize| format!("at byte {}: ", 24 + 16 + 42 + 80 + 16 + 42 + within);
    let longer = segment(&|bytes| bytes[12] += 1);
    assert!(
        longer.starts_with(&place(0)) && longer.contains("of which the packet holds 40"),
        "{longer}"
    );
    let more = segment(&|bytes| bytes[14] = 2);
    assert!(
        more.starts_with(&place(80)) && more.contains("message 1 of 2 does not fit"),
        "{more}"
    );
    let left = segment(&|bytes| bytes[14] = 0);
    assert!(
        left.starts_with(&place(40)) && left.contains("40 bytes after the 0 messages"),
        "{left}"
    );
    let huge = segment(&|bytes| bytes[41] = 0xff);
    assert!(huge.starts_with(&place(40)), "{huge}");
    let symbol = segment(&|bytes| bytes[52] = 0);
    assert!(
        symbol.starts_with(&place(40)) && symbol.contains("expected letters"),
        "{symbol}"
    );
    let short = segment(&|bytes| {
        bytes.truncate(50);
        bytes[12] = 10;
        bytes[40] = 8;
    });
    assert!(
        short.contains("a message 'T' of 8 bytes, expected at least 38"),
        "{short}"
    );
}

#[test]
fn lengths_of_records_are_not_believed() {
    let plain = frames(wire::TOPS, &trades(1));
    let error = |bytes: &[u8]| read(&item("trades", &[]), bytes).end.unwrap_err();
    let mut pcap = wire::pcap(Order::Little, false, &plain);
    pcap[24 + 8..24 + 12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(error(&pcap).contains("a packet of 4294967295 bytes"));
    let head = wire::ng_head(Order::Little, 0);
    let with = |kind: u32, length: u32| {
        let mut bytes = head.clone();
        bytes.extend(kind.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend([0; 64]);
        error(&bytes)
    };
    assert!(with(6, u32::MAX - 3).contains("a block of kind 6"));
    assert!(with(6, 0).contains("expected a multiple of 4 from 32"));
    assert!(with(77, 0).contains("from 12"));
    assert!(with(77, u32::MAX - 3).contains("truncated: a block"));
    let mut stray = wire::ng(Order::Little, Packet::Enhanced, &plain);
    let packet = stray.len() - wire::ng_packet(Order::Little, Packet::Enhanced, &plain[0]).len();
    stray[packet + 8] = 3;
    assert!(error(&stray).contains("a packet of interface 3, of 1"));
    let crowd = [
        head.clone(),
        wire::block(Order::Little, 1, &[1, 0, 0, 0, 0, 0, 0, 0]).repeat(5_000),
    ]
    .concat();
    assert!(error(&crowd).contains("more than 4096 interfaces"));
}

/// Numbers by xorshift: the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn byte(&mut self) -> u8 {
        const EDGES: [u8; 6] = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
        match self.below(3) {
            0 => EDGES[self.below(EDGES.len())],
            _ => self.below(256) as u8,
        }
    }
}

fn bodies() -> Vec<Vec<u8>> {
    let mut segments = trades(6);
    segments[4].push(wire::broken("A", OPEN, 100, 10_000, 2));
    segments[5].push(wire::quote("B", 0, OPEN, (1, 1), (2, 2)));
    segments.push(vec![]);
    let mut bodies = Vec::new();
    for protocol in [wire::TOPS, wire::DEEP] {
        if protocol == wire::DEEP {
            segments.push(vec![
                wire::level(b'8', "A", 1, OPEN, 1, 1),
                wire::security("A", 0, OPEN),
            ]);
        }
        let frames = frames(protocol, &segments);
        let captures = [
            wire::pcap(Order::Little, false, &frames),
            wire::pcap(Order::Big, true, &frames),
            wire::ng(Order::Little, Packet::Enhanced, &frames),
            wire::ng(Order::Big, Packet::Simple, &frames),
        ];
        bodies.extend(captures.iter().map(|capture| wire::gzip(capture)));
        bodies.extend(captures);
    }
    bodies
}

#[test]
fn damage_of_any_kind_ends_without_a_panic() {
    let bodies = bodies();
    let items = ["trades", "quotes", "book_deltas", "klines", "instruments"]
        .map(|dataset| item(dataset, &[]));
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    let (mut good, mut bad) = (0, 0);
    for round in 0..6_000 {
        let mut body = bodies[chance.below(bodies.len())].clone();
        for _ in 0..chance.below(4) {
            let place = chance.below(body.len());
            match chance.below(4) {
                0 => body.truncate(place.max(1)),
                1 => drop(body.remove(place)),
                2 => body.insert(place, chance.byte()),
                _ => body[place] = chance.byte(),
            }
            if body.is_empty() {
                break;
            }
        }
        let read = read(&items[round % items.len()], &body);
        assert!(read.rows.len() <= 40, "rows out of nothing");
        match read.end {
            Ok(_) => good += 1,
            Err(error) => {
                assert!(error.starts_with("at byte "), "{error}");
                bad += 1;
            }
        }
    }
    assert!(good > 500 && bad > 500, "{good} read, {bad} refused");
}

#[test]
fn noise_is_never_read_as_rows() {
    let magics: [&[u8]; 6] = [
        &[],
        &[0xd4, 0xc3, 0xb2, 0xa1],
        &[0xa1, 0xb2, 0x3c, 0x4d],
        &[0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a],
        &[0x1f, 0x8b, 8, 0],
        &[0x1f, 0x8b],
    ];
    let mut chance = Chance(88_172_645_463_325_252);
    let item = item("trades", &[]);
    for round in 0..2_000 {
        let mut noise = magics[round % magics.len()].to_vec();
        let length = chance.below(2_000);
        noise.extend((0..length).map(|_| chance.byte()));
        let read = read(&item, &noise);
        assert!(read.end.is_err() && read.rows.is_empty(), "round {round}");
    }
}
