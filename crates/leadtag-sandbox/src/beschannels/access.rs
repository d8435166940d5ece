//! What a client needs to reach the sandboxed BesChannels.

use std::net::SocketAddr;

use super::kinds::WHOLE_GROUP;
use super::kinds::{EMPTY_GROUP, KINDS, LEADS, NEXT_ID_CONTACTS, NEXT_ID_EXTERNAL, SMALL_GROUP};
use super::tokens::{APP_ID, APP_SECRET};
use super::users::USERS;

/// Address and credentials of one organisation. All of it is made up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BeschannelsAccess {
    /// `http://127.0.0.1:PORT/beschannels`; the documented paths (`/api/…`, `/leads/open-api/…`)
    /// follow it.
    pub base_url: String,
    /// The app's id.
    pub app_id: String,
    /// The app's secret.
    pub app_secret: String,
    /// The system user most calls name.
    pub user_id: String,
    /// The system users that leads can be assigned to; the first of them is `user_id`.
    pub user_ids: Vec<String>,
    /// The object type of market leads, `leads_schema_data`.
    pub group_obj: String,
    /// Every object type that `group-user-list` answers, market leads first. Three of them are
    /// documented; how fans, external data and the new lead pool are named is inferred.
    pub group_objs: Vec<String>,
    /// The group with every lead in it.
    pub group_id: String,
    /// A group with every fourth seeded lead, and all that came later.
    pub small_group_id: String,
    /// A group with nothing in it.
    pub empty_group_id: String,
    /// The table id (`nextId`) of the external data source.
    pub external_next_id: String,
    /// The table id (`nextId`) of the WeCom contacts.
    pub contacts_next_id: String,
}

impl BeschannelsAccess {
    pub(crate) fn new(addr: SocketAddr) -> Self {
        Self {
            base_url: format!("http://{addr}/beschannels"),
            app_id: APP_ID.to_owned(),
            app_secret: APP_SECRET.to_owned(),
            user_id: USERS[0].to_owned(),
            user_ids: USERS.map(str::to_owned).to_vec(),
            group_obj: LEADS.to_owned(),
            group_objs: KINDS.iter().filter_map(|kind| kind.group_obj).map(str::to_owned).collect(),
            group_id: WHOLE_GROUP.to_owned(),
            small_group_id: SMALL_GROUP.to_owned(),
            empty_group_id: EMPTY_GROUP.to_owned(),
            external_next_id: NEXT_ID_EXTERNAL.to_owned(),
            contacts_next_id: NEXT_ID_CONTACTS.to_owned(),
        }
    }

    /// The provider's section of a `leadtag.toml`.
    pub(crate) fn config_toml(&self) -> String {
        format!(
            "[providers.leads-beschannels]\nplatform   = \"beschannels\"\n\
             app_id     = \"{}\"\napp_secret = \"{}\"\nuser_id    = \"{}\"\n\
             group_obj  = \"{}\"\ngroup_id   = \"{}\"\nbase_url   = \"{}\"\n",
            self.app_id,
            self.app_secret,
            self.user_id,
            self.group_obj,
            self.group_id,
            self.base_url
        )
    }
}
