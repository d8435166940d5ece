//! What comes back about customers. `Debug` masks everything about a person.

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::pii::{Mobile, PersonalText, WechatId};
use leadtag_core::{RawJson, TagId};
use serde::{Deserialize, Deserializer};

use super::{AddWay, ContactType, FollowTagType, Gender};

/// A number that has a meaning.
fn number<'de, M: MapAccess<'de>, T: From<i64>>(
    map: &mut M,
    name: &str,
    extra: &mut Extra,
) -> Result<Option<T>, M::Error> {
    Ok(members::int_or_extra::<M, i64>(map, name, extra)?.map(T::from))
}

/// The customers of one member.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExternalContactList {
    /// Their ids.
    pub external_userid: Vec<String>,
}

impl Members for ExternalContactList {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "external_userid" => self.external_userid = members::texts(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        None
    }
}

/// One customer and the members who follow it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ExternalContactDetail {
    /// The customer.
    pub external_contact: ExternalContact,
    /// The members in the app's scope who follow it, at most 500 on a page.
    pub follow_user: Vec<FollowUser>,
    /// Where the next page begins; absent or empty on the last one.
    pub next_cursor: Option<String>,
}

impl Members for ExternalContactDetail {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "external_contact" => {
                self.external_contact = map.next_value::<Option<_>>()?.unwrap_or_default();
            }
            "follow_user" => self.follow_user = members::list(map)?,
            "next_cursor" => self.next_cursor = members::opt_text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        None
    }
}

/// A customer (外部联系人).
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ExternalContact {
    /// Its id, the same for all members of the corp.
    pub external_userid: String,
    /// Its name.
    pub name: Option<PersonalText>,
    /// Its position, for customers with a WeCom account.
    pub position: Option<PersonalText>,
    /// The address of its picture.
    pub avatar: Option<PersonalText>,
    /// The short name of its corp, for customers with a WeCom account.
    pub corp_name: Option<PersonalText>,
    /// The full name of its corp.
    pub corp_full_name: Option<PersonalText>,
    /// What kind of account it has.
    pub contact_type: Option<ContactType>,
    /// Its gender.
    pub gender: Option<Gender>,
    /// Its id across the apps of one WeChat open-platform account.
    pub unionid: Option<WechatId>,
    /// What a customer with a WeCom account shows of itself, as it came.
    pub external_profile: Option<RawJson>,
    /// Members that are not named here.
    pub extra: Extra,
}

impl Members for ExternalContact {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "external_userid" => self.external_userid = members::text(map)?,
            "name" => self.name = map.next_value()?,
            "position" => self.position = map.next_value()?,
            "avatar" => self.avatar = map.next_value()?,
            "corp_name" => self.corp_name = map.next_value()?,
            "corp_full_name" => self.corp_full_name = map.next_value()?,
            "type" => self.contact_type = number(map, name, &mut self.extra)?,
            "gender" => self.gender = number(map, name, &mut self.extra)?,
            "unionid" => self.unionid = map.next_value()?,
            "external_profile" => self.external_profile = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for ExternalContact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// What is known of a customer through one member who follows it.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct FollowUser {
    /// The member.
    pub userid: String,
    /// The member's own name for the customer.
    pub remark: Option<PersonalText>,
    /// What the member noted.
    pub description: Option<PersonalText>,
    /// When the member added the customer, in seconds since the Unix epoch.
    pub createtime: Option<i64>,
    /// The tags that the customer has from this member.
    pub tags: Vec<FollowTag>,
    /// The corp that the member noted.
    pub remark_corp_name: Option<PersonalText>,
    /// The mobiles that the member noted.
    pub remark_mobiles: Vec<Mobile>,
    /// Who added whom: the member's or the customer's id.
    pub oper_userid: Option<String>,
    /// How they came together.
    pub add_way: Option<AddWay>,
    /// What the corp wrote into the contact link that was used.
    pub state: Option<String>,
    /// Members that are not named here.
    pub extra: Extra,
}

impl Members for FollowUser {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "userid" => self.userid = members::text(map)?,
            "remark" => self.remark = map.next_value()?,
            "description" => self.description = map.next_value()?,
            "createtime" => self.createtime = members::int(map)?,
            "tags" => self.tags = members::list(map)?,
            "remark_corp_name" => self.remark_corp_name = map.next_value()?,
            "remark_mobiles" => self.remark_mobiles = members::list(map)?,
            "oper_userid" => self.oper_userid = members::opt_text(map)?,
            "add_way" => self.add_way = number(map, name, &mut self.extra)?,
            "state" => self.state = members::opt_text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for FollowUser {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// A tag that a customer carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FollowTag {
    /// The name of its group.
    pub group_name: String,
    /// Its name.
    pub tag_name: String,
    /// Its id; personal tags have none.
    pub tag_id: Option<TagId>,
    /// What kind of tag it is.
    pub tag_type: Option<FollowTagType>,
    /// Members that are not named here.
    pub extra: Extra,
}

impl Members for FollowTag {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "group_name" => self.group_name = members::text(map)?,
            "tag_name" => self.tag_name = members::text(map)?,
            "tag_id" => {
                self.tag_id = members::opt_text(map)?.filter(|id| !id.is_empty()).map(TagId::new);
            }
            "type" => self.tag_type = number(map, name, &mut self.extra)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for FollowTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// One page of the customers of some members. The order of the customers is not documented.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct BatchPage {
    /// The customers, each with what one member knows of it.
    pub external_contact_list: Vec<FollowedContact>,
    /// Where the next page begins; absent or empty on the last one.
    pub next_cursor: Option<String>,
    /// What could not be read.
    pub fail_info: Option<FailInfo>,
}

impl Members for BatchPage {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "external_contact_list" => self.external_contact_list = members::list(map)?,
            "next_cursor" => self.next_cursor = members::opt_text(map)?,
            "fail_info" => self.fail_info = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        None
    }
}

/// What could not be read of a batch.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailInfo {
    /// Members without a valid interop licence (互通账号); their customers are left out.
    pub unlicensed_userid_list: Vec<String>,
    /// Members that are not named here.
    pub extra: Extra,
}

impl Members for FailInfo {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "unlicensed_userid_list" => self.unlicensed_userid_list = members::texts(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for FailInfo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// A customer of a member.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FollowedContact {
    /// The customer.
    pub external_contact: ExternalContact,
    /// What the member knows of it.
    pub follow_info: FollowInfo,
    /// Members that are not named here.
    pub extra: Extra,
}

impl Members for FollowedContact {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "external_contact" => {
                self.external_contact = map.next_value::<Option<_>>()?.unwrap_or_default();
            }
            "follow_info" => {
                self.follow_info = map.next_value::<Option<_>>()?.unwrap_or_default();
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for FollowedContact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// What a member knows of a customer, as a batch tells it: as [`FollowUser`], but tags are ids
/// only, and personal tags are left out.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FollowInfo {
    /// The tags that the customer has from this member.
    pub tag_id: Vec<TagId>,
    /// The rest. Its `tags` are empty.
    pub follow_user: FollowUser,
}

impl Members for FollowInfo {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "tag_id" => self.tag_id = members::list(map)?,
            _ => return self.follow_user.read(name, map),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        self.follow_user.extra()
    }
}

impl<'de> Deserialize<'de> for FollowInfo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}
