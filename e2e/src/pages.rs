//! Pages of the simulated vendors as a worker would fetch them, kept: what benchmarks time and
//! what seeded runs damage.
//!
//! Every dataset of every vendor has a [`Sample`] that says what to ask for; a test holds the list
//! against the vendors' own.

mod samples;

use std::io::Cursor as Memory;

use anyhow::{Context, bail};
use common::item::{Item, Token, Work};
use common::tables::Rows;
use simulator::Simulator;
use sources::{
    Ask, At, Body, Cursor, Instruments, Next, ParseError, PlanRequest, Reply, ReplyHead, Selection,
    Server, Source, TokenIn, Verdict,
};

pub use samples::{SAMPLES, Sample, WITHOUT};

use crate::fleet::token;

/// A vendor that needs more requests than this for a sample is not asked on.
const MOST_REQUESTS: usize = 200;

/// Kept replies of one dataset.
pub struct Pages {
    /// Who reads them.
    pub source: &'static dyn Source,
    /// What the vendor lists.
    pub instruments: Instruments,
    /// In the order in which they were fetched.
    pub pages: Vec<Page>,
}

/// One reply.
#[derive(Debug, Clone)]
pub struct Page {
    /// Who asked.
    pub item: Item,
    /// The id at work, in an item of ids.
    pub id: Option<String>,
    /// Where it was asked at.
    pub cursor: Cursor,
    /// What came.
    pub body: Vec<u8>,
    /// Whether it is read as a file.
    pub is_file: bool,
    /// When it was asked for, milliseconds.
    pub fetched_at_ms: i64,
}

impl Pages {
    /// Fetches the pages of a sample until there are `most_bytes` of them or no more.
    ///
    /// # Errors
    /// When the vendor refuses, or what it says cannot be read.
    pub async fn fetch(
        simulator: &Simulator,
        sample: &Sample,
        now_ms: i64,
        most_bytes: usize,
    ) -> anyhow::Result<Self> {
        common::tls::use_ring();
        let source = sources::find_or_list(sample.source)?;
        let mut vendor = Vendor {
            http: reqwest::Client::new(),
            base: simulator.base_url(sample.source),
            pages: Self {
                source,
                instruments: Instruments::default(),
                pages: Vec::new(),
            },
            now_ms,
            most_bytes,
        };
        let items = items(source, sample, now_ms)?;
        let first = items.first().context("the sample plans no item")?;
        vendor.list(first).await?;
        for item in &items {
            let ids: Vec<Option<&str>> = match &item.work {
                Work::Ids(ids) => ids.iter().map(|id| Some(id.as_str())).collect(),
                Work::Range { .. } => vec![None],
            };
            for id in ids {
                if !vendor.item(item, id).await? {
                    return Ok(vendor.pages);
                }
            }
        }
        Ok(vendor.pages)
    }

    /// Bytes of all replies.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.pages.iter().map(|page| page.body.len() as u64).sum()
    }

    /// Reads one of them, or a damaged copy of it, as a worker would. `flush` sees the rows of
    /// files as they come.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(
        &self,
        page: &Page,
        body: &[u8],
        rows: &mut Rows,
        flush: &mut dyn FnMut(&mut Rows),
    ) -> Result<Next, ParseError> {
        let mut reply = Reply {
            item: &page.item,
            id: page.id.as_deref(),
            cursor: &page.cursor,
            instruments: &self.instruments,
            body,
            fetched_at_ms: page.fetched_at_ms,
        };
        if page.is_file {
            reply.body = &[];
            let mut stream = Memory::new(body);
            self.source.parse_stream(&reply, &mut stream, rows, flush)
        } else {
            self.source.parse(&reply, rows)
        }
    }
}

/// The items that the producer would make of a sample.
fn items(source: &dyn Source, sample: &Sample, now_ms: i64) -> anyhow::Result<Vec<Item>> {
    let dataset = source.dataset(sample.dataset)?;
    let given = sample.params.iter();
    let given = given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let params = dataset.fill_params(&given.collect())?;
    let item = |work, params| Item {
        job: Token::from_lossy("sample"),
        id: Token::from_lossy("sample"),
        source: source.name().to_owned(),
        dataset: dataset.name.to_owned(),
        work,
        params,
        retry: common::Retry::default(),
    };
    if dataset.selection == Selection::Ids {
        let ids = sample.ids.iter().map(|id| (*id).to_owned()).collect();
        return Ok(vec![item(Work::Ids(ids), params)]);
    }
    let at = |text| sources::dates::parse(text).map_err(anyhow::Error::msg);
    let now = chrono::DateTime::from_timestamp_millis(now_ms).context("no such time")?;
    let (from, to) = match dataset.selection {
        // As `enqueue now` does.
        Selection::Snapshot | Selection::Now => (now - chrono::TimeDelta::seconds(1), now),
        _ => (at(sample.from)?, at(sample.to)?),
    };
    let plan = source.plan(&PlanRequest {
        dataset: dataset.name.to_owned(),
        symbols: sample
            .symbols
            .iter()
            .map(|symbol| (*symbol).to_owned())
            .collect(),
        from,
        to,
        slice: None,
        params: params.clone(),
        now,
    })?;
    let items = (0..plan.items()).filter_map(|number| plan.item(number));
    Ok(items
        .map(|slice| {
            let mut params = params.clone();
            params.extend(slice.params);
            item(slice.work, params)
        })
        .collect())
}

/// A vendor being asked.
struct Vendor {
    http: reqwest::Client,
    base: String,
    pages: Pages,
    now_ms: i64,
    most_bytes: usize,
}

impl Vendor {
    /// Fetches what the vendor lists.
    async fn list(&mut self, item: &Item) -> anyhow::Result<()> {
        let mut all = Vec::new();
        for ask in self.pages.source.instruments(item) {
            let (_, body) = self.get(&ask).await?;
            all.extend(self.pages.source.read_instruments(&body)?);
        }
        self.pages.instruments = Instruments::new(all);
        Ok(())
    }

    /// Fetches the pages of an item or of one id; false when there is enough.
    async fn item(&mut self, item: &Item, id: Option<&str>) -> anyhow::Result<bool> {
        let mut cursor = Cursor::Start;
        for _ in 0..MOST_REQUESTS {
            let at = At {
                item,
                id,
                cursor: &cursor,
                instruments: &self.pages.instruments,
            };
            let source = self.pages.source;
            let ask = source.ask(&at)?;
            let (head, body) = self.get(&ask).await?;
            let is_file = matches!(ask.body, Body::Disk { .. }) && head.status < 300;
            let next = match if is_file {
                Verdict::Ok
            } else {
                source.judge(&head, &body)
            } {
                Verdict::Ok => {
                    let page = Page {
                        item: item.clone(),
                        id: id.map(str::to_owned),
                        cursor: cursor.clone(),
                        body,
                        is_file,
                        fetched_at_ms: self.now_ms,
                    };
                    let mut rows = Rows::default();
                    let next = self
                        .pages
                        .read(&page, &page.body, &mut rows, &mut |_| ())
                        .with_context(|| format!("{} at {cursor:?}", ask.path))?;
                    self.pages.pages.push(page);
                    next
                }
                Verdict::Absent { reason } => source.absent(&at, &reason)?,
                refusal => bail!("{} said {refusal:?}", ask.path),
            };
            if self.pages.bytes() >= self.most_bytes as u64 {
                return Ok(false);
            }
            match next {
                Next::More(at) => cursor = at,
                Next::End => return Ok(true),
            }
        }
        Ok(false)
    }

    async fn get(&self, ask: &Ask) -> anyhow::Result<(ReplyHead, Vec<u8>)> {
        let token = token(self.pages.source.name());
        let url = match &ask.server {
            Server::Main => format!("{}{}", self.base, ask.path),
            Server::Other(name) => format!("{}/@{name}{}", self.base, ask.path),
            Server::Link(link) => link.clone(),
        };
        let mut form = ask.form.clone();
        let mut query = ask.query.clone();
        match (ask.token, &mut form) {
            (TokenIn::Form(name), Some(form)) => form.push((name, token.to_owned())),
            (TokenIn::Query(name), _) => query.push((name, token.to_owned())),
            _ => {}
        }
        let mut request = match &form {
            Some(form) => self.http.post(url).form(form),
            None => self.http.get(url),
        };
        if !query.is_empty() {
            request = request.query(&query);
        }
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        request = match ask.token {
            TokenIn::Header(name) => request.header(name, token),
            TokenIn::Bearer => request.bearer_auth(token),
            TokenIn::HeaderPair(first, second) => {
                let (id, secret) = token.split_once(':').unwrap_or((token, ""));
                request.header(first, id).header(second, secret)
            }
            TokenIn::Nowhere | TokenIn::Form(_) | TokenIn::Query(_) => request,
        };
        let reply = request.send().await?;
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let head = ReplyHead {
            status: reply.status().as_u16(),
            headers: reply
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
        };
        Ok((head, reply.bytes().await?.to_vec()))
    }
}
