//! `Debug` of what has ids of people in it. A `userid` is whatever the corp made it, often a mobile
//! or an e-mail address: of every id only the beginning is shown.

use std::fmt;

use super::{
    BatchGetByUser, ExternalContact, ExternalContactList, FailInfo, FollowUser, GetExternalContact,
};

/// The beginning of an id.
struct Short<'a>(&'a str);

impl fmt::Debug for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        chars.by_ref().take(4).try_for_each(|c| write!(f, "{c}"))?;
        if chars.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}

fn short(ids: &[String]) -> Vec<Short<'_>> {
    ids.iter().map(|id| Short(id)).collect()
}

impl fmt::Debug for GetExternalContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetExternalContact")
            .field("external_userid", &Short(&self.external_userid))
            .field("cursor", &self.cursor)
            .finish()
    }
}

impl fmt::Debug for BatchGetByUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchGetByUser")
            .field("userid_list", &short(&self.userid_list))
            .field("cursor", &self.cursor)
            .field("limit", &self.limit)
            .finish()
    }
}

impl fmt::Debug for ExternalContactList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalContactList")
            .field("external_userid", &short(&self.external_userid))
            .finish()
    }
}

impl fmt::Debug for ExternalContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalContact")
            .field("external_userid", &Short(&self.external_userid))
            .field("name", &self.name)
            .field("position", &self.position)
            .field("avatar", &self.avatar)
            .field("corp_name", &self.corp_name)
            .field("corp_full_name", &self.corp_full_name)
            .field("contact_type", &self.contact_type)
            .field("gender", &self.gender)
            .field("unionid", &self.unionid)
            .field("external_profile", &self.external_profile)
            .field("extra", &self.extra)
            .finish()
    }
}

impl fmt::Debug for FollowUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowUser")
            .field("userid", &Short(&self.userid))
            .field("remark", &self.remark)
            .field("description", &self.description)
            .field("createtime", &self.createtime)
            .field("tags", &self.tags)
            .field("remark_corp_name", &self.remark_corp_name)
            .field("remark_mobiles", &self.remark_mobiles)
            .field("oper_userid", &self.oper_userid.as_deref().map(Short))
            .field("add_way", &self.add_way)
            .field("state", &self.state.as_deref().map(Short))
            .field("extra", &self.extra)
            .finish()
    }
}

impl fmt::Debug for FailInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailInfo")
            .field("unlicensed_userid_list", &short(&self.unlicensed_userid_list))
            .field("extra", &self.extra)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_id_of_a_person_only_the_beginning_is_printed() {
        let (mobile, mail) = ("19900001234", "canary@example.com");
        let ids = vec![mobile.to_owned(), mail.to_owned()];
        let contact = ExternalContact { external_userid: mobile.to_owned(), ..Default::default() };
        let user = FollowUser {
            userid: mail.to_owned(),
            oper_userid: Some(mobile.to_owned()),
            state: Some(mail.to_owned()),
            ..FollowUser::default()
        };
        let list = ExternalContactList { external_userid: ids.clone() };
        let failed = FailInfo { unlicensed_userid_list: ids.clone(), ..FailInfo::default() };
        let get = GetExternalContact::new(mobile);
        let batch = BatchGetByUser::new(ids);
        let printed = format!("{contact:?} {user:#?} {list:?} {failed:?} {get:?} {batch:?}");
        assert!(!printed.contains(mobile) && !printed.contains(mail), "{printed}");
        assert!(printed.contains("1990…") && printed.contains("cana…"), "{printed}");
    }
}
