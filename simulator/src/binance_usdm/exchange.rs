//! `GET /fapi/v1/exchangeInfo`: the contracts that have not expired.

use crate::binance::{Eight, JSON, Listing, Market};
use crate::calendar::DAY;
use crate::json::{Raw, object};
use crate::reply::{Asked, Reply};

use super::WEIGHT;
use super::listings::expires_at;

/// What the vendor writes for never.
const NEVER: i64 = 4_133_404_800_000;

pub(super) fn answer<'a>(all: impl Iterator<Item = &'a Market>, asked: &Asked) -> Reply {
    let symbols: Vec<Raw> = all.map(|market| symbol(&market.listing)).collect();
    let body = object! {
        "timezone": "UTC",
        "serverTime": asked.now,
        "futuresType": "U_MARGINED",
        "rateLimits": [object! {
            "rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1,
            "limit": WEIGHT,
        }],
        "exchangeFilters": Vec::<Raw>::new(),
        "assets": [object! { "asset": "USDT", "marginAvailable": true, "autoAssetExchange": "-10000" }],
        "symbols": symbols,
    };
    Reply::json(200, JSON, body)
}

fn symbol(listing: &Listing) -> Raw {
    let expires = expires_at(listing);
    object! {
        "symbol": listing.symbol,
        "pair": format!("{}{}", listing.base, listing.quote),
        "contractType": if expires.is_some() { "CURRENT_QUARTER" } else { "PERPETUAL" },
        "deliveryDate": expires.unwrap_or(NEVER),
        "onboardDate": listing.listed * DAY,
        "status": "TRADING",
        "baseAsset": listing.base,
        "quoteAsset": listing.quote,
        "marginAsset": listing.quote,
        "pricePrecision": 2,
        "quantityPrecision": 3,
        "underlyingType": "COIN",
        "filters": [
            object! {
                "filterType": "PRICE_FILTER", "minPrice": Eight(listing.tick).to_string(),
                "maxPrice": "4529764", "tickSize": Eight(listing.tick).to_string(),
            },
            object! {
                "filterType": "LOT_SIZE", "minQty": Eight(listing.step).to_string(),
                "maxQty": "1000", "stepSize": Eight(listing.step).to_string(),
            },
        ],
        "orderTypes": ["LIMIT", "MARKET", "STOP", "TRAILING_STOP_MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }
}
