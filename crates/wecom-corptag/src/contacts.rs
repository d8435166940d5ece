//! Customers (客户) and the tags on them.

use leadtag_core::{
    Body, BoxFuture, Call, Cursor, Error, ErrorKind, Idempotency, Items, Page, Pages, Reply, Result,
};

use crate::client::{MARK_TAG, invalid, operation, path_of};
use crate::model::{
    BatchGetByUser, BatchPage, ExternalContactDetail, ExternalContactList, FailInfo, FollowUser,
    GetExternalContact, MarkTag,
};
use crate::{PLATFORM, WecomClient, envelope};

const GET: &str = "externalcontact/get";
const LIST: &str = "externalcontact/list";
const BATCH_GET_BY_USER: &str = "externalcontact/batch/get_by_user";

/// Members asked for in one call of a batch: fewer than the 64 that one account was held to.
const BATCH_MEMBERS: usize = 50;

/// No external-contact relation; also the answer for a member without customers.
const NOT_RELATED: i64 = 84061;
/// None of the members asked for has an interop licence.
const ALL_UNLICENSED: i64 = 701_008;

impl WecomClient {
    /// Puts tags on one customer of one member, and takes others off (WeCom docs 92697).
    ///
    /// At most five calls are in flight, and one for each customer: more are refused with 45033
    /// (a reply of WeCom's staff, unverified).
    ///
    /// # Errors
    /// `InvalidArgument` for no tag, or a tag in both lists; `NotFound` (84061) if they are not
    /// connected, (40068) for an unknown tag, one of another app, or a group; or as WeCom answers.
    pub async fn mark_tag(&self, request: &MarkTag) -> Result<Reply<()>> {
        let body = request.checked(PLATFORM, MARK_TAG)?;
        let operation = operation(MARK_TAG, Idempotency::Idempotent);
        let call = Call::post_json(operation, path_of(MARK_TAG), body)
            .with_serial_key(request.external_userid.as_str());
        self.pipeline().run(&call, &envelope::decode_done).await
    }

    /// One customer with the members who follow it, 500 on a page (获取客户详情). Only members in
    /// the app's scope are shown.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty id; `NotFound` (40096, 84061); or as WeCom answers.
    pub async fn get_external_contact(
        &self,
        request: &GetExternalContact,
    ) -> Result<Reply<ExternalContactDetail>> {
        request.check().map_err(|why| invalid(GET, why))?;
        let mut call = Call::get(operation(GET, Idempotency::Idempotent), path_of(GET))
            .with_query("external_userid", request.external_userid.as_str());
        if let Some(cursor) = &request.cursor {
            call = call.with_query("cursor", cursor.as_str());
        }
        self.pipeline().run(&call, &envelope::decode::<ExternalContactDetail>).await
    }

    /// The customers of one member (WeCom docs 96314). There are no pages.
    ///
    /// # Errors
    /// `NotFound` (84061) if the member has no customer; `InvalidArgument` for an empty id; or as
    /// WeCom answers.
    pub async fn list_external_contacts(&self, userid: &str) -> Result<Reply<ExternalContactList>> {
        if userid.trim().is_empty() {
            return Err(invalid(LIST, "userid is empty"));
        }
        let call = Call::get(operation(LIST, Idempotency::Idempotent), path_of(LIST))
            .with_query("userid", userid);
        self.pipeline().run(&call, &envelope::decode::<ExternalContactList>).await
    }

    /// As [`list_external_contacts`](Self::list_external_contacts); a member without customers
    /// (84061) has an empty list.
    ///
    /// # Errors
    /// As there, but for 84061.
    pub async fn list_external_contacts_or_empty(
        &self,
        userid: &str,
    ) -> Result<Reply<ExternalContactList>> {
        match self.list_external_contacts(userid).await {
            Err(error) if error.platform_code() == Some(NOT_RELATED) => {
                Ok(Reply::new(ExternalContactList::default()))
            }
            result => result,
        }
    }

    /// One page of the customers of up to 100 members (WeCom docs 96316).
    ///
    /// # Errors
    /// `InvalidArgument` for no member, more than 100, or a limit that is not 1 to 100;
    /// `PermissionDenied` (701008) if no member has an interop licence; or as WeCom answers.
    pub async fn batch_get_by_user(&self, request: &BatchGetByUser) -> Result<Reply<BatchPage>> {
        self.post(BATCH_GET_BY_USER, request).await
    }

    /// All pages of the customers of any number of members, 50 members and 100 customers to a
    /// call. Nothing is sent before the stream is polled.
    ///
    /// Members without an interop licence are told in `fail_info`, also where WeCom refuses the
    /// call because all 50 are (701008).
    pub fn batch_pages(
        &self,
        userids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Items<'static, BatchPage> {
        let client = self.clone();
        let members: std::sync::Arc<[String]> = userids.into_iter().map(Into::into).collect();
        let fetch = move |cursor: Option<Cursor>| -> BoxFuture<'static, _> {
            let (client, members) = (client.clone(), std::sync::Arc::clone(&members));
            Box::pin(async move { client.batch_page(&members, cursor).await })
        };
        Pages::new(None, fetch).items()
    }

    /// The page at a place "number of the chunk, cursor within it".
    async fn batch_page(
        &self,
        members: &[String],
        cursor: Option<Cursor>,
    ) -> Result<Page<BatchPage>> {
        let place = match &cursor {
            Some(cursor) => cursor.position(PLATFORM, &members)?,
            None => "0,",
        };
        let (chunk, cursor) = place.split_once(',').unwrap_or_default();
        let chunk: usize =
            chunk.parse().map_err(|_| invalid(BATCH_GET_BY_USER, "the cursor is damaged"))?;
        let Some(userids) = members.chunks(BATCH_MEMBERS).nth(chunk) else {
            return Ok(Page::last(Vec::new()));
        };
        let request =
            BatchGetByUser::new(userids).with_cursor(cursor).with_limit(BatchGetByUser::MAX_LIMIT);
        let page = match self.batch_get_by_user(&request).await {
            Ok(page) => page.into_value(),
            Err(error) if error.platform_code() == Some(ALL_UNLICENSED) => unlicensed(userids),
            Err(error) => return Err(error),
        };
        let place = match next(page.next_cursor.as_deref()) {
            Some(next) => Some(format!("{chunk},{next}")),
            None if (chunk + 1) * BATCH_MEMBERS < members.len() => Some(format!("{},", chunk + 1)),
            None => None,
        };
        let next = place.map(|place| Cursor::new(PLATFORM, &members, place));
        Ok(Page::new(vec![page], next))
    }

    /// What one member knows of a customer, on whichever page it stands.
    pub(crate) async fn follow_user(
        &self,
        external_userid: &str,
        userid: &str,
    ) -> Result<FollowUser> {
        let fetch = |cursor: Option<Cursor>| -> BoxFuture<'_, _> {
            Box::pin(self.follow_page(external_userid, cursor))
        };
        let mut pages = Pages::new(None, fetch);
        while let Some(page) = pages.next_page().await? {
            // WeCom ignores case when it checks that a userid is unique.
            let is_asked = |user: &FollowUser| user.userid.eq_ignore_ascii_case(userid);
            if let Some(user) = page.items.into_iter().find(is_asked) {
                return Ok(user);
            }
        }
        Err(Error::new(ErrorKind::NotFound, "this member does not follow this customer")
            .with_sent(leadtag_core::Sent::Yes)
            .with_context(PLATFORM, GET)
            .with_advice("check the owner; members outside of the app's scope are not shown"))
    }

    async fn follow_page(
        &self,
        external_userid: &str,
        cursor: Option<Cursor>,
    ) -> Result<Page<FollowUser>> {
        let mut request = GetExternalContact::new(external_userid);
        if let Some(cursor) = &cursor {
            request = request.with_cursor(cursor.position(PLATFORM, &external_userid)?);
        }
        let detail = self.get_external_contact(&request).await?.into_value();
        let next = next(detail.next_cursor.as_deref())
            .map(|next| Cursor::new(PLATFORM, &external_userid, next));
        Ok(Page::new(detail.follow_user, next))
    }
}

/// A cursor, unless it is the empty one that ends a list.
fn next(cursor: Option<&str>) -> Option<&str> {
    cursor.filter(|cursor| !cursor.is_empty())
}

fn unlicensed(userids: &[String]) -> BatchPage {
    let fail_info = FailInfo { unlicensed_userid_list: userids.to_vec(), ..FailInfo::default() };
    BatchPage { fail_info: Some(fail_info), ..BatchPage::default() }
}
