//! IEX HIST: `/api/1.0/hist`, and the captures that it links to.
//!
//! A day appears on the day after. Weekends and holidays have no files: the catalogue of such a
//! day is a 404. In November 2017 each day lists a tiny TOPS 1.5 beside the whole TOPS 1.6. Days
//! with an even number are pcap, the others pcap-ng, whatever their names say.

mod day;
mod wire;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::answer::Served;
use crate::calendar::{date, day_number, day_of};
use crate::hash::Key;
use crate::options::Options;
use crate::reply::{Asked, Reply};

pub(crate) use day::{Feed, Message, SYMBOLS, Session, Trade, is_open};
use wire::Form;

const JSON: &str = "application/json; charset=utf-8";
const FILES: &str = "/@files/";
/// Days of the whole catalogue.
const LISTED: i64 = 40;

/// The generated vendor.
#[derive(Debug)]
pub(crate) struct Iex {
    key: Key,
    trades_per_day: u64,
}

impl Iex {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            key: Key::new(options.seed, "iex"),
            trades_per_day: options.trades_per_day,
        }
    }

    /// What happens on a day, counted from 1970.
    pub(crate) fn session(&self, day: i64) -> Session {
        Session::new(self.key, day, self.trades_per_day)
    }

    fn catalogue(&self, asked: &Asked) -> Reply {
        let today = day_of(asked.now);
        let Some(date) = asked.query.get("date") else {
            let days = (today - LISTED..today).filter(|day| is_open(*day));
            let all: Map<String, Value> = days
                .map(|day| (stamp(day), self.files(day, asked)))
                .collect();
            return Reply::json(200, JSON, Value::Object(all).to_string());
        };
        match NaiveDate::parse_from_str(date, "%Y%m%d").map(day_number) {
            Ok(day) if day < today && is_open(day) => {
                Reply::json(200, JSON, self.files(day, asked).to_string())
            }
            Ok(_) => missing(),
            Err(_) => Reply::json(400, "text/plain", "Invalid date"),
        }
    }

    fn files(&self, day: i64, asked: &Asked) -> Value {
        let stamp = stamp(day);
        let host = asked.header("host").unwrap_or("127.0.0.1");
        let file = |feed: &str, version: &str, size: usize| {
            let name = format!("{stamp}_IEXTP1_{feed}{version}.pcap.gz");
            json!({
                "link": format!("http://{host}/iex{FILES}{name}?generation=15259976{day}&alt=media"),
                "date": stamp, "feed": feed, "version": version, "protocol": "IEXTP1",
                "size": size.to_string(),
            })
        };
        let size = |feed| self.capture(day, feed).len();
        let mut files = vec![
            file("DEEP", "1.0", size(Feed::Deep)),
            file("TOPS", "1.6", size(Feed::Tops)),
        ];
        if stamp.starts_with("201711") {
            files.insert(0, file("TOPS", "1.5", 300));
        }
        files.into()
    }

    fn capture(&self, day: i64, feed: Feed) -> Vec<u8> {
        let form = if day % 2 == 0 {
            Form::Pcap
        } else {
            Form::PcapNg
        };
        wire::capture(feed, &self.session(day).messages(feed), form)
    }

    fn file(&self, name: &str, now: i64) -> Option<Reply> {
        let (stamp, rest) = name.split_once("_IEXTP1_")?;
        let day = day_number(NaiveDate::parse_from_str(stamp, "%Y%m%d").ok()?);
        let feed = match rest.strip_suffix(".pcap.gz")? {
            "TOPS1.6" => Feed::Tops,
            "DEEP1.0" => Feed::Deep,
            _ => return None,
        };
        let there = is_open(day) && day < day_of(now);
        there.then(|| Reply::file("application/gzip", self.capture(day, feed)))
    }
}

fn stamp(day: i64) -> String {
    date(day).format("%Y%m%d").to_string()
}

fn missing() -> Reply {
    Reply::json(404, "text/plain", "Not Found")
}

impl Served for Iex {
    fn answer(&self, asked: &Asked) -> Reply {
        if asked.path == "/api/1.0/hist" {
            return self.catalogue(asked);
        }
        let name = asked.path.strip_prefix(FILES);
        name.and_then(|name| self.file(name, asked.now))
            .unwrap_or_else(missing)
    }
}
