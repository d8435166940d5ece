//! `clue/get`.

use leadtag_sandbox::Sandbox;
use serde_json::{Value, json};

use super::support::{Crm, FIELDS, GET, LIST, PARAMETER, TAGS, UNKNOWN, field};

/// The answer of the vendor's document, as it stands but for white space.
const DOCUMENTED: &str = concat!(
    r#"{"code":0,"message":"ok","data":{"customerId":410983932389440,"isClue":false,"type":1,"#,
    r#""fields":[{"field":"customer_source","type":2,"valueAsText":null},"#,
    r#"{"field":"description","type":1,"valueAsText":"u 诶IE"},"#,
    r#"{"field":"mobile","type":8,"valueAsText":"[\"145678388\"]"},"#,
    r#"{"field":"address","type":1,"valueAsText":null},"#,
    r#"{"field":"birthday","type":3,"valueAsText":null},"#,
    r#"{"field":"corp_name","type":1,"valueAsText":null},"#,
    r#"{"field":"name","type":1,"valueAsText":"打马赛克就"},"#,
    r#"{"field":"purchase_intention","type":2,"valueAsText":null},"#,
    r#"{"field":"gender","type":2,"valueAsText":null},"#,
    r#"{"field":"customer_stage","type":2,"valueAsText":"396823724189760"}],"#,
    r#""tagIds":[],"createTime":"2021-05-11 15:15:48","lastUpdateTime":"2021-05-11 15:15:48"}}"#,
);

#[tokio::test]
async fn the_documents_sample_is_answered_word_for_word() {
    for seed in [1, 2] {
        let crm = Crm::with(Sandbox::builder().seed(seed)).await;
        assert_eq!(crm.access.sample_customer_id, 410_983_932_389_440);
        let answer = crm.send(GET, "{\"customerId\":410983932389440}").await;
        assert_eq!(answer.text().await.unwrap(), DOCUMENTED);
    }
}

#[tokio::test]
async fn an_unknown_id_is_an_error_at_status_200() {
    let crm = Crm::start().await;
    for id in [8, 0, -1, 410_983_932_389_441, i64::MAX, i64::MIN] {
        assert_eq!(crm.code(GET, json!({ "customerId": id })).await, UNKNOWN, "{id}");
    }
}

#[tokio::test]
async fn the_id_must_be_an_integer() {
    let crm = Crm::start().await;
    for body in [json!({}), json!({ "customerId": null }), json!({ "customerId": "8" })] {
        assert_eq!(crm.code(GET, body).await, PARAMETER);
    }
}

#[tokio::test]
async fn every_listed_lead_can_be_got_and_is_the_same() {
    let crm = Crm::start().await;
    for lead in crm.all(json!({ "size": 100 })).await {
        assert_eq!(crm.lead(&lead["customerId"]).await, lead);
    }
}

#[tokio::test]
async fn fields_are_texts_of_their_type_or_null() {
    let crm = Crm::with(Sandbox::builder().leads(200)).await;
    let listed = crm.data(FIELDS, json!({})).await;
    let options = |kind: &Value, name: &Value| {
        let same = |of: &&Value| of["type"] == *kind && of["outerField"] == *name;
        let found = listed["fields"].as_array().unwrap().iter().find(same);
        found.map(|of| of["items"].as_array().unwrap().clone()).unwrap_or_default()
    };
    for lead in crm.all(json!({ "size": 100 })).await {
        for field in lead["fields"].as_array().unwrap() {
            let Some(text) = field["valueAsText"].as_str() else {
                assert!(field["valueAsText"].is_null(), "{field}");
                continue;
            };
            match field["type"].as_i64().unwrap() {
                2 => {
                    let id: i64 = text.parse().unwrap();
                    let options = options(&field["type"], &field["field"]);
                    assert!(options.iter().any(|item| item["id"] == id), "{field}");
                }
                3 => assert_eq!(text.len(), 10),
                4 => assert!(text.parse::<f64>().is_ok()),
                6 | 8 => assert!(serde_json::from_str::<Vec<String>>(text).is_ok(), "{field}"),
                7 => assert_eq!(text.len(), 19),
                kind => assert!([1, 5].contains(&kind), "{field}"),
            }
        }
    }
}

#[tokio::test]
async fn one_mobile_is_none_and_some_leads_have_two_or_no_mobile() {
    let crm = Crm::start().await;
    let leads = crm.all(json!({ "size": 100 })).await;
    let mobiles: Vec<Option<Vec<String>>> = leads
        .iter()
        .map(|lead| field(lead, "mobile").as_str().map(|text| serde_json::from_str(text).unwrap()))
        .collect();
    let all: Vec<&String> = mobiles.iter().flatten().flatten().collect();
    let odd = all.iter().filter(|mobile| !mobile.starts_with("1990000") || mobile.len() != 11);
    assert_eq!(odd.collect::<Vec<_>>(), [&"145678388"]);
    assert!(mobiles.iter().any(Option::is_none));
    assert!(mobiles.iter().flatten().any(|mobiles| mobiles.len() == 2));
}

#[tokio::test]
async fn ids_have_15_digits_and_members_without_a_value_are_absent() {
    let crm = Crm::with(Sandbox::builder().leads(100)).await;
    let leads = crm.all(json!({ "size": 100 })).await;
    assert!(leads.iter().all(|lead| lead["customerId"].to_string().len() == 15));
    let converted = leads.iter().filter(|lead| lead.get("convertCustomerTime").is_some());
    assert!((1..100).contains(&converted.count()));
    assert!(leads.iter().all(|lead| lead.get("companyInfo").is_none()));
    assert!(leads.iter().any(|lead| lead["isClue"] == true));
    assert!(leads.iter().any(|lead| lead["type"] == 2));
}

#[tokio::test]
async fn the_tags_of_leads_are_in_the_library_and_their_ids_are_strings() {
    let crm = Crm::start().await;
    let tree = crm.data(TAGS, json!({})).await;
    let tags = tree.as_array().unwrap().iter().flat_map(|group| group["tags"].as_array().unwrap());
    let known: Vec<String> = tags.map(|tag| tag["id"].to_string()).collect();
    let data = crm.data(LIST, json!({ "size": 100 })).await;
    let leads = data["list"].as_array().unwrap();
    let marks = leads.iter().flat_map(|lead| lead["tagIds"].as_array().unwrap());
    let marks: Vec<&str> = marks.map(|id| id.as_str().unwrap()).collect();
    assert!(marks.len() > 20 && marks.iter().all(|id| known.iter().any(|known| known == id)));
    assert!(leads.iter().any(|lead| lead["tagIds"] == json!([])));
}

#[tokio::test]
async fn equal_seeds_make_equal_people() {
    let names = async |seed| {
        let crm = Crm::with(Sandbox::builder().seed(seed)).await;
        let leads = crm.all(json!({ "size": 100 })).await;
        leads.iter().map(|lead| field(lead, "name").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(5).await, names(5).await);
    assert_ne!(names(5).await, names(6).await);
}
