//! The object types (对象) of the organisation, their columns, and the groups (分组).
//!
//! Documented: `group_obj` is `leads_schema_data`, `schema_data` or `member`, and there are answers
//! for fans, an external data source and the new lead pool too; the columns and the fixed members
//! of a market lead; the four `client_type` values of `data-list-v2`, and that visitors have no
//! creation time. Inferred: `leads_member` (documented for `batch-score-list`),
//! `externalDataSource` and `fans` as `group_obj`; the columns of all but market leads, which a
//! tenant chooses anyway; the `client_type` of members, fans and the new lead pool; that a row of a
//! table with an id has it in `nextId`.

/// One object type.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its table's id in `cdp/detail`, and what tells its people from those of other types.
    pub(super) table_id: u64,
    pub(super) group_obj: Option<&'static str>,
    pub(super) name: &'static str,
    pub(super) client_type: &'static str,
    pub(super) next_id: &'static str,
    /// Label and property, as in `header`.
    pub(super) columns: &'static [(&'static str, &'static str)],
}

pub(super) const LEADS: &str = "leads_schema_data";
pub(super) const LEAD_POOL: &str = "leads_member";
pub(super) const EXTERNAL: &str = "externalDataSource";
pub(super) const VISITORS: &str = "browseCustomers";
pub(super) const NEXT_ID_EXTERNAL: &str = "1234";
pub(super) const NEXT_ID_CONTACTS: &str = "1235";

const NAME: (&str, &str) = ("姓名", "FullName");
const NICKNAME: (&str, &str) = ("昵称", "NickName");
const MOBILE: (&str, &str) = ("手机号", "MobilePhone");
const EMAIL: (&str, &str) = ("邮箱", "Email");
const COMPANY: (&str, &str) = ("公司", "Company");
const IS_LEAD: (&str, &str) = ("是否线索", "IsLead");
const CREATED: (&str, &str) = ("创建时间", "CreatedTime");

pub(super) static KINDS: [Kind; 8] = [
    Kind {
        table_id: 1230,
        group_obj: Some(LEADS),
        name: "市场线索",
        client_type: "clientsCustomers",
        next_id: "",
        columns: &[NAME, MOBILE, EMAIL, COMPANY, IS_LEAD, CREATED],
    },
    Kind {
        table_id: 1231,
        group_obj: Some("schema_data"),
        name: "留资客户",
        client_type: "clientsCustomers",
        next_id: "",
        columns: &[NAME, MOBILE, EMAIL, COMPANY, CREATED],
    },
    Kind {
        table_id: 1232,
        group_obj: Some("member"),
        name: "会员",
        client_type: "member",
        next_id: "",
        columns: &[NAME, MOBILE, EMAIL, CREATED],
    },
    Kind {
        table_id: 1233,
        group_obj: Some("fans"),
        name: "粉丝",
        client_type: "fans",
        next_id: "",
        columns: &[NICKNAME, CREATED],
    },
    Kind {
        table_id: 1234,
        group_obj: Some(EXTERNAL),
        name: "外部数据源",
        client_type: EXTERNAL,
        next_id: NEXT_ID_EXTERNAL,
        columns: &[NAME, MOBILE, COMPANY, CREATED],
    },
    Kind {
        table_id: 1236,
        group_obj: Some(LEAD_POOL),
        name: "scrm新线索池",
        client_type: LEAD_POOL,
        next_id: "",
        columns: &[NAME, MOBILE, EMAIL, CREATED],
    },
    Kind {
        table_id: 1237,
        group_obj: None,
        name: "浏览访客",
        client_type: VISITORS,
        next_id: "",
        columns: &[NICKNAME],
    },
    Kind {
        table_id: 1235,
        group_obj: None,
        name: "企微外部联系人",
        client_type: "mochatLink",
        next_id: NEXT_ID_CONTACTS,
        columns: &[NICKNAME, MOBILE, CREATED],
    },
];

/// A group with every object of its type.
pub(super) const WHOLE_GROUP: &str = "30101";
/// A group with every fourth seeded object, and all that came later.
pub(super) const SMALL_GROUP: &str = "30102";
/// A group with nothing in it.
pub(super) const EMPTY_GROUP: &str = "30103";

/// Which objects of a type a group holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Every n-th of the seeded ones, and all that came later.
    Every(u64),
    Nothing,
}

impl Group {
    /// The objects of a group, or all of them when none is named. An unknown group has no objects:
    /// inferred, like the answer without a group.
    pub(super) fn named(id: Option<&str>) -> Self {
        match id {
            None | Some(WHOLE_GROUP) => Self::Every(1),
            Some(SMALL_GROUP) => Self::Every(4),
            Some(_) => Self::Nothing,
        }
    }
}
