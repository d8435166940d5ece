//! Signals. The first Ctrl-C lets a command end in good order, the second one ends it at once.

use std::pin::pin;
use std::sync::Once;

use tokio::sync::Semaphore;

use crate::failure::Failure;

/// It was stopped by Ctrl-C.
pub(super) const EXIT_STOPPED: u8 = 130;

/// Runs to the end. When somebody asks for it to stop, `ask` is called, which returns whether that
/// was asked before: then it ends at once.
pub(super) async fn stoppable<T>(
    work: impl Future<Output = T>,
    ask: impl Fn() -> bool,
) -> Result<T, Failure> {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Ok(done),
            () = asked_to_stop() => {
                if ask() {
                    return Err(Failure::Reported(EXIT_STOPPED));
                }
            }
        }
    }
}

/// A file that may get no longer is told by the error of a write then, and not by the end of the
/// program.
pub(super) fn survive_full_files() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        /// `SIGXFSZ`, on every Unix that Rust's signals are for.
        const TOO_LONG: i32 = 25;
        // Where it cannot be caught, the program ends as others do.
        let _ = signal(SignalKind::from_raw(TOO_LONG));
    }
}

/// The signals that came and that nobody has heeded yet.
static SIGNALS: Semaphore = Semaphore::const_new(0);

/// Listens from now on. There is one listener for the whole program, which is never taken away: a
/// signal that comes between two waits counts for the second one.
pub(super) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
                // Where it cannot be noticed, the system ends the program as it does elsewhere.
                let Ok(mut signals) = signal(kind) else { continue };
                tokio::spawn(async move {
                    while signals.recv().await.is_some() {
                        SIGNALS.add_permits(1);
                    }
                });
            }
        }
        #[cfg(not(unix))]
        tokio::spawn(async {
            while tokio::signal::ctrl_c().await.is_ok() {
                SIGNALS.add_permits(1);
            }
        });
    });
}

/// Returns when somebody presses Ctrl-C, or the system asks the program to end.
pub(super) async fn asked_to_stop() {
    listen();
    if let Ok(signal) = SIGNALS.acquire().await {
        signal.forget();
    }
}
