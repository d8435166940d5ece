//! How the database is reached, and kept to one writer.

use std::collections::BTreeMap;
use std::time::Duration;

#[cfg(unix)]
use postgres::config::Host;
use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};

use super::super::sql::quoted;
use super::db::Db;
use super::error::{UNREACHABLE, failed};
use super::parameters;
use super::protection::Protection;
use crate::url::{is_in_words, without_password};
use crate::{Error, Result};

/// How long is waited for an answer, unless the URL says something else.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a destination looks like.
const FORM: &str = "write postgres://user@host/database";

/// The first half of the lock's number: `lead`. The second one is made of the schema's name.
const LOCK: i32 = 0x6c65_6164;

/// Whoever holds a table for long is waited for, but not for ever.
pub(super) const LOCK_TIMEOUT: &str = "60s";

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
    protection: Protection,
}

impl Target {
    /// Reads a URL, or `host=… user=…`.
    pub(super) fn parse(url: &str) -> Result<Self> {
        if !url.contains("://") && !is_in_words(url) {
            // Whatever it is, a password may be in it.
            return Err(Error::Input(format!("postgres:***: it is no URL; {FORM}")));
        }
        let place = without_password(url);
        let refused = |why: &str| Error::Input(format!("{place}: {why}"));
        let (url, [schema, mode, root]) =
            parameters::take(url, ["schema", "sslmode", "sslrootcert"])
                .ok_or_else(|| refused("what follows a % in it is no text"))?;
        let protection = Protection::parse(mode.as_deref(), root.as_deref());
        let protection = protection.map_err(|why| refused(&why))?;
        let mut config: Config = url.parse().map_err(|error: postgres::Error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            let why = source.unwrap_or_else(|| error.to_string());
            refused(&format!("{why}; {FORM}"))
        })?;
        if schema.as_deref() == Some("") {
            return Err(refused("schema= names none; name one, or leave it out"));
        }
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(refused(&format!("it names no host, and PGHOST is not read; {FORM}")));
        }
        if config.get_application_name().is_none() {
            config.application_name("leadtag");
        }
        if config.get_password().is_none()
            && let Ok(password) = std::env::var("PGPASSWORD")
        {
            config.password(password);
        }
        be_patient(&mut config);
        let mut target = Self { place, config, schema, protection };
        target.name_hosts();
        Ok(target)
    }

    /// How long connecting may take in all.
    pub(super) fn patience(&self) -> Duration {
        let hosts = self.config.get_hosts().len().max(1);
        let each = self.config.get_connect_timeout().copied().unwrap_or(PATIENCE);
        each.saturating_mul(u32::try_from(hosts).unwrap_or(u32::MAX)).saturating_add(PATIENCE)
    }

    /// Certificates are for hosts. On its own machine a server is not reached by network, and
    /// nothing is encrypted there.
    fn name_hosts(&mut self) {
        if self.config.get_hosts().is_empty() {
            for address in self.config.get_hostaddrs().to_vec() {
                self.config.host(&address.to_string());
            }
        }
        #[cfg(unix)]
        if self.config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_))) {
            self.protection = Protection::Disable;
        }
    }

    #[cfg(feature = "postgres-tls")]
    fn connect(&self) -> Result<Client> {
        if self.protection == Protection::Disable {
            return self.connect_open();
        }
        let refused = |why| Error::Input(format!("{}: {why}", self.place));
        let tls = super::tls::Tls::new(&self.protection).map_err(refused)?;
        let mut config = self.config.clone();
        config.ssl_mode(if self.protection.is_needed() {
            SslMode::Require
        } else {
            SslMode::Prefer
        });
        match config.connect(tls) {
            Err(error) if !self.protection.is_needed() && is_against_encryption(&error) => {
                self.connect_open()
            }
            connected => connected.map_err(failed(&self.place, UNREACHABLE)),
        }
    }

    #[cfg(not(feature = "postgres-tls"))]
    fn connect(&self) -> Result<Client> {
        if self.protection.is_needed() {
            return Err(Error::Input(format!(
                "{}: this program was built without encrypted connections to PostgreSQL (feature \
                 `postgres-tls`); reach the server through a tunnel, such as `ssh -L`, or give \
                 sslmode=disable where the way to it is safe",
                self.place
            )));
        }
        self.connect_open()
    }

    /// Without encryption.
    fn connect_open(&self) -> Result<Client> {
        let mut config = self.config.clone();
        let client = config.ssl_mode(SslMode::Disable).connect(NoTls);
        client.map_err(failed(&self.place, UNREACHABLE))
    }
}

/// Whether it may work without encryption, as PostgreSQL's own programs try.
#[cfg(feature = "postgres-tls")]
fn is_against_encryption(error: &postgres::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(|source| source.is::<super::tls::Failed>())
        || error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
}

/// A server that is not there any more is noticed in a minute or so, unless the URL says something
/// else.
fn be_patient(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    let unset = Config::new().get_keepalives_idle();
    if config.get_keepalives_idle() == unset {
        config.keepalives_idle(Duration::from_secs(30));
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(PATIENCE);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(3);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(60));
    }
}

/// Connects. For writing it takes the lock.
pub(super) fn connect(target: &Target, access: Access) -> Result<Db> {
    let place = &*target.place;
    let mut client = target.connect()?;
    enter(&mut client, target)?;
    match access {
        Access::Read => {
            // While a table is made wider nobody reads it.
            let sql = "SET default_transaction_read_only = on; SET lock_timeout = '20s'";
            client.batch_execute(sql).map_err(failed(place, "it cannot be used"))?;
        }
        Access::Write => {
            must_be_writable(&mut client, place)?;
            lock(&mut client, place)?;
        }
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
    let sql = "SELECT current_schema()::text, current_setting('server_encoding')";
    let row = client.query_one(sql, &[]).map_err(&failed)?;
    let encoding: String = row.get(1);
    if encoding != "UTF8" {
        return Err(Error::Destination {
            place: target.place.clone(),
            why: format!(
                "its texts are in {encoding}, which has not every character; make a database for \
                 the leads: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
            ),
        });
    }
    let Some(schema) = row.get::<_, Option<String>>(0) else {
        let sql = "SELECT current_user::text, EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)";
        let row = client.query_one(sql, &[&target.schema]).map_err(&failed)?;
        let (user, is_there): (String, bool) = (row.get(0), row.get(1));
        return Err(Error::Destination {
            place: target.place.clone(),
            why: match &target.schema {
                Some(schema) if is_there => format!(
                    "{user} may not use the schema {schema:?}; GRANT USAGE, CREATE ON SCHEMA {} TO {}",
                    quoted(schema),
                    quoted(&user)
                ),
                Some(schema) => format!("there is no schema {schema:?}; make it first"),
                None => "its search path names no schema that is there and that its user may use; \
                         name one in the URL: ?schema=NAME"
                    .to_owned(),
            },
        });
    };
    // Rows come in parts, each of which finds its few rows by the key. Floats that become texts keep
    // all digits, and names are read as they are, whatever the role or the database is set to.
    let sql = format!(
        "SET search_path TO {}; SET enable_hashjoin = off; SET enable_mergejoin = off; \
         SET client_min_messages = warning; SET timezone = 'UTC'; \
         SET extra_float_digits = 3; SET quote_all_identifiers = off",
        quoted(&schema)
    );
    client.batch_execute(&sql).map_err(failed)
}

/// Told before anything is asked of a platform.
fn must_be_writable(client: &mut Client, place: &str) -> Result<()> {
    let sql = "SELECT current_setting('transaction_read_only') = 'on'";
    let row = client.query_one(sql, &[]).map_err(failed(place, "it cannot be used"))?;
    if row.get(0) {
        return Err(Error::Destination {
            place: place.to_owned(),
            why: "it can only be read; give the address of the server that is written to"
                .to_owned(),
        });
    }
    Ok(())
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
    client.batch_execute(&format!("SET lock_timeout = '{LOCK_TIMEOUT}'")).map_err(failed)
}

fn holder(client: &mut Client) -> Option<String> {
    let sql = "
        SELECT a.application_name, a.pid, coalesce(host(a.client_addr), 'local'),
               to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
        FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.classid::bigint = $1::int4
          AND l.objid::bigint = (hashtext(current_schema())::bigint & 4294967295)";
    let row = client.query_opt(sql, &[&LOCK]).ok()??;
    let (name, pid): (String, i32) = (row.get(0), row.get(1));
    let (host, since): (String, Option<String>) = (row.get(2), row.get(3));
    let since = since.map_or_else(String::new, |since| format!(", connected since {since}"));
    Some(format!("{name} (server process {pid}, client {host}{since})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_url_is_refused_without_its_password() {
        for url in ["postgres://ada:secret@h:port/db", "ada@h/db", "ada:secret@h/db?sslmode=x"] {
            let error = Target::parse(url).map(drop).unwrap_err();
            assert!(matches!(error, Error::Input(_)), "{error:?}");
            assert!(!error.to_string().contains("secret"), "{error}");
            assert!(error.to_string().contains("; write postgres://"), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_before_anything_is_sent() {
        for (url, why) in [
            ("postgres:///crm", "names no host"),
            ("postgres://h/crm?schema=", "schema="),
            ("postgres://h/crm?sslmode=no", "sslmode"),
        ] {
            match Target::parse(url) {
                Err(Error::Input(text)) => assert!(text.contains(why), "{text}"),
                _ => panic!("{url}"),
            }
        }
        for url in ["postgres://h/crm", "host=/run/postgresql", "hostaddr=127.0.0.1"] {
            assert!(Target::parse(url).is_ok(), "{url}");
        }
    }
}
