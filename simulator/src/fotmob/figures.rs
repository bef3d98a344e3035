//! The statistics of a match: numbers, texts and holes, as the vendor mixes them.

use crate::hash::Key;

use super::game::Game;
use super::shots::{Shot, shots};

/// A figure of both sides.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) title: &'static str,
    pub(crate) key: &'static str,
    pub(crate) values: [Value; 2],
}

/// How the vendor writes one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Number(i64),
    /// With the number it starts with.
    Text(String, Option<f64>),
    Nothing,
}

/// The periods of the later layouts.
pub(crate) const PERIODS: [&str; 3] = ["All", "FirstHalf", "SecondHalf"];

/// The figures of a period, each once; none before kick-off.
pub(crate) fn figures(game: &Game, now: i64, period: &str) -> Vec<Figure> {
    if !game.standing(now).started {
        return Vec::new();
    }
    let shots: Vec<Shot> = shots(game, now)
        .into_iter()
        .filter(|shot| period == "All" || shot.period == period)
        .collect();
    let key = Key::new(game.key.number(), period);
    let possession = key.at(0).within(25, 75);
    let of_sides = |f: &dyn Fn(bool) -> Value| [f(true), f(false)];
    let count = |which: &dyn Fn(&Shot) -> bool| {
        of_sides(&|home| {
            Value::Number(
                shots
                    .iter()
                    .filter(|shot| shot.home == home && which(shot))
                    .count() as i64,
            )
        })
    };
    let xg = of_sides(&|home| {
        let sum: f64 = shots
            .iter()
            .filter(|shot| shot.home == home)
            .map(|shot| shot.xg)
            .sum();
        let text = format!("{sum:.2}");
        let number = text.parse().ok();
        Value::Text(text, number)
    });
    let passes = of_sides(&|home| {
        let (passes, percent) = (
            key.at(1).at(u64::from(home)).within(150, 700),
            key.at(2).at(u64::from(home)).within(60, 93),
        );
        Value::Text(format!("{passes} ({percent}%)"), Some(passes as f64))
    });
    let fouls = of_sides(&|home| {
        let fouls = key.at(3).at(u64::from(home));
        if fouls.chance(50) {
            Value::Nothing
        } else {
            Value::Number(fouls.within(2, 20))
        }
    });
    let mut all = vec![
        figure(
            "Ball possession",
            "BallPossesion",
            [Value::Number(possession), Value::Number(100 - possession)],
        ),
        figure("Expected goals (xG)", "expected_goals", xg),
        figure("Total shots", "total_shots", count(&|_| true)),
        figure(
            "Shots on target",
            "ShotsOnTarget",
            count(&|shot| shot.on_target && !shot.blocked),
        ),
        figure("Accurate passes", "accurate_passes", passes),
        figure("Fouls committed", "fouls", fouls),
    ];
    all.retain(|figure| figure.values != [Value::Nothing, Value::Nothing]);
    all
}

/// The figures of the 2020 layout, where the title is all there is.
pub(crate) fn figures_2020(game: &Game, now: i64) -> Vec<Figure> {
    let text = |value: &Value| match value {
        Value::Number(number) if game.key.at(50).chance(300) => {
            Value::Text(format!("{number}%"), Some(*number as f64))
        }
        Value::Nothing => Value::Text("-".to_owned(), None),
        other => other.clone(),
    };
    let mut all = figures(game, now, "All");
    for figure in &mut all {
        figure.values = [text(&figure.values[0]), text(&figure.values[1])];
    }
    all
}

fn figure(title: &'static str, key: &'static str, values: [Value; 2]) -> Figure {
    Figure { title, key, values }
}
