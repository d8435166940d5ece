//! Starting and stopping the server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admin::{self, Admin};
use crate::beschannels::BeschannelsAccess;
use crate::crm_v3::CrmV3Access;
use crate::douyin::DouyinAccess;
use crate::fault::FaultSpec;
use crate::miaokol::MiaokolAccess;
use crate::platforms::Platforms;
use crate::server;
use crate::shared::Shared;
use crate::wecom::WecomAccess;

/// A running server on 127.0.0.1.
///
/// It lives on the Tokio runtime it was started on and stops when it is dropped, without waiting
/// for requests in flight.
#[derive(Debug)]
pub struct Sandbox {
    addr: SocketAddr,
    admin: Admin,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Starts with the default seed data on a free port.
    ///
    /// # Errors
    /// If no socket can be bound on loopback.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Starts differently.
    #[must_use]
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Where the server listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Address and credentials of the sandboxed WeCom.
    #[must_use]
    pub fn wecom(&self) -> WecomAccess {
        WecomAccess::new(self.addr)
    }

    /// Address and credentials of the sandboxed Douyin.
    #[must_use]
    pub fn douyin(&self) -> DouyinAccess {
        DouyinAccess::new(self.addr)
    }

    /// Address and credentials of the sandboxed Miaokol.
    #[must_use]
    pub fn miaokol(&self) -> MiaokolAccess {
        MiaokolAccess::new(self.addr)
    }

    /// Address and credentials of the sandboxed BesChannels.
    #[must_use]
    pub fn beschannels(&self) -> BeschannelsAccess {
        BeschannelsAccess::new(self.addr)
    }

    /// Address and credentials of the sandboxed CRM v3.
    #[must_use]
    pub fn crm_v3(&self) -> CrmV3Access {
        CrmV3Access::new(self.addr)
    }

    /// A `leadtag.toml` with every sandboxed platform as a provider.
    #[must_use]
    pub fn config_toml(&self) -> String {
        self.admin.config_toml()
    }

    /// As [`config_toml`](Self::config_toml), with these platforms only, for a program that was
    /// built without the others.
    #[must_use]
    pub fn config_toml_for(&self, platforms: &[&str]) -> String {
        self.admin.config_toml_for(|name| platforms.contains(&name))
    }

    /// The handle to inspect and disturb the server with.
    #[must_use]
    pub fn admin(&self) -> Admin {
        self.admin.clone()
    }

    /// Stops the server and waits until every connection is closed.
    pub async fn shutdown(mut self) {
        // Nobody listening means the server has ended already.
        let _ = self.stop.send(true);
        let _ = (&mut self.server).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Aborting drops the server's connections with it.
        self.server.abort();
    }
}

/// How to start a [`Sandbox`].
#[derive(Debug, Clone)]
pub struct SandboxBuilder {
    port: u16,
    seed: u64,
    leads: usize,
    faults: Vec<FaultSpec>,
    record: bool,
    slow: Duration,
    limits: bool,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            port: 0,
            seed: 1,
            leads: 40,
            faults: Vec::new(),
            record: true,
            slow: Duration::from_secs(2),
            limits: false,
        }
    }
}

impl SandboxBuilder {
    /// The port; 0, the default, is any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The seed of the made-up people; equal seeds give equal data. 1 by default.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The number of customers; 40 by default. They are made when asked for, so that millions of
    /// them cost no memory.
    #[must_use]
    pub fn leads(mut self, leads: usize) -> Self {
        self.leads = leads;
        self
    }

    /// Adds a fault that waits from the start.
    #[must_use]
    pub fn fault(mut self, fault: impl Into<FaultSpec>) -> Self {
        self.faults.push(fault.into());
        self
    }

    /// Whether the last 1,000 requests are kept; on by default. Switch it off for measurements.
    #[must_use]
    pub fn record(mut self, record: bool) -> Self {
        self.record = record;
        self
    }

    /// The delay of the `slow` fault, 2 s by default.
    #[must_use]
    pub fn slow_delay(mut self, delay: Duration) -> Self {
        self.slow = delay;
        self
    }

    /// Whether the platforms' real rate limits hold; off by default, so that a fast test is not
    /// refused for being fast.
    #[must_use]
    pub fn enforce_limits(mut self, enforce: bool) -> Self {
        self.limits = enforce;
        self
    }

    /// Binds 127.0.0.1 and serves in the background.
    ///
    /// # Errors
    /// If the port is taken or no socket can be bound on loopback.
    pub async fn start(self) -> io::Result<Sandbox> {
        // Loopback only: the admin API is open to everyone who can reach the server.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared::new(self.record, self.slow));
        let platforms = Platforms::new(&shared, self.seed, self.leads);
        let services = platforms.all();
        let admin = Admin::new(addr, shared, platforms);
        admin.set_limits_enforced(self.limits);
        for fault in self.faults {
            admin.inject(fault);
        }
        let router = services.iter().fold(Router::new(), |router, service| {
            router.nest(&format!("/{}", service.name()), Arc::clone(service).router())
        });
        let router = router.nest("/admin", admin::http::router(&admin));
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::serve(listener, router, stopped));
        Ok(Sandbox { addr, admin, stop, server })
    }
}
