//! The accept loop: plain HTTP/1.1 on loopback, with connections that can be reset on purpose.

mod stream;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use stream::ResettableStream;

/// Marks a response that must not be sent: the connection is reset instead.
#[derive(Debug, Clone, Copy)]
struct ResetConnection;

/// A response that makes the server answer with a TCP reset.
pub(crate) fn reset_connection() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(ResetConnection);
    response
}

/// Serves until `stop` changes or its sender is gone; then drops every connection.
pub(crate) async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone()));
                }
                // Out of file descriptors, most likely: let some connections end first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, router: Router) {
    // A failure here costs latency only.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let io = TokioIo::new(ResettableStream::new(stream, Arc::clone(&reset)));
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = router.call(request);
        let reset = Arc::clone(&reset);
        async move { deliver(answer.await, &reset) }
    });
    // An error is a caller that went away, or a fault that ended the connection: both intended.
    // No timer, hence no header timeout: an idle connection of a pool must not break under its owner.
    let _ = http1::Builder::new().serve_connection(io, service).await;
}

/// Passes the response on, or fails so that hyper drops the connection without writing a byte.
fn deliver(
    answer: Result<Response<Body>, Infallible>,
    reset: &AtomicBool,
) -> io::Result<Response<Body>> {
    let Ok(response) = answer;
    if response.extensions().get::<ResetConnection>().is_some() {
        reset.store(true, Ordering::Relaxed);
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    Ok(response)
}
