//! What a test can do to the sandboxed CRM.

use super::Admin;

impl Admin {
    /// Adds a made-up lead to the CRM, created now by that platform's clock; answers its id.
    #[must_use]
    pub fn insert_crm_lead(&self) -> String {
        self.platforms.crm_v3.insert_lead(None).unwrap_or_default()
    }

    /// Adds a made-up lead to the CRM, created at a `yyyy-MM-dd HH:mm:ss` of UTC+08:00; answers its
    /// id, or `None` if the time cannot be read.
    #[must_use]
    pub fn insert_crm_lead_at(&self, create_time: &str) -> Option<String> {
        self.platforms.crm_v3.insert_lead(Some(create_time))
    }

    /// Sets a field of a lead of the CRM, as its `valueAsText`; `""` unsets it. The field goes by
    /// its alias. `false` if there is no such lead or field, or the value does not fit.
    pub fn edit_crm_lead(&self, customer_id: &str, field: &str, value_as_text: &str) -> bool {
        self.platforms.crm_v3.edit_lead(customer_id, field, value_as_text)
    }

    /// Lets the CRM's clock be off the sandbox clock by so many seconds; its `Date` headers tell.
    /// A caller's `timestamp` more than 15 minutes away is 1003.
    pub fn set_crm_clock_skew(&self, seconds: i64) {
        self.platforms.crm_v3.set_clock_skew(seconds);
    }
}
