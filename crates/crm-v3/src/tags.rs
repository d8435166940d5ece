//! The tag library (企微标签库) of the tenant's WeCom corp.

use leadtag_core::{Reply, Result};

use crate::CrmV3Client;
use crate::client::Empty;
use crate::model::{Listed, TagTreeGroup};

const LIST_TREE: &str = "tags/list-tree";

impl CrmV3Client {
    /// All tag groups with their tags; there are no pages (vendor's document, page api-20962180).
    ///
    /// # Errors
    /// As the platform answers.
    pub async fn list_tag_tree(&self) -> Result<Reply<Vec<TagTreeGroup>>> {
        let groups = self.post_for_list::<Listed<_>>(LIST_TREE, &Empty {}).await?;
        Ok(groups.map(|groups| groups.0))
    }
}
