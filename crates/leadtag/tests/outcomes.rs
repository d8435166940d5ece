//! What becomes of a call when something goes wrong, on every platform: one table, printed here and
//! kept in ARCHITECTURE.md.
#![cfg(all(feature = "full", feature = "config", feature = "reqwest"))]
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::time::Duration;

use leadtag::{
    Config, CreateTags, Error, LeadQuery, Provider, Result, Sent, TagProvider, TagQuery,
};
use leadtag_sandbox::{Fault, Sandbox};

/// The faults that every platform has, in the order of the table.
const FAULTS: [Fault; 17] = [
    Fault::ExpiredToken,
    Fault::RevokedToken,
    Fault::InvalidTokenForever,
    Fault::Busy,
    Fault::RateLimited,
    Fault::Html502,
    Fault::Http500Empty,
    Fault::Truncated,
    Fault::EmptyBody,
    Fault::Reset,
    Fault::LostReply,
    Fault::CommitHang,
    Fault::Slow,
    Fault::Hang,
    Fault::Gbk,
    Fault::DeepJson,
    Fault::HugeBody,
];

/// Each platform with the API of its list, and the one that creates tags, if there is one.
const PLATFORMS: [(&str, &str, Option<&str>); 5] = [
    ("douyin", "user/list", Some("tag/create")),
    ("miaokol", "smart-tag/list", Some("smart-tag/batchAddTag")),
    ("wecom", "get_corp_tag_list", Some("add_corp_tag")),
    ("crm-v3", "clue/list-by-create-time-asc", None),
    ("beschannels", "group-user-list", None),
];

/// Where the table is kept.
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ARCHITECTURE.md");

#[tokio::test(flavor = "multi_thread")]
async fn the_outcomes_of_all_faults_are_those_in_the_document() {
    let mut table = String::from("| fault |");
    for (platform, _, create) in PLATFORMS {
        table += &format!(" {platform} list |");
        if create.is_some() {
            table += &format!(" {platform} create |");
        }
    }
    let columns = table.matches('|').count() - 1;
    table += &format!("\n|{}\n", "---|".repeat(columns));
    for fault in FAULTS {
        let rows = PLATFORMS.map(|(platform, list, create)| {
            tokio::spawn(async move {
                let mut cells = vec![listed(platform, list, fault).await];
                if let Some(create) = create {
                    cells.push(created(platform, create, fault).await);
                }
                cells
            })
        });
        table += &format!("| `{fault}` |");
        for row in rows {
            for cell in row.await.unwrap() {
                table += &format!(" {cell} |");
            }
        }
        table.push('\n');
    }
    println!("{table}");
    if std::env::var_os("LEADTAG_WRITE_OUTCOMES").is_some() {
        let document = std::fs::read_to_string(DOCUMENT).unwrap();
        let (before, _, after) = parts(&document);
        std::fs::write(DOCUMENT, format!("{before}{table}{after}")).unwrap();
        return;
    }
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let remedy = "LEADTAG_WRITE_OUTCOMES=1 cargo test -p leadtag --features full,config --test \
                  outcomes writes it anew; look at every difference";
    assert!(parts(&document).1 == table, "the table has changed:\n{table}\n{remedy}");
}

/// What stands before the table, the table, and what stands after it.
fn parts(document: &str) -> (&str, &str, &str) {
    const BEGIN: &str = "<!-- outcomes:begin -->\n";
    let begin = document.find(BEGIN).unwrap() + BEGIN.len();
    let end = document.find("<!-- outcomes:end -->").unwrap();
    (&document[..begin], &document[begin..end], &document[end..])
}

/// A list with the fault in its way, once.
async fn listed(platform: &str, api: &str, fault: Fault) -> String {
    let (sandbox, provider) = start(platform).await;
    list(&provider).await.unwrap();
    let admin = sandbox.admin();
    admin.reset_counts();
    admin.inject(leadtag_sandbox::FaultSpec::new(fault).on(api));
    let outcome = list(&provider).await.err();
    let calls = admin.calls(api);
    cell(outcome.as_ref(), calls, "")
}

/// A creation with the fault in its way, once; whatever happens, it is never done twice.
async fn created(platform: &str, api: &str, fault: Fault) -> String {
    let (sandbox, provider) = start(platform).await;
    let tags = provider.tags.clone().unwrap();
    let before = count(tags.as_ref(), NAME).await;
    assert_eq!(before, 0);
    let admin = sandbox.admin();
    admin.reset_counts();
    admin.inject(leadtag_sandbox::FaultSpec::new(fault).on(api));
    let request = match tags.tag_capabilities().groups {
        true => CreateTags::in_new_group("outcomes", [NAME]),
        false => CreateTags::flat([NAME]),
    };
    let outcome = tags.create_tags(&request).await.err();
    let calls = admin.calls(api);
    admin.clear_faults();
    let commits = admin.commits(api);
    assert!(commits <= 1, "{platform} {fault}: created {commits} times");
    // A tag that is there although the call failed may only be if the error says so.
    if let (Some(error), 1) = (&outcome, commits) {
        assert_ne!(error.sent(), Sent::No, "{platform} {fault}: {error}");
    }
    let there = if commits == 1 { ", done" } else { ", not done" };
    cell(outcome.as_ref(), calls, if outcome.is_some() { there } else { "" })
}

const NAME: &str = "outcome";

async fn count(provider: &dyn TagProvider, name: &str) -> usize {
    use leadtag::TagProviderExt;
    provider.all_tags().await.unwrap().iter().filter(|tag| tag.name == name).count()
}

async fn list(provider: &Provider) -> Result<()> {
    if let Some(leads) = &provider.leads {
        return leads.fetch_lead_page(&LeadQuery::all(), None).await.map(drop);
    }
    let tags = provider.tags.as_ref().unwrap();
    tags.fetch_tag_page(&TagQuery::all(), None).await.map(drop)
}

/// `ok` or the kind of error, and how many calls it took.
fn cell(outcome: Option<&Error>, calls: u64, more: &str) -> String {
    let word = outcome.map_or_else(|| "ok".to_owned(), |error| format!("{:?}", error.kind()));
    let calls = match calls {
        1 => String::new(),
        calls => format!(", {calls} calls"),
    };
    format!("{word}{calls}{more}")
}

/// A sandbox and a provider on it that does not wait long.
async fn start(platform: &str) -> (Sandbox, Provider) {
    let sandbox = Sandbox::builder().slow_delay(Duration::from_millis(50)).start().await.unwrap();
    let config = format!(
        "{}timeout = \"400ms\"\nmax_response_bytes = 4194304\n[providers.{}.retry]\n\
         base_delay = \"1ms\"\nmax_delay = \"10ms\"\ndeadline = \"5s\"\n",
        sandbox.config_toml_for(&[platform]),
        name_in(&sandbox.config_toml_for(&[platform])),
    );
    let provider = Config::parse(&config, "sandbox").unwrap().only_provider().unwrap();
    (sandbox, provider)
}

/// The name that the sandbox gives its provider.
fn name_in(config: &str) -> String {
    let (_, rest) = config.split_once("[providers.").unwrap();
    rest.split_once(']').unwrap().0.to_owned()
}
