-- Football competitions: tables, scorers and teams of a season. What holds for every table stands
-- in 0001.
--
-- Not partitioned: the tables are small and no time is in their keys. The team is in the key of a
-- scorer: who changed teams within a season may have scored for both.

CREATE TABLE IF NOT EXISTS standings
(
    source           LowCardinality(String) COMMENT 'the vendor',
    competition_id   LowCardinality(String) COMMENT 'competition, by the vendor''s id',
    competition      LowCardinality(Nullable(String)) COMMENT 'competition, by name',
    season           LowCardinality(String) COMMENT 'the year it starts, or the vendor''s words',
    stage            LowCardinality(String) COMMENT 'the vendor''s words',
    kind             LowCardinality(String) COMMENT 'which matches count: TOTAL, HOME or AWAY',
    `group`          LowCardinality(String) COMMENT 'the vendor''s words; empty where there is but one table',
    team_id          LowCardinality(String) COMMENT 'the team, by the vendor''s id',
    team             LowCardinality(Nullable(String)) COMMENT 'the team',
    position         Nullable(Int64) COMMENT 'place' CODEC(T64, ZSTD(1)),
    played           Nullable(Int64) COMMENT 'matches played' CODEC(T64, ZSTD(1)),
    won              Nullable(Int64) COMMENT 'matches won' CODEC(T64, ZSTD(1)),
    draw             Nullable(Int64) COMMENT 'matches drawn' CODEC(T64, ZSTD(1)),
    lost             Nullable(Int64) COMMENT 'matches lost' CODEC(T64, ZSTD(1)),
    goals_for        Nullable(Int64) COMMENT 'goals scored' CODEC(T64, ZSTD(1)),
    goals_against    Nullable(Int64) COMMENT 'goals conceded' CODEC(T64, ZSTD(1)),
    goal_difference  Nullable(Int64) COMMENT 'goals scored less goals conceded' CODEC(T64, ZSTD(1)),
    points           Nullable(Int64) COMMENT 'points' CODEC(T64, ZSTD(1)),
    form             Nullable(String) COMMENT 'the last results, in the vendor''s letters' CODEC(ZSTD(1)),
    version          UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at      DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, competition_id, season, stage, kind, `group`, team_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'places of teams in the tables of competitions; read standings_final';

CREATE OR REPLACE VIEW standings_final COMMENT 'standings, every row once' AS SELECT * FROM standings FINAL;

CREATE TABLE IF NOT EXISTS scorers
(
    source          LowCardinality(String) COMMENT 'the vendor',
    competition_id  LowCardinality(String) COMMENT 'competition, by the vendor''s id',
    competition     LowCardinality(Nullable(String)) COMMENT 'competition, by name',
    season          LowCardinality(String) COMMENT 'the year it starts, or the vendor''s words',
    player_id       String COMMENT 'the player, by the vendor''s id' CODEC(ZSTD(1)),
    player          Nullable(String) COMMENT 'the player' CODEC(ZSTD(1)),
    team_id         LowCardinality(String) COMMENT 'the team, by the vendor''s id',
    team            LowCardinality(Nullable(String)) COMMENT 'the team',
    played          Nullable(Int64) COMMENT 'matches played' CODEC(T64, ZSTD(1)),
    goals           Nullable(Int64) COMMENT 'goals' CODEC(T64, ZSTD(1)),
    assists         Nullable(Int64) COMMENT 'assists' CODEC(T64, ZSTD(1)),
    penalties       Nullable(Int64) COMMENT 'goals from penalties' CODEC(T64, ZSTD(1)),
    nationality     LowCardinality(Nullable(String)) COMMENT 'the vendor''s words',
    version         UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, competition_id, season, player_id, team_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'scorers of seasons; read scorers_final';

CREATE OR REPLACE VIEW scorers_final COMMENT 'scorers, every row once' AS SELECT * FROM scorers FINAL;

CREATE TABLE IF NOT EXISTS teams
(
    source          LowCardinality(String) COMMENT 'the vendor',
    competition_id  LowCardinality(String) COMMENT 'competition, by the vendor''s id',
    season          LowCardinality(String) COMMENT 'the year it starts, or the vendor''s words',
    team_id         LowCardinality(String) COMMENT 'the team, by the vendor''s id',
    name            LowCardinality(Nullable(String)) COMMENT 'name',
    short_name      LowCardinality(Nullable(String)) COMMENT 'short name',
    tla             LowCardinality(Nullable(String)) COMMENT 'three letters',
    venue           LowCardinality(Nullable(String)) COMMENT 'ground',
    address         Nullable(String) COMMENT 'address' CODEC(ZSTD(1)),
    website         Nullable(String) COMMENT 'website' CODEC(ZSTD(1)),
    founded         Nullable(Int64) COMMENT 'year' CODEC(T64, ZSTD(1)),
    country         LowCardinality(Nullable(String)) COMMENT 'country or area, by name',
    version         UInt64 COMMENT 'when it was fetched, nanoseconds: the newest copy is the one read' CODEC(Delta, ZSTD(1)),
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was stored' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, competition_id, season, team_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'teams of seasons; read teams_final';

CREATE OR REPLACE VIEW teams_final COMMENT 'teams, every row once' AS SELECT * FROM teams FINAL;
