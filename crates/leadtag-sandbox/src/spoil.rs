//! Faults that spoil a finished answer on its way out, the same on every platform.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, HeaderValue};
use axum::http::{Response, StatusCode};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame};

use crate::call::Answer;

const DEEP: usize = 100_000;
const HUGE_CHUNK: usize = 64 * 1024;
const HUGE_CHUNKS: usize = 200 * 1024 * 1024 / HUGE_CHUNK;

const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

pub(crate) fn html_502() -> Answer {
    Answer::plain(StatusCode::BAD_GATEWAY, "text/html", BAD_GATEWAY)
}

pub(crate) fn http_500_empty() -> Answer {
    Answer::plain(StatusCode::INTERNAL_SERVER_ERROR, "text/html", "")
}

pub(crate) fn empty_body(answer: Answer) -> Answer {
    answer.with_body(Bytes::new())
}

/// The answer in GBK. One that holds no Chinese gets a member that does: GBK and UTF-8 are the
/// same on ASCII, and the fault must show.
pub(crate) fn gbk(answer: Answer) -> Answer {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let text = if text.is_ascii() { with_member(&text, "\"tips\":\"操作成功\"") } else { text };
    let (bytes, _, _) = encoding_rs::GBK.encode(&text);
    let bytes = bytes.into_owned();
    answer.with_body(bytes)
}

pub(crate) fn deep_json(answer: Answer) -> Answer {
    let member = format!("\"nested\":{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let text = with_member(&String::from_utf8_lossy(&answer.body), &member);
    answer.with_body(text)
}

/// Appends a member to the text of a JSON object.
fn with_member(text: &str, member: &str) -> String {
    let open = text.trim_end().strip_suffix('}').unwrap_or("{");
    let comma = if open.trim_end().ends_with('{') { "" } else { "," };
    format!("{open}{comma}{member}}}")
}

/// Announces the whole answer, sends half of it and closes.
pub(crate) fn truncated(answer: &Answer) -> Response<Body> {
    let half = answer.body.slice(..answer.body.len() / 2);
    let body = Body::new(Half { half: Some(half), pauses: 4 });
    let mut response = answer.response(body);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len().max(1)));
    response
}

/// The answer with 200 MiB of padding in an extra member.
pub(crate) fn huge_body(answer: &Answer) -> Response<Body> {
    let text = String::from_utf8_lossy(&answer.body);
    let open = text.trim_end().strip_suffix('}').unwrap_or("{\"errcode\":0");
    let body = Huge {
        head: Some(Bytes::from(format!("{open},\"padding\":\""))),
        chunk: Bytes::from(vec![b'x'; HUGE_CHUNK]),
        left: HUGE_CHUNKS,
        tail: Some(Bytes::from_static(b"\"}")),
    };
    answer.response(Body::new(body))
}

struct Half {
    half: Option<Bytes>,
    pauses: u8,
}

impl HttpBody for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        // The connection flushes between polls: give it the chance before the body fails.
        if self.pauses > 0 {
            self.pauses -= 1;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())))
    }
}

struct Huge {
    head: Option<Bytes>,
    chunk: Bytes,
    left: usize,
    tail: Option<Bytes>,
}

impl HttpBody for Huge {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        if self.left > 0 {
            self.left -= 1;
            return Poll::Ready(Some(Ok(Frame::data(self.chunk.clone()))));
        }
        Poll::Ready(self.tail.take().map(|tail| Ok(Frame::data(tail))))
    }
}
