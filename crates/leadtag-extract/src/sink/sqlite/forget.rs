//! A person is removed, bytes and all.

use std::collections::{BTreeMap, HashSet};

use leadtag_core::SecretString;
use rusqlite::{OptionalExtension, params};

use super::super::Sink;
use super::super::person::{BETWEEN_DIGITS, Found, IdSearch, MobileSearch, known_as, no_mobiles};
use super::super::sql::{INTERACTIONS, LEADS, StoredTable, quoted};
use super::{PATIENCE, SqliteSink, cells, schema, scrub};
use crate::pii::HIDDEN_ID;
use crate::{Cell, ColumnKind, Error, Forgotten, Key, Person, Removed, Result};

pub(super) fn read(sink: &SqliteSink) -> Result<Forgotten> {
    if !schema::has_own(&sink.db, &sink.place)? {
        return Ok(Forgotten::default());
    }
    let read = || -> rusqlite::Result<Forgotten> {
        let salt = sink.db.query_row(
            "SELECT value FROM leadtag_settings WHERE name = 'salt'",
            [],
            |row| row.get(0),
        );
        let Some(salt) = salt.optional()? else { return Ok(Forgotten::default()) };
        let mut statement = sink.db.prepare("SELECT mark FROM leadtag_forgotten")?;
        let marks = statement.query_map([], |row| row.get(0))?;
        Ok(Forgotten::new(salt, marks.collect::<rusqlite::Result<HashSet<_>>>()?))
    };
    read().map_err(sink.place.failed("the forgotten cannot be read"))
}

pub(super) fn forget(
    sink: &mut SqliteSink,
    person: &Person,
    key: Option<&SecretString>,
) -> Result<Removed> {
    if !schema::has_own(&sink.db, &sink.place)? {
        return Err(Error::Input(format!("{}: it holds no leads", sink.place.name())));
    }
    // What is deleted is overwritten with zeros.
    let place = sink.place.clone();
    let failed = place.failed("a person cannot be removed");
    sink.db.pragma_update(None, "secure_delete", "ON").map_err(&failed)?;
    // Those that do not read tell of no key, and keep nobody from being forgotten.
    let known = sink.checkpoints().unwrap_or_default();
    let mut removed = sink.at_once(|sink| {
        let found = match person {
            Person::Mobile(mobile) => by_mobile(sink, MobileSearch::new(mobile, key, &known)?)?,
            Person::Id { provider, id } => {
                by_id(sink, IdSearch::new(provider.as_deref(), id, key, &known)?)?
            }
        };
        scrub::owe(&sink.db).map_err(&failed)?;
        remove(sink, &found)
    })?;
    sink.is_scrubbed = true;
    removed.left_in_files = scrub::scrub(&sink.db, PATIENCE).err();
    Ok(removed)
}

fn by_mobile(sink: &mut SqliteSink, mut search: MobileSearch) -> Result<Found> {
    let place = sink.place.clone();
    let Some(stored) = sink.stored(LEADS)? else { return Ok(Found::default()) };
    let columns: Vec<String> = stored.all_stored_own("mobiles").into_iter().map(quoted).collect();
    if columns.is_empty() {
        return Err(no_mobiles(&place.name()));
    }
    let there: Vec<String> = columns.iter().map(|name| format!("{name} IS NOT NULL")).collect();
    let sql = format!(
        "SELECT provider, id, {} FROM leads WHERE {}",
        columns.join(", "),
        there.join(" OR ")
    );
    let mut find = || -> rusqlite::Result<i64> {
        let mut statement = sink.db.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut mobiles = Vec::new();
            for place in 0..columns.len() {
                match cells::read(row.get_ref(2 + place)?, ColumnKind::List) {
                    Cell::Null => {}
                    Cell::List(more) => mobiles.extend(more),
                    other => mobiles.push(other.to_text()),
                }
            }
            search.look_at(&mobiles, key_of(row)?);
        }
        sink.db.query_row("SELECT count(*) FROM leads", [], |row| row.get(0))
    };
    let leads = find().map_err(place.failed("leads cannot be read"))?;
    search.end(&place.name(), leads)
}

/// The key of a lead, which a query gives first.
fn key_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?))
}

fn by_id(sink: &mut SqliteSink, search: IdSearch<'_>) -> Result<Found> {
    let (mut found, mut hidden) = (Vec::new(), Vec::new());
    if sink.stored(LEADS)?.is_some() {
        let mut find = || -> rusqlite::Result<()> {
            let of_provider = "(?1 IS NULL OR provider = ?1)";
            let sql = format!("SELECT provider, id FROM leads WHERE {of_provider} AND id = ?2");
            let mut statement = sink.db.prepare(&sql)?;
            for id in &search.stored {
                let rows = statement.query_map(params![search.provider, id], key_of)?;
                found.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
            }
            let sql = format!(
                "SELECT provider, id FROM leads WHERE {of_provider} AND id LIKE '{HIDDEN_ID}%'"
            );
            let mut statement = sink.db.prepare(&sql)?;
            let mut others: BTreeMap<String, i64> = BTreeMap::new();
            for row in statement.query_map([search.provider], key_of)? {
                let Key { provider, id } = row?;
                if !search.stored.contains(&id) {
                    *others.entry(provider.to_string()).or_default() += 1;
                }
            }
            hidden.extend(others);
            Ok(())
        };
        find().map_err(sink.place.failed("leads cannot be read"))?;
    }
    search.end(&sink.place.name(), found, hidden)
}

/// What counts the rows of each table with a number in any of their columns. Tables of a thousand
/// columns have more than one condition takes, so the columns are joined.
fn texts(sink: &mut SqliteSink) -> Result<Vec<String>> {
    let count = |stored: &StoredTable| {
        let columns = stored.columns.iter().map(|column| quoted(&column.stored_as));
        let columns: Vec<String> = columns.map(|name| format!("ifnull({name}, '')")).collect();
        let parts: Vec<String> = columns
            .chunks(100)
            .map(|part| format!("instr({}, ?1) > 0", plain(&part.join(" || char(10) || "))))
            .collect();
        format!("SELECT count(*) FROM {} WHERE {}", stored.name, parts.join(" OR "))
    };
    Ok(sink.load()?.iter().filter(|stored| !stored.is_gone).map(count).collect())
}

/// A text without what stands between digits, and with plain digits.
fn plain(text: &str) -> String {
    let digits = "０１２３４５６７８９".chars().zip('0'..='9');
    let digits = digits.map(|(wide, digit)| (wide.to_string(), digit.to_string()));
    let between = BETWEEN_DIGITS.iter().map(|between| ((*between).to_owned(), String::new()));
    digits
        .chain(between)
        .fold(text.to_owned(), |text, (from, to)| format!("replace({text}, '{from}', '{to}')"))
}

fn remove(sink: &mut SqliteSink, found: &Found) -> Result<Removed> {
    let has_leads = sink.stored(LEADS)?.is_some();
    let texts = if found.number.is_some() { texts(sink)? } else { Vec::new() };
    let interactions = sink.stored(INTERACTIONS)?.and_then(|stored| {
        let lead_id = quoted(stored.stored_own("lead_id")?);
        Some(format!("DELETE FROM interactions WHERE provider = ?1 AND {lead_id} = ?2"))
    });
    let remove = || -> rusqlite::Result<Removed> {
        let Found { leads, masked, hashed, number } = found;
        let mut removed = Removed { masked: *masked, hashed: *hashed, ..Removed::default() };
        let db = &sink.db;
        db.execute("INSERT OR IGNORE INTO leadtag_settings VALUES ('salt', randomblob(16))", [])?;
        let salt: Vec<u8> =
            db.query_row("SELECT value FROM leadtag_settings WHERE name = 'salt'", [], |row| {
                row.get(0)
            })?;
        for Key { provider, id } in leads {
            let provider = &**provider;
            if has_leads {
                let sql = "DELETE FROM leads WHERE provider = ?1 AND id = ?2";
                removed.leads += db.execute(sql, params![provider, id])? as u64;
            }
            if let Some(sql) = &interactions {
                removed.interactions += db.execute(sql, params![provider, id])? as u64;
            }
            for id in known_as(id, number.as_deref()) {
                let mark = Forgotten::mark(&salt, provider, id);
                db.execute("INSERT OR IGNORE INTO leadtag_forgotten VALUES (?1)", params![mark])?;
            }
        }
        for sql in &texts {
            let rows: i64 = db.query_row(sql, [number], |row| row.get(0))?;
            removed.elsewhere += rows.unsigned_abs();
        }
        Ok(removed)
    };
    remove().map_err(sink.place.failed("a person cannot be removed"))
}
