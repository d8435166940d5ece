//! Corp tags (企业客户标签), WeCom docs 92117.

use leadtag_core::{BoxFuture, ErrorKind, Idempotency, Reply, Result};

use crate::WecomClient;
use crate::model::{
    AddCorpTag, AddedCorpTags, CorpTag, CorpTagGroup, CorpTagList, DelCorpTag, EditCorpTag,
    GetCorpTagList, NewCorpTag,
};

pub(crate) const GET_CORP_TAG_LIST: &str = "externalcontact/get_corp_tag_list";
const ADD_CORP_TAG: &str = "externalcontact/add_corp_tag";
const EDIT_CORP_TAG: &str = "externalcontact/edit_corp_tag";
const DEL_CORP_TAG: &str = "externalcontact/del_corp_tag";

impl WecomClient {
    /// Lists corp tags: all, some tags, or some groups. There are no pages; 10,000 tags are about
    /// 1 MB. Asked for by ids, deleted ones may be among them.
    ///
    /// # Errors
    /// `InvalidArgument` if both lists are given; `NotFound` (40068) for an unknown id; or as
    /// WeCom answers.
    pub async fn get_corp_tag_list(&self, request: &GetCorpTagList) -> Result<Reply<CorpTagList>> {
        self.post(GET_CORP_TAG_LIST, request).await
    }

    /// Creates tags in a group, and the group if there is none of that name.
    ///
    /// If the answer is lost, the tags are looked up: if every name is there, they are the answer;
    /// otherwise the call is sent again. Whether WeCom refuses a name that is taken (40071) or
    /// gives back the tag that has it is unverified.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty or too long name, no tag, or no group; `AlreadyExists`
    /// (40071); `QuotaExhausted` (40126); or as WeCom answers.
    pub async fn add_corp_tag(&self, request: &AddCorpTag) -> Result<Reply<AddedCorpTags>> {
        let look_up = || -> BoxFuture<'_, _> { Box::pin(self.find_added(request)) };
        self.post_once(ADD_CORP_TAG, request, &look_up).await
    }

    async fn find_added(&self, request: &AddCorpTag) -> Result<Option<Reply<AddedCorpTags>>> {
        let all = match &request.group_id {
            Some(id) => GetCorpTagList::groups([id.clone()]),
            None => GetCorpTagList::all(),
        };
        let list = match self.get_corp_tag_list(&all).await {
            Ok(list) => list.into_value(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let group = list.tag_group.into_iter().find(|group| match &request.group_id {
            Some(id) => group.group_id == *id,
            None => Some(&group.group_name) == request.group_name.as_ref(),
        });
        let found = group.filter(|group| group.deleted != Some(true)).and_then(|mut group| {
            group.tag = live_tags_named(group.tag, &request.tag)?;
            Some(Reply::new(AddedCorpTags { tag_group: group }))
        });
        Ok(found)
    }

    /// Changes the name or the sort value of a tag or a group. Only what is given is sent: a
    /// rename leaves the order alone.
    ///
    /// # Errors
    /// `InvalidArgument` for nothing to change or a wrong name; `AlreadyExists` (40071);
    /// `PermissionDenied` (81011) for a tag of another app; `NotFound` (40068); or as WeCom
    /// answers.
    pub async fn edit_corp_tag(&self, request: &EditCorpTag) -> Result<Reply<()>> {
        self.post_done(EDIT_CORP_TAG, Idempotency::Idempotent, request, None).await
    }

    /// Deletes tags, and groups with their tags. A group vanishes with its last tag.
    ///
    /// If the answer is lost, the tags are listed: if nothing of the request is there any more it
    /// is done, otherwise the call is sent again.
    ///
    /// # Errors
    /// `InvalidArgument` for nothing to delete; `PermissionDenied` (81011) for a tag of another
    /// app; `NotFound` (40068); or as WeCom answers.
    pub async fn del_corp_tag(&self, request: &DelCorpTag) -> Result<Reply<()>> {
        let look_up = || -> BoxFuture<'_, _> { Box::pin(self.find_deleted(request)) };
        self.post_done(DEL_CORP_TAG, Idempotency::NotIdempotent, request, Some(&look_up)).await
    }

    async fn find_deleted(&self, request: &DelCorpTag) -> Result<Option<Reply<()>>> {
        // The whole list, not the ids: it shows what lives, whereas one unknown id among several
        // would turn a list by ids into 40068.
        let list = self.get_corp_tag_list(&GetCorpTagList::all()).await?;
        let alive =
            list.tag_group.iter().filter(|group| group.deleted != Some(true)).any(|group| {
                request.group_id.contains(&group.group_id)
                    || any_alive(&group.tag, |tag| request.tag_id.contains(&tag.id))
            });
        Ok((!alive).then(|| Reply::new(())))
    }
}

pub(crate) fn any_alive(tags: &[CorpTag], asked: impl Fn(&CorpTag) -> bool) -> bool {
    tags.iter().any(|tag| tag.deleted != Some(true) && asked(tag))
}

/// The live tags of those names, in that order, if every name is there.
pub(crate) fn live_tags_named(tags: Vec<CorpTag>, asked: &[NewCorpTag]) -> Option<Vec<CorpTag>> {
    let mut found: Vec<CorpTag> = Vec::with_capacity(asked.len());
    for new in asked {
        if found.iter().any(|tag| tag.name == new.name) {
            continue;
        }
        let live = |tag: &&CorpTag| tag.deleted != Some(true) && tag.name == new.name;
        found.push(tags.iter().find(live)?.clone());
    }
    Some(found)
}

/// Whether a group lives: it is not marked as deleted, and neither are all of its tags, since a
/// group vanishes with its last tag but is marked only in lists by tag ids.
pub(crate) fn is_live(group: &CorpTagGroup) -> bool {
    let all_gone = !group.tag.is_empty() && group.tag.iter().all(|tag| tag.deleted == Some(true));
    group.deleted != Some(true) && !all_gone
}
