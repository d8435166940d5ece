//! Leads (线索) and customers to be assigned (待分配), which the platform serves together.

use leadtag_core::{ErrorKind, Reply, Result};
use serde::de::DeserializeOwned;

use crate::CrmV3Client;
use crate::client::required;
use crate::model::{
    Clue, CursorPage, FollowUp, GetClue, ListClueFollowUps, ListCluesByCreateTimeAsc,
};

const GET: &str = "clue/get";
const LIST: &str = "clue/list-by-create-time-asc";
const FOLLOW_UPS: &str = "clue/list-follow-up";

impl CrmV3Client {
    /// One lead (vendor's document, page api-11551590).
    ///
    /// # Errors
    /// `NotFound` if the answer has no lead; what the platform answers for an unknown id is
    /// unverified. Or as the platform answers.
    pub async fn get_clue(&self, request: &GetClue) -> Result<Reply<Clue>> {
        self.clue(request).await
    }

    /// Leads by the time they were created, oldest first (vendor's document, page api-11548323).
    ///
    /// The largest page, and the longest span of time, are not documented. How to go on is told by
    /// [`CursorPage::next_after`].
    ///
    /// # Errors
    /// `InvalidArgument` for a time in another form or a page without leads, or as the platform
    /// answers.
    pub async fn list_clues_by_create_time_asc(
        &self,
        request: &ListCluesByCreateTimeAsc,
    ) -> Result<Reply<CursorPage<Clue>>> {
        self.clues(request).await
    }

    /// What was written down about a lead (跟进记录), page by page (vendor's document, page
    /// api-11552998).
    ///
    /// # Errors
    /// `InvalidArgument` for a page without items, or as the platform answers.
    pub async fn list_clue_follow_ups(
        &self,
        request: &ListClueFollowUps,
    ) -> Result<Reply<CursorPage<FollowUp>>> {
        self.follow_ups(request).await
    }

    pub(crate) async fn clue<T: DeserializeOwned + Send>(
        &self,
        request: &GetClue,
    ) -> Result<Reply<T>> {
        required(GET, self.post(GET, request).await?, ErrorKind::NotFound)
    }

    pub(crate) async fn clues<T: DeserializeOwned + Send>(
        &self,
        request: &ListCluesByCreateTimeAsc,
    ) -> Result<Reply<CursorPage<T>>> {
        self.post_for_list(LIST, request).await
    }

    pub(crate) async fn follow_ups<T: DeserializeOwned + Send>(
        &self,
        request: &ListClueFollowUps,
    ) -> Result<Reply<CursorPage<T>>> {
        self.post_for_list(FOLLOW_UPS, request).await
    }
}
