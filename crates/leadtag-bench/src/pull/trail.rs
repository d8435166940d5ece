//! What a pull asks for, written down, so that others can fetch the very same pages.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use leadtag_core::{
    BaseUrl, Cursor, HttpTransport, Interaction, Lead, LeadCapabilities, LeadId, LeadQuery,
    LeadsProvider, Page, Platform, Request, Response, Transport, TransportError, async_trait,
};
use serde::{Deserialize, Serialize};

use crate::Result;

/// The requests of a pull, and the pages that its provider was asked for.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Trail {
    pub(crate) calls: Vec<Call>,
    pub(crate) pages: Vec<(LeadQuery, Option<Cursor>)>,
}

/// One request.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Trail {
    /// As a file has it.
    pub(crate) fn read(path: &str) -> Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }

    /// Writes it into a file.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        Ok(std::fs::write(path, serde_json::to_vec(self)?)?)
    }
}

/// Writes down what passes, and passes it on.
#[derive(Debug)]
pub(crate) struct Writer<T> {
    real: T,
    trail: Arc<Mutex<Trail>>,
}

impl Writer<HttpTransport> {
    /// Over HTTP.
    pub(crate) fn to(base_url: &str, trail: Arc<Mutex<Trail>>) -> leadtag_core::Result<Self> {
        Ok(Self { real: HttpTransport::new(&BaseUrl::parse(base_url, false)?)?, trail })
    }
}

impl Writer<Arc<dyn LeadsProvider>> {
    /// Around a provider.
    pub(crate) fn around(real: Arc<dyn LeadsProvider>, trail: Arc<Mutex<Trail>>) -> Self {
        Self { real, trail }
    }
}

impl<T> Writer<T> {
    fn note(&self, what: impl FnOnce(&mut Trail)) {
        what(&mut self.trail.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[async_trait]
impl Transport for Writer<HttpTransport> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
        // Tokens are fetched by who needs them.
        if !request.url.path().contains("token") {
            let headers = request.headers.iter();
            let headers = headers.map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            });
            let call = Call {
                method: request.method.to_string(),
                url: request.url.to_string(),
                headers: headers.collect(),
                body: text(&request.body),
            };
            self.note(|trail| trail.calls.push(call));
        }
        self.real.send(request).await
    }
}

#[async_trait]
impl LeadsProvider for Writer<Arc<dyn LeadsProvider>> {
    fn platform(&self) -> Platform {
        self.real.platform()
    }

    fn lead_capabilities(&self) -> LeadCapabilities {
        self.real.lead_capabilities()
    }

    async fn fetch_lead_page(
        &self,
        query: &LeadQuery,
        cursor: Option<&Cursor>,
    ) -> leadtag_core::Result<Page<Lead>> {
        self.note(|trail| trail.pages.push((query.clone(), cursor.cloned())));
        self.real.fetch_lead_page(query, cursor).await
    }

    async fn get_lead(&self, id: &LeadId) -> leadtag_core::Result<Lead> {
        self.real.get_lead(id).await
    }

    async fn fetch_interaction_page(
        &self,
        id: &LeadId,
        cursor: Option<&Cursor>,
    ) -> leadtag_core::Result<Page<Interaction>> {
        self.real.fetch_interaction_page(id, cursor).await
    }
}
