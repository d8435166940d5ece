//! Customers (客户), the WeCom accounts (企微号) that added them, and the tags on them.

use leadtag_core::{Body, ContactRef, Idempotency, Reply, Result, TagId, TagProviderExt};

use crate::client::{invalid, post};
use crate::model::{
    ContactInfo, ListContacts, ListWechat, Listed, UpdateContact, UpdatedContact, WechatAccount,
    WechatContact,
};
use crate::{MiaokolClient, PLATFORM, envelope};

pub(crate) const UPDATE_CONTACT: &str = "smart-tag/updateContact";
const LIST: &str = "wechat/list";
const CONTACTS: &str = "wechat/contacts";
const CONTACT_INFO: &str = "wechat/contactInfo";

/// What calls about one customer of one account share.
pub(crate) fn contact_key(rel_wxid: &str, contact_wxid: &str) -> String {
    format!("{rel_wxid}/{contact_wxid}")
}

impl MiaokolClient {
    /// **Replaces** the smart tags of one customer of one account (给客户打智能标签). Writes on one
    /// customer go one after the other.
    ///
    /// The answer's `data` is opaque. Its documented example is not valid JSON; such an answer is
    /// taken for what its code says, with a warning in the reply.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty wxid or a tag id that is no number; or as Miaokol answers.
    pub async fn update_contact(&self, request: &UpdateContact) -> Result<Reply<UpdatedContact>> {
        let body = request.checked(PLATFORM, UPDATE_CONTACT)?;
        let call = post(UPDATE_CONTACT, Idempotency::Idempotent, body)
            .with_serial_key(contact_key(&request.rel_wxid, &request.contact_wxid));
        self.pipeline().run(&call, &envelope::decode_updated).await
    }

    /// Adds tags to a customer and removes others, for a caller who knows the tags it has now:
    /// Miaokol can only replace the whole set, and documents no way to read it.
    ///
    /// A tag that stands neither in `current` nor in `add` is taken off, whoever put it there.
    ///
    /// # Errors
    /// `InvalidArgument` for a missing owner, no change, nothing to remove from, no tag that would be
    /// left, a tag in both lists, or an id that is no number; or as Miaokol answers.
    pub async fn assign_from(
        &self,
        contact: &ContactRef,
        current: &[TagId],
        add: &[TagId],
        remove: &[TagId],
    ) -> Result<()> {
        if current.is_empty() && add.is_empty() && !remove.is_empty() {
            // What would be sent is the empty set: whatever tags there are would go.
            let why = "no current tag to remove from; to take off all, replace with no tags";
            return Err(invalid("assign", why));
        }
        self.assign_knowing(contact, current, add, remove).await
    }

    /// One page of the WeCom accounts that have logged in (a single page of the vendor's documents,
    /// of which only the parameters and two members are known).
    ///
    /// # Errors
    /// `InvalidArgument` for a page that there cannot be; or as Miaokol answers.
    pub async fn list_wechat(&self, request: &ListWechat) -> Result<Reply<Listed<WechatAccount>>> {
        request.check().map_err(|why| invalid(LIST, why))?;
        self.get(LIST, request.query(), &envelope::decode_list).await
    }

    /// One page of the customers of one account (a single page of the vendor's documents, of which
    /// only the parameters are known).
    ///
    /// # Errors
    /// `InvalidArgument` for an empty wxid or a page that there cannot be; or as Miaokol answers.
    pub async fn list_contacts(
        &self,
        request: &ListContacts,
    ) -> Result<Reply<Listed<WechatContact>>> {
        request.check().map_err(|why| invalid(CONTACTS, why))?;
        self.get(CONTACTS, request.query(), &envelope::decode_list).await
    }

    /// The accounts that added a customer, and the rooms it is in.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty wxid; or as Miaokol answers.
    pub async fn contact_info(&self, wxid: &str) -> Result<Reply<ContactInfo>> {
        if wxid.trim().is_empty() {
            return Err(invalid(CONTACT_INFO, "wxid is empty"));
        }
        self.get(CONTACT_INFO, vec![("wxid", wxid.to_owned())], &envelope::decode_object).await
    }
}
