//! Binance spot.
/// Binance spot.
#[derive(Debug)]
pub struct Binance;
