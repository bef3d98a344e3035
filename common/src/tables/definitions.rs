//! Every table: its row, its builder and its schema, declared once.
//!
//! The order of the columns is a contract with readers: new ones come last. `version` (when the
//! worker fetched the row, nanoseconds UTC) is added to each batch when it is closed, and decides
//! which of two copies of a row a reader sees.

use arrow_array::ArrayRef;
use arrow_array::builder::ArrayBuilder;
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::columns::*;

/// The column that every table ends with.
pub(super) const VERSION: &str = "version";

macro_rules! tables {
    ($($(#[$doc:meta])* $row:ident / $builder:ident, $member:ident, $name:literal { $($(#[$column_doc:meta])* $column:ident: $kind:ident,)* })*) => {
        /// A table of the store.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $($(#[$doc])* $row,)* }

        impl Table {
            /// All tables.
            pub const ALL: &[Table] = &[$(Table::$row,)*];

            /// The name in ClickHouse and in subjects.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Table::$row => $name,)* }
            }

            /// The Arrow schema of a record batch, `version` included.
            #[must_use]
            pub fn schema(self) -> SchemaRef {
                let mut fields = match self {
                    $(Table::$row => vec![$(Field::new(stringify!($column), $kind::data_type(), $kind::NULLABLE),)*],)*
                };
                fields.push(Field::new(VERSION, DataType::UInt64, false));
                Schema::new(fields).into()
            }
        }

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq)]
            pub struct $row<'a> { $($(#[$column_doc])* pub $column: <$kind as Kind>::Value<'a>,)* }

            #[doc(hidden)]
            #[derive(Debug)]
            pub struct $builder { $($column: <$kind as Kind>::Builder,)* }

            impl Default for $builder {
                fn default() -> Self { Self { $($column: $kind::builder(),)* } }
            }

            impl $builder {
                fn push(&mut self, row: &$row<'_>) {
                    $($kind::append(&mut self.$column, &row.$column);)*
                }
                fn finish(&mut self) -> Vec<ArrayRef> {
                    vec![$(ArrayBuilder::finish(&mut self.$column),)*]
                }
            }
        )*

        /// One builder a table, made when its first row comes.
        #[doc(hidden)]
        #[derive(Debug, Default)]
        pub struct Builders { $($member: Option<Box<$builder>>,)* }

        impl Builders {
            pub(super) fn finish(&mut self, table: Table) -> Vec<ArrayRef> {
                match table {
                    $(Table::$row => self.$member.get_or_insert_default().finish(),)*
                }
            }
        }

        $(
            impl super::rows::Row for $row<'_> {
                const TABLE: Table = Table::$row;
                fn push_to(&self, builders: &mut Builders) {
                    builders.$member.get_or_insert_default().push(self);
                }
            }
        )*
    };
}

tables! {
    /// A trade, or an aggregate of trades where the vendor aggregates.
    Trade / TradeBuilder, trades, "trades" {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// The vendor's id.
        trade_id: Text,
        /// When it happened.
        ts: Time,
        /// In the quote currency.
        price: Dec,
        /// As the venue counts it.
        amount: Dec,
        /// The taker's: `buy`, `sell` or `unknown`.
        side: Text,
        /// In the base currency, where it can be known.
        base_amount: OptDec,
        /// In the quote currency, where it can be known exactly.
        quote_amount: OptDec,
        /// Whatever else the vendor says of it, comma separated.
        flags: Text,
    }
    /// A closed bar.
    Kline / KlineBuilder, klines, "klines" {
        /// The vendor.
        source: Text,
        /// Normalised: `BTC-USDT`.
        symbol: Text,
        /// As the vendor writes it.
        venue_symbol: Text,
        /// `1m`, `1h`, `1d`, ...
        interval: Text,
        /// The first instant of the bar.
        open_time: Time,
        /// Which adjustment for splits and dividends was asked for; `raw` where there is none.
        adjusted: Text,
        /// First price.
        open: Dec,
        /// Highest price.
        high: Dec,
        /// Lowest price.
        low: Dec,
        /// Last price.
        close: Dec,
        /// In base units.
        volume: Dec,
        /// In quote units.
        quote_volume: OptDec,
        /// Number of trades.
        trade_count: OptInt,
        /// Base volume in which the taker bought.
        taker_buy_volume: OptDec,
        /// Quote volume in which the taker bought.
        taker_buy_quote_volume: OptDec,
        /// Volume weighted average price.
        vwap: OptDec,
        /// The last instant of the bar, as the vendor gives it.
        close_time: OptTime,
    }
    /// A football match.
    Match / MatchBuilder, matches, "matches" {
        /// The vendor.
        source: Text,
        /// The vendor's id.
        match_id: Text,
        /// Competition, by name.
        competition: OptText,
        /// Competition, by the vendor's id.
        competition_id: OptText,
        /// Season, as the year it starts or the vendor's words.
        season: OptText,
        /// `REGULAR_SEASON`, `FINAL`, ...: the vendor's words.
        stage: OptText,
        /// Round.
        matchday: OptInt,
        /// Kick-off in UTC.
        utc_kickoff: OptTime,
        /// The vendor's status; a score alone never means that a match is over.
        status: Text,
        /// Home team, the vendor's id.
        home_team_id: OptText,
        /// Home team.
        home_team: OptText,
        /// Away team, the vendor's id.
        away_team_id: OptText,
        /// Away team.
        away_team: OptText,
        /// Goals without the shoot-out.
        home_score: OptInt,
        /// Goals without the shoot-out.
        away_score: OptInt,
        /// Goals in 90 minutes.
        home_score_90: OptInt,
        /// Goals in 90 minutes.
        away_score_90: OptInt,
        /// Goals in extra time.
        home_score_extra: OptInt,
        /// Goals in extra time.
        away_score_extra: OptInt,
        /// Goals in the shoot-out.
        home_score_penalties: OptInt,
        /// Goals in the shoot-out.
        away_score_penalties: OptInt,
        /// Goals at half time.
        home_score_half: OptInt,
        /// Goals at half time.
        away_score_half: OptInt,
        /// `home`, `away`, `draw`, or nothing while undecided.
        winner: OptText,
        /// Ground.
        venue: OptText,
    }
    /// Something that happened in a match.
    MatchEvent / MatchEventBuilder, match_events, "match_events" {
        /// The vendor.
        source: Text,
        /// The match.
        match_id: Text,
        /// The vendor's id, or the place in its list where there is none.
        event_id: Text,
        /// `Goal`, `Card`, `Substitution`, ...: the vendor's words.
        event_type: Text,
        /// Minute of play.
        minute: OptInt,
        /// Minutes of added time.
        added: OptInt,
        /// The side it belongs to: `home` or `away`.
        side: OptText,
        /// The team, the vendor's id.
        team_id: OptText,
        /// The player, the vendor's id.
        player_id: OptText,
        /// The player.
        player: OptText,
        /// The second player: the assist, or who went off.
        other_player_id: OptText,
        /// The second player.
        other_player: OptText,
        /// Home goals after it.
        home_score: OptInt,
        /// Away goals after it.
        away_score: OptInt,
        /// Colour of the card, kind of goal, reason: the vendor's words.
        detail: OptText,
    }
    /// A shot.
    MatchShot / MatchShotBuilder, match_shots, "match_shots" {
        /// The vendor.
        source: Text,
        /// The match.
        match_id: Text,
        /// The vendor's id.
        shot_id: Text,
        /// `Goal`, `AttemptSaved`, `Miss`, ...: the vendor's words.
        outcome: Text,
        /// Minute of play.
        minute: OptInt,
        /// Minutes of added time.
        added: OptInt,
        /// The vendor's word for the period.
        period: OptText,
        /// The team, the vendor's id.
        team_id: OptText,
        /// The player, the vendor's id.
        player_id: OptText,
        /// The player.
        player: OptText,
        /// Metres from the own goal line, 0 to 105.
        x: OptFloat,
        /// Metres from the right touch line, 0 to 68.
        y: OptFloat,
        /// Expected goals.
        xg: OptFloat,
        /// Expected goals of a shot on target.
        xgot: OptFloat,
        /// On target and not blocked.
        on_target: OptFlag,
        /// Blocked.
        blocked: OptFlag,
        /// Into the own goal.
        own_goal: OptFlag,
        /// `RegularPlay`, `FromCorner`, ...: the vendor's words.
        situation: OptText,
        /// `RightFoot`, `Header`, ...: the vendor's words.
        body_part: OptText,
    }
    /// A player in a line-up.
    MatchLineup / MatchLineupBuilder, match_lineups, "match_lineups" {
        /// The vendor.
        source: Text,
        /// The match.
        match_id: Text,
        /// The team, the vendor's id.
        team_id: Text,
        /// The player, the vendor's id.
        player_id: Text,
        /// The player.
        player: OptText,
        /// The side: `home` or `away`.
        side: OptText,
        /// `starter`, `bench`, `coach` or `unavailable`.
        role: Text,
        /// The team's formation.
        formation: OptText,
        /// Number on the shirt.
        shirt_number: OptText,
        /// The vendor's position.
        position: OptText,
        /// The vendor's rating.
        rating: OptText,
    }
    /// A figure of a match, one row a side.
    MatchStat / MatchStatBuilder, match_stats, "match_stats" {
        /// The vendor.
        source: Text,
        /// The match.
        match_id: Text,
        /// `All`, `FirstHalf`, ...: the vendor's words.
        period: Text,
        /// The vendor's key.
        stat: Text,
        /// `home` or `away`.
        side: Text,
        /// The vendor's text, such as `510 (84%)`.
        value: OptText,
        /// Its leading number.
        number: OptFloat,
    }
    /// A reply as it came, for what is not yet normalised.
    Document / DocumentBuilder, documents, "documents" {
        /// The vendor.
        source: Text,
        /// What was asked for.
        dataset: Text,
        /// The id it was asked by.
        id: Text,
        /// JSON text.
        body: Text,
    }
    /// The ledger: what became of an item.
    WorkLog / WorkLogBuilder, work_log, "work_log" {
        /// The job.
        job: Text,
        /// The item.
        item: Text,
        /// The vendor.
        source: Text,
        /// The dataset.
        dataset: Text,
        /// `done`, `partial` (some of its ids or rows were refused) or `dead`.
        outcome: Text,
        /// Where it failed.
        step: Text,
        /// Why it failed.
        reason: Text,
        /// Deliveries it took.
        attempts: UInt,
        /// Requests sent.
        requests: UInt,
        /// Rows published.
        rows: UInt,
        /// Bytes of the replies, decompressed.
        bytes: UInt,
        /// Milliseconds spent in requests.
        api_ms: UInt,
        /// Milliseconds spent waiting for the vendor's limits.
        wait_ms: UInt,
        /// Milliseconds spent publishing.
        write_ms: UInt,
        /// Who did it.
        worker: Text,
        /// When it ended.
        at: Time,
    }
}
