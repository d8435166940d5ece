//! Encrypted connections, by the TLS library and the certificates that the platforms are reached
//! with.

use std::fmt;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use postgres::Socket;
use postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::{TlsConnector, client, rustls};

use super::protection::Protection;

/// Makes connections encrypted.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
}

impl Tls {
    /// What is wrong with the certificates otherwise.
    pub(super) fn new(protection: &Protection) -> Result<Self, String> {
        let provider = CryptoProvider::get_default().cloned();
        let provider = provider.unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()));
        let check = Check::new(protection, provider.clone())?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(check));
        let mut config = config.with_no_client_auth();
        // Asked for by servers that speak TLS from the first byte on.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self { connector: Arc::new(config).into() })
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Stream;
    type TlsConnect = Handshake;
    type Error = Failed;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, Failed> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other);
        Ok(Handshake { connector: self.connector.clone(), name: name.map_err(Failed)? })
    }
}

/// A connection that is to be encrypted.
pub(super) struct Handshake {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Stream;
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Failed>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        let made = self.connector.connect(self.name, socket);
        Box::pin(async { made.await.map(|stream| Stream(Box::new(stream))).map_err(Failed) })
    }
}

/// The server and this program did not agree on how to encrypt.
#[derive(Debug)]
pub(super) struct Failed(io::Error);

impl Failed {
    /// Whether it was for the server's certificate.
    pub(super) fn is_certificate(&self) -> bool {
        let error = self.0.get_ref().and_then(|error| error.downcast_ref());
        matches!(error, Some(rustls::Error::InvalidCertificate(_)))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failed {}

/// An encrypted connection.
pub(super) struct Stream(Box<client::TlsStream<Socket>>);

impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, to)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// What is checked of a server's certificate.
#[derive(Debug)]
struct Check {
    provider: Arc<CryptoProvider>,
    /// Who vouches for servers; `None`: nobody has to.
    authorities: Option<Arc<dyn ServerCertVerifier>>,
    /// Certificates that are trusted themselves: a server that signed its own has no authority.
    trusted: Vec<CertificateDer<'static>>,
    /// Whether it must be for the name of the server.
    is_named: bool,
}

impl Check {
    fn new(protection: &Protection, provider: Arc<CryptoProvider>) -> Result<Self, String> {
        let mut check = Self {
            provider: provider.clone(),
            authorities: None,
            trusted: Vec::new(),
            is_named: false,
        };
        let file = match protection {
            Protection::Disable | Protection::Prefer | Protection::Require => return Ok(check),
            Protection::VerifyCa(file) => Some(file),
            Protection::VerifyFull(file) => {
                check.is_named = true;
                file.as_ref()
            }
        };
        check.authorities = Some(match file {
            None => {
                let system = rustls_platform_verifier::Verifier::new(provider);
                Arc::new(system.map_err(|error| error.to_string())?)
            }
            Some(file) => {
                check.trusted = read(file)?;
                let unusable = |why: String| format!("sslrootcert={}: {why}", file.display());
                let mut roots = RootCertStore::empty();
                for certificate in &check.trusted {
                    roots.add(certificate.clone()).map_err(|error| unusable(error.to_string()))?;
                }
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
                    .build()
                    .map_err(|error| unusable(error.to_string()))?
            }
        });
        Ok(check)
    }
}

/// The certificates of a file.
fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let shown = file.display();
    let bytes = std::fs::read(file)
        .map_err(|error| format!("sslrootcert={shown} cannot be read: {error}"))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(format!("sslrootcert={shown} holds no certificate; it must be a PEM file")),
    }
}

impl ServerCertVerifier for Check {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(authorities) = &self.authorities else {
            return Ok(ServerCertVerified::assertion());
        };
        if self.trusted.iter().any(|trusted| trusted == server) {
            if self.is_named {
                let server = rustls::server::ParsedCertificate::try_from(server)?;
                rustls::client::verify_server_name(&server, name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        match authorities.verify_server_cert(server, between, name, ocsp, now) {
            // The name is looked at last.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.is_named => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, server, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, server, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
