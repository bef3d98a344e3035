//! Files as people have them: byte order marks, Windows line ends, quotes, blanks, mistakes.

use super::*;

fn ids_of(file: &[u8], skip_bad: bool) -> Result<(Vec<u64>, Tally), IdsError> {
    let (ids, tally) = texts_of(file, skip_bad, true)?;
    Ok((ids.iter().map(|id| id.parse().unwrap()).collect(), tally))
}

fn texts_of(file: &[u8], skip_bad: bool, numbers: bool) -> Result<(Vec<String>, Tally), IdsError> {
    let mut ids = Vec::new();
    let column = Column {
        name: "match_id",
        skip_bad,
        numbers,
        check: &|id| {
            if id == "13" {
                Err("13 is unlucky".to_owned())
            } else {
                Ok(())
            }
        },
    };
    let tally = read(file, &column, |id| {
        ids.push(id.to_owned());
        Ok(())
    })?;
    Ok((ids, tally))
}

fn ids(file: &str) -> Vec<u64> {
    ids_of(file.as_bytes(), false).unwrap().0
}

fn error(file: &[u8]) -> String {
    ids_of(file, false).unwrap_err().to_string()
}

#[test]
fn ordinary_files_of_all_kinds_are_read() {
    for file in [
        "match_id\n1\n2\n",
        "match_id\n1\n2",
        "match_id\r\n1\r\n2\r\n",
        "\u{feff}match_id\n1\n2\n",
        "\u{feff}match_id,x\r\n1,é\r\n2,\r\n",
        "\"match_id\"\n\"1\"\n\"2\"\n",
        " match_id ,name\n 1 ,\"a, \"\"b\"\"\nc\"\n2,d\n",
        "name,match_id\n\"x\",1\n,2\n",
        "match_id\n\n1\n   \n\n2\n\n",
        "match_id,name\n1,a\n,\n2,b\n",
        "match_id\n1\n2,surplus\n",
        "match_id\n1\u{a0}\n002\n",
    ] {
        assert_eq!(ids(file), [1, 2], "{file:?}");
    }
}

#[test]
fn duplicates_are_counted_and_taken_once() {
    let (ids, tally) = ids_of(b"match_id\n3\n1\n3\n03\n2\n1\n", false).unwrap();
    assert_eq!(ids, [3, 1, 2]);
    assert_eq!((tally.ids, tally.duplicates), (3, 3));
}

#[test]
fn words_are_kept_as_they_are_written() {
    let file = b"match_id\n007\nb-1, \n\xc3\xa9\n7\n007\n";
    let (ids, tally) = texts_of(file, false, false).unwrap();
    assert_eq!(ids, ["007", "b-1", "\u{e9}", "7"]);
    assert_eq!((tally.ids, tally.duplicates), (4, 1));
    let wrong = |file: &[u8]| texts_of(file, false, false).unwrap_err().to_string();
    assert!(wrong(b"match_id\n13\n").contains("unlucky"));
    assert!(wrong(b"match_id\n\"a\nb\"\n").contains("control character"));
    let long = format!("match_id\n{}\n", "x".repeat(257));
    assert!(wrong(long.as_bytes()).contains("more than 256 bytes"));
}

#[test]
fn a_wrong_id_is_named_with_its_line() {
    for (file, line, value) in [
        ("match_id\n1\nabc\n3\n", 3, "abc"),
        ("match_id\r\n1\r\nabc\r\n3\r\n", 3, "abc"),
        ("match_id\n1\n\n\nabc", 5, "abc"),
        ("match_id\r\n\r\n\r\nabc\r\n", 4, "abc"),
        ("\u{feff}match_id\n-1\n", 2, "-1"),
        ("match_id\n1.0\n", 2, "1.0"),
        (
            "match_id\n99999999999999999999\n",
            2,
            "99999999999999999999",
        ),
        ("match_id\n+1\n", 2, "+1"),
        ("match_id\n13\n", 2, "13"),
        ("match_id,name\n1,a\n,b\n", 3, "match_id is empty"),
        ("name,match_id\na,1\nb\n", 3, "match_id is empty"),
    ] {
        let error = error(file.as_bytes());
        assert!(
            error.starts_with(&format!("line {line}: ")),
            "{file:?}: {error}"
        );
        assert!(error.contains(value), "{file:?}: {error}");
    }
    assert!(error(b"match_id\n13\n").contains("unlucky"));
    assert!(error(b"match_id\nabc\n").contains("--skip-bad"));
    assert!(error(b"match_id\n\xff\n").contains("UTF-8"));
}

#[test]
fn lines_are_counted_across_blocks() {
    let mut file = "match_id\n".to_owned();
    (0..100_000).for_each(|id| file += &format!("{}\n", 1_000 + id));
    file += "abc\n";
    let IdsError::BadId { line, .. } = ids_of(file.as_bytes(), false).unwrap_err() else {
        panic!("a wrong id");
    };
    assert_eq!(line, 100_002);
}

#[test]
fn wrong_ids_can_be_skipped_and_counted() {
    let (ids, tally) = ids_of(b"match_id\n1\nabc\n13\n2\n", true).unwrap();
    assert_eq!(ids, [1, 2]);
    assert_eq!(tally.skipped, 2);
    assert!(
        tally
            .first_skipped
            .unwrap()
            .starts_with("line 3: \"abc\" is no id")
    );
}

#[test]
fn files_without_ids_say_what_is_wrong() {
    assert!(error(b"").contains("is empty"));
    assert!(error(b"\n\n").contains("is empty"));
    assert!(error(b"match_id\n").contains("holds no ids"));
    let columns = error(b"id,name\n1,a\n");
    assert!(
        columns.contains("no column match_id") && columns.contains("id, name"),
        "{columns}"
    );
    assert!(error(b"match_id;name\n1;a\n").contains("separated by commas"));
    assert!(error(b"match_id,match_id\n1,2\n").contains("twice"));
    assert!(error(b"\xff\xfem\0a\0").contains("UTF-16"));
    let all_bad = ids_of(b"match_id\nx\n", true).unwrap_err().to_string();
    assert!(all_bad.contains("line 2"), "{all_bad}");
}
