-- Trades and bars.
--
-- Applied by every writer at its start and by `writer migrate`; a file that was applied is never
-- changed, a later one changes the tables. What holds for every table:
--  * ReplacingMergeTree(version) ordered by the natural key: a row that was delivered or fetched
--    twice collapses to its newest copy. `<table>_final` reads every row once; the table itself may
--    show a row several times until parts are merged.
--  * The partition is a function of the key, so copies of a row always meet in one partition.
--    Trades by month, bars by year: a hundred partitions a decade at most, parts large enough.
--  * non_replicated_deduplication_window: an insert whose answer was lost is sent again with the
--    same token, and the server remembers that many. The default, 0, remembers none.
--  * fsync: the writer acknowledges its messages after the server's OK, so an OK must survive a
--    power cut.
--  * Codecs by measurement: Delta for times, plain ZSTD(1) for decimals (Gorilla, T64 and
--    DoubleDelta are larger), LowCardinality for words that repeat.

CREATE TABLE IF NOT EXISTS trades
(
    source        LowCardinality(String) COMMENT 'the vendor',
    symbol        LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol  LowCardinality(String) COMMENT 'as the vendor writes it',
    trade_id      String COMMENT 'the vendor''s id' CODEC(ZSTD(1)),
    ts            DateTime64(9, 'UTC') COMMENT 'when it happened' CODEC(Delta, ZSTD(1)),
    price         Decimal(38, 18) COMMENT 'in the quote currency' CODEC(ZSTD(1)),
    amount        Decimal(38, 18) COMMENT 'as the venue counts it' CODEC(ZSTD(1)),
    side          LowCardinality(String) COMMENT 'the taker''s: buy, sell or unknown',
    base_amount   Nullable(Decimal(38, 18)) COMMENT 'in the base currency, where it can be known' CODEC(ZSTD(1)),
    quote_amount  Nullable(Decimal(38, 18)) COMMENT 'in the quote currency, where it can be known exactly' CODEC(ZSTD(1)),
    flags         LowCardinality(String) COMMENT 'whatever else the vendor says of it, comma separated',
    version       UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (source, symbol, ts)
ORDER BY (source, symbol, ts, trade_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'trades, or aggregates of trades where the vendor aggregates; read trades_final';

CREATE OR REPLACE VIEW trades_final COMMENT 'trades, every row once' AS SELECT * FROM trades FINAL;

CREATE TABLE IF NOT EXISTS klines
(
    source                  LowCardinality(String) COMMENT 'the vendor',
    symbol                  LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol            LowCardinality(String) COMMENT 'as the vendor writes it',
    interval                LowCardinality(String) COMMENT '1m, 1h, 1d, ...',
    open_time               DateTime64(9, 'UTC') COMMENT 'the first instant of the bar' CODEC(Delta, ZSTD(1)),
    adjusted                LowCardinality(String) COMMENT 'adjustment for splits and dividends; raw where there is none',
    open                    Decimal(38, 18) COMMENT 'first price' CODEC(ZSTD(1)),
    high                    Decimal(38, 18) COMMENT 'highest price' CODEC(ZSTD(1)),
    low                     Decimal(38, 18) COMMENT 'lowest price' CODEC(ZSTD(1)),
    close                   Decimal(38, 18) COMMENT 'last price' CODEC(ZSTD(1)),
    volume                  Decimal(38, 18) COMMENT 'in base units' CODEC(ZSTD(1)),
    quote_volume            Nullable(Decimal(38, 18)) COMMENT 'in quote units' CODEC(ZSTD(1)),
    trade_count             Nullable(Int64) COMMENT 'number of trades' CODEC(T64, ZSTD(1)),
    taker_buy_volume        Nullable(Decimal(38, 18)) COMMENT 'base volume in which the taker bought' CODEC(ZSTD(1)),
    taker_buy_quote_volume  Nullable(Decimal(38, 18)) COMMENT 'quote volume in which the taker bought' CODEC(ZSTD(1)),
    vwap                    Nullable(Decimal(38, 18)) COMMENT 'volume weighted average price' CODEC(ZSTD(1)),
    close_time              Nullable(DateTime64(9, 'UTC')) COMMENT 'the last instant of the bar, as the vendor gives it' CODEC(Delta, ZSTD(1)),
    version                 UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at             DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(open_time)
PRIMARY KEY (source, symbol, interval, open_time)
ORDER BY (source, symbol, interval, open_time, adjusted)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'closed bars; read klines_final';

CREATE OR REPLACE VIEW klines_final COMMENT 'klines, every row once' AS SELECT * FROM klines FINAL;
