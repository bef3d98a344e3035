-- Football matches and what happened in them. What holds for every table stands in 0001.
--
-- Not partitioned: a match is known by its id, and its kick-off moves. A partition by a time that
-- is not in the key would keep the copies of one match apart for ever; the tables are small.
--
-- The role is not in the key of a line-up: who was announced as unavailable and then played is one
-- row, the newest.

CREATE TABLE IF NOT EXISTS matches
(
    source                LowCardinality(String) COMMENT 'the vendor',
    match_id              String COMMENT 'the vendor''s id' CODEC(ZSTD(1)),
    competition           LowCardinality(Nullable(String)) COMMENT 'competition, by name',
    competition_id        LowCardinality(Nullable(String)) COMMENT 'competition, by the vendor''s id',
    season                LowCardinality(Nullable(String)) COMMENT 'the year it starts, or the vendor''s words',
    stage                 LowCardinality(Nullable(String)) COMMENT 'the vendor''s words',
    matchday              Nullable(Int64) COMMENT 'round' CODEC(T64, ZSTD(1)),
    utc_kickoff           Nullable(DateTime64(9, 'UTC')) COMMENT 'kick-off in UTC' CODEC(Delta, ZSTD(1)),
    status                LowCardinality(String) COMMENT 'the vendor''s status; a score alone never means that a match is over',
    home_team_id          LowCardinality(Nullable(String)) COMMENT 'home team, by the vendor''s id',
    home_team             LowCardinality(Nullable(String)) COMMENT 'home team',
    away_team_id          LowCardinality(Nullable(String)) COMMENT 'away team, by the vendor''s id',
    away_team             LowCardinality(Nullable(String)) COMMENT 'away team',
    home_score            Nullable(Int64) COMMENT 'goals without the shoot-out' CODEC(T64, ZSTD(1)),
    away_score            Nullable(Int64) COMMENT 'goals without the shoot-out' CODEC(T64, ZSTD(1)),
    home_score_90         Nullable(Int64) COMMENT 'goals in 90 minutes' CODEC(T64, ZSTD(1)),
    away_score_90         Nullable(Int64) COMMENT 'goals in 90 minutes' CODEC(T64, ZSTD(1)),
    home_score_extra      Nullable(Int64) COMMENT 'goals in extra time' CODEC(T64, ZSTD(1)),
    away_score_extra      Nullable(Int64) COMMENT 'goals in extra time' CODEC(T64, ZSTD(1)),
    home_score_penalties  Nullable(Int64) COMMENT 'goals in the shoot-out' CODEC(T64, ZSTD(1)),
    away_score_penalties  Nullable(Int64) COMMENT 'goals in the shoot-out' CODEC(T64, ZSTD(1)),
    home_score_half       Nullable(Int64) COMMENT 'goals at half time' CODEC(T64, ZSTD(1)),
    away_score_half       Nullable(Int64) COMMENT 'goals at half time' CODEC(T64, ZSTD(1)),
    winner                LowCardinality(Nullable(String)) COMMENT 'home, away, draw, or nothing while undecided',
    venue                 LowCardinality(Nullable(String)) COMMENT 'ground',
    version               UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at           DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, match_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'football matches; read matches_final';

CREATE OR REPLACE VIEW matches_final COMMENT 'matches, every row once' AS SELECT * FROM matches FINAL;

CREATE TABLE IF NOT EXISTS match_events
(
    source           LowCardinality(String) COMMENT 'the vendor',
    match_id         String COMMENT 'the match, by the vendor''s id' CODEC(ZSTD(1)),
    event_id         String COMMENT 'the vendor''s id, or the place in its list where there is none' CODEC(ZSTD(1)),
    event_type       LowCardinality(String) COMMENT 'the vendor''s words',
    minute           Nullable(Int64) COMMENT 'minute of play' CODEC(T64, ZSTD(1)),
    added            Nullable(Int64) COMMENT 'minutes of added time' CODEC(T64, ZSTD(1)),
    side             LowCardinality(Nullable(String)) COMMENT 'home or away',
    team_id          LowCardinality(Nullable(String)) COMMENT 'the team, by the vendor''s id',
    player_id        Nullable(String) COMMENT 'the player, by the vendor''s id' CODEC(ZSTD(1)),
    player           Nullable(String) COMMENT 'the player' CODEC(ZSTD(1)),
    other_player_id  Nullable(String) COMMENT 'the second player: the assist, or who went off' CODEC(ZSTD(1)),
    other_player     Nullable(String) COMMENT 'the second player' CODEC(ZSTD(1)),
    home_score       Nullable(Int64) COMMENT 'home goals after it' CODEC(T64, ZSTD(1)),
    away_score       Nullable(Int64) COMMENT 'away goals after it' CODEC(T64, ZSTD(1)),
    detail           Nullable(String) COMMENT 'colour of the card, kind of goal, reason: the vendor''s words' CODEC(ZSTD(1)),
    version          UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at      DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, match_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'what happened in a match; read match_events_final';

CREATE OR REPLACE VIEW match_events_final COMMENT 'match_events, every row once' AS SELECT * FROM match_events FINAL;

CREATE TABLE IF NOT EXISTS match_shots
(
    source       LowCardinality(String) COMMENT 'the vendor',
    match_id     String COMMENT 'the match, by the vendor''s id' CODEC(ZSTD(1)),
    shot_id      String COMMENT 'the vendor''s id' CODEC(ZSTD(1)),
    outcome      LowCardinality(String) COMMENT 'the vendor''s words',
    minute       Nullable(Int64) COMMENT 'minute of play' CODEC(T64, ZSTD(1)),
    added        Nullable(Int64) COMMENT 'minutes of added time' CODEC(T64, ZSTD(1)),
    period       LowCardinality(Nullable(String)) COMMENT 'the vendor''s word for the period',
    team_id      LowCardinality(Nullable(String)) COMMENT 'the team, by the vendor''s id',
    player_id    Nullable(String) COMMENT 'the player, by the vendor''s id' CODEC(ZSTD(1)),
    player       Nullable(String) COMMENT 'the player' CODEC(ZSTD(1)),
    x            Nullable(Float64) COMMENT 'metres from the own goal line, 0 to 105' CODEC(ZSTD(1)),
    y            Nullable(Float64) COMMENT 'metres from the right touch line, 0 to 68' CODEC(ZSTD(1)),
    xg           Nullable(Float64) COMMENT 'expected goals' CODEC(ZSTD(1)),
    xgot         Nullable(Float64) COMMENT 'expected goals of a shot on target' CODEC(ZSTD(1)),
    on_target    Nullable(Bool) COMMENT 'on target and not blocked' CODEC(ZSTD(1)),
    blocked      Nullable(Bool) COMMENT 'blocked' CODEC(ZSTD(1)),
    own_goal     Nullable(Bool) COMMENT 'into the own goal' CODEC(ZSTD(1)),
    situation    LowCardinality(Nullable(String)) COMMENT 'the vendor''s words',
    body_part    LowCardinality(Nullable(String)) COMMENT 'the vendor''s words',
    version      UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at  DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, match_id, shot_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'shots; read match_shots_final';

CREATE OR REPLACE VIEW match_shots_final COMMENT 'match_shots, every row once' AS SELECT * FROM match_shots FINAL;

CREATE TABLE IF NOT EXISTS match_lineups
(
    source        LowCardinality(String) COMMENT 'the vendor',
    match_id      String COMMENT 'the match, by the vendor''s id' CODEC(ZSTD(1)),
    team_id       String COMMENT 'the team, by the vendor''s id' CODEC(ZSTD(1)),
    player_id     String COMMENT 'the player, by the vendor''s id' CODEC(ZSTD(1)),
    player        Nullable(String) COMMENT 'the player' CODEC(ZSTD(1)),
    side          LowCardinality(Nullable(String)) COMMENT 'home or away',
    role          LowCardinality(String) COMMENT 'starter, bench, coach or unavailable',
    formation     LowCardinality(Nullable(String)) COMMENT 'the team''s formation',
    shirt_number  LowCardinality(Nullable(String)) COMMENT 'number on the shirt',
    position      LowCardinality(Nullable(String)) COMMENT 'the vendor''s position',
    rating        Nullable(String) COMMENT 'the vendor''s rating' CODEC(ZSTD(1)),
    version       UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, match_id, team_id, player_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'players in a line-up; read match_lineups_final';

CREATE OR REPLACE VIEW match_lineups_final COMMENT 'match_lineups, every row once' AS SELECT * FROM match_lineups FINAL;

CREATE TABLE IF NOT EXISTS match_stats
(
    source       LowCardinality(String) COMMENT 'the vendor',
    match_id     String COMMENT 'the match, by the vendor''s id' CODEC(ZSTD(1)),
    period       LowCardinality(String) COMMENT 'the vendor''s words',
    stat         LowCardinality(String) COMMENT 'the vendor''s key',
    side         LowCardinality(String) COMMENT 'home or away',
    value        Nullable(String) COMMENT 'the vendor''s text, such as 510 (84%)' CODEC(ZSTD(1)),
    number       Nullable(Float64) COMMENT 'its leading number' CODEC(ZSTD(1)),
    version      UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at  DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, match_id, period, stat, side)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'figures of a match, one row a side; read match_stats_final';

CREATE OR REPLACE VIEW match_stats_final COMMENT 'match_stats, every row once' AS SELECT * FROM match_stats FINAL;
