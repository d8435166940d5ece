//! The named faults and how they are written on a command line.

mod plan;
mod spec;

use std::fmt;

pub(crate) use plan::{FaultPlan, Target};
pub use spec::{FaultSpec, ParseFaultError, Times};

/// Something that goes wrong on purpose.
///
/// Codes are WeCom's; the README says what the other platforms answer. Where a row of its fault
/// table says "committed", the request has taken effect although the caller cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// `expired-token`: the token presented expires now; 42001.
    ExpiredToken,
    /// `revoked-token`: the token presented is revoked now; 40014.
    RevokedToken,
    /// `invalid-token-forever`: 40014 whatever the token; lasts until cleared unless counted.
    InvalidTokenForever,
    /// `busy`: −1, nothing is processed.
    Busy,
    /// `rate-limited`: 45009, and again for 60 s of the sandbox clock on that API.
    RateLimited,
    /// `concurrency`: 45033, nothing is processed.
    Concurrency,
    /// `data-conflict`: 6000, nothing is processed.
    DataConflict,
    /// `ip-not-trusted`: 60020 naming `from ip: 203.0.113.7`.
    IpNotTrusted,
    /// `html-502`: a proxy's HTML page with status 502.
    Html502,
    /// `http-500-empty`: status 500 without a body.
    Http500Empty,
    /// `truncated`: processed; the answer ends before its `Content-Length`.
    Truncated,
    /// `reset`: RST before anything is processed.
    Reset,
    /// `lost-reply`: processed and committed, then RST without a response byte.
    LostReply,
    /// `commit-hang`: processed and committed, then silence.
    CommitHang,
    /// `slow`: a normal answer after the sandbox's slow delay (2 s unless configured).
    Slow,
    /// `hang`: never answered, nothing is processed.
    Hang,
    /// `empty-body`: processed; status 200 with no body.
    EmptyBody,
    /// `gbk`: processed; the answer's Chinese text is GBK bytes, hence no valid UTF-8.
    Gbk,
    /// `deep-json`: processed; the answer has a member of 100,000 nested arrays.
    DeepJson,
    /// `huge-body`: processed; an answer of 200 MiB, made while it is sent.
    HugeBody,
    /// `missing-errcode`: a success answer without `errcode` and `errmsg`.
    MissingErrcode,
    /// `json-warning`: a success answer whose `errmsg` warns of a wrong JSON format.
    JsonWarning,
    /// `duplicate-cursor`: a page whose `next_cursor` is the cursor just used.
    DuplicateCursor,
    /// `shifting-pages`: a row is added while a list is read, so that rows move between pages;
    /// without effect on WeCom.
    ShiftingPages,
    /// `echo-secrets`: an error whose `errmsg` repeats token, secret, query and personal data.
    EchoSecrets,
    /// `error-code:NNNNN`: any error code, nothing is processed.
    ErrorCode(i64),
}

const ALL: [(Fault, &str, &str); 26] = [
    (Fault::ExpiredToken, "expired-token", "42001: the token presented has expired"),
    (Fault::RevokedToken, "revoked-token", "40014: the token presented was revoked"),
    (Fault::InvalidTokenForever, "invalid-token-forever", "40014 whatever token is presented"),
    (Fault::Busy, "busy", "-1: system busy"),
    (Fault::RateLimited, "rate-limited", "45009, and the API stays closed for 60 s"),
    (Fault::Concurrency, "concurrency", "45033: too many requests in flight"),
    (Fault::DataConflict, "data-conflict", "6000: concurrent writers"),
    (Fault::IpNotTrusted, "ip-not-trusted", "60020: caller's address is not trusted"),
    (Fault::Html502, "html-502", "HTTP 502 with an HTML page"),
    (Fault::Http500Empty, "http-500-empty", "HTTP 500 without a body"),
    (Fault::Truncated, "truncated", "the answer stops before its Content-Length"),
    (Fault::Reset, "reset", "TCP reset before the request is processed"),
    (Fault::LostReply, "lost-reply", "committed, then TCP reset without an answer"),
    (Fault::CommitHang, "commit-hang", "committed, then never answered"),
    (Fault::Slow, "slow", "a normal answer after about 2 s"),
    (Fault::Hang, "hang", "never answered, nothing processed"),
    (Fault::EmptyBody, "empty-body", "HTTP 200 with an empty body"),
    (Fault::Gbk, "gbk", "an answer in GBK instead of UTF-8"),
    (Fault::DeepJson, "deep-json", "100,000 nested arrays in an extra member"),
    (Fault::HugeBody, "huge-body", "an answer of 200 MiB"),
    (Fault::MissingErrcode, "missing-errcode", "success without errcode and errmsg"),
    (Fault::JsonWarning, "json-warning", "success whose errmsg warns of wrong JSON"),
    (Fault::DuplicateCursor, "duplicate-cursor", "next_cursor repeats the cursor used"),
    (Fault::ShiftingPages, "shifting-pages", "rows move between pages"),
    (Fault::EchoSecrets, "echo-secrets", "an error that repeats secrets and personal data"),
    (Fault::ErrorCode(40058), "error-code", "error-code:NNNNN answers that error code"),
];

impl Fault {
    /// Every fault, in the order of the README's table; `error-code` stands in with 40058.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|(fault, _, _)| *fault)
    }

    /// The kebab-case name, for `error-code` without its number.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row().map_or("error-code", |(_, name, _)| name)
    }

    /// One line on what the caller sees.
    #[must_use]
    pub fn about(&self) -> &'static str {
        self.row().map_or("error-code:NNNNN answers that error code", |(_, _, about)| about)
    }

    /// Whether the fault only makes sense on a call that carries a cursor.
    pub(crate) fn needs_cursor(self) -> bool {
        matches!(self, Self::DuplicateCursor)
    }

    fn row(&self) -> Option<&'static (Self, &'static str, &'static str)> {
        ALL.iter().find(|(fault, _, _)| fault == self)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ErrorCode(code) => write!(f, "error-code:{code}"),
            named => f.write_str(named.name()),
        }
    }
}
