//! Encrypted connections. The certificate of the server is for `localhost`.

use std::io::{Read, Write};
use std::net::TcpListener;

use leadtag_extract::{Destination, Error};
use tempfile::NamedTempFile;

use crate::postgres_server::Schema;

/// The certificate of the server's authority, or its own.
fn certificate(world: &Schema, name: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    let text = world.one(&format!("SELECT pg_read_file('{name}')"));
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// Whether a connection with these parameters is encrypted, or why there is none.
fn encrypted(world: &Schema, host: &str, parameters: &str) -> Result<bool, Error> {
    let name = format!("tls_{}", world.name);
    let url = world.url().replace("127.0.0.1", host);
    let sink = Destination::Postgres(format!("{url}&application_name={name}&{parameters}")).open();
    let sink = sink?;
    let sql = format!(
        "SELECT ssl::text FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
         WHERE application_name = '{name}'"
    );
    let is_encrypted = world.one(&sql) == "true";
    sink.finish().unwrap();
    Ok(is_encrypted)
}

#[track_caller]
fn refused(world: &Schema, host: &str, parameters: &str, part: &str) -> Error {
    let error = encrypted(world, host, parameters).unwrap_err();
    assert!(error.to_string().contains(part), "{error}");
    error
}

#[test]
fn a_connection_is_encrypted_where_the_server_can_and_nothing_else_is_said() {
    let Some(world) = Schema::new("tls_modes") else { return };
    for (mode, is_encrypted) in [
        ("", true),
        ("sslmode=prefer", true),
        ("sslmode=require", true),
        ("sslmode=disable", false),
    ] {
        assert_eq!(encrypted(&world, "127.0.0.1", mode).unwrap(), is_encrypted, "{mode}");
    }
}

#[test]
fn a_server_that_nobody_vouches_for_is_refused() {
    let Some(world) = Schema::new("tls_unknown") else { return };
    let error = refused(&world, "localhost", "sslmode=verify-full", "UnknownIssuer");
    assert!(matches!(error, Error::Destination { .. }), "{error:?}");
    assert!(error.to_string().contains("sslrootcert=FILE"), "{error}");
}

#[test]
fn a_server_is_known_by_its_authority_or_by_its_own_certificate() {
    let Some(world) = Schema::new("tls_known") else { return };
    for name in ["ca.crt", "server.crt"] {
        let file = certificate(&world, name);
        let root = format!("sslrootcert={}", file.path().display());
        let full = format!("sslmode=verify-full&{root}");
        assert!(encrypted(&world, "localhost", &full).unwrap(), "{name}");
        refused(&world, "127.0.0.1", &full, "not valid for name");
        // The name is not looked at.
        for mode in ["verify-ca", "require"] {
            let mode = format!("sslmode={mode}&{root}");
            assert!(encrypted(&world, "127.0.0.1", &mode).unwrap(), "{name}");
        }
    }
}

#[test]
fn a_file_without_certificates_is_named_before_anything_is_sent() {
    let Some(world) = Schema::new("tls_file") else { return };
    for (file, part) in [("nowhere.pem", "cannot be read"), ("Cargo.toml", "holds no certificate")]
    {
        let parameters = format!("sslmode=verify-full&sslrootcert={file}");
        let error = refused(&world, "localhost", &parameters, part);
        assert!(matches!(&error, Error::Input(text) if text.contains(file)), "{error:?}");
    }
}

#[test]
fn nothing_is_sent_to_a_server_that_cannot_encrypt_where_it_must() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut question = [0; 8];
        client.read_exact(&mut question).unwrap();
        client.write_all(b"N").unwrap();
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).unwrap();
        rest
    });
    let url = format!("postgres://ada:secret@127.0.0.1:{port}/crm?sslmode=require");
    let error = Destination::Postgres(url).open().map(drop).unwrap_err().to_string();
    assert!(error.contains("server does not support TLS"), "{error}");
    assert!(!error.contains("secret"), "{error}");
    assert!(server.join().unwrap().is_empty());
}
