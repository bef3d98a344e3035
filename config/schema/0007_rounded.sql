-- Which columns hold numbers that are not exact: rates and volumes that Deribit computes in binary
-- floats, see docs/decisions/0011-what-deribit-computes.md.

ALTER TABLE klines
    COMMENT COLUMN volume 'in base units; Deribit''s rounded to the 18th digit',
    COMMENT COLUMN quote_volume 'in quote units; Deribit''s rounded to the 18th digit';

ALTER TABLE tickers
    COMMENT COLUMN volume 'of the window, as the venue counts it; Deribit''s rounded to the 18th digit',
    COMMENT COLUMN quote_volume 'of the window, in quote units; Deribit''s rounded to the 18th digit',
    COMMENT COLUMN funding_rate 'rate of the current or the next funding; Deribit''s rounded to the 18th digit';

ALTER TABLE funding_rates
    COMMENT COLUMN funding_rate 'share of the position''s value that is paid; Deribit''s rounded to the 18th digit',
    COMMENT COLUMN rate_8h 'the rate for eight hours, where the vendor gives it; Deribit''s rounded to the 18th digit';
