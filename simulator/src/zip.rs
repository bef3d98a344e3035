//! Writes zip archives of one file, as the archives of vendors hold them.
//!
//! Stored or deflated, with sizes before or behind the data: every form that the vendors' own
//! programs write, so that readers meet them all.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// How the file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Stored,
    Deflated,
    /// Deflated while the size was not known yet.
    Described,
}

/// The whole archive; the file must be shorter than four gigabytes.
pub(crate) fn zip(name: &str, data: &[u8], packing: Packing) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(data);
    let packed = match packing {
        Packing::Stored => data.to_vec(),
        Packing::Deflated | Packing::Described => deflated(data),
    };
    let described = packing == Packing::Described;
    let sizes = [crc.sum(), packed.len() as u32, data.len() as u32];
    // Version, flags, method, time and date, then checksum and sizes.
    let header = |sizes: [u32; 3]| {
        let method = u16::from(packing != Packing::Stored) * 8;
        let mut header = Vec::new();
        for word in [20, u16::from(described) << 3, method, 0, 0x21] {
            header.extend(u16::to_le_bytes(word));
        }
        header.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0, 0]);
        header
    };
    let mut out = b"PK\x03\x04".to_vec();
    out.extend(header(if described { [0; 3] } else { sizes }));
    out.extend(name.as_bytes());
    out.extend(packed);
    if described {
        out.extend(b"PK\x07\x08");
        out.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
    }
    let list = out.len() as u32;
    out.extend(b"PK\x01\x02\x14\x00");
    out.extend(header(sizes));
    // Comment, disk, attributes and the place of the header.
    out.extend([0; 14]);
    out.extend(name.as_bytes());
    let list_size = out.len() as u32 - list;
    out.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    out.extend(list_size.to_le_bytes());
    out.extend(list.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}
