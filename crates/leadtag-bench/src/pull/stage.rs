//! One measured process: one platform, one way of reading its leads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use leadtag_core::LeadsProvider;
use leadtag_extract::{Destination, PiiMode, PullOptions, Sink, Source, Stop, pull};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::nowhere::Nowhere;
use super::trail::{Trail, Writer};
use super::world::World;
use crate::{Result, output, parse, usage};

/// Leads on a page: no document of a platform shows a larger one.
pub(super) const PAGE: u32 = 100;

/// What one process needed.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) rows: u64,
    pub(crate) seconds: f64,
    pub(crate) cpu: f64,
    /// MiB held at most.
    pub(crate) memory: f64,
}

/// Does one stage and prints its figures as a line of JSON.
///
/// `trail` writes the requests of a pull to the file `to`, `network` and `floor` send those of that
/// file again, `trait` reads the same pages by the provider, `rows` pulls to nowhere, and all else
/// is a way to treat personal data: the pull to the destination `to`.
pub(crate) fn run(platform: &str, stage: &str, world: &str, to: &str) -> Result<()> {
    let world: World = serde_json::from_str(world)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let figures = runtime.block_on(async {
        match stage {
            "trail" => trail(&world, platform, to).await,
            "network" => send(platform, to, |_, body| Ok(body.len())).await.map(|mut figures| {
                figures.rows = 0;
                figures
            }),
            "floor" => send(platform, to, parse::plain_rows).await,
            "trait" => by_trait(&*world.client(platform, None)?, to).await,
            "rows" => {
                let source = Source::new(platform, world.client(platform, None)?);
                measured(source, Box::new(Nowhere), PiiMode::Mask).await
            }
            pii => {
                let source = Source::new(platform, world.client(platform, None)?);
                let pii = if pii == "plain" { PiiMode::Plain } else { PiiMode::Mask };
                measured(source, to.parse::<Destination>()?.open()?, pii).await
            }
        }
    })?;
    output::line(&serde_json::to_string(&figures)?);
    Ok(())
}

async fn measured(source: Source, sink: Box<dyn Sink>, pii: PiiMode) -> Result<Figures> {
    let mut options = PullOptions::default();
    options.page_size = Some(PAGE);
    options.pii.default = pii;
    let begun = Begun::now()?;
    let report = pull(vec![source], sink, options, Stop::new(), |_| ()).await?;
    let [stream] = report.streams.as_slice() else { return Err("not one stream".into()) };
    if let Some(error) = &stream.error {
        return Err(error.as_str().into());
    }
    begun.figures(stream.leads.new)
}

async fn trail(world: &World, platform: &str, path: &str) -> Result<Figures> {
    let trail = Arc::new(Mutex::new(Trail::default()));
    let transport = Writer::to(world.base_url(platform), Arc::clone(&trail))?;
    let client = world.client(platform, Some(Arc::new(transport)))?;
    let provider = Writer::around(client, Arc::clone(&trail));
    let source = Source::new(platform, Arc::new(provider));
    let figures = measured(source, Box::new(Nowhere), PiiMode::Plain).await?;
    trail.lock().unwrap_or_else(PoisonError::into_inner).write(path.as_ref())?;
    Ok(figures)
}

/// Sends the requests of a trail, one after the other, and counts what `rows` makes of the answers.
async fn send(
    platform: &str,
    path: &str,
    rows: impl Fn(&str, &Bytes) -> Result<usize>,
) -> Result<Figures> {
    let trail = Trail::read(path)?;
    let client = reqwest::Client::builder().build()?;
    let mut requests = Vec::new();
    for call in trail.calls {
        let mut headers = HeaderMap::new();
        for (name, value) in &call.headers {
            headers.append(name.parse::<HeaderName>()?, HeaderValue::from_str(value)?);
        }
        let mut request = client.request(call.method.parse()?, &call.url).headers(headers);
        if !call.body.is_empty() {
            request = request.body(call.body);
        }
        requests.push(request.build()?);
    }
    let begun = Begun::now()?;
    let mut count = 0;
    for request in requests {
        let answer = client.execute(request).await?.error_for_status()?;
        let body = answer.bytes().await?;
        count += rows(platform, &body)?;
    }
    begun.figures(count as u64)
}

async fn by_trait(provider: &dyn LeadsProvider, path: &str) -> Result<Figures> {
    let trail = Trail::read(path)?;
    let begun = Begun::now()?;
    let mut count = 0;
    for (query, cursor) in &trail.pages {
        count += provider.fetch_lead_page(query, cursor.as_ref()).await?.items.len();
    }
    begun.figures(count as u64)
}

struct Begun(Instant, std::time::Duration);

impl Begun {
    fn now() -> Result<Self> {
        Ok(Self(Instant::now(), usage::cpu()?))
    }

    fn figures(&self, rows: u64) -> Result<Figures> {
        let cpu = usage::cpu()?.saturating_sub(self.1);
        Ok(Figures {
            rows,
            seconds: self.0.elapsed().as_secs_f64(),
            cpu: cpu.as_secs_f64(),
            memory: usage::peak_memory()? as f64 / 1024.0,
        })
    }
}
