//! Tags (标签管理).

use std::collections::HashSet;

use futures_util::future::BoxFuture;
use leadtag_core::{Error, ErrorKind, Reply, Result, Sent};

use crate::model::{
    BindTag, CreateTag, DeleteTag, ListTagUsers, ListTags, SavedTag, Tag, TagList, TagUserList,
    UpdateTag,
};
use crate::{DouyinClient, PLATFORM};

pub(crate) const LIST: &str = "tag/list";
const CREATE: &str = "tag/create";
const UPDATE: &str = "tag/update";
const DELETE: &str = "tag/delete";
const USER_LIST: &str = "tag/user/list";
const USER_UPDATE: &str = "tag/user/update";

impl DouyinClient {
    /// One page of the account's tags (获取标签列表).
    ///
    /// # Errors
    /// As Douyin answers.
    pub async fn list_tags(&self, request: &ListTags) -> Result<Reply<TagList>> {
        self.get(LIST, request.query()).await
    }

    /// Every tag of the account, each once, from as many pages as there are.
    ///
    /// # Errors
    /// `Decode` if the pages do not lead to an end; or as Douyin answers.
    pub async fn all_tags(&self) -> Result<Vec<Tag>> {
        let mut tags: Vec<Tag> = Vec::new();
        let mut seen = HashSet::new();
        let mut cursors = HashSet::new();
        let mut request = ListTags::first();
        loop {
            let page = self.list_tags(&request).await?.into_value();
            tags.extend(page.list.into_iter().filter(|tag| seen.insert(tag.tag_id)));
            let Some(next) = next_cursor(LIST, page.has_more, page.cursor)? else {
                return Ok(tags);
            };
            if !cursors.insert(next.clone()) {
                return Err(bad_page(LIST, "the list repeats a cursor and would never end"));
            }
            request = request.with_cursor(next);
        }
    }

    /// Creates a tag (创建标签).
    ///
    /// If the answer is lost, the name is looked up: if it is there, that is the answer, otherwise
    /// the call is sent again. Whether Douyin refuses a name that is taken is not documented.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty name; or as Douyin answers.
    pub async fn create_tag(&self, request: &CreateTag) -> Result<Reply<SavedTag>> {
        self.create_new(request, &HashSet::new()).await
    }

    /// As [`create_tag`](Self::create_tag), when the tags with the ids in `before` are known not to
    /// come of it.
    pub(crate) async fn create_new(
        &self,
        request: &CreateTag,
        before: &HashSet<i64>,
    ) -> Result<Reply<SavedTag>> {
        let look_up = || -> BoxFuture<'_, _> {
            Box::pin(async move {
                let tags = self.all_tags().await?;
                let is_new = |tag: &Tag| {
                    tag.tag_name.as_deref() == Some(&*request.tag_name)
                        && tag.tag_id.is_some_and(|id| !before.contains(&id))
                };
                let found = tags.into_iter().rev().find(is_new);
                Ok(found
                    .map(|tag| Reply::new(SavedTag { tag_id: tag.tag_id, ..SavedTag::default() })))
            })
        };
        self.post_once(CREATE, request, &look_up).await
    }

    /// Renames a tag (编辑标签).
    ///
    /// # Errors
    /// `InvalidArgument` for an empty name; or as Douyin answers.
    pub async fn update_tag(&self, request: &UpdateTag) -> Result<Reply<SavedTag>> {
        self.post(UPDATE, request).await
    }

    /// Deletes a tag (删除标签).
    ///
    /// If the answer is lost, the tags are listed: if it is gone it is done, otherwise the call is
    /// sent again.
    ///
    /// # Errors
    /// As Douyin answers.
    pub async fn delete_tag(&self, request: &DeleteTag) -> Result<Reply<()>> {
        let id = request.tag_id;
        let look_up = || -> BoxFuture<'_, _> {
            Box::pin(async move {
                let tags = self.all_tags().await?;
                let is_gone = !tags.iter().any(|tag| tag.tag_id == Some(id));
                Ok(is_gone.then(|| Reply::new(())))
            })
        };
        self.post_once(DELETE, request, &look_up).await
    }

    /// One page of the leads that have a tag (获取打标签的用户列表).
    ///
    /// # Errors
    /// As Douyin answers.
    pub async fn list_tag_users(&self, request: &ListTagUsers) -> Result<Reply<TagUserList>> {
        self.get(USER_LIST, request.query()).await
    }

    /// Puts a tag on a lead or takes it off (给用户设置标签): one tag, one lead. It sets a state, so
    /// it is sent again when its outcome is unknown.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty user; or as Douyin answers.
    pub async fn bind_tag(&self, request: &BindTag) -> Result<Reply<()>> {
        self.post(USER_UPDATE, request).await
    }
}

/// Where the next page begins, if there is one.
pub(crate) fn next_cursor(
    api: &str,
    has_more: Option<bool>,
    cursor: Option<String>,
) -> Result<Option<String>> {
    match (has_more, cursor) {
        (Some(true), None) => Err(bad_page(api, "there is more, but no cursor leads to it")),
        (Some(true), cursor) => Ok(cursor),
        _ => Ok(None),
    }
}

fn bad_page(api: &str, why: &str) -> Error {
    Error::new(ErrorKind::Decode, why).with_sent(Sent::Yes).with_context(PLATFORM, api)
}
