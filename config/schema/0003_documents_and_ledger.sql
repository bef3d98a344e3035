-- Replies that are not yet normalised, and the ledger of items. What holds for every table stands
-- in 0001.
--
-- Neither is partitioned: their keys hold no time. Bodies are compressed harder than the rest, for
-- they are written once and seldom read.

CREATE TABLE IF NOT EXISTS documents
(
    source       LowCardinality(String) COMMENT 'the vendor',
    dataset      LowCardinality(String) COMMENT 'what was asked for',
    id           String COMMENT 'the id it was asked by' CODEC(ZSTD(1)),
    body         String COMMENT 'JSON text as it came' CODEC(ZSTD(3)),
    version      UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at  DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, dataset, id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'replies as they came, for what is not yet normalised; read documents_final';

CREATE OR REPLACE VIEW documents_final COMMENT 'documents, every row once' AS SELECT * FROM documents FINAL;

CREATE TABLE IF NOT EXISTS work_log
(
    job          LowCardinality(String) COMMENT 'the job',
    item         String COMMENT 'the item' CODEC(ZSTD(1)),
    source       LowCardinality(String) COMMENT 'the vendor',
    dataset      LowCardinality(String) COMMENT 'the dataset',
    outcome      LowCardinality(String) COMMENT 'done, partial (some of its ids were refused) or dead',
    step         LowCardinality(String) COMMENT 'where it failed',
    reason       String COMMENT 'why it failed' CODEC(ZSTD(1)),
    attempts     UInt64 COMMENT 'deliveries it took' CODEC(T64, ZSTD(1)),
    requests     UInt64 COMMENT 'requests sent' CODEC(T64, ZSTD(1)),
    rows         UInt64 COMMENT 'rows published' CODEC(T64, ZSTD(1)),
    bytes        UInt64 COMMENT 'bytes of the replies, decompressed' CODEC(T64, ZSTD(1)),
    api_ms       UInt64 COMMENT 'milliseconds spent in requests' CODEC(T64, ZSTD(1)),
    wait_ms      UInt64 COMMENT 'milliseconds spent waiting for the limits of the vendor' CODEC(T64, ZSTD(1)),
    write_ms     UInt64 COMMENT 'milliseconds spent publishing' CODEC(T64, ZSTD(1)),
    worker       LowCardinality(String) COMMENT 'who did it',
    at           DateTime64(9, 'UTC') COMMENT 'when it ended' CODEC(Delta, ZSTD(1)),
    version      UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at  DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (job, item)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'the ledger: what became of an item; read work_log_final';

CREATE OR REPLACE VIEW work_log_final COMMENT 'work_log, every row once' AS SELECT * FROM work_log FINAL;
