//! Leads (意向用户管理).

use leadtag_core::body::check_text;
use leadtag_core::{Answer, RawJson, Reply, Result};

use crate::client::{get, invalid};
use crate::model::{
    Action, ActionList, LeadUser, ListUserActions, ListUsers, Row, UserDetail, UserList,
};
use crate::{DouyinClient, envelope};

pub(crate) const LIST: &str = "user/list";
const DETAIL: &str = "user/detail";
const ACTIONS: &str = "user/action/list";

impl DouyinClient {
    /// One page of the leads of a time (获取意向用户列表). Go on with its `cursor` and the same
    /// filters while `has_more` is true. The order is not documented.
    ///
    /// # Errors
    /// As Douyin answers.
    pub async fn list_users(&self, request: &ListUsers) -> Result<Reply<UserList>> {
        self.users::<LeadUser>(request).await
    }

    pub(crate) async fn users<T: Row>(&self, request: &ListUsers) -> Result<Reply<UserList<T>>> {
        self.get(LIST, request.query()).await
    }

    /// One lead (获取意向用户详情). The code for a lead that there is not is not documented.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty id; or as Douyin answers.
    pub async fn user_detail(&self, request: &UserDetail) -> Result<Reply<LeadUser>> {
        check_text("user_id", &request.user_id).map_err(|why| invalid(DETAIL, why))?;
        self.get(DETAIL, request.query()).await
    }

    /// As [`user_detail`](Self::user_detail), with the text of it.
    pub(crate) async fn user_with_raw(&self, request: &UserDetail) -> Result<(LeadUser, RawJson)> {
        check_text("user_id", &request.user_id).map_err(|why| invalid(DETAIL, why))?;
        let decode = |answer: &Answer| envelope::decode_with_raw(DETAIL, answer);
        self.pipeline().run(&get(DETAIL, request.query()), &decode).await
    }

    /// One page of what a lead did (获取意向用户互动记录).
    ///
    /// # Errors
    /// `InvalidArgument` for an empty id; or as Douyin answers.
    pub async fn list_user_actions(
        &self,
        request: &ListUserActions,
    ) -> Result<Reply<ActionList<Action>>> {
        self.actions::<Action>(request).await
    }

    pub(crate) async fn actions<T: Row>(
        &self,
        request: &ListUserActions,
    ) -> Result<Reply<ActionList<T>>> {
        check_text("user_id", &request.user_id).map_err(|why| invalid(ACTIONS, why))?;
        self.get(ACTIONS, request.query()).await
    }
}
