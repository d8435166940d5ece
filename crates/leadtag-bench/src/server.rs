//! A WeCom that always gives the same answers, prepared once: as little of it as can be is in the
//! way of what is measured.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::Read as _;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::{Result, output};

/// Tag groups in the prepared list.
pub(crate) const GROUPS: usize = 200;
/// Tags in each of them.
pub(crate) const TAGS_PER_GROUP: usize = 50;

const TOKEN: &str = r#"{"errcode":0,"errmsg":"ok","access_token":"bench-token-not-a-real-token-0123456789","expires_in":7200}"#;
const DONE: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

/// Serves until standard input ends, and prints the address first.
pub(crate) fn run() -> Result<()> {
    // The parent never writes: this ends when the parent does.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        output::line(&format!("http://{}", listener.local_addr()?));
        let list = Bytes::from(list());
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(serve(stream, list.clone()));
        }
    })
}

async fn serve(stream: TcpStream, list: Bytes) {
    // Without it an answer in two segments waits for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| {
        let list = list.clone();
        async move {
            let path = request.uri().path().to_owned();
            // A body that is not read would close the connection.
            let _ = request.into_body().collect().await;
            let body = match path.rsplit('/').next() {
                Some("gettoken") => Bytes::from_static(TOKEN.as_bytes()),
                Some("get_corp_tag_list") => list,
                _ => Bytes::from_static(DONE.as_bytes()),
            };
            let json = "application/json; charset=UTF-8";
            let response = Response::builder().header(CONTENT_TYPE, json);
            Ok::<_, Infallible>(response.body(Full::new(body)).unwrap_or_default())
        }
    });
    // A client that goes away is no matter of ours.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// The answer of `get_corp_tag_list` with 10,000 tags, about 1 MB.
fn list() -> String {
    let mut json = String::from(r#"{"errcode":0,"errmsg":"ok","tag_group":["#);
    for group in 0..GROUPS {
        let comma = if group == 0 { "" } else { "," };
        let order = GROUPS - group;
        let _ = write!(
            json,
            r#"{comma}{{"group_id":"etBenchGroup0000000000000000{group:05}","group_name":"批量分组{group:05}","create_time":1700000000,"order":{order},"tag":["#
        );
        for tag in 0..TAGS_PER_GROUP {
            let comma = if tag == 0 { "" } else { "," };
            let order = TAGS_PER_GROUP - tag;
            let _ = write!(
                json,
                r#"{comma}{{"id":"etBenchTag00000000000{group:05}{tag:05}","name":"批量标签{group:05}-{tag:05}","create_time":1700000000,"order":{order}}}"#
            );
        }
        json.push_str("]}");
    }
    json.push_str("]}");
    json
}
