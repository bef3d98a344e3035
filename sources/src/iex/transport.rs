//! From a frame to the messages in it: Ethernet, IPv4, UDP, IEX-TP.
//!
//! What is no IEX-TP is passed over: captures hold other traffic. What says that it is and
//! contradicts itself is an error, for messages are missing then.
//!
//! Document: IEX Transport Specification 1.25.

const VLAN: [u16; 3] = [0x8100, 0x88a8, 0x9100];
const IPV4: u16 = 0x0800;
const UDP: u8 = 17;
const UDP_HEAD: usize = 8;
/// Of an IEX-TP segment.
const HEAD: usize = 40;
const VERSION: u8 = 1;

/// The payload of a UDP datagram that came in one piece: where it begins in the frame, and its
/// bytes. Frames are padded, so the datagram's own length counts; it may claim more than is there.
pub(super) fn datagram(frame: &[u8]) -> Option<(usize, &[u8])> {
    let mut at = 12;
    let mut kind = be(frame, at)?;
    while VLAN.contains(&kind) {
        at += 4;
        kind = be(frame, at)?;
    }
    let ip_at = at + 2;
    let ip = frame.get(ip_at..)?;
    let head = usize::from(ip.first()? & 0x0f) * 4;
    let fragment = be(ip, 6)? & 0x3fff != 0;
    let is_udp = kind == IPV4 && ip[0] >> 4 == 4 && head >= 20 && *ip.get(9)? == UDP && !fragment;
    if !is_udp {
        return None;
    }
    let udp = ip.get(head..)?;
    let length = usize::from(be(udp, 4)?).min(udp.len());
    Some((ip_at + head + UDP_HEAD, udp.get(UDP_HEAD..length)?))
}

fn be(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([bytes[0], bytes[1]]))
}

/// A segment of IEX-TP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    /// The protocol of its messages.
    pub(super) protocol: u16,
    /// When it was sent, nanoseconds since 1970.
    pub(super) sent: i64,
    first: i64,
    count: u16,
    payload: &'a [u8],
}

/// A message as it stands in its segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    /// What it says; never empty.
    pub(super) bytes: &'a [u8],
    /// Its number in the session.
    pub(super) sequence: i64,
    /// When its segment was sent.
    pub(super) sent: i64,
}

impl<'a> Segment<'a> {
    /// Reads the payload of a datagram; `None` when it is no IEX-TP.
    pub(super) fn read(datagram: &'a [u8]) -> Result<Option<Self>, String> {
        let Some((head, rest)) = datagram.split_first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let short = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let protocol = short(2);
        // All of the vendor's protocols have numbers from 0x8000 on.
        if head[0] != VERSION || protocol >> 8 != 0x80 {
            return Ok(None);
        }
        let length = usize::from(short(12));
        let payload = rest.get(..length).ok_or_else(|| {
            format!(
                "a segment of {length} bytes, of which the packet holds {}",
                rest.len()
            )
        })?;
        Ok(Some(Self {
            protocol,
            sent: long(head, 32),
            first: long(head, 24),
            count: short(14),
            payload,
        }))
    }

    /// Shows each message with its place in the datagram; a heartbeat has none.
    pub(super) fn each(
        &self,
        mut show: impl FnMut(usize, &Message<'a>) -> Result<(), String>,
    ) -> Result<(), (usize, String)> {
        let mut at = 0;
        for number in 0..self.count {
            let place = HEAD + at;
            let message = self.payload.get(at..).and_then(|rest| {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                rest.get(..usize::from(u16::from_le_bytes(*length)))
            });
            let Some(bytes) = message else {
                let what = format!(
                    "message {number} of {} does not fit its segment of {} bytes",
                    self.count,
                    self.payload.len()
                );
                return Err((place, what));
            };
            at += 2 + bytes.len();
            let message = Message {
                bytes,
                sequence: self.first.wrapping_add(i64::from(number)),
                sent: self.sent,
            };
            if !bytes.is_empty() {
                show(place, &message).map_err(|what| (place, what))?;
            }
        }
        if at < self.payload.len() {
            let (left, count) = (self.payload.len() - at, self.count);
            return Err((
                HEAD + at,
                format!("{left} bytes after the {count} messages of a segment"),
            ));
        }
        Ok(())
    }
}

fn long(head: &[u8; HEAD], at: usize) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&head[at..at + 8]);
    i64::from_le_bytes(bytes)
}
