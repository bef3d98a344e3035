//! One row of the index: which file answers what.

/// A file of the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct File<'a> {
    /// Below the folder: `binance-spot/trades/2.json`.
    pub(super) name: &'a str,
    endpoint: &'a str,
    parameters: &'a str,
}

impl<'a> File<'a> {
    /// Reads `| file | grade | endpoint | parameters | …`; only recordings count.
    pub(super) fn of_line(line: &'a str) -> Option<Self> {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let (name, grade, endpoint, parameters) =
            (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        let usable = name.ends_with(".json")
            && grade.starts_with("recorded")
            && !line.contains("params do not match");
        usable.then_some(Self {
            name,
            endpoint,
            parameters,
        })
    }

    /// The vendor's folder.
    pub(super) fn folder(&self) -> &'a str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// The path of the endpoint, without method, host and query.
    pub(super) fn path(&self) -> &'a str {
        let url = self.endpoint.strip_prefix("GET ").unwrap_or(self.endpoint);
        let url = url.split(['?', ' ']).next().unwrap_or_default();
        url.split_once("://")
            .map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]))
    }

    /// A query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_and_others_left_out() {
        let file = File::of_line("| binance-spot/trades/2.json | recorded (REST) | GET /api/v3/aggTrades | limit=3&symbol=BTCUSDT | x |").unwrap();
        assert_eq!(
            (file.folder(), file.path()),
            ("binance-spot", "/api/v3/aggTrades")
        );
        assert_eq!(
            (file.parameter("symbol"), file.parameter("sym")),
            (Some("BTCUSDT"), None)
        );
        let file = File::of_line("| fotmob/match_details/3.json | recorded | GET https://www.fotmob.com/api/(data/)matchDetails?matchId=4 | matchId=4 |").unwrap();
        assert_eq!(file.path(), "/api/(data/)matchDetails");
        for other in [
            "|---|---|---|---|",
            "text",
            "| a.json | synthetic | GET /a | |",
            "| a.json | recorded | GET /a | | **params do not match data** |",
        ] {
            assert_eq!(File::of_line(other), None);
        }
    }
}
