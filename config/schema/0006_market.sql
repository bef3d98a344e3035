-- Where a trade was made: vendors of shares number trades for each exchange apart. What holds for
-- every table stands in 0001.
--
-- A sorting key can only be extended by columns that the same statement adds. Trades stored before,
-- and those of older workers, have an empty exchange. A view has the columns of the day it was
-- made, so it is made again.

ALTER TABLE trades
    ADD COLUMN IF NOT EXISTS exchange LowCardinality(String) COMMENT 'where it was made, as the vendor writes it; empty where a vendor has one venue' AFTER flags,
    MODIFY ORDER BY (source, symbol, ts, trade_id, exchange);

CREATE OR REPLACE VIEW trades_final COMMENT 'trades, every row once' AS SELECT * FROM trades FINAL;
