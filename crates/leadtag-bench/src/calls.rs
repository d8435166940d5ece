//! The calls that are measured, by each of the clients.

use std::hint::black_box;

use leadtag_core::{Limits, TagNode, TagProvider, TagQuery};
use wecom_corptag::WecomClient;
use wecom_corptag::model::{EditCorpTag, GetCorpTagList};

use crate::Result;
use crate::hand::HandWritten;

const CORP_ID: &str = "ww0000bench";
const SECRET: &str = "bench-secret-not-a-real-secret";

/// A client under measurement.
pub(crate) enum Calls {
    /// The one written by hand.
    Hand(HandWritten),
    /// leadtag's typed client.
    Typed(WecomClient),
    /// leadtag's client behind its trait.
    Provider(Box<dyn TagProvider>),
}

impl Calls {
    /// Makes the client of that name.
    pub(crate) async fn new(kind: &str, base_url: &str) -> Result<Self> {
        let leadtag = || {
            WecomClient::builder()
                .corp_id(CORP_ID)
                .corp_secret(SECRET)
                .base_url(base_url)
                .limits(Limits::none())
                .build()
        };
        match kind {
            "hand" => Ok(Self::Hand(HandWritten::new(base_url, CORP_ID, SECRET).await?)),
            "typed" => Ok(Self::Typed(leadtag()?)),
            "provider" => Ok(Self::Provider(Box::new(leadtag()?))),
            _ => Err(format!("no client `{kind}`").into()),
        }
    }

    /// Lists all tags, and tells how many there are.
    pub(crate) async fn list(&self) -> Result<usize> {
        match self {
            Self::Hand(client) => {
                let groups = black_box(client.get_corp_tag_list().await?);
                Ok(groups.iter().map(|group| group.tag.len()).sum())
            }
            Self::Typed(client) => {
                let list = black_box(client.get_corp_tag_list(&GetCorpTagList::all()).await?);
                Ok(list.tag_group.iter().map(|group| group.tag.len()).sum())
            }
            Self::Provider(provider) => {
                let page = black_box(provider.fetch_tag_page(&TagQuery::all(), None).await?);
                let tags = |node: &TagNode| match node {
                    TagNode::Group(group) => group.tags.len(),
                    _ => 1,
                };
                Ok(page.items.iter().map(tags).sum())
            }
        }
    }

    /// Renames a tag.
    pub(crate) async fn edit(&self) -> Result<()> {
        let (id, name) = ("etBenchTag000000000000000000001", "批量标签00000-00001");
        match self {
            Self::Hand(client) => client.edit_corp_tag(id, name).await,
            Self::Typed(client) => {
                client.edit_corp_tag(&EditCorpTag::new(id).with_name(name)).await?;
                Ok(())
            }
            Self::Provider(_) => Err("only lists are measured through the trait".into()),
        }
    }
}
