//! The data within a page of FotMob.
//!
//! A page for people carries the same JSON as the interface, under `props.pageProps` of the script
//! `__NEXT_DATA__`. Saved pages can be read so; the worker itself takes a page where JSON is
//! expected for a gate, and stops.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::ask::ParseError;
use crate::json;

const SCRIPT: &str = "<script id=\"__NEXT_DATA__\"";

#[derive(Debug, Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    props: Props<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Props<'a> {
    #[serde(borrow)]
    page_props: &'a RawValue,
}

/// The JSON of a reply: as it is, or out of a page.
pub(super) fn data(body: &[u8]) -> Result<&[u8], ParseError> {
    if body.trim_ascii_start().first() != Some(&b'<') {
        return Ok(body);
    }
    let script = script(json::text(body)?).ok_or_else(|| ParseError {
        at: "byte 0".to_owned(),
        what: "a page without __NEXT_DATA__, expected JSON or a page that carries it".to_owned(),
    })?;
    let page: Page<'_> = json::read(script.as_bytes())?;
    Ok(page.props.page_props.get().as_bytes())
}

fn script(page: &str) -> Option<&str> {
    let (_, from) = page.split_once(SCRIPT)?;
    let (_, content) = from.split_once('>')?;
    content.split_once("</script>").map(|(script, _)| script)
}
