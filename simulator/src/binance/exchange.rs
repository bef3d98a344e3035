//! `GET /api/v3/exchangeInfo`: the limits in force and the symbols with their filters.

use crate::json::{Raw, object};
use crate::limits::Limits;
use crate::reply::{Asked, Reply};

use super::errors::{JSON, invalid_symbol};
use super::listings::{LISTINGS, Listing};
use super::trades::Eight;

/// Answers `exchangeInfo`, of all symbols or of `symbol`.
pub(crate) fn answer(asked: &Asked, limits: &Limits) -> Result<Reply, Reply> {
    let wanted = asked.query.get("symbol");
    let symbols: Vec<Raw> = LISTINGS
        .iter()
        .filter(|listing| wanted.is_none_or(|symbol| symbol == listing.symbol))
        .map(symbol)
        .collect();
    if symbols.is_empty() {
        return Err(invalid_symbol());
    }
    let body = object! {
        "timezone": "UTC",
        "serverTime": asked.now,
        "rateLimits": [
            rate("REQUEST_WEIGHT", "MINUTE", 1, limits.binance_weight),
            rate("ORDERS", "SECOND", 10, 100),
            rate("ORDERS", "DAY", 1, 200_000),
            rate("RAW_REQUESTS", "MINUTE", 5, 300_000),
        ],
        "exchangeFilters": Vec::<Raw>::new(),
        "symbols": symbols,
    };
    Ok(Reply::json(200, JSON, body))
}

fn rate(kind: &str, interval: &str, number: u64, limit: u64) -> Raw {
    object! { "rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit }
}

fn symbol(listing: &Listing) -> Raw {
    let eight = |value| Eight(value).to_string();
    object! {
        "symbol": listing.symbol,
        "status": "TRADING",
        "baseAsset": listing.base,
        "baseAssetPrecision": 8,
        "quoteAsset": listing.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
        "icebergAllowed": true,
        "ocoAllowed": true,
        "otoAllowed": true,
        "quoteOrderQtyMarketAllowed": true,
        "allowTrailingStop": true,
        "cancelReplaceAllowed": true,
        "amendAllowed": true,
        "isSpotTradingAllowed": true,
        "isMarginTradingAllowed": true,
        "filters": [
            object! {
                "filterType": "PRICE_FILTER",
                "minPrice": eight(listing.tick),
                "maxPrice": "1000000.00000000",
                "tickSize": eight(listing.tick),
            },
            object! {
                "filterType": "LOT_SIZE",
                "minQty": eight(listing.step),
                "maxQty": "9000000.00000000",
                "stepSize": eight(listing.step),
            },
            object! {
                "filterType": "NOTIONAL",
                "minNotional": "5.00000000",
                "applyMinToMarket": true,
                "maxNotional": "9000000.00000000",
                "applyMaxToMarket": false,
                "avgPriceMins": 5,
            },
        ],
        "permissions": Vec::<Raw>::new(),
        "permissionSets": [["SPOT", "MARGIN"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"],
    }
}
