//! `group-user-list`: vendor's page 90301014.

use leadtag_sandbox::BeschannelsEmpty;
use serde_json::{Value, json};

use super::support::{GROUP_USERS, Wire, column, multipart};

#[tokio::test]
async fn an_answer_has_the_documented_members_in_their_order() {
    let wire = Wire::start().await;
    let parts = [("user_id", wire.access.user_id.as_str()), ("group_obj", "leads_schema_data")];
    let (content_type, body) = multipart(&parts);
    let response = wire.send(GROUP_USERS, &content_type, body).await;
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    let start = "{\"code\":0,\"msg\":\"成功\",\"data\":{\"total\":40,\"list\":[{\"FullName\":\"";
    assert!(text.starts_with(start), "{text}");
    let mut last = 0;
    for member in [
        "\"FullName\"",
        "\"MobilePhone\"",
        "\"Email\"",
        "\"Company\"",
        "\"IsLead\":\"是\"",
        "\"CreatedTime\"",
        "\"identity_value\"",
        "\"identity_id\"",
        "\"client_type\":\"clientsCustomers\"",
        "\"nextId\":\"\"",
        "\"is_del\":1",
        "\"Score-",
    ] {
        let at = text.find(member).unwrap();
        assert!(at > last, "{member}");
        last = at;
    }
}

#[tokio::test]
async fn the_header_names_the_columns_but_neither_the_fixed_members_nor_the_scores() {
    let wire = Wire::start().await;
    let header = [
        ("姓名", "FullName"),
        ("手机号", "MobilePhone"),
        ("邮箱", "Email"),
        ("公司", "Company"),
        ("是否线索", "IsLead"),
        ("创建时间", "CreatedTime"),
    ]
    .map(|(label, prop)| json!({ "label": label, "prop": prop }));
    assert_eq!(wire.page(1, 1).await["header"], json!(header));
}

#[tokio::test]
async fn columns_are_strings_and_the_two_identities_are_one_uuid() {
    let wire = Wire::start().await;
    let data = wire.page(1, 40).await;
    for row in data["list"].as_array().unwrap() {
        for column in ["FullName", "MobilePhone", "Email", "Company", "IsLead", "CreatedTime"] {
            assert!(row[column].is_string(), "{row}");
        }
        assert_eq!(row["identity_value"], row["identity_id"]);
        let parts = row["identity_id"].as_str().unwrap().split('-').map(str::len);
        assert_eq!(parts.collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(row["is_del"], 1);
    }
    let mut identities = column(&data, "identity_id");
    identities.sort_unstable();
    identities.dedup();
    assert_eq!(identities.len(), 40);
}

#[tokio::test]
async fn scores_differ_from_row_to_row_and_are_numbers_or_a_dash() {
    let wire = Wire::start().await;
    let data = wire.page(1, 40).await;
    let scores = |row: &Value| -> Vec<(String, Value)> {
        let members = row.as_object().unwrap().iter();
        let scores = members.filter(|(name, _)| name.starts_with("Score-"));
        scores.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let all: Vec<_> = data["list"].as_array().unwrap().iter().map(scores).collect();
    let names = |row: &[(String, Value)]| row.iter().map(|(name, _)| name.clone()).collect();
    let first: Vec<String> = names(&all[0]);
    assert!(all.iter().any(|row| names(row) != first));
    let values: Vec<_> = all.iter().flatten().map(|(_, value)| value.clone()).collect();
    assert!(values.iter().any(|value| value == "-"));
    assert!(values.iter().all(|value| value.is_u64() || value == "-"));
}

#[tokio::test]
async fn rows_come_newest_first() {
    let wire = Wire::start().await;
    let times = column(&wire.page(1, 40).await, "CreatedTime");
    let mut sorted = times.clone();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(times, sorted);
    assert!(times[0].starts_with("2024-0") && times[39].starts_with("2023-"), "{times:?}");
}

#[tokio::test]
async fn one_mobile_is_invalid_and_some_columns_are_empty() {
    let wire = Wire::start().await;
    let data = wire.page(1, 40).await;
    let mobiles = column(&data, "MobilePhone");
    assert_eq!(mobiles.iter().filter(|mobile| *mobile == "145678388").count(), 1);
    assert!(mobiles.iter().filter(|mobile| mobile.len() == 11).count() > 30);
    for name in ["MobilePhone", "Email", "Company"] {
        assert!(column(&data, name).contains(&String::new()), "{name}");
    }
}

#[tokio::test]
async fn every_object_type_has_columns_of_its_own() {
    let wire = Wire::start().await;
    let expected = [
        ("leads_schema_data", "clientsCustomers", "", "FullName"),
        ("schema_data", "clientsCustomers", "", "FullName"),
        ("member", "member", "", "FullName"),
        ("fans", "fans", "", "NickName"),
        ("externalDataSource", "externalDataSource", "1234", "FullName"),
        ("leads_member", "leads_member", "", "FullName"),
    ];
    assert_eq!(wire.access.group_objs, expected.map(|(object, ..)| object));
    let mut seen = Vec::new();
    for (object, client_type, next_id, first) in expected {
        let data = wire.list(&[("group_obj", object), ("page_size", "5")]).await;
        assert_eq!(data["total"], 40);
        let row = &data["list"][0];
        assert_eq!((&row["client_type"], &row["nextId"]), (&json!(client_type), &json!(next_id)));
        assert_eq!(data["header"][0]["prop"], first);
        for column in data["header"].as_array().unwrap() {
            assert!(row[column["prop"].as_str().unwrap()].is_string(), "{row}");
        }
        seen.push(row["identity_id"].clone());
    }
    seen.dedup();
    assert_eq!(seen.len(), 6);
}

#[tokio::test]
async fn a_group_holds_all_some_or_none_of_the_leads() {
    let wire = Wire::start().await;
    let (small, empty) = (wire.access.small_group_id.clone(), wire.access.empty_group_id.clone());
    let all = column(&wire.page(1, 40).await, "identity_id");
    let some = wire.list(&[("groupId", &small)]).await;
    assert_eq!(some["total"], 10);
    assert!(column(&some, "identity_id").iter().all(|identity| all.contains(identity)));
    assert_eq!(wire.list(&[("groupId", &empty)]).await["total"], 0);
    assert_eq!(wire.list(&[("groupId", "no-such-group")]).await["total"], 0);
    assert_eq!(wire.list(&[("groupId", "")]).await["total"], 40);
}

#[tokio::test]
async fn the_search_looks_into_names_and_contact_data() {
    let wire = Wire::start().await;
    let found = wire.list(&[("search_str", "19900000007")]).await;
    assert_eq!(found["total"], 1);
    assert_eq!(column(&found, "MobilePhone"), ["19900000007"]);
    let many = wire.list(&[("search_str", "@example.com"), ("page_size", "3")]).await;
    assert_eq!(many["list"].as_array().unwrap().len(), 3);
    assert!(many["total"].as_u64().unwrap() > 30);
}

#[tokio::test]
async fn an_empty_list_can_be_had_in_every_shape() {
    let wire = Wire::start().await;
    for (empty, expected) in [
        (BeschannelsEmpty::Array, json!([])),
        (BeschannelsEmpty::Null, json!(null)),
        (BeschannelsEmpty::Object, json!({})),
    ] {
        wire.admin().set_beschannels_empty(empty);
        let data = wire.page(9, 10).await;
        assert_eq!((&data["total"], &data["list"]), (&json!(40), &expected));
        assert_eq!(data["header"].as_array().unwrap().len(), 6);
    }
}

#[tokio::test]
async fn all_seven_parts_may_be_sent_and_an_empty_one_is_unset() {
    let wire = Wire::start().await;
    let user_id = wire.access.user_id.as_str();
    let parts = [
        ("user_id", user_id),
        ("page_num", ""),
        ("page_size", ""),
        ("search_str", ""),
        ("groupId", ""),
        ("group_obj", "leads_schema_data"),
        ("return_field_list", ""),
    ];
    let answer = wire.form(GROUP_USERS, &parts).await;
    assert_eq!(answer["data"]["total"], 40);
    assert_eq!(answer["data"]["list"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn the_documented_example_request_lacks_its_user() {
    let wire = Wire::start().await;
    let parts = [
        "user_id",
        "page_num",
        "page_size",
        "search_str",
        "groupId",
        "group_obj",
        "return_field_list",
    ];
    let answer = wire.form(GROUP_USERS, &parts.map(|part| (part, ""))).await;
    let expected = json!({ "code": 10007, "msg": "请输入user_id", "data": null });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn wrong_parts_are_refused_by_kind() {
    let wire = Wire::start().await;
    let user = ("user_id", wire.access.user_id.as_str());
    let leads = ("group_obj", "leads_schema_data");
    for (parts, code) in [
        (vec![leads], 10007),
        (vec![("user_id", ""), leads], 10007),
        (vec![("user_id", "user0"), leads], 10002),
        (vec![user], 10000),
        (vec![user, ("group_obj", "no_such_type")], 10002),
        (vec![user, leads, ("page_num", "0")], 10002),
        (vec![user, leads, ("page_num", "one")], 10002),
        (vec![user, leads, ("page_size", "-1")], 10002),
        (vec![user, leads, ("page_size", "10001")], 10002),
        (vec![user, leads, ("group_id", "1")], 10002),
        (vec![user, user, leads], 10002),
    ] {
        let answer = wire.form(GROUP_USERS, &parts).await;
        assert_eq!(answer["code"], code, "{parts:?}: {answer}");
        assert!(answer["data"].is_null());
    }
}

#[tokio::test]
async fn a_body_that_is_not_multipart_is_refused() {
    let wire = Wire::start().await;
    let json = json!({ "user_id": wire.access.user_id, "group_obj": "leads_schema_data" });
    let urlencoded = format!("user_id={}&group_obj=leads_schema_data", wire.access.user_id);
    let (content_type, multipart) = multipart(&[("user_id", &wire.access.user_id)]);
    let torn = multipart[..multipart.len() - 10].to_vec();
    let file = String::from_utf8(multipart.clone()).unwrap();
    let file = file.replace("name=\"user_id\"", "name=\"user_id\"; filename=\"a.txt\"");
    for (content_type, body, code) in [
        ("application/json", json.to_string().into_bytes(), 1000),
        ("application/x-www-form-urlencoded", urlencoded.into_bytes(), 1000),
        ("multipart/form-data", multipart.clone(), 1000),
        ("multipart/form-data; boundary=another", multipart, 1000),
        (&content_type, torn, 1000),
        (&content_type, Vec::new(), 1000),
        (&content_type, file.into_bytes(), 10002),
    ] {
        let response = wire.send(GROUP_USERS, content_type, body).await;
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["code"], code, "{content_type}: {answer}");
    }
}
