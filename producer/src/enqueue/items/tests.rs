//! Each id is in exactly one item, in the order of the file, whatever the file looks like.

use std::collections::HashSet;

use common::item::Work;
use common::jobs::Part as Wanted;
use proptest::prelude::*;

use super::*;
use crate::enqueue::id_column::{Column, read};

fn request() -> Request {
    Request {
        source: "fotmob".into(),
        dataset: "match_details".into(),
        params: BTreeMap::from([("lang".into(), "en".into())]),
        part: Wanted::Ids {
            fingerprint: String::new(),
            ids: 0,
            chunk: 1,
        },
    }
}

fn of_ids(ids: &[u64], chunk: usize) -> Items {
    let mut spool = Spool::create().unwrap();
    ids.iter()
        .for_each(|id| spool.push(&id.to_string()).unwrap());
    let spool = spool.finish().unwrap();
    Items::of_ids(&Token::new("j").unwrap(), &request(), spool, chunk)
}

fn all(items: &Items) -> Vec<Item> {
    (0..items.parts())
        .flat_map(|number| {
            let mut part = items.part(number).unwrap();
            let mark = part.messages.pop().unwrap();
            assert_eq!(mark.subject.as_str(), format!("enqueued.j.{number}"));
            let mark: Mark = serde_json::from_slice(&mark.payload).unwrap();
            assert_eq!(mark.items as usize, part.messages.len());
            assert_eq!(mark.items, items.in_part(number));
            part.messages
        })
        .map(|message| {
            let item: Item = serde_json::from_slice(&message.payload).unwrap();
            assert_eq!(message.subject.as_str(), format!("work.j.{}", item.id));
            item
        })
        .collect()
}

fn ids(items: &[Item]) -> Vec<u64> {
    items
        .iter()
        .flat_map(|item| match &item.work {
            Work::Ids(ids) => ids.clone(),
            Work::Range { .. } => panic!("an item of ids"),
        })
        .map(|id| id.parse().unwrap())
        .collect()
}

#[test]
fn a_lean_item_is_written_as_an_item() {
    let items = of_ids(&[7, 8, 9], 2);
    let item = &all(&items)[1];
    let body = &items.part(0).unwrap().messages[1].payload;
    assert_eq!(&serde_json::to_vec(item).unwrap(), body);
    assert_eq!(item.id.as_str(), "ids-00000001");
}

#[test]
fn a_part_fits_an_atomic_batch() {
    let wanted: Vec<u64> = (0..2_500).collect();
    let items = of_ids(&wanted, 1);
    assert_eq!((items.count(), items.parts()), (2_500, 3));
    assert_eq!(items.part(0).unwrap().messages.len(), BATCH_LIMIT);
    assert_eq!(items.in_part(2), 502);
    assert_eq!(ids(&all(&items)), wanted);
}

#[test]
fn different_names_are_different_tokens() {
    assert_eq!(token("A_20240101").as_str(), "A_20240101");
    assert_ne!(token("é"), token("è"));
    let long = "x".repeat(120);
    assert_ne!(token(&long), token(&format!("{long}y")));
    assert!(Token::new(token(&long).to_string()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_id_of_a_file_is_enqueued_once(
        given in prop::collection::vec(0u64..3_000, 1..4_000),
        chunk in 1usize..7,
        crlf: bool,
        quoted: bool,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let line = |id: &u64| if quoted { format!("x,\" {id}\"{end}") } else { format!("x,{id} {end}") };
        let file = format!("name,id{end}") + &given.iter().map(line).collect::<String>();
        let mut kept = Vec::new();
        let column = Column { name: "id", skip_bad: false, numbers: true, check: &|_| Ok(()) };
        let tally = read(file.as_bytes(), &column, |id| { kept.push(id.parse::<u64>().unwrap()); Ok(()) }).unwrap();
        let mut seen = HashSet::new();
        let expected: Vec<u64> = given.iter().copied().filter(|id| seen.insert(*id)).collect();
        prop_assert_eq!(&kept, &expected);
        prop_assert_eq!(tally.ids + tally.duplicates, given.len() as u64);
        let items = all(&of_ids(&kept, chunk));
        prop_assert_eq!(ids(&items), expected);
        let names: HashSet<_> = items.iter().map(|item| item.id.clone()).collect();
        prop_assert_eq!(names.len(), items.len());
    }
}

#[test]
fn windows_become_items_in_their_order_each_of_its_symbol() {
    let at = |hour: u32| format!("2024-03-04T{hour:02}:00:00Z").parse().unwrap();
    let window = |symbol: &str, from, to| Window {
        symbol: Some(symbol.into()),
        segment: Segment {
            from: at(from),
            to: at(to),
            cut: common::segment::Cut::EveryMs(3_600_000),
            params: BTreeMap::new(),
        },
    };
    let windows = [window("A", 3, 5), window("B", 1, 2), window("A", 7, 8)];
    let items = Items::of_windows(&Token::new("j").unwrap(), &request(), &windows);
    let ids: Vec<_> = all(&items).iter().map(|item| item.id.to_string()).collect();
    assert_eq!(
        ids,
        [
            "A_20240304T030000Z",
            "A_20240304T040000Z",
            "B_20240304T010000Z",
            "A_20240304T070000Z"
        ]
    );
    assert_eq!(items.count(), 4);
}
