//! What the libraries tell: warnings, and with `--verbose` each call.

use std::io;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{self, format::FmtSpan};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The crates that keep secrets and personal data out of their logs. Others are not asked.
const CRATES: [&str; 7] = [
    "leadtag",
    "leadtag_core",
    "douyin_leads",
    "miaokol_smarttag",
    "wecom_corptag",
    "crm_v3",
    "beschannels_leads",
];

/// Writes what the libraries tell to stderr: what should be looked at although all is well, and, if
/// asked for, each call with its duration and each failed attempt.
pub(crate) fn start(verbose: bool) {
    let (level, spans) = if verbose {
        (LevelFilter::DEBUG, FmtSpan::CLOSE)
    } else {
        (LevelFilter::WARN, FmtSpan::NONE)
    };
    let targets = CRATES.map(|name| (name, level));
    let layer = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_timer(fmt::time::uptime())
        .with_span_events(spans);
    let started = tracing_subscriber::registry()
        .with(Targets::new().with_targets(targets))
        .with(layer)
        .try_init();
    // It fails only if something else has started it already.
    debug_assert!(started.is_ok());
}
