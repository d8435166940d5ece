//! What a replayed platform answers, and gates that hold an answer back.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use leadtag_core::{Response, TransportError};
use serde_json::Value;
use tokio::sync::watch;

/// What comes back for one request.
#[derive(Clone)]
#[must_use = "a reply does nothing until it is given to an exchange or a handler"]
pub struct Reply {
    ending: Ending,
    status: StatusCode,
    headers: HeaderMap,
    pieces: Vec<Bytes>,
    breaks: bool,
    gate: Option<Gate>,
}

#[derive(Clone, Copy)]
enum Ending {
    Answer,
    NotSent,
    MaybeSent,
    Hang,
}

impl Reply {
    /// Status 200 with a JSON body.
    pub fn json(body: Value) -> Self {
        Self::bytes(body.to_string())
            .with_header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
    }

    /// Status 200 with this body.
    pub fn bytes(body: impl Into<Bytes>) -> Self {
        Self::pieces([body.into()])
    }

    /// Status 200 with a body that arrives in these pieces.
    pub fn pieces(pieces: impl IntoIterator<Item = impl Into<Bytes>>) -> Self {
        Self {
            pieces: pieces.into_iter().map(Into::into).collect(),
            ..Self::ending(Ending::Answer)
        }
    }

    /// An answer with this status and no body.
    pub fn status(status: StatusCode) -> Self {
        Self::ending(Ending::Answer).with_status(status)
    }

    /// No connection could be made: nothing was sent.
    pub fn not_sent() -> Self {
        Self::ending(Ending::NotSent)
    }

    /// The connection broke before an answer came: the request may have arrived.
    pub fn maybe_sent() -> Self {
        Self::ending(Ending::MaybeSent)
    }

    /// No answer ever comes.
    pub fn hang() -> Self {
        Self::ending(Ending::Hang)
    }

    /// Sets the status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a header.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Sets the header `Retry-After`, in whole seconds.
    pub fn with_retry_after(self, wait: Duration) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()))
    }

    /// Breaks the connection after the body's pieces.
    pub fn then_break(mut self) -> Self {
        self.breaks = true;
        self
    }

    /// Holds the reply back until `gate` is opened. The request counts as received before.
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    fn ending(ending: Ending) -> Self {
        Self {
            ending,
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            pieces: Vec::new(),
            breaks: false,
            gate: None,
        }
    }

    pub(crate) async fn give(self) -> Result<Response, TransportError> {
        if let Some(gate) = &self.gate {
            gate.passed().await;
        }
        match self.ending {
            Ending::Answer => {}
            Ending::NotSent => return Err(TransportError::not_sent("no connection could be made")),
            Ending::MaybeSent => {
                return Err(TransportError::maybe_sent(
                    "the connection broke before an answer came",
                ));
            }
            Ending::Hang => std::future::pending().await,
        }
        let broken = self
            .breaks
            .then(|| TransportError::maybe_sent("the connection broke within the answer"));
        let body = stream::iter(self.pieces.into_iter().map(Ok).chain(broken.map(Err)));
        Ok(Response { status: self.status, headers: self.headers, body: body.boxed() })
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ending = match self.ending {
            Ending::Answer => "answer",
            Ending::NotSent => "not sent",
            Ending::MaybeSent => "maybe sent",
            Ending::Hang => "hang",
        };
        write!(f, "Reply({ending}, {})", self.status)
    }
}

/// Holds replies back until it is opened. Clones are the same gate.
#[derive(Clone)]
pub struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Lets everything through, now and later.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    /// Completes when the gate is open.
    pub async fn passed(&self) {
        // The sender lives in `self`, so the wait ends only by the opening.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if *self.0.borrow() { "open" } else { "closed" };
        write!(f, "Gate({state})")
    }
}
