//! OKX, asked: planning, paging and the archive.
