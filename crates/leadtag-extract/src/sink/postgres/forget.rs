//! A person is removed.

use std::collections::HashSet;

use leadtag_core::SecretString;

use super::super::person::{BETWEEN_DIGITS, Found, IdSearch, MobileSearch, known_as, no_mobiles};
use super::super::sql::{self, INTERACTIONS, LEADS, quoted, quoted_all};
use super::db::Db;
use super::schema;
use crate::pii::HIDDEN_ID;
use crate::{Error, Forgotten, Key, Person, Removed, Result};

/// So many rows are read at once.
const PART: i32 = 10_000;

pub(super) fn read(db: &mut Db) -> Result<Forgotten> {
    let Some(salt) = db.setting("salt")? else { return Ok(Forgotten::default()) };
    let failed = db.failed("the forgotten cannot be read");
    let rows = db.client.query("SELECT mark FROM leadtag_forgotten", &[]).map_err(failed)?;
    let marks: HashSet<[u8; 32]> =
        rows.iter().filter_map(|row| row.get::<_, &[u8]>(0).try_into().ok()).collect();
    Ok(Forgotten::new(salt.into_bytes(), marks))
}

pub(super) fn forget(db: &mut Db, person: &Person, key: Option<&SecretString>) -> Result<Removed> {
    if !schema::has_own(db)? {
        return Err(Error::Input(format!("{}: it holds no leads", db.place)));
    }
    // Those that do not read tell of no key, and keep nobody from being forgotten. An error within
    // the transaction would end it.
    let known = db.checkpoints().unwrap_or_default();
    db.at_once(|db| {
        let found = match person {
            Person::Mobile(mobile) => by_mobile(db, MobileSearch::new(mobile, key, &known)?)?,
            Person::Id { provider, id } => {
                by_id(db, IdSearch::new(provider.as_deref(), id, key, &known)?)?
            }
        };
        remove(db, &found)
    })
}

fn by_mobile(db: &mut Db, mut search: MobileSearch) -> Result<Found> {
    let Some(stored) = db.stored(LEADS)? else { return Ok(Found::default()) };
    let columns: Vec<String> = stored.all_stored_own("mobiles").into_iter().map(quoted).collect();
    if columns.is_empty() {
        return Err(no_mobiles(&db.place));
    }
    let failed = db.failed("leads cannot be read");
    let all = columns.join(" || ");
    let open = format!(
        "DECLARE all_mobiles NO SCROLL CURSOR FOR
         SELECT provider, id, array_remove({all}, NULL) FROM leads WHERE ({all}) IS NOT NULL"
    );
    db.client.batch_execute(&open).map_err(&failed)?;
    loop {
        let fetch = format!("FETCH {PART} FROM all_mobiles");
        let rows = db.client.query(&fetch, &[]).map_err(&failed)?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            search.look_at(&row.get::<_, Vec<String>>(2), key_of(row));
        }
    }
    db.client.batch_execute("CLOSE all_mobiles").map_err(&failed)?;
    let leads = db.client.query_one("SELECT count(*) FROM leads", &[]).map_err(failed)?.get(0);
    search.end(&db.place, leads)
}

/// The key of a lead, which a query gives first.
fn key_of(row: &postgres::Row) -> Key {
    Key::new(row.get::<_, &str>(0), row.get::<_, &str>(1))
}

fn by_id(db: &mut Db, search: IdSearch<'_>) -> Result<Found> {
    let (mut found, mut hidden) = (Vec::new(), Vec::new());
    if db.stored(LEADS)?.is_some() {
        let failed = db.failed("leads cannot be read");
        let of_provider = "($1::text IS NULL OR provider = $1)";
        let sql = format!("SELECT provider, id FROM leads WHERE {of_provider} AND id = ANY ($2)");
        let rows = db.client.query(&sql, &[&search.provider, &search.stored]).map_err(&failed)?;
        found = rows.iter().map(key_of).collect();
        let sql = format!(
            "SELECT provider, count(*) FROM leads
             WHERE {of_provider} AND id LIKE '{HIDDEN_ID}%' AND id <> ALL ($2) GROUP BY provider"
        );
        let rows = db.client.query(&sql, &[&search.provider, &search.stored]).map_err(failed)?;
        hidden.extend(rows.iter().map(|row| (row.get(0), row.get(1))));
    }
    search.end(&db.place, found, hidden)
}

fn remove(db: &mut Db, found: &Found) -> Result<Removed> {
    let Found { leads, masked, hashed, number } = found;
    let mut removed = Removed { masked: *masked, hashed: *hashed, ..Removed::default() };
    let has_leads = db.stored(LEADS)?.is_some();
    let interactions = db.stored(INTERACTIONS)?.and_then(|stored| {
        let lead_id = quoted(stored.stored_own("lead_id")?);
        Some(format!("DELETE FROM interactions WHERE provider = $1 AND {lead_id} = $2"))
    });
    let salt = db.setting("salt")?.unwrap_or_default();
    let failed = db.failed("a person cannot be removed");
    for Key { provider, id } in leads {
        let provider = &&**provider;
        if has_leads {
            let sql = "DELETE FROM leads WHERE provider = $1 AND id = $2";
            removed.leads += db.client.execute(sql, &[provider, id]).map_err(&failed)?;
        }
        if let Some(sql) = &interactions {
            removed.interactions += db.client.execute(sql, &[provider, id]).map_err(&failed)?;
        }
        for id in known_as(id, number.as_deref()) {
            let mark = Forgotten::mark(salt.as_bytes(), provider, id);
            let sql = "INSERT INTO leadtag_forgotten VALUES ($1) ON CONFLICT DO NOTHING";
            db.client.execute(sql, &[&mark.as_slice()]).map_err(&failed)?;
        }
    }
    for table in sql::TABLES {
        if let (Some(number), Some(stored)) = (number, db.stored(table)?) {
            let columns = quoted_all(stored.columns.iter().map(|column| &*column.stored_as));
            let plain = format!("translate(ROW({columns})::text, $2, '0123456789')");
            let sql = format!("SELECT count(*) FROM {table} WHERE strpos({plain}, $1) > 0");
            let others = format!("０１２３４５６７８９{}", BETWEEN_DIGITS.concat());
            let row = db.client.query_one(&sql, &[number, &others]).map_err(&failed)?;
            removed.elsewhere += row.get::<_, i64>(0).unsigned_abs();
        }
    }
    Ok(removed)
}
