//! A vendor's servers: which URL a request goes to, and which hosts may be asked at all.

use std::collections::{BTreeMap, HashSet};

use anyhow::Context;
use common::settings;
use reqwest::redirect;
use sources::{Ask, Server};
use url::Url;

use super::FetchError;

/// The servers of one vendor.
pub(super) struct Servers {
    main: Url,
    others: BTreeMap<String, Url>,
    /// Hosts that redirects and links may lead to.
    allowed: HashSet<String>,
}

impl Servers {
    pub(super) fn new(section: &settings::Source) -> anyhow::Result<Self> {
        let parse = |url: &String| Url::parse(url).with_context(|| format!("{url} is no URL"));
        let main = parse(&section.base_url)?;
        let others: BTreeMap<_, _> = section
            .urls
            .iter()
            .map(|(name, url)| Ok((name.clone(), parse(url)?)))
            .collect::<anyhow::Result<_>>()?;
        let own = others.values().chain([&main]);
        let own = own.filter_map(|url| url.host_str().map(str::to_owned));
        let allowed = own.chain(section.redirect_hosts.iter().cloned()).collect();
        Ok(Self {
            main,
            others,
            allowed,
        })
    }

    /// Where a request goes.
    pub(super) fn url(&self, ask: &Ask) -> Result<Url, FetchError> {
        let base = match &ask.server {
            Server::Main => &self.main,
            Server::Other(name) => self.others.get(*name).ok_or_else(|| {
                FetchError::Refused(format!("no urls.{name} is configured for this source"))
            })?,
            Server::Link(link) => return self.link(link),
        };
        let mut url = base.clone();
        url.set_path(&format!(
            "{}{}",
            base.path().trim_end_matches('/'),
            ask.path
        ));
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&ask.query);
        }
        if url.origin() != base.origin() {
            return Err(FetchError::Refused(
                "the request would leave the configured host".to_owned(),
            ));
        }
        Ok(url)
    }

    fn link(&self, link: &str) -> Result<Url, FetchError> {
        let refused = |why: String| Err(FetchError::Refused(why));
        let Ok(url) = Url::parse(link).or_else(|_| self.main.join(link)) else {
            return refused("the vendor gave a link that is no URL".to_owned());
        };
        let host = url.host_str().unwrap_or_default();
        if !self.allowed.contains(host) {
            return refused(format!(
                "the vendor gave a link to {host}, which is not in redirect_hosts"
            ));
        }
        if url.scheme() != "https" && url.scheme() != self.main.scheme() {
            return refused(format!(
                "the vendor gave a link of the scheme {}",
                url.scheme()
            ));
        }
        Ok(url)
    }

    /// Whether a URL is of the main server, the only one that is told the token.
    pub(super) fn is_main(&self, url: &Url) -> bool {
        url.origin() == self.main.origin()
    }

    /// Follows redirects within the vendor's own hosts and those that are configured, no others.
    pub(super) fn redirects(&self) -> redirect::Policy {
        let (allowed, scheme) = (self.allowed.clone(), self.main.scheme().to_owned());
        redirect::Policy::custom(move |attempt| {
            let url = attempt.url();
            let host = url.host_str().unwrap_or_default();
            let refused = if attempt.previous().len() > 5 {
                "more than 5 redirects".to_owned()
            } else if url.scheme() != scheme && url.scheme() != "https" {
                format!("a redirect to the scheme {}", url.scheme())
            } else if !allowed.contains(host) {
                format!("a redirect to {host}, which is not in redirect_hosts")
            } else {
                return attempt.follow();
            };
            attempt.error(RedirectRefused(refused))
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct RedirectRefused(String);
