//! `leadtag sandbox serve`.

use leadtag_sandbox::Sandbox;

use crate::args::SandboxServe;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::config_of;

pub(super) async fn serve(args: &SandboxServe, output: &Output) -> Result<(), Failure> {
    let start = Sandbox::builder().port(args.port).seed(args.seed).leads(args.leads);
    let sandbox = args
        .faults
        .iter()
        .cloned()
        .fold(start, |builder, fault| builder.fault(fault))
        .start()
        .await
        .map_err(|error| {
            Failure::failed_with_hint(
                format!("127.0.0.1:{} cannot be served: {error}", args.port),
                "leave --port out to take any free one",
            )
        })?;
    // Whoever reads the configuration may stop the server at once: listen for that first.
    let stopped = Stop::listen()?;
    output.notice(&format!(
        "SANDBOX: serving on http://{} until Ctrl-C; stdout is a leadtag.toml for it",
        sandbox.addr()
    ));
    match output.data(&config_of(&sandbox)) {
        // A reader that has what it wants and leaves does not end the server.
        Ok(()) | Err(Failure::OutputClosed) => {}
        Err(failure) => return Err(failure),
    }
    stopped.wait().await;
    output.notice("SANDBOX: stopped");
    sandbox.shutdown().await;
    Ok(())
}

/// The signals that end the server.
#[cfg(unix)]
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind).map_err(|error| Failure::failed(format!("no signals here: {error}")))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signals that end the server.
#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    fn listen() -> Result<Self, Failure> {
        Ok(Self)
    }

    async fn wait(self) {
        // An error means that there are no signals: the server then ends at once.
        let _ = tokio::signal::ctrl_c().await;
    }
}
