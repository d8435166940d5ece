//! What a careful programmer derives for the same pages: plain structs, nothing else.
#![expect(dead_code, reason = "they are filled, as leadtag's are; nobody here reads them")]

use serde::Deserialize;

#[derive(Deserialize)]
struct DouyinAnswer {
    data: DouyinUsers,
}

#[derive(Deserialize)]
struct DouyinUsers {
    error_code: i64,
    description: String,
    list: Vec<String>,
    users: Vec<DouyinUser>,
    cursor: i64,
    has_more: bool,
}

#[derive(Deserialize)]
struct DouyinUser {
    open_id: Option<String>,
    nickname: Option<String>,
    avatar: Option<String>,
    telephone: Option<String>,
    wechat: Option<String>,
    city: Option<String>,
    gender: Option<i64>,
    age: Option<i64>,
    leads_level: Option<i64>,
    is_follow: Option<bool>,
    tag_list: Option<Vec<DouyinTag>>,
}

#[derive(Deserialize)]
struct DouyinTag {
    tag_id: i64,
    tag_name: String,
}

pub(super) fn douyin(page: &[u8]) -> serde_json::Result<usize> {
    Ok(serde_json::from_slice::<DouyinAnswer>(page)?.data.users.len())
}

#[derive(Deserialize)]
struct CrmAnswer {
    code: i64,
    message: String,
    data: CrmClues,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CrmClues {
    list: Vec<CrmClue>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CrmClue {
    customer_id: i64,
    is_clue: bool,
    #[serde(rename = "type")]
    kind: i64,
    convert_customer_time: Option<String>,
    fields: Vec<CrmField>,
    tag_ids: Vec<String>,
    create_time: String,
    last_update_time: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CrmField {
    field: String,
    #[serde(rename = "type")]
    kind: i64,
    value_as_text: Option<String>,
}

pub(super) fn crm_v3(page: &[u8]) -> serde_json::Result<usize> {
    Ok(serde_json::from_slice::<CrmAnswer>(page)?.data.list.len())
}

#[derive(Deserialize)]
struct BeschannelsAnswer {
    code: i64,
    msg: String,
    data: BeschannelsPage,
}

#[derive(Deserialize)]
struct BeschannelsPage {
    total: i64,
    list: Vec<BeschannelsRow>,
    header: Vec<BeschannelsColumn>,
}

#[derive(Deserialize)]
struct BeschannelsColumn {
    label: String,
    prop: String,
}

/// The scores are left out: their names differ from row to row.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BeschannelsRow {
    full_name: String,
    mobile_phone: String,
    email: String,
    company: String,
    is_lead: String,
    created_time: String,
    #[serde(rename = "identity_value")]
    identity_value: String,
    #[serde(rename = "identity_id")]
    identity_id: String,
    #[serde(rename = "client_type")]
    client_type: String,
    #[serde(rename = "nextId")]
    next_id: String,
    #[serde(rename = "is_del")]
    is_del: i64,
}

pub(super) fn beschannels(page: &[u8]) -> serde_json::Result<usize> {
    Ok(serde_json::from_slice::<BeschannelsAnswer>(page)?.data.list.len())
}
