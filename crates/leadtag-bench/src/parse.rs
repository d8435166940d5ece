//! A page of 1,000 leads: MB/s of the client's whole path, beside `serde_json::from_slice` of the
//! same bytes into plain structs.

mod plain;

use std::sync::Arc;
use std::time::Duration;

use beschannels_leads::BeschannelsClient;
use bytes::Bytes;
use crm_v3::CrmV3Client;
use douyin_leads::DouyinClient;
use leadtag_core::{ApiLimit, BoxFuture, LeadQuery, LeadsProvider, Limits};
use leadtag_sandbox::Sandbox;

use crate::figures::Spread;
use crate::output::Table;
use crate::replay::Replay;
use crate::{Result, usage};

/// The least that leadtag's typed call may reach, in parts of the plain parse.
const MIN: f64 = 0.7;

const LEADS: u32 = 1_000;
const ROUNDS: usize = 30;
const CALLS: u32 = 10;

/// One way to read the page: how many rows came out.
type Read<'a> = Box<dyn Fn() -> BoxFuture<'a, Result<usize>> + 'a>;

/// The rows of a page, read into plain structs.
pub(crate) fn plain_rows(platform: &str, page: &Bytes) -> Result<usize> {
    let read = match platform {
        "douyin" => plain::douyin,
        "crm-v3" => plain::crm_v3,
        _ => plain::beschannels,
    };
    Ok(read(page)?)
}

/// Measures each platform that has leads.
pub(crate) fn measure() -> Result<Table> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let title = format!(
        "parse: a page of {LEADS} leads; {ROUNDS} rounds of {CALLS} pages each, in turn; MB/s of \
         CPU time"
    );
    let columns = ["platform", "KB", "plain", "typed", "ratio min/med/max", "trait", "ratio"];
    let mut table = Table::new(title, &columns);
    runtime.block_on(async {
        let sandbox = Sandbox::builder().leads(LEADS as usize * 2).record(false).start().await?;
        douyin(&sandbox, &mut table).await?;
        crm_v3(&sandbox, &mut table).await?;
        beschannels(&sandbox, &mut table).await
    })?;
    Ok(table)
}

async fn douyin(sandbox: &Sandbox, table: &mut Table) -> Result<()> {
    use douyin_leads::model::ListUsers;

    let access = sandbox.douyin();
    let replay = Arc::new(Replay::new(&access.base_url)?);
    let client = DouyinClient::builder()
        .client_key(access.client_key)
        .client_secret(access.client_secret)
        .open_id(access.open_id)
        .refresh_token(access.refresh_token)
        .base_url(&access.base_url)
        .transport(Arc::clone(&replay) as _)
        .limits(unlimited())
        .build()?;
    let request = ListUsers::between(0, 4_000_000_000).with_count(LEADS);
    client.list_users(&request).await?;
    let page = replay.page();
    let typed: Read<'_> =
        Box::new(|| Box::pin(async { Ok(client.list_users(&request).await?.users.len()) }));
    judge(table, "douyin", &page, plain::douyin, typed, &client).await
}

async fn crm_v3(sandbox: &Sandbox, table: &mut Table) -> Result<()> {
    use crm_v3::model::ListCluesByCreateTimeAsc;

    let access = sandbox.crm_v3();
    let replay = Arc::new(Replay::new(&access.base_url)?);
    let client = CrmV3Client::builder()
        .app_id(access.app_id)
        .app_key(access.app_key)
        .base_url(&access.base_url)
        .transport(Arc::clone(&replay) as _)
        .limits(unlimited())
        .build()?;
    let request = ListCluesByCreateTimeAsc::all().with_size(LEADS);
    client.list_clues_by_create_time_asc(&request).await?;
    let page = replay.page();
    let typed: Read<'_> = Box::new(|| {
        Box::pin(async { Ok(client.list_clues_by_create_time_asc(&request).await?.list.len()) })
    });
    judge(table, "crm-v3", &page, plain::crm_v3, typed, &client).await
}

async fn beschannels(sandbox: &Sandbox, table: &mut Table) -> Result<()> {
    use beschannels_leads::model::GroupUserList;

    let access = sandbox.beschannels();
    let replay = Arc::new(Replay::new(&access.base_url)?);
    let client = BeschannelsClient::builder()
        .app_id(access.app_id)
        .app_secret(access.app_secret)
        .user_id(access.user_id.as_str())
        .group_obj(access.group_obj.as_str())
        .group_id(access.group_id.as_str())
        .base_url(&access.base_url)
        .transport(Arc::clone(&replay) as _)
        .limits(unlimited())
        .build()?;
    let request = GroupUserList::new(access.user_id.as_str(), access.group_obj.as_str())
        .in_group(access.group_id.as_str())
        .with_page(1, LEADS);
    client.group_user_list(&request).await?;
    let page = replay.page();
    let typed: Read<'_> =
        Box::new(|| Box::pin(async { Ok(client.group_user_list(&request).await?.list.len()) }));
    judge(table, "beschannels", &page, plain::beschannels, typed, &client).await
}

/// What the platforms allow in a minute is over in a round.
fn unlimited() -> Limits {
    Limits::each(ApiLimit::none())
}

async fn judge<'a>(
    table: &mut Table,
    name: &str,
    page: &'a Bytes,
    plain: fn(&[u8]) -> serde_json::Result<usize>,
    typed: Read<'a>,
    provider: &'a dyn LeadsProvider,
) -> Result<()> {
    let plain: Read<'a> = Box::new(move || {
        let rows = plain(page);
        Box::pin(async move { Ok(rows?) })
    });
    let by_trait: Read<'a> = Box::new(move || {
        Box::pin(async move {
            let query = LeadQuery::all().with_page_size(LEADS);
            Ok(provider.fetch_lead_page(&query, None).await?.items.len())
        })
    });
    let ways = [plain, typed, by_trait];
    let mut seconds = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        let mut turns: Vec<_> = ways.iter().zip(&mut seconds).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for (way, seconds) in turns {
            let spent = time(way).await?;
            // The first round warms up.
            if round > 0 {
                seconds.push(spent.as_secs_f64());
            }
        }
    }
    let [plain, typed, by_trait] = seconds;
    let megabytes = page.len() as f64 * f64::from(CALLS) / 1e6;
    let speed = |seconds: &[f64]| -> Result<String> {
        let median = Spread::of(seconds.iter().copied())?.median;
        Ok(format!("{:.0}", megabytes / median))
    };
    let part = |of: &[f64]| Spread::of(plain.iter().zip(of).map(|(plain, own)| plain / own));
    let (typed_part, trait_part) = (part(&typed)?, part(&by_trait)?);
    let cells = [
        name.to_owned(),
        format!("{}", page.len() / 1000),
        speed(&plain)?,
        speed(&typed)?,
        typed_part.to_string(),
        speed(&by_trait)?,
        format!("{:.2}", trait_part.median),
    ];
    table.judge(&cells, &format!("typed ≥ {MIN} of plain"), typed_part.median >= MIN);
    Ok(())
}

/// The CPU time of some pages.
async fn time(way: &Read<'_>) -> Result<Duration> {
    let before = usage::cpu()?;
    for _ in 0..CALLS {
        let rows = way().await?;
        if rows != LEADS as usize {
            return Err(format!("{rows} rows came out of a page of {LEADS}").into());
        }
    }
    Ok(usage::cpu()?.saturating_sub(before))
}
