-- Quotes, order books, tickers, what is traded, and what only derivatives have. What holds for
-- every table stands in 0001.
--
-- By month what comes many times a second, by year what comes once a minute or less often;
-- instruments and splits are few and not partitioned.
--
-- A funding is one row a minute and kind: vendors give one funding with times that differ by
-- milliseconds, and two copies of it must collapse. The year is a function of the minute.
--
-- The levels of a book are one column a side: they are written and read together.

CREATE TABLE IF NOT EXISTS quotes
(
    source        LowCardinality(String) COMMENT 'the vendor',
    symbol        LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol  LowCardinality(String) COMMENT 'as the vendor writes it',
    ts            DateTime64(9, 'UTC') COMMENT 'when it held' CODEC(Delta, ZSTD(1)),
    sequence      Int64 COMMENT 'the vendor''s number of it; 0 where there is none' CODEC(Delta, ZSTD(1)),
    bid_price     Nullable(Decimal(38, 18)) COMMENT 'best price bid' CODEC(ZSTD(1)),
    bid_amount    Nullable(Decimal(38, 18)) COMMENT 'amount bid at it' CODEC(ZSTD(1)),
    ask_price     Nullable(Decimal(38, 18)) COMMENT 'best price asked' CODEC(ZSTD(1)),
    ask_amount    Nullable(Decimal(38, 18)) COMMENT 'amount asked at it' CODEC(ZSTD(1)),
    bid_exchange  LowCardinality(Nullable(String)) COMMENT 'where the bid stands, as the vendor writes it',
    ask_exchange  LowCardinality(Nullable(String)) COMMENT 'where the ask stands, as the vendor writes it',
    amount_unit   LowCardinality(String) COMMENT 'what the amounts count: base, contracts, shares or lots',
    tape          LowCardinality(Nullable(String)) COMMENT 'the tape that carried it',
    conditions    LowCardinality(Nullable(String)) COMMENT 'the vendor''s condition codes, comma separated',
    version       UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (source, symbol, ts)
ORDER BY (source, symbol, ts, sequence)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'best bids and asks; read quotes_final';

CREATE OR REPLACE VIEW quotes_final COMMENT 'quotes, every row once' AS SELECT * FROM quotes FINAL;

CREATE TABLE IF NOT EXISTS book_snapshots
(
    source        LowCardinality(String) COMMENT 'the vendor',
    symbol        LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol  LowCardinality(String) COMMENT 'as the vendor writes it',
    ts            DateTime64(9, 'UTC') COMMENT 'when it held' CODEC(Delta, ZSTD(1)),
    sequence      Int64 COMMENT 'the vendor''s number of it; 0 where there is none' CODEC(Delta, ZSTD(1)),
    bids          Array(Tuple(price Decimal(38, 18), amount Decimal(38, 18))) COMMENT 'price and amount of each level bid, as the vendor orders them' CODEC(ZSTD(1)),
    asks          Array(Tuple(price Decimal(38, 18), amount Decimal(38, 18))) COMMENT 'price and amount of each level asked, as the vendor orders them' CODEC(ZSTD(1)),
    version       UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (source, symbol, ts)
ORDER BY (source, symbol, ts, sequence)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'levels of order books; read book_snapshots_final';

CREATE OR REPLACE VIEW book_snapshots_final COMMENT 'book_snapshots, every row once' AS SELECT * FROM book_snapshots FINAL;

CREATE TABLE IF NOT EXISTS book_deltas
(
    source             LowCardinality(String) COMMENT 'the vendor',
    symbol             LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol       LowCardinality(String) COMMENT 'as the vendor writes it',
    ts                 DateTime64(9, 'UTC') COMMENT 'when it happened' CODEC(Delta, ZSTD(1)),
    sequence           Int64 COMMENT 'the vendor''s number of the update it belongs to; 0 where there is none' CODEC(Delta, ZSTD(1)),
    side               LowCardinality(String) COMMENT 'bid or ask',
    price              Decimal(38, 18) COMMENT 'the level' CODEC(ZSTD(1)),
    amount             Decimal(38, 18) COMMENT 'what stands there from now on; 0 deletes the level' CODEC(ZSTD(1)),
    previous_sequence  Nullable(Int64) COMMENT 'the number of the update before, where the vendor links them' CODEC(Delta, ZSTD(1)),
    flags              LowCardinality(String) COMMENT 'whatever else the vendor says of it, comma separated',
    version            UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at        DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (source, symbol, ts, sequence)
ORDER BY (source, symbol, ts, sequence, side, price)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'changes of order books, a row a level; read book_deltas_final';

CREATE OR REPLACE VIEW book_deltas_final COMMENT 'book_deltas, every row once' AS SELECT * FROM book_deltas FINAL;

CREATE TABLE IF NOT EXISTS tickers
(
    source         LowCardinality(String) COMMENT 'the vendor',
    symbol         LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol   LowCardinality(String) COMMENT 'as the vendor writes it',
    ts             DateTime64(9, 'UTC') COMMENT 'when it held' CODEC(Delta, ZSTD(1)),
    last           Nullable(Decimal(38, 18)) COMMENT 'last price' CODEC(ZSTD(1)),
    open           Nullable(Decimal(38, 18)) COMMENT 'first price of the window' CODEC(ZSTD(1)),
    high           Nullable(Decimal(38, 18)) COMMENT 'highest price of the window' CODEC(ZSTD(1)),
    low            Nullable(Decimal(38, 18)) COMMENT 'lowest price of the window' CODEC(ZSTD(1)),
    bid_price      Nullable(Decimal(38, 18)) COMMENT 'best price bid' CODEC(ZSTD(1)),
    bid_amount     Nullable(Decimal(38, 18)) COMMENT 'amount bid at it' CODEC(ZSTD(1)),
    ask_price      Nullable(Decimal(38, 18)) COMMENT 'best price asked' CODEC(ZSTD(1)),
    ask_amount     Nullable(Decimal(38, 18)) COMMENT 'amount asked at it' CODEC(ZSTD(1)),
    volume         Nullable(Decimal(38, 18)) COMMENT 'of the window, as the venue counts it' CODEC(ZSTD(1)),
    quote_volume   Nullable(Decimal(38, 18)) COMMENT 'of the window, in quote units' CODEC(ZSTD(1)),
    mark_price     Nullable(Decimal(38, 18)) COMMENT 'price that positions are valued at' CODEC(ZSTD(1)),
    index_price    Nullable(Decimal(38, 18)) COMMENT 'price of the underlying' CODEC(ZSTD(1)),
    open_interest  Nullable(Decimal(38, 18)) COMMENT 'open positions, as the venue counts them' CODEC(ZSTD(1)),
    funding_rate   Nullable(Decimal(38, 18)) COMMENT 'rate of the current or the next funding' CODEC(ZSTD(1)),
    version        UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(ts)
ORDER BY (source, symbol, ts)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'summaries of markets; read tickers_final';

CREATE OR REPLACE VIEW tickers_final COMMENT 'tickers, every row once' AS SELECT * FROM tickers FINAL;

CREATE TABLE IF NOT EXISTS instruments
(
    source        LowCardinality(String) COMMENT 'the vendor',
    symbol        LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol  LowCardinality(String) COMMENT 'as the vendor writes it',
    valid_from    DateTime64(9, 'UTC') COMMENT 'since when this row holds' CODEC(Delta, ZSTD(1)),
    kind          LowCardinality(String) COMMENT 'spot, perpetual, future, option, index or equity',
    base          LowCardinality(Nullable(String)) COMMENT 'base currency',
    quote         LowCardinality(Nullable(String)) COMMENT 'quote currency',
    settle        LowCardinality(Nullable(String)) COMMENT 'currency of the settlement',
    amount_unit   LowCardinality(String) COMMENT 'what amounts count: base, contracts, quote or shares',
    multiplier    Nullable(Decimal(38, 18)) COMMENT 'base or quote units in one contract' CODEC(ZSTD(1)),
    inverse       Nullable(Bool) COMMENT 'whether a contract is worth a fixed amount of the quote currency' CODEC(ZSTD(1)),
    tick_size     Nullable(Decimal(38, 18)) COMMENT 'smallest step of the price' CODEC(ZSTD(1)),
    listed_at     Nullable(DateTime64(9, 'UTC')) COMMENT 'when trading began' CODEC(Delta, ZSTD(1)),
    expires_at    Nullable(DateTime64(9, 'UTC')) COMMENT 'when it expires' CODEC(Delta, ZSTD(1)),
    status        LowCardinality(Nullable(String)) COMMENT 'the vendor''s words',
    version       UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, symbol, valid_from)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'what can be traded, a row a change; read instruments_final';

CREATE OR REPLACE VIEW instruments_final COMMENT 'instruments, every row once' AS SELECT * FROM instruments FINAL;

CREATE TABLE IF NOT EXISTS splits
(
    source          LowCardinality(String) COMMENT 'the vendor',
    symbol          LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol    LowCardinality(String) COMMENT 'as the vendor writes it',
    execution_date  DateTime64(9, 'UTC') COMMENT 'midnight UTC of the date' CODEC(Delta, ZSTD(1)),
    split_from      Decimal(38, 18) COMMENT 'shares before' CODEC(ZSTD(1)),
    split_to        Decimal(38, 18) COMMENT 'shares after' CODEC(ZSTD(1)),
    split_id        String COMMENT 'the vendor''s id' CODEC(ZSTD(1)),
    version         UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, symbol, execution_date, split_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'splits of shares; read splits_final';

CREATE OR REPLACE VIEW splits_final COMMENT 'splits, every row once' AS SELECT * FROM splits FINAL;

CREATE TABLE IF NOT EXISTS funding_rates
(
    source          LowCardinality(String) COMMENT 'the vendor',
    symbol          LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol    LowCardinality(String) COMMENT 'as the vendor writes it',
    funding_time    DateTime64(9, 'UTC') COMMENT 'as the vendor gives it, its milliseconds of jitter included' CODEC(Delta, ZSTD(1)),
    funding_rate    Decimal(38, 18) COMMENT 'share of the position''s value that is paid' CODEC(ZSTD(1)),
    mark_price      Nullable(Decimal(38, 18)) COMMENT 'price that positions were valued at' CODEC(ZSTD(1)),
    interval_hours  Nullable(Int64) COMMENT 'hours since the funding before' CODEC(T64, ZSTD(1)),
    kind            LowCardinality(String) COMMENT 'regular, special or the vendor''s word',
    index_price     Nullable(Decimal(38, 18)) COMMENT 'price of the underlying' CODEC(ZSTD(1)),
    rate_8h         Nullable(Decimal(38, 18)) COMMENT 'the rate for eight hours, where the vendor gives it' CODEC(ZSTD(1)),
    version         UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(funding_time)
ORDER BY (source, symbol, toStartOfMinute(funding_time), kind)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'fundings of perpetual contracts; read funding_rates_final';

CREATE OR REPLACE VIEW funding_rates_final COMMENT 'funding_rates, every row once' AS SELECT * FROM funding_rates FINAL;

CREATE TABLE IF NOT EXISTS open_interest
(
    source               LowCardinality(String) COMMENT 'the vendor',
    symbol               LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol         LowCardinality(String) COMMENT 'as the vendor writes it',
    ts                   DateTime64(9, 'UTC') COMMENT 'when it held' CODEC(Delta, ZSTD(1)),
    open_interest        Nullable(Decimal(38, 18)) COMMENT 'as the venue counts it' CODEC(ZSTD(1)),
    open_interest_base   Nullable(Decimal(38, 18)) COMMENT 'in the base currency' CODEC(ZSTD(1)),
    open_interest_value  Nullable(Decimal(38, 18)) COMMENT 'in the quote currency' CODEC(ZSTD(1)),
    version              UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at          DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(ts)
ORDER BY (source, symbol, ts)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'open positions; read open_interest_final';

CREATE OR REPLACE VIEW open_interest_final COMMENT 'open_interest, every row once' AS SELECT * FROM open_interest FINAL;

CREATE TABLE IF NOT EXISTS long_short_ratios
(
    source        LowCardinality(String) COMMENT 'the vendor',
    symbol        LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol  LowCardinality(String) COMMENT 'as the vendor writes it',
    kind          LowCardinality(String) COMMENT 'what is compared: top_positions, top_accounts or accounts',
    period        LowCardinality(String) COMMENT '5m, 1h, 1d, ...',
    ts            DateTime64(9, 'UTC') COMMENT 'the instant the vendor gives the period' CODEC(Delta, ZSTD(1)),
    long          Nullable(Decimal(38, 18)) COMMENT 'share of the longs' CODEC(ZSTD(1)),
    short         Nullable(Decimal(38, 18)) COMMENT 'share of the shorts' CODEC(ZSTD(1)),
    ratio         Nullable(Decimal(38, 18)) COMMENT 'longs for one short' CODEC(ZSTD(1)),
    version       UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(ts)
ORDER BY (source, symbol, kind, period, ts)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'longs compared to shorts; read long_short_ratios_final';

CREATE OR REPLACE VIEW long_short_ratios_final COMMENT 'long_short_ratios, every row once' AS SELECT * FROM long_short_ratios FINAL;

CREATE TABLE IF NOT EXISTS volatility_index
(
    source        LowCardinality(String) COMMENT 'the vendor',
    symbol        LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol  LowCardinality(String) COMMENT 'as the vendor writes it',
    resolution    LowCardinality(String) COMMENT '1m, 1h, 1d, ...',
    open_time     DateTime64(9, 'UTC') COMMENT 'the first instant of the bar' CODEC(Delta, ZSTD(1)),
    open          Decimal(38, 18) COMMENT 'first value' CODEC(ZSTD(1)),
    high          Decimal(38, 18) COMMENT 'highest value' CODEC(ZSTD(1)),
    low           Decimal(38, 18) COMMENT 'lowest value' CODEC(ZSTD(1)),
    close         Decimal(38, 18) COMMENT 'last value' CODEC(ZSTD(1)),
    version       UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(open_time)
ORDER BY (source, symbol, resolution, open_time)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'bars of indices of implied volatility; read volatility_index_final';

CREATE OR REPLACE VIEW volatility_index_final COMMENT 'volatility_index, every row once' AS SELECT * FROM volatility_index FINAL;

CREATE TABLE IF NOT EXISTS liquidations
(
    source          LowCardinality(String) COMMENT 'the vendor',
    symbol          LowCardinality(String) COMMENT 'normalised: BTC-USDT',
    venue_symbol    LowCardinality(String) COMMENT 'as the vendor writes it',
    ts              DateTime64(9, 'UTC') COMMENT 'when it happened' CODEC(Delta, ZSTD(1)),
    liquidation_id  String COMMENT 'the vendor''s id, or what tells it apart where there is none' CODEC(ZSTD(1)),
    side            LowCardinality(String) COMMENT 'of the forced order: buy or sell',
    price           Decimal(38, 18) COMMENT 'in the quote currency' CODEC(ZSTD(1)),
    amount          Decimal(38, 18) COMMENT 'as the venue counts it' CODEC(ZSTD(1)),
    base_amount     Nullable(Decimal(38, 18)) COMMENT 'in the base currency, where it can be known' CODEC(ZSTD(1)),
    quote_amount    Nullable(Decimal(38, 18)) COMMENT 'in the quote currency, where it can be known exactly' CODEC(ZSTD(1)),
    flags           LowCardinality(String) COMMENT 'whatever else the vendor says of it, comma separated',
    version         UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(ts)
PRIMARY KEY (source, symbol, ts)
ORDER BY (source, symbol, ts, liquidation_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'positions closed by force; read liquidations_final';

CREATE OR REPLACE VIEW liquidations_final COMMENT 'liquidations, every row once' AS SELECT * FROM liquidations FINAL;
