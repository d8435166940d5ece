//! Leads, groups of leads, and their scores.

use leadtag_core::{RawJson, Reply, Result};

use crate::BeschannelsClient;
use crate::model::{
    BatchScoreList, BatchScores, DataListV2, GroupUserList, GroupUserPage, LeadsDetails,
    SaveUserBehavior,
};

pub(crate) const GROUP_USER_LIST: &str = "group-user-list";
const LEADS_DETAILS: &str = "leads-details";
const BATCH_SCORE_LIST: &str = "batch-score-list";
const DATA_LIST_V2: &str = "data-list-v2";
const SAVE_USER_BEHAVIOR: &str = "save-user-behavior";

impl BeschannelsClient {
    /// One page of the objects of a group (分组下用户列表), vendor's document 90301014. `multipart`.
    ///
    /// Rows may move between two calls when leads come in or go: the provider
    /// ([`LeadsProvider`](leadtag_core::LeadsProvider)) sees to that, this method does not.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty user or kind of object, or a page number or size of 0; or as
    /// the platform answers.
    pub async fn group_user_list(&self, request: &GroupUserList) -> Result<Reply<GroupUserPage>> {
        self.read_parts(GROUP_USER_LIST, request).await
    }

    /// The details of one market lead (市场线索详情), vendor's document 60245725. Its `data` is not
    /// described there and is given as it came.
    ///
    /// # Errors
    /// `InvalidArgument` if neither an id nor a rule is given; or as the platform answers.
    pub async fn leads_details(&self, request: &LeadsDetails) -> Result<Reply<RawJson>> {
        self.read(LEADS_DETAILS, request).await
    }

    /// The scores of leads in every scoring model, vendor's document 168845727.
    ///
    /// # Errors
    /// `InvalidArgument` for more than 100 ids, for neither ids nor a page, or for more than 50 per
    /// page; or as the platform answers (13232 to 13234).
    pub async fn batch_score_list(&self, request: &BatchScoreList) -> Result<Reply<BatchScores>> {
        self.read(BATCH_SCORE_LIST, request).await
    }

    /// One page of the data of a customer group (客群), vendor's document 129161511: that page
    /// alone describes it, and not what comes back, so that `data` is given as it came.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty user, a page number or size of 0, or a kind of client that
    /// needs a table and has none; or as the platform answers.
    pub async fn data_list_v2(&self, request: &DataListV2) -> Result<Reply<RawJson>> {
        self.read(DATA_LIST_V2, request).await
    }

    /// Writes something that a person did (新增用户行为), vendor's documents 60245750 and 57754176.
    /// Never sent again when its outcome is unknown.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty behaviour or identity; or as the platform answers.
    pub async fn save_user_behavior(&self, request: &SaveUserBehavior) -> Result<Reply<()>> {
        self.write_done(SAVE_USER_BEHAVIOR, request).await
    }
}
