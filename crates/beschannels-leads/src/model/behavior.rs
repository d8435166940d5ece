//! Behaviours of leads, vendor's documents 87491003 and 87491005, each of which stands alone.

use std::borrow::Cow;
use std::fmt;

use leadtag_core::pii::{Email, Mobile};

use super::{Parts, Short, check_page, check_user};

/// Asks for the kinds of behaviours.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeadsBehaviorType {
    /// The system user whose data permissions count. Required.
    pub user_id: String,
}

impl LeadsBehaviorType {
    /// Asks as that user.
    pub fn new(user_id: impl Into<String>) -> Self {
        Self { user_id: user_id.into() }
    }
}

impl Parts for LeadsBehaviorType {
    fn check(&self) -> Result<(), String> {
        check_user(&self.user_id)
    }

    fn parts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        vec![("user_id", self.user_id.as_str().into())]
    }
}

impl fmt::Debug for LeadsBehaviorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeadsBehaviorType").field("user_id", &Short(&self.user_id)).finish()
    }
}

/// The order of behaviours in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BehaviorSort {
    /// Newest first: the platform's default.
    Desc,
    /// Oldest first.
    Asc,
}

/// Asks for the behaviours of one lead.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeadsBehaviorList {
    /// The system user whose data permissions count. Required.
    pub user_id: String,
    /// The lead: an integer, not the `identity_id` of a row.
    pub leads_id: Option<u64>,
    /// Its mobile number.
    pub mobile: Option<Mobile>,
    /// Its e-mail address.
    pub email: Option<Email>,
    /// The first day, as `YYYY-MM-DD`.
    pub start_time: Option<String>,
    /// The last day, as `YYYY-MM-DD`.
    pub end_time: Option<String>,
    /// The page, from 1 on.
    pub page_num: Option<u32>,
    /// Items per page.
    pub page_size: Option<u32>,
    /// The order.
    pub behavior_sort: Option<BehaviorSort>,
    /// Which behaviours, as a text of JSON. Its form is not documented.
    pub behavior_json: Option<String>,
}

impl LeadsBehaviorList {
    /// Asks for the behaviours of a lead by its id.
    pub fn of(user_id: impl Into<String>, leads_id: u64) -> Self {
        Self { leads_id: Some(leads_id), ..Self::empty(user_id.into()) }
    }

    /// Asks for the behaviours of the lead with that mobile number.
    pub fn of_mobile(user_id: impl Into<String>, mobile: impl Into<Mobile>) -> Self {
        Self { mobile: Some(mobile.into()), ..Self::empty(user_id.into()) }
    }

    /// Asks for the behaviours of the lead with that e-mail address.
    pub fn of_email(user_id: impl Into<String>, email: impl Into<Email>) -> Self {
        Self { email: Some(email.into()), ..Self::empty(user_id.into()) }
    }

    fn empty(user_id: String) -> Self {
        Self {
            user_id,
            leads_id: None,
            mobile: None,
            email: None,
            start_time: None,
            end_time: None,
            page_num: None,
            page_size: None,
            behavior_sort: None,
            behavior_json: None,
        }
    }

    /// Sets the first and the last day, as `YYYY-MM-DD`.
    #[must_use]
    pub fn between(mut self, first: impl Into<String>, last: impl Into<String>) -> Self {
        (self.start_time, self.end_time) = (Some(first.into()), Some(last.into()));
        self
    }

    /// Sets the page, from 1 on, and its size.
    #[must_use]
    pub fn with_page(mut self, number: u32, size: u32) -> Self {
        (self.page_num, self.page_size) = (Some(number), Some(size));
        self
    }

    /// Sets the order.
    #[must_use]
    pub fn sorted(mut self, sort: BehaviorSort) -> Self {
        self.behavior_sort = Some(sort);
        self
    }
}

impl Parts for LeadsBehaviorList {
    fn check(&self) -> Result<(), String> {
        check_user(&self.user_id)?;
        let no_mobile = self.mobile.as_ref().is_none_or(Mobile::is_empty);
        let no_email = self.email.as_ref().is_none_or(Email::is_empty);
        if self.leads_id.is_none() && no_mobile && no_email {
            return Err("give leads_id, mobile or email".to_owned());
        }
        check_page(self.page_num, self.page_size)
    }

    fn parts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        fn text(text: Option<&str>) -> Option<Cow<'_, str>> {
            text.map(Cow::Borrowed)
        }
        let number = |n: Option<u64>| n.map(|n| Cow::Owned(n.to_string()));
        let sort = self.behavior_sort.map(|sort| match sort {
            BehaviorSort::Desc => "desc",
            BehaviorSort::Asc => "asc",
        });
        let parts = [
            ("user_id", text(Some(&self.user_id))),
            ("leads_id", number(self.leads_id)),
            ("mobile", text(self.mobile.as_ref().map(Mobile::reveal))),
            ("email", text(self.email.as_ref().map(Email::reveal))),
            ("start_time", text(self.start_time.as_deref())),
            ("end_time", text(self.end_time.as_deref())),
            ("page_num", number(self.page_num.map(u64::from))),
            ("page_size", number(self.page_size.map(u64::from))),
            ("behavior_sort", text(sort)),
            ("behavior_json", text(self.behavior_json.as_deref())),
        ];
        parts
            .into_iter()
            .filter_map(|(name, text)| Some((name, text.filter(|text| !text.is_empty())?)))
            .collect()
    }
}

impl fmt::Debug for LeadsBehaviorList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeadsBehaviorList")
            .field("user_id", &Short(&self.user_id))
            .field("leads_id", &self.leads_id)
            .field("mobile", &self.mobile)
            .field("email", &self.email)
            .field("page_num", &self.page_num)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}
