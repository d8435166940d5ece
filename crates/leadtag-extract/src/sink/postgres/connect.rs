//! How the database is reached, and kept to one writer.

use std::collections::BTreeMap;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};

use super::super::sql::quoted;
use super::db::Db;
use super::error::failed;
use crate::destination::without_password;
use crate::{Error, Result};

/// How long is waited for an answer, unless the URL says something else.
const PATIENCE: Duration = Duration::from_secs(10);

/// The first half of the lock's number: `lead`. The second one is made of the schema's name.
const LOCK: i32 = 0x6c65_6164;

/// What is done with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// It is only read.
    Read,
    /// It is written to, by nobody else.
    Write,
}

/// Where the database is.
pub(super) struct Target {
    /// For people.
    pub(super) place: String,
    config: Config,
    schema: Option<String>,
}

impl Target {
    /// Reads a URL, or `host=… user=…`.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let place = without_password(url);
        let (url, schema) = take_schema(url);
        let refused = |why: String| Error::Input(format!("{place}: {why}"));
        if let Some(mode) = encrypted_mode(&url) {
            return Err(refused(format!(
                "this program cannot encrypt connections to PostgreSQL (sslmode={mode}); reach the \
                 server through a tunnel, such as `ssh -L`, or give sslmode=disable where the way \
                 to it is safe"
            )));
        }
        let mut config: Config = url.parse().map_err(|error: postgres::Error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            refused(source.unwrap_or_else(|| error.to_string()))
        })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("leadtag");
        }
        if config.get_password().is_none()
            && let Ok(password) = std::env::var("PGPASSWORD")
        {
            config.password(password);
        }
        Ok(Self { place, config, schema })
    }
}

/// Takes the parameter `schema` out of a URL, which the client does not know.
fn take_schema(url: &str) -> (String, Option<String>) {
    let Some((start, query)) = url.split_once('?').filter(|_| url.contains("://")) else {
        return (url.to_owned(), None);
    };
    let (schema, others): (Vec<&str>, Vec<&str>) =
        query.split('&').partition(|pair| pair.starts_with("schema="));
    let schema = schema.last().map(|pair| pair["schema=".len()..].to_owned());
    let joint = if others.is_empty() { "" } else { "?" };
    (format!("{start}{joint}{}", others.join("&")), schema)
}

fn encrypted_mode(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("sslmode")?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let mode = value.split(['&', ' ']).next()?.trim_matches('\'');
    matches!(mode, "require" | "verify-ca" | "verify-full").then_some(mode)
}

/// Connects. For writing it takes the lock.
pub(super) fn connect(target: &Target, access: Access) -> Result<Db> {
    let place = &*target.place;
    let client = target.config.connect(NoTls);
    let mut client = client.map_err(failed(place, "it cannot be reached"))?;
    enter(&mut client, target)?;
    match access {
        Access::Read => {
            let sql = "SET default_transaction_read_only = on";
            client.batch_execute(sql).map_err(failed(place, "it cannot be used"))?;
        }
        Access::Write => lock(&mut client, place)?,
    }
    Ok(Db::new(client, place.to_owned(), BTreeMap::new()))
}

/// Sees to it that names mean things of one schema.
fn enter(client: &mut Client, target: &Target) -> Result<()> {
    let failed = failed(&target.place, "it cannot be used");
    if let Some(schema) = &target.schema {
        let sql = format!("SET search_path TO {}", quoted(schema));
        client.batch_execute(&sql).map_err(&failed)?;
    }
    let row = client.query_one("SELECT current_schema()::text", &[]).map_err(&failed)?;
    let Some(schema) = row.get::<_, Option<String>>(0) else {
        return Err(Error::Destination {
            place: target.place.clone(),
            why: match &target.schema {
                Some(schema) => format!("there is no schema {schema:?}; make it first"),
                None => "its search path names no schema that is there".to_owned(),
            },
        });
    };
    // Rows come in parts, each of which finds its few rows by the key.
    let sql = format!(
        "SET search_path TO {}; SET enable_hashjoin = off; SET enable_mergejoin = off; \
         SET client_min_messages = warning; SET timezone = 'UTC'",
        quoted(&schema)
    );
    client.batch_execute(&sql).map_err(failed)
}

/// The server frees the lock when the connection ends, which it may notice a moment later.
fn lock(client: &mut Client, place: &str) -> Result<()> {
    let failed = failed(place, "it cannot be locked");
    client.batch_execute("SET lock_timeout = '3s'").map_err(&failed)?;
    let sql = "SELECT pg_advisory_lock($1, hashtext(current_schema()))";
    match client.execute(sql, &[&LOCK]) {
        Ok(_) => {}
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
            return Err(Error::Held(format!(
                "{} writes to {place}; wait until it is done",
                holder(client).unwrap_or_else(|| "another process".to_owned())
            )));
        }
        Err(error) => return Err(failed(error)),
    }
    // Whoever reads for long is waited for, but not for ever.
    client.batch_execute("SET lock_timeout = '60s'").map_err(failed)
}

fn holder(client: &mut Client) -> Option<String> {
    let sql = "
        SELECT a.application_name, a.pid, coalesce(host(a.client_addr), 'local'),
               to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
        FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = $1::int4
          AND l.objid::bigint = (hashtext(current_schema())::bigint & 4294967295)";
    let row = client.query_opt(sql, &[&LOCK]).ok()??;
    let (name, pid): (String, i32) = (row.get(0), row.get(1));
    let (host, since): (String, Option<String>) = (row.get(2), row.get(3));
    let since = since.map_or_else(String::new, |since| format!(", connected since {since},"));
    Some(format!("{name} (server process {pid}, client {host}{since})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_taken_out_of_the_url() {
        let (url, schema) = take_schema("postgres://h/db?sslmode=disable&schema=crm&x=1");
        assert_eq!(
            (&*url, schema.as_deref()),
            ("postgres://h/db?sslmode=disable&x=1", Some("crm"))
        );
        let (url, schema) = take_schema("postgres://h/db?schema=crm");
        assert_eq!((&*url, schema.as_deref()), ("postgres://h/db", Some("crm")));
        assert_eq!(take_schema("host=h").1, None);
    }

    #[test]
    fn a_connection_that_must_be_encrypted_is_refused() {
        for url in [
            "postgres://ada:secret@h/db?sslmode=require",
            "postgres://ada:secret@h/db?sslmode=verify-full&x=1",
            "host=h password=secret sslmode = 'verify-ca'",
        ] {
            let error = Target::parse(url).map(drop).unwrap_err().to_string();
            assert!(error.contains("sslmode"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        assert!(Target::parse("postgres://ada@h/db?sslmode=prefer").is_ok());
    }

    #[test]
    fn what_is_no_url_is_refused_without_its_password() {
        let error = Target::parse("postgres://ada:secret@h:port/db").map(drop).unwrap_err();
        assert!(matches!(error, Error::Input(_)), "{error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
