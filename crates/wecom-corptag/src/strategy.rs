//! Strategy tags (规则组标签), WeCom docs 99544.

use leadtag_core::{BoxFuture, ErrorKind, Idempotency, Reply, Result};

use crate::WecomClient;
use crate::model::{
    AddStrategyTag, AddedStrategyTags, DelStrategyTag, EditStrategyTag, GetStrategyTagList,
    StrategyTagList,
};
use crate::tags::{any_alive, live_tags_named};

const GET_STRATEGY_TAG_LIST: &str = "externalcontact/get_strategy_tag_list";
const ADD_STRATEGY_TAG: &str = "externalcontact/add_strategy_tag";
const EDIT_STRATEGY_TAG: &str = "externalcontact/edit_strategy_tag";
const DEL_STRATEGY_TAG: &str = "externalcontact/del_strategy_tag";

impl WecomClient {
    /// Lists strategy tags. Only strategies that this app created are visible.
    ///
    /// # Errors
    /// `InvalidArgument` if both lists of ids are given; `PermissionDenied` (60030) for a
    /// strategy of another app; or as WeCom answers.
    pub async fn get_strategy_tag_list(
        &self,
        request: &GetStrategyTagList,
    ) -> Result<Reply<StrategyTagList>> {
        self.post(GET_STRATEGY_TAG_LIST, request).await
    }

    /// Creates tags in a group of a strategy. A lost answer is looked up, as with
    /// [`add_corp_tag`](Self::add_corp_tag).
    ///
    /// # Errors
    /// As [`add_corp_tag`](Self::add_corp_tag).
    pub async fn add_strategy_tag(
        &self,
        request: &AddStrategyTag,
    ) -> Result<Reply<AddedStrategyTags>> {
        let look_up = || -> BoxFuture<'_, _> { Box::pin(self.find_added_to_strategy(request)) };
        self.post_once(ADD_STRATEGY_TAG, request, &look_up).await
    }

    async fn find_added_to_strategy(
        &self,
        request: &AddStrategyTag,
    ) -> Result<Option<Reply<AddedStrategyTags>>> {
        let mut all = GetStrategyTagList::of(request.strategy_id);
        all.group_id.extend(request.group_id.clone());
        let list = match self.get_strategy_tag_list(&all).await {
            Ok(list) => list.into_value(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let group = list.tag_group.into_iter().find(|group| match &request.group_id {
            Some(id) => group.group_id == *id,
            None => Some(&group.group_name) == request.group_name.as_ref(),
        });
        Ok(group.and_then(|mut group| {
            group.tag = live_tags_named(group.tag, &request.tag)?;
            Some(Reply::new(AddedStrategyTags { tag_group: group }))
        }))
    }

    /// Changes the name or the sort value of a strategy's tag or group. Only what is given is
    /// sent.
    ///
    /// # Errors
    /// As [`edit_corp_tag`](Self::edit_corp_tag).
    pub async fn edit_strategy_tag(&self, request: &EditStrategyTag) -> Result<Reply<()>> {
        self.post_done(EDIT_STRATEGY_TAG, Idempotency::Idempotent, request, None).await
    }

    /// Deletes strategy tags, and groups with their tags. A lost answer is looked up, as with
    /// [`del_corp_tag`](Self::del_corp_tag).
    ///
    /// # Errors
    /// As [`del_corp_tag`](Self::del_corp_tag).
    pub async fn del_strategy_tag(&self, request: &DelStrategyTag) -> Result<Reply<()>> {
        let look_up = || -> BoxFuture<'_, _> { Box::pin(self.find_deleted_of_strategy(request)) };
        self.post_done(DEL_STRATEGY_TAG, Idempotency::NotIdempotent, request, Some(&look_up)).await
    }

    async fn find_deleted_of_strategy(
        &self,
        request: &DelStrategyTag,
    ) -> Result<Option<Reply<()>>> {
        let list = self.get_strategy_tag_list(&GetStrategyTagList::all()).await?;
        let alive = list.tag_group.iter().any(|group| {
            request.group_id.contains(&group.group_id)
                || any_alive(&group.tag, |tag| request.tag_id.contains(&tag.id))
        });
        Ok((!alive).then(|| Reply::new(())))
    }
}
