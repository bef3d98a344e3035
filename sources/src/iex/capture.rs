//! The frames of a capture file: pcap of any kind, and pcap-ng.
//!
//! Told apart by their first bytes, never by a file's name: captures called `.pcapng` are pcap and
//! the other way round. When a packet was captured is of no interest (its messages have times of
//! their own), so neither the resolution of a pcap nor `if_tsresol` is looked at. Lengths are
//! believed only as far as a capture can hold them.
//!
//! Formats: IETF drafts `draft-ietf-opsawg-pcap` and `draft-ietf-opsawg-pcapng`.

use super::input::{Input, LONGEST};
use crate::ask::ParseError;
use crate::source::Stream;

/// The longest packet that capture programs keep.
const LONGEST_PACKET: usize = 262_144;
/// More interfaces than this are a damaged file.
const MOST_INTERFACES: usize = 4_096;
const ETHERNET: u16 = 1;

const SECTION: u32 = 0x0a0d_0d0a;
const SECTION_HEAD: usize = 28;
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const PACKET: u32 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let bytes = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let bytes = [bytes[at], bytes[at + 1]];
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Interface {
    link: u16,
    /// Most bytes of a packet that were kept; 0 for all.
    snap: u32,
}

#[derive(Debug)]
enum Format {
    Pcap(Order),
    Ng(Order, Vec<Interface>),
}

/// A capture, read frame by frame.
pub(super) struct Capture<'a> {
    input: Input<'a>,
    format: Format,
    /// Of the record shown last, still to be taken off.
    shown: usize,
}

/// A frame as it lies in the buffer.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: usize,
    length: usize,
    record: usize,
}

/// A captured frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) bytes: &'a [u8],
    /// Where it begins in the unpacked capture.
    pub(super) offset: u64,
}

impl<'a> Capture<'a> {
    /// Reads the head of a capture.
    pub(super) fn open(body: &'a mut dyn Stream) -> Result<Self, ParseError> {
        let mut input = Input::open(body)?;
        let head = input.peek(4)?;
        let magic = <[u8; 4]>::try_from(head).map_err(|_| no_capture(head))?;
        let format = match magic {
            [0x0a, 0x0d, 0x0d, 0x0a] => Format::Ng(Order::Little, Vec::new()),
            [0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1] => pcap(&mut input, Order::Little)?,
            [0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d] => pcap(&mut input, Order::Big)?,
            _ => return Err(no_capture(&magic)),
        };
        Ok(Self {
            input,
            format,
            shown: 0,
        })
    }

    /// The next frame; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Frame<'_>>, ParseError> {
        self.input.take(std::mem::take(&mut self.shown));
        let place = match &mut self.format {
            Format::Pcap(order) => pcap_record(&mut self.input, *order)?,
            Format::Ng(order, interfaces) => ng_packet(&mut self.input, order, interfaces)?,
        };
        let Some(place) = place else {
            return Ok(None);
        };
        self.shown = place.record;
        Ok(Some(Frame {
            bytes: self.input.shown(place.at, place.length),
            offset: self.input.offset() + place.at as u64,
        }))
    }
}

fn no_capture(head: &[u8]) -> ParseError {
    let found = if head.is_empty() {
        "nothing".to_owned()
    } else {
        format!("{head:02x?}")
    };
    damaged(
        0,
        format!(
            "{found}, expected the beginning of a pcap or pcap-ng capture, packed with gzip or not"
        ),
    )
}

fn damaged(offset: u64, what: String) -> ParseError {
    ParseError {
        at: format!("byte {offset}"),
        what,
    }
}

fn check_link(link: u16, offset: u64) -> Result<(), ParseError> {
    if link == ETHERNET {
        return Ok(());
    }
    let what = format!("packets of link type {link}, expected {ETHERNET}, Ethernet");
    Err(damaged(offset, what))
}

fn check_length(length: u32, offset: u64) -> Result<usize, ParseError> {
    let found = usize::try_from(length).ok();
    found
        .filter(|length| *length <= LONGEST_PACKET)
        .ok_or_else(|| {
            let what = format!("a packet of {length} bytes, expected at most {LONGEST_PACKET}");
            damaged(offset, what)
        })
}

/// The head of a whole pcap: magic, version, time zone, accuracy, longest packet, link type.
fn pcap(input: &mut Input<'_>, order: Order) -> Result<Format, ParseError> {
    const HEAD: usize = 24;
    let head = input.need(HEAD, "the head of the file")?;
    // The upper half says how checksums are kept.
    let link = order.u32(head, 20) as u16;
    check_link(link, 20)?;
    input.take(HEAD);
    Ok(Format::Pcap(order))
}

/// A record of a pcap: seconds, fraction, bytes kept, bytes on the wire, the bytes.
fn pcap_record(input: &mut Input<'_>, order: Order) -> Result<Option<Place>, ParseError> {
    const HEAD: usize = 16;
    if input.is_over()? {
        return Ok(None);
    }
    let offset = input.offset();
    let kept = order.u32(input.need(HEAD, "a packet")?, 8);
    let length = check_length(kept, offset)?;
    input.need(HEAD + length, "a packet")?;
    Ok(Some(Place {
        at: HEAD,
        length,
        record: HEAD + length,
    }))
}

/// The next packet of a pcap-ng; blocks of other kinds are passed over.
fn ng_packet(
    input: &mut Input<'_>,
    order: &mut Order,
    interfaces: &mut Vec<Interface>,
) -> Result<Option<Place>, ParseError> {
    while !input.is_over()? {
        let offset = input.offset();
        let head = input.need(12, "a block")?;
        // A section says in which order its numbers stand, and only then its length can be read.
        if order.u32(head, 0) == SECTION {
            *order = section(head, offset)?;
            interfaces.clear();
        }
        let (kind, length) = (order.u32(head, 0), order.u32(head, 4));
        check_block(kind, length, offset)?;
        match kind {
            INTERFACE => {
                let interface = interface(input, *order, length)?;
                if interfaces.len() == MOST_INTERFACES {
                    let what = format!("more than {MOST_INTERFACES} interfaces in a section");
                    return Err(damaged(offset, what));
                }
                interfaces.push(interface);
                input.skip(u64::from(length), "a block")?;
            }
            PACKET | OLD_PACKET | SIMPLE_PACKET => {
                return packet(input, *order, interfaces).map(Some);
            }
            _ => input.skip(u64::from(length), "a block")?,
        }
    }
    Ok(None)
}

fn section(head: &[u8], offset: u64) -> Result<Order, ParseError> {
    match [head[8], head[9], head[10], head[11]] {
        [0x4d, 0x3c, 0x2b, 0x1a] => Ok(Order::Little),
        [0x1a, 0x2b, 0x3c, 0x4d] => Ok(Order::Big),
        other => Err(damaged(
            offset + 8,
            format!("{other:02x?}, expected the byte order 1a2b3c4d of a section"),
        )),
    }
}

fn check_block(kind: u32, length: u32, offset: u64) -> Result<(), ParseError> {
    let least = match kind {
        SECTION => SECTION_HEAD,
        INTERFACE => 20,
        PACKET | OLD_PACKET => 32,
        SIMPLE_PACKET => 16,
        _ => 12,
    };
    let most = match kind {
        PACKET | OLD_PACKET | SIMPLE_PACKET => LONGEST,
        _ => u32::MAX as usize,
    };
    if (least..=most).contains(&(length as usize)) && length.is_multiple_of(4) {
        return Ok(());
    }
    let what = format!(
        "a block of kind {kind} of {length} bytes, expected a multiple of 4 from {least} to {most}"
    );
    Err(damaged(offset + 4, what))
}

fn interface(input: &mut Input<'_>, order: Order, length: u32) -> Result<Interface, ParseError> {
    let head = input.need(16.min(length as usize), "a block")?;
    Ok(Interface {
        link: order.u16(head, 8),
        snap: order.u32(head, 12),
    })
}

/// A packet block, whose length was checked.
fn packet(
    input: &mut Input<'_>,
    order: Order,
    interfaces: &[Interface],
) -> Result<Place, ParseError> {
    let offset = input.offset();
    let head = input.need(12, "a block")?;
    let (kind, length) = (order.u32(head, 0), order.u32(head, 4) as usize);
    let block = input.need(length, "a packet")?;
    let number = match kind {
        PACKET => order.u32(block, 8),
        OLD_PACKET => u32::from(order.u16(block, 8)),
        _ => 0,
    };
    let interface = usize::try_from(number)
        .ok()
        .and_then(|number| interfaces.get(number))
        .ok_or_else(|| {
            let what = format!("a packet of interface {number}, of {}", interfaces.len());
            damaged(offset, what)
        })?;
    check_link(interface.link, offset)?;
    let (at, kept) = match kind {
        SIMPLE_PACKET => {
            let snap = if interface.snap == 0 {
                u32::MAX
            } else {
                interface.snap
            };
            (12, order.u32(block, 8).min(snap))
        }
        _ => (28, order.u32(block, 20)),
    };
    let kept = check_length(kept, offset)?;
    let room = length - at - 4;
    if kept > room {
        let what = format!("a packet of {kept} bytes in a block with room for {room}");
        return Err(damaged(offset, what));
    }
    if order.u32(block, length - 4) as usize != length {
        let what = format!("a block of {length} bytes that gives another length at its end");
        return Err(damaged(offset, what));
    }
    Ok(Place {
        at,
        length: kept,
        record: length,
    })
}
