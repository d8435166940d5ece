//! Leads in PostgreSQL, through the program.

use std::collections::BTreeSet;
use std::io::{Read, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::time::Duration;

use leadtag_sandbox::Sandbox;

use crate::leads_pull::{listed, pull, stream};
use crate::leads_pull_waits::interrupt;
use crate::postgres_server::Schema;
use crate::support::{Bench, Ran, wait_until};

/// Every column, with the row as it came.
const ALL: &str = "name,mobiles,emails,tags,created_at,updated_at,attributes.*,raw";
const LIST: &str = "clue/list-by-create-time-asc";
const PASSWORD: &str = "s3cr3t @:/?#%&+=' é密";

/// Somebody who needs a password, with a database of their own whose name needs care too.
struct Guarded {
    schema: Schema,
    name: String,
}

impl Guarded {
    fn new(test: &str) -> Option<Self> {
        let schema = Schema::new(test)?;
        let name = format!("{test} ä/客户 {}", std::process::id());
        let mut db = schema.db();
        let password = PASSWORD.replace('\'', "''");
        let sql = format!("CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}' IN ROLE guarded");
        db.batch_execute(&sql).unwrap();
        db.batch_execute(&format!("CREATE DATABASE \"{name}\" OWNER \"{name}\"")).unwrap();
        Some(Self { schema, name })
    }

    fn url(&self, password: &str) -> String {
        let name = encoded(&self.name);
        let password = encoded(password);
        format!("postgres://{name}:{password}@{}/{name}", host(self.schema.server))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let mut db = self.schema.db();
        let _ = db.batch_execute(&format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name));
        let _ = db.batch_execute(&format!("DROP ROLE \"{}\"", self.name));
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Host and port of a server's URL.
fn host(url: &str) -> &str {
    let rest = url.rsplit_once('@').unwrap().1;
    rest.split('/').next().unwrap()
}

/// Provider and id of every row.
fn rows(schema: &Schema) -> BTreeSet<(String, String)> {
    let rows = schema.db().query("SELECT provider, id FROM leads", &[]).unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[test]
fn status_reset_and_forget_are_as_for_any_database() {
    let Some(schema) = Schema::new("store") else { return };
    let bench = Bench::all();
    let to = &*schema.url();
    pull(&bench, to, &["--pii", "plain", "--interactions"]).ok();
    assert_eq!(rows(&schema), listed(&bench));

    let status = || bench.run(&["leads", "status", "--to", to, "--format", "json"]).json();
    assert_eq!(status()["streams"].as_array().unwrap().len(), 3);
    let crm = status();
    assert_eq!(stream(&crm, "crm")["complete"], true, "{crm}");
    let reset = ["leads", "reset", "--provider", "crm", "--to", to];
    bench.run(&reset).fails(64, &["no terminal", "--yes"]);
    bench.run(&[&reset[..], &["--yes"]].concat()).ok();
    assert_eq!(status()["streams"].as_array().unwrap().len(), 2);
    bench.run(&[&reset[..], &["--yes"]].concat()).fails(64, &["no checkpoint of crm"]);

    let sql = "SELECT id FROM leads WHERE provider = 'crm' ORDER BY id LIMIT 1";
    let id = schema.one(sql);
    let forget = ["leads", "forget", "--to", to, "--provider", "crm", "--id", &id];
    bench.run(&forget).fails(64, &["no terminal", "--yes"]);
    let gone = bench.run(&[&forget[..], &["--yes", "--format", "json"]].concat()).json();
    assert_eq!(gone["leads"], 1, "{gone}");
    let report = pull(&bench, to, &["--pii", "plain", "--interactions"]).json();
    let crm = stream(&report, "crm");
    assert_eq!((&crm["skipped"], &crm["leads"]["new"]), (&1.into(), &0.into()), "{report}");
    let left = format!("SELECT count(*)::text FROM interactions WHERE lead_id = '{id}'");
    assert_eq!(schema.one(&left), "0");

    let sql =
        "SELECT mobiles[1] FROM leads WHERE provider = 'crm' AND mobiles[1] LIKE '199%' LIMIT 1";
    let mobile = schema.one(sql);
    let forget = ["leads", "forget", "--to", to, "--mobile", &mobile, "--yes"];
    let ran = bench.run(&forget).ok();
    assert!(ran.stdout.starts_with("removed ") && !ran.stdout.contains(&mobile), "{ran:?}");
    let left = format!("SELECT count(*)::text FROM leads WHERE '{mobile}' = ANY (mobiles)");
    assert_eq!(schema.one(&left), "0");
}

#[test]
fn where_nothing_was_pulled_nothing_is_made() {
    let Some(schema) = Schema::new("empty") else { return };
    let bench = Bench::all();
    let to = &*schema.url();
    bench.run(&["leads", "status", "--to", to]).fails(1, &["nothing at", "leads pull"]);
    let reset = ["leads", "reset", "--provider", "crm", "--to", to, "--yes"];
    bench.run(&reset).fails(1, &["nothing at"]);
    let forget = ["leads", "forget", "--to", to, "--id", "1", "--yes"];
    bench.run(&forget).fails(1, &["nothing at"]);
    let sql = "SELECT count(*)::text FROM pg_tables WHERE schemaname = current_schema()";
    assert_eq!(schema.one(sql), "0");
}

#[test]
fn a_second_pull_is_refused_with_the_name_of_the_first() {
    let Some(schema) = Schema::new("held") else { return };
    let bench = Bench::all();
    let to = &*schema.url();
    bench.admin().set_latency(Some(LIST), Duration::from_secs(60));
    let pull = ["leads", "pull", "--provider", "crm", "--to", to];
    let mut first = bench.dir.command(&pull);
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the first pull asks for leads", || bench.admin().calls(LIST) > 0);
    let other = ["leads", "pull", "--provider", "shop-douyin", "--to", to];
    bench.run(&other).fails(1, &["leadtag (server process ", "connected since ", "wait until"]);
    // Who only looks is let in.
    bench.run(&["leads", "status", "--to", to]).fails(1, &["nothing at"]);
    let _ = first.kill();
    let _ = first.wait();
    bench.run(&other).ok();
}

#[test]
fn a_table_of_another_shape_is_refused_before_the_first_request() {
    let Some(schema) = Schema::new("shape") else { return };
    let bench = Bench::all();
    let to = &*schema.url();
    schema
        .db()
        .batch_execute("CREATE TABLE leads (x text); INSERT INTO leads VALUES ('a')")
        .unwrap();
    bench.admin().reset_counts();
    bench
        .run(&["leads", "pull", "--provider", "crm", "--to", to])
        .fails(1, &["a table leads that leadtag did not make", "another destination"]);
    assert!(bench.admin().all_requests().is_empty());
    assert_eq!(schema.one("SELECT x FROM leads"), "a");
}

#[test]
fn names_and_passwords_of_any_characters_fit_into_the_url() {
    let Some(guarded) = Guarded::new("special") else { return };
    let bench = Bench::all();
    let schema = "Größe \"1\" & 客户";
    let sql = format!("CREATE SCHEMA \"{}\"", schema.replace('"', "\"\""));
    let mut db = postgres::Client::connect(&guarded.url(PASSWORD), postgres::NoTls).unwrap();
    db.batch_execute(&sql).unwrap();
    let to = format!("{}?schema={}", guarded.url(PASSWORD), encoded(schema));
    let report = pull(&bench, &to, &[]).json();
    assert_eq!(stream(&report, "crm")["leads"]["new"], 40, "{report}");
    let sql = "SELECT count(*) FROM \"Größe \"\"1\"\" & 客户\".leads";
    assert_eq!(db.query_one(sql, &[]).unwrap().get::<_, i64>(0), 120);
    drop(db);

    // The same in pairs, with the password kept out of it.
    let (host, port) = host(guarded.schema.server).split_once(':').unwrap();
    let name = &guarded.name;
    let to =
        format!("postgres:host={host} port={port} user='{name}' dbname='{name}' schema='{schema}'");
    let mut command = bench.dir.command(&["leads", "status", "--to", &to, "--format", "json"]);
    let status = Ran::from(command.env("PGPASSWORD", PASSWORD).output().unwrap()).json();
    assert_eq!(stream(&status, "crm")["complete"], true, "{status}");
}

#[test]
fn what_is_wrong_with_the_way_in_is_told_without_the_password() {
    let Some(guarded) = Guarded::new("wrong") else { return };
    let bench = Bench::all();
    let right = guarded.url(PASSWORD);
    let wrong = "wr0ng-s3cr3t";
    let no_database = right.rsplit_once('/').unwrap().0;
    for (to, parts) in [
        (guarded.url(wrong), &["password authentication failed", "PGPASSWORD"][..]),
        (format!("{no_database}/nowhere"), &["\"nowhere\" does not exist", "createdb"]),
        (right.replace("127.0.0.1", "nowhere.invalid"), &["nowhere.invalid", "check the host"]),
        (format!("{right}?schema=nowhere"), &["no schema \"nowhere\""]),
        (format!("{right}?sslmode=verify-full"), &["invalid peer certificate", "sslrootcert=FILE"]),
        (format!("postgres://ada:{wrong}@127.0.0.1:1/crm"), &["refused", "check the host"]),
    ] {
        bench.admin().reset_counts();
        let commands = [
            &["pull", "--provider", "crm"][..],
            &["status"],
            &["forget", "--id", "1", "--yes"],
            &["reset", "--provider", "crm", "--yes"],
        ];
        for command in commands {
            let ran = bench.run(&[&["leads"], command, &["--to", &to]].concat());
            let shown = format!("{ran:?}");
            for secret in [wrong, PASSWORD, &encoded(PASSWORD), "s3cr3t"] {
                assert!(!shown.contains(secret), "{shown}");
            }
            ran.fails(1, parts);
        }
        assert!(bench.admin().all_requests().is_empty(), "{parts:?}");
    }
}

/// The URL's server behind a port that is closed as soon as so many bytes have gone in.
fn cut_after(bytes: u64, url: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let there = host(url).to_owned();
    let here = listener.local_addr().unwrap().to_string();
    let short = url.replace(&there, &here);
    std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        drop(listener);
        let server = TcpStream::connect(there).unwrap();
        let (mut answers, mut to_client) =
            (server.try_clone().unwrap(), client.try_clone().unwrap());
        std::thread::spawn(move || copy(&mut answers, &mut to_client));
        let _ = copy(&mut client.try_clone().unwrap().take(bytes), &mut &server);
        let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
    });
    short
}

#[test]
fn a_server_that_goes_away_costs_only_what_was_not_committed() {
    let Some(schema) = Schema::new("goes_away") else { return };
    let bench = Bench::with(Sandbox::builder().leads(600));
    let to = &*schema.url();
    let there = || match schema.one("SELECT to_regclass('leads')::text").as_str() {
        "" => 0,
        _ => rows(&schema).len(),
    };
    let mut before = 0;
    for bytes in [50, 2_000, 20_000, 200_000, 500_000] {
        let ran = pull(&bench, &cut_after(bytes, to), &["--commit-rows", "100"]);
        assert_eq!(ran.code, 1, "{bytes}: {ran:?}");
        let parts: [&str; 2] = match bytes {
            50 => ["it cannot be reached", "check the host"],
            _ => ["what was committed is safe", "pull again"],
        };
        assert!(parts.iter().all(|part| ran.stderr.contains(part)), "{bytes}: {ran:?}");
        assert!(there() >= before, "{bytes}");
        before = there();
    }
    assert!((1..1800).contains(&before), "{before}");
    let status = bench.run(&["leads", "status", "--to", to, "--format", "json"]).json();
    assert!(status.to_string().contains("\"complete\":false"), "{status}");
    pull(&bench, to, &["--commit-rows", "100"]).ok();
    assert_eq!(rows(&schema), listed(&bench));
}

#[test]
fn who_watches_outlives_a_server_that_goes_away_in_the_first_pull() {
    let Some(schema) = Schema::new("watch_goes_away") else { return };
    let bench = Bench::with(Sandbox::builder().leads(600));
    let crm = bench.section("crm");
    let key = crm.lines().find(|line| line.starts_with("app_key")).unwrap();
    let config = bench.dir.read("leadtag.toml").replace(key, "app_key = \"made-up-and-wrong\"");
    bench.dir.write("leadtag.toml", &config);
    let to = cut_after(100_000, &schema.url());
    let command = ["leads", "pull", "--provider", "shop-douyin,crm", "--to", &to];
    let more = ["--commit-rows", "100", "--watch", "1s", "--report", "report.json"];
    let mut command = bench.dir.command(&[&command[..], &more].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let told = || std::fs::read_to_string(bench.dir.path().join("report.json")).unwrap_or_default();
    wait_until("a pull finds no server", || told().contains("it cannot be reached"));
    assert!(
        told().contains("it was not asked again after it refused the credentials"),
        "{}",
        told()
    );
    let ran = interrupt(child);
    assert_eq!(bench.admin().calls(LIST), 1);
    assert!(ran.stderr.contains("what was committed is safe"), "{ran:?}");
    assert!(ran.stderr.contains("Z: pulls again"), "{ran:?}");
}

#[test]
fn lists_json_and_times_are_what_postgresql_has_for_them() {
    let Some(schema) = Schema::new("types") else { return };
    let bench = Bench::all();
    pull(&bench, &schema.url(), &["--pii", "plain", "--columns", ALL]).ok();
    let types =
        "SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attnum)
                 FROM pg_attribute WHERE attrelid = 'leads'::regclass
                 AND attname IN ('mobiles', 'tags', 'created_at', 'raw')";
    assert_eq!(
        schema.one(types),
        "mobiles text[], tags text[], created_at timestamp with time zone, raw jsonb"
    );
    // They can be asked as such.
    let asked = "SELECT count(*)::text FROM leads WHERE cardinality(mobiles) > 0
                 AND created_at < now() + interval '1 day' AND jsonb_typeof(raw) = 'object'";
    assert!(schema.one(asked).parse::<u64>().unwrap() > 40);
}

#[test]
fn encrypted_or_not_the_same_arrives() {
    let Some(schema) = Schema::new("encrypted") else { return };
    let bench = Bench::all();
    bench.dir.write("ca.pem", &schema.one("SELECT pg_read_file('ca.crt')"));
    let to = schema.url().replace("127.0.0.1", "localhost");
    for mode in ["disable", "prefer", "require", "verify-full&sslrootcert=ca.pem"] {
        let ran: Ran = pull(&bench, &format!("{to}&sslmode={mode}"), &["--full"]).ok();
        assert_eq!(rows(&schema), listed(&bench), "{mode}: {ran:?}");
    }
}
