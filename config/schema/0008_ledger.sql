-- What the ledger knows of an item beside what became of it: its window or its ids, so that gaps
-- are found, and items tried once more, without anything else. What holds for every table stands in
-- 0001.
--
-- An item that is enqueued again has one line a run: the lines of before keep what they stored. A
-- sorting key can only be extended by columns that the same statement adds. A view has the columns
-- of the day it was made, so it is made again.

ALTER TABLE work_log
    ADD COLUMN IF NOT EXISTS run UInt64 COMMENT 'how often it had been enqueued again' CODEC(T64, ZSTD(1)) AFTER at,
    ADD COLUMN IF NOT EXISTS symbol LowCardinality(String) COMMENT 'the symbol of its window, as it was asked for' AFTER run,
    ADD COLUMN IF NOT EXISTS window_from DateTime64(9, 'UTC') COMMENT 'the window: first instant, 0 where there is none' CODEC(Delta, ZSTD(1)) AFTER symbol,
    ADD COLUMN IF NOT EXISTS window_to DateTime64(9, 'UTC') COMMENT 'first instant no longer in the window' CODEC(Delta, ZSTD(1)) AFTER window_from,
    ADD COLUMN IF NOT EXISTS params LowCardinality(String) COMMENT 'what else shaped the request, a JSON object' AFTER window_to,
    ADD COLUMN IF NOT EXISTS ids Array(String) COMMENT 'the ids that were stored' CODEC(ZSTD(3)) AFTER params,
    ADD COLUMN IF NOT EXISTS refused_ids Array(String) COMMENT 'the ids that were refused' CODEC(ZSTD(1)) AFTER ids,
    ADD COLUMN IF NOT EXISTS refused_steps Array(String) COMMENT 'where each of them failed' CODEC(ZSTD(1)) AFTER refused_ids,
    ADD COLUMN IF NOT EXISTS refused_reasons Array(String) COMMENT 'why each of them failed' CODEC(ZSTD(1)) AFTER refused_steps,
    MODIFY ORDER BY (job, item, run);

CREATE OR REPLACE VIEW work_log_final COMMENT 'work_log, every row once' AS SELECT * FROM work_log FINAL;
