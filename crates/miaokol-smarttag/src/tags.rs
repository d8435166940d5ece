//! Smart tags (智能标签).

use std::collections::HashSet;

use leadtag_core::{BoxFuture, Error, ErrorKind, Reply, Result, Sent};

use crate::client::invalid;
use crate::model::{
    AddSmartTag, BatchAddTags, DeleteSmartTag, ListSmartTags, Listed, MAX_PAGE_SIZE, SavedSmartTag,
    SmartTagGroup, SmartTagKind,
};
use crate::{MiaokolClient, PLATFORM, envelope};

pub(crate) const LIST: &str = "smart-tag/list";
const ADD: &str = "smart-tag/add";
const DELETE: &str = "smart-tag/delete";
const BATCH_ADD: &str = "smart-tag/batchAddTag";

impl MiaokolClient {
    /// One page of the tag groups (获取自定义标签列表).
    ///
    /// # Errors
    /// `InvalidArgument` for a page that there cannot be or an id that is no number; or as Miaokol
    /// answers.
    pub async fn list_smart_tags(
        &self,
        request: &ListSmartTags,
    ) -> Result<Reply<Listed<SmartTagGroup>>> {
        request.check().map_err(|why| invalid(LIST, why))?;
        self.get(LIST, request.query(), &envelope::decode_list).await
    }

    /// Every tag group with its tags, each once, from as many pages as there are.
    ///
    /// # Errors
    /// `Decode` if the pages contradict each other; or as Miaokol answers.
    pub async fn all_smart_tags(&self) -> Result<Vec<SmartTagGroup>> {
        let mut groups: Vec<SmartTagGroup> = Vec::new();
        let mut seen = HashSet::new();
        let mut page = Some(1);
        while let Some(number) = page {
            let listed = self.group_page(number, MAX_PAGE_SIZE).await?;
            // A group that was made meanwhile may have moved others to the next page.
            groups.extend(listed.groups.into_iter().filter(|group| seen.insert(group.id.clone())));
            page = listed.next;
        }
        Ok(groups)
    }

    /// Page `number` of the groups with their tags.
    pub(crate) async fn group_page(&self, number: u32, size: u32) -> Result<GroupPage> {
        let request = ListSmartTags::new().with_page(number).with_page_size(size).with_tags(true);
        let Listed { items, pager } = self.list_smart_tags(&request).await?.into_value();
        let pager = pager.unwrap_or_default();
        let last = GroupPage { groups: Vec::new(), next: None, total: pager.num_records };
        if items.is_empty() {
            return Ok(last);
        }
        if let Some(came) = pager.page.filter(|came| *came != number) {
            // Groups were deleted meanwhile, and Miaokol gives the last page again.
            if pager.num_pages.is_some_and(|pages| number > pages) {
                return Ok(last);
            }
            return Err(bad_page(format!("page {number} was asked for, page {came} came")));
        }
        let next = match pager.num_pages {
            Some(pages) => (number < pages).then(|| number + 1),
            None if items.len() < size as usize => None,
            None => return Err(bad_page("a full page came without its pager".to_owned())),
        };
        Ok(GroupPage { groups: items, next, ..last })
    }

    /// Creates or changes a tag or a group (创建/编辑标签或标签分组).
    ///
    /// If the answer to a creation is lost, the name is looked up: if it is there, that is the
    /// answer, otherwise the call is sent again. Whether Miaokol refuses a name that is taken is
    /// not documented.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty name, a tag without a group, or an id that is no number; or
    /// as Miaokol answers.
    pub async fn add_smart_tag(&self, request: &AddSmartTag) -> Result<Reply<SavedSmartTag>> {
        if request.id.is_some() {
            return self.post(ADD, request, &envelope::decode_object).await;
        }
        let none = HashSet::new();
        self.add_new(request, &none).await
    }

    /// As [`add_smart_tag`](Self::add_smart_tag) for a creation, when the groups and tags with the
    /// ids in `before` are known not to come of it.
    pub(crate) async fn add_new(
        &self,
        request: &AddSmartTag,
        before: &HashSet<String>,
    ) -> Result<Reply<SavedSmartTag>> {
        let look_up = || -> BoxFuture<'_, _> { Box::pin(self.find_added(request, before)) };
        self.post_once(ADD, request, &envelope::decode_object, &look_up).await
    }

    async fn find_added(
        &self,
        request: &AddSmartTag,
        before: &HashSet<String>,
    ) -> Result<Option<Reply<SavedSmartTag>>> {
        let groups = self.all_smart_tags().await?;
        let is_new = |id: &str, name: &str| name == request.name && !before.contains(id);
        let found = if request.kind == Some(SmartTagKind::Tag) {
            let in_group = |group: &&SmartTagGroup| Some(&group.id) == request.parent_id.as_ref();
            groups.iter().find(in_group).and_then(|group| {
                let tag = group.tags.iter().find(|tag| is_new(tag.id.as_str(), &tag.name))?;
                Some(SavedSmartTag::listed_tag(tag, &group.id))
            })
        } else {
            let group = groups.iter().find(|group| is_new(group.id.as_str(), &group.name));
            group.map(SavedSmartTag::listed_group)
        };
        Ok(found.map(Reply::new))
    }

    /// Deletes a tag or a group (删除标签或标签分组). What becomes of a group's tags is not
    /// documented.
    ///
    /// If the answer is lost, the groups are listed: if nothing has that id any more it is done,
    /// otherwise the call is sent again.
    ///
    /// # Errors
    /// `InvalidArgument` for an id that is no number; or as Miaokol answers.
    pub async fn delete_smart_tag(&self, request: &DeleteSmartTag) -> Result<Reply<()>> {
        let look_up = || -> BoxFuture<'_, _> { Box::pin(self.find_deleted(request)) };
        self.post_once(DELETE, request, &envelope::decode_done, &look_up).await
    }

    async fn find_deleted(&self, request: &DeleteSmartTag) -> Result<Option<Reply<()>>> {
        let groups = self.all_smart_tags().await?;
        let is_asked = |group: &SmartTagGroup| {
            group.id.as_str() == request.id
                || group.tags.iter().any(|tag| tag.id.as_str() == request.id)
        };
        Ok((!groups.iter().any(is_asked)).then(|| Reply::new(())))
    }

    /// Creates tags in a group, or in a new one (批量新增标签到标签分组). The answer has no ids: list
    /// the group afterwards.
    ///
    /// If the answer is lost, the groups are listed: if every name is there it is done, otherwise
    /// the call is sent again. Whether Miaokol refuses names that are taken is not documented.
    ///
    /// # Errors
    /// `InvalidArgument` for no tag, an empty name, no group, or an id that is no number; or as
    /// Miaokol answers.
    pub async fn batch_add_tags(&self, request: &BatchAddTags) -> Result<Reply<()>> {
        let is_done = |groups: &[SmartTagGroup]| {
            groups.iter().filter(|group| is_target(group, request)).any(|group| {
                request.tag_names.iter().all(|name| group.tags.iter().any(|tag| tag.name == *name))
            })
        };
        self.batch_add(request, &is_done).await
    }

    /// As [`batch_add_tags`](Self::batch_add_tags); whether a call whose answer was lost took
    /// effect is seen from all groups by `is_done`.
    pub(crate) async fn batch_add(
        &self,
        request: &BatchAddTags,
        is_done: &(dyn Fn(&[SmartTagGroup]) -> bool + Send + Sync),
    ) -> Result<Reply<()>> {
        let look_up = || -> BoxFuture<'_, _> {
            Box::pin(async move {
                let groups = self.all_smart_tags().await?;
                Ok(is_done(&groups).then(|| Reply::new(())))
            })
        };
        self.post_once(BATCH_ADD, request, &envelope::decode_done, &look_up).await
    }
}

/// One page of groups, and where the next one is.
pub(crate) struct GroupPage {
    pub(crate) groups: Vec<SmartTagGroup>,
    pub(crate) next: Option<u32>,
    pub(crate) total: Option<u64>,
}

/// Whether tags of `request` would stand in `group`.
fn is_target(group: &SmartTagGroup, request: &BatchAddTags) -> bool {
    match &request.group_id {
        Some(id) => group.id == *id,
        None => Some(&group.name) == request.group_name.as_ref(),
    }
}

fn bad_page(why: String) -> Error {
    Error::new(ErrorKind::Decode, why).with_sent(Sent::Yes).with_context(PLATFORM, LIST)
}
