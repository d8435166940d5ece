//! Which names of members, columns and fields promise personal data.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::pii::Kind;

/// Parts of names. The first that fits decides: a `微信昵称` is a WeChat name.
const PARTS: &[(Kind, &[&str])] = &[
    (
        Kind::Wechat,
        &[
            "wechat",
            "weixin",
            "wxid",
            "unionid",
            "openid",
            "qwuserid",
            "wangwang",
            "weibo",
            "alipay",
            "微信",
            "qq号",
            "v信",
            "vx号",
            "旺旺",
            "微博",
            "支付宝",
        ],
    ),
    (
        Kind::Mobile,
        &[
            "mobile",
            "phone",
            "whatsapp",
            "landline",
            "fixedline",
            "hotline",
            "手机",
            "电话",
            "座机",
            "固话",
            "传真",
            "号码",
            "联系方式",
        ],
    ),
    (Kind::Email, &["mail", "邮箱", "邮件"]),
    (
        Kind::Text,
        &[
            "name",
            "avatar",
            "headimg",
            "portrait",
            "address",
            "birth",
            "company",
            "idcard",
            "idnumber",
            "identitycard",
            "identityno",
            "identitynum",
            "certno",
            "certnum",
            "certificateno",
            "certificatenum",
            "credential",
            "passport",
            "bankaccount",
            "bankcard",
            "linkman",
            "consignee",
            "licenseplate",
            "platenumber",
            "imei",
            "imsi",
            "姓名",
            "名字",
            "名称",
            "昵称",
            "称呼",
            "联系人",
            "头像",
            "地址",
            "住址",
            "生日",
            "出生",
            "公司",
            "企业",
            "单位",
            "身份证",
            "证件",
            "护照",
            "社保",
            "银行卡",
            "银行账",
            "开户行",
            "老板",
            "卡号",
            "车牌",
        ],
    ),
];

/// Whole words of names that would stand inside of harmless ones.
const WORDS: &[(Kind, &[&str])] = &[
    (Kind::Mobile, &["tel", "tels", "telno", "telnum", "fax", "cell"]),
    (Kind::Wechat, &["wx", "vx", "qq"]),
    (
        Kind::Text,
        &[
            "nick",
            "addr",
            "street",
            "dob",
            "ip",
            "contact",
            "contacts",
            "idno",
            "sfz",
            "gps",
            "receiver",
            "recipient",
        ],
    ),
];

/// What has a name without being a person or a company: `tag_name`, `产品名称`.
const THINGS: &[&str] = &[
    "tag",
    "taggroup",
    "group",
    "field",
    "column",
    "schema",
    "model",
    "event",
    "file",
    "form",
    "stage",
    "level",
    "status",
    "type",
    "product",
    "channel",
    "source",
    "campaign",
    "activity",
    "behavior",
    "标签",
    "标签组",
    "分组",
    "字段",
    "产品",
    "活动",
    "渠道",
    "来源",
    "表单",
    "阶段",
];

/// See [`Role::Label`].
const LABELS: &[&str] = &["field", "fieldname", "alias", "key", "label", "prop", "column", "attr"];

/// What the name of a member, a column or a field says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    /// What its values are, if they are personal.
    pub(crate) kind: Option<Kind>,
    /// It is the plain `name` of what it stands in.
    pub(super) bare: bool,
    /// It holds tags, whose `name` is no person's.
    pub(super) tags: bool,
    pub(super) role: Role,
}

/// Names of members that were judged before: the rows of a list have the same ones. One is good for
/// any number of leads.
#[derive(Debug, Default)]
pub struct Names(RefCell<HashMap<String, Name>>);

/// Names that are remembered. A list with more has names that are data.
const REMEMBERED: usize = 1_000;

impl Names {
    pub(crate) fn judge(&self, name: &str) -> Name {
        if let Some(known) = self.0.borrow().get(name) {
            return *known;
        }
        let judged = Name::of(name);
        let mut known = self.0.borrow_mut();
        if known.len() < REMEMBERED {
            known.insert(name.to_owned(), judged);
        }
        judged
    }
}

/// What a member does in an object such as `{"field":"mobile","type":8,"valueAsText":"…"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It says what the others are about.
    Label,
    /// It holds what the object is about.
    Value,
    /// It says something of the field, not of the person.
    Technical,
    Other,
}

impl Name {
    pub(super) fn of(name: &str) -> Self {
        let plain = plain(name);
        Self {
            kind: kind(name, &plain),
            bare: matches!(plain.as_str(), "name" | "名称"),
            tags: plain.starts_with("tag") || plain.starts_with("标签"),
            role: role(&plain),
        }
    }
}

fn role(plain: &str) -> Role {
    if LABELS.contains(&plain) {
        Role::Label
    } else if plain.starts_with("val") || plain == "fieldvalue" {
        Role::Value
    } else if plain == "id" || plain.ends_with("type") {
        Role::Technical
    } else {
        Role::Other
    }
}

fn kind(name: &str, plain: &str) -> Option<Kind> {
    let thing = ["name", "名称"]
        .iter()
        .any(|end| plain.strip_suffix(end).is_some_and(|thing| THINGS.contains(&thing)));
    if thing {
        return None;
    }
    let contained = PARTS.iter().find(|(_, parts)| parts.iter().any(|part| plain.contains(part)));
    let worded = || {
        let words = words(name);
        // `tel1` is a second `tel`, and `idNo` is two words.
        let is_digit = |c: char| c.is_ascii_digit();
        let among = |known: &[&str]| {
            known.contains(&plain)
                || words.iter().any(|word| known.contains(&word.trim_end_matches(is_digit)))
        };
        WORDS.iter().find(|(_, known)| among(known))
    };
    // 收货人, 负责人, 介绍人: somebody's name, whatever they do.
    let person = || (plain.ends_with('人') && !plain.ends_with("机器人")).then_some(Kind::Text);
    contained.or_else(worded).map(|(kind, _)| *kind).or_else(person)
}

/// The letters and digits of the name, in lower case.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `rel_wxId` as `rel`, `wx`, `id`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (after_lower && c.is_uppercase());
        after_lower = c.is_lowercase();
        if begins {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_personal_data_are_known_in_every_spelling() {
        for (kind, names) in [
            (Kind::Wechat, &["openid", "openId", "open_id", "unionid"][..]),
            (
                Kind::Mobile,
                &[
                    "mobile",
                    "MobilePhone",
                    "telephone",
                    "cell_phone",
                    "TEL",
                    "手机号",
                    "联系电话",
                    "座机",
                    "tel1",
                    "whatsApp",
                    "landline",
                    "fixed_line",
                    "tel_no",
                ][..],
            ),
            (Kind::Email, &["Email", "e-mail", "workEmailAddress", "邮箱"]),
            (
                Kind::Wechat,
                &[
                    "wechat",
                    "wechatNickname",
                    "WeiXin",
                    "rel_wxid",
                    "unionid",
                    "qwUserId",
                    "wxId",
                    "QQ",
                    "QQ号",
                    "微信号",
                    "vx",
                    "vx号",
                    "V信",
                    "支付宝账号",
                ],
            ),
            (
                Kind::Text,
                &[
                    "name",
                    "FullName",
                    "nickname",
                    "nick",
                    "corp_name",
                    "Company",
                    "companyInfo",
                    "address",
                    "Addr",
                    "avatar",
                    "birthday",
                    "姓名",
                    "客户名称",
                    "地址",
                    "头像",
                    "收货人",
                    "负责人",
                    "证件号",
                    "idNo",
                    "identity_card",
                    "identityNo",
                    "cert_no",
                    "sfz",
                    "社保号",
                    "bank_account",
                    "银行账号",
                    "linkman",
                    "receiver",
                    "imei",
                    "银行卡",
                    "车牌号",
                ],
            ),
        ] {
            for name in names {
                assert_eq!(Name::of(name).kind, Some(kind), "{name}");
            }
        }
    }

    #[test]
    fn what_names_a_thing_or_nothing_personal_is_left() {
        for name in [
            "id",
            "customerId",
            "tag_name",
            "groupName",
            "标签名称",
            "产品名称",
            "level",
            "Score-20408",
            "createTime",
            "customer_stage",
            "hotel",
            "tip",
            "city",
            "gender",
            "type",
            "identity_id",
            "identity_value",
            "location",
            "certified",
            "人数",
            "聊天机器人",
        ] {
            assert_eq!(Name::of(name).kind, None, "{name}");
        }
    }
}
