//! `batch-score-list`: vendor's page 168845727.

use leadtag_sandbox::BeschannelsEmpty;
use serde_json::{Value, json};

use super::support::{SCORES, Wire};

#[tokio::test]
async fn scores_are_a_map_from_the_id_as_text() {
    let wire = Wire::start().await;
    let (user_id, id) = (wire.access.user_id.clone(), wire.newest_id().await);
    let body = json!({ "user_id": user_id, "schema_type": "leads_schema_data", "leads_id": [id] });
    let answer = wire.post(SCORES, body).await;
    assert_eq!(answer["code"], 0);
    assert_eq!(answer["data"].as_object().unwrap().len(), 1);
    for score in answer["data"][id.to_string()].as_array().unwrap() {
        assert!(score["model_id"].is_u64() && score["name"].is_string(), "{score}");
        assert!(score["calculate_status"].is_u64());
        assert!(score["point"].is_u64() || score["point"] == "-", "{score}");
    }
}

#[tokio::test]
async fn points_are_those_of_the_row_and_a_dash_where_there_is_none() {
    let wire = Wire::start().await;
    let (user_id, id) = (wire.access.user_id.clone(), wire.newest_id().await);
    let row = wire.page(1, 1).await["list"][0].clone();
    let answer = wire.post(SCORES, json!({ "user_id": user_id, "leads_id": id })).await;
    let scores = answer["data"][id.to_string()].as_array().unwrap().clone();
    assert!(scores.iter().any(|score| score["point"] == "-"));
    for score in scores {
        let shown = row.get(format!("Score-{}", score["model_id"]));
        assert_eq!(shown.unwrap_or(&json!("-")), &score["point"]);
    }
}

#[tokio::test]
async fn without_ids_there_are_pages_of_50_at_most() {
    let wire = Wire::start().await;
    let user_id = wire.access.user_id.clone();
    let count = |answer: &Value| answer["data"].as_object().unwrap().len();
    let body = json!({ "user_id": user_id, "page_num": 2, "page_size": 30 });
    assert_eq!(count(&wire.post(SCORES, body).await), 10);
    let spelt_as_in_the_schema = json!({ "user_id": user_id, "page": 1, "page_size": 50 });
    assert_eq!(count(&wire.post(SCORES, spelt_as_in_the_schema).await), 40);
    let pool = json!({ "user_id": user_id, "schema_type": "leads_member", "leads_id": [],
        "page_num": "1", "page_size": "5" });
    assert_eq!(count(&wire.post(SCORES, pool).await), 5);
}

#[tokio::test]
async fn an_empty_map_can_be_had_in_every_shape() {
    let wire = Wire::start().await;
    let body = json!({ "user_id": wire.access.user_id, "page_num": 9, "page_size": 50 });
    for (empty, expected) in [
        (BeschannelsEmpty::Array, json!([])),
        (BeschannelsEmpty::Null, json!(null)),
        (BeschannelsEmpty::Object, json!({})),
    ] {
        wire.admin().set_beschannels_empty(empty);
        assert_eq!(wire.post(SCORES, body.clone()).await["data"], expected);
    }
}

#[tokio::test]
async fn the_limits_have_codes_of_their_own() {
    let wire = Wire::start().await;
    let (user_id, id) = (wire.access.user_id.clone(), wire.newest_id().await);
    let ids = |count: u64| (0..count).map(|at| id - at % 40).collect::<Vec<_>>();
    for (body, code) in [
        (json!({ "user_id": user_id, "leads_id": ids(100) }), 0),
        (json!({ "user_id": user_id, "leads_id": ids(101) }), 13233),
        (json!({ "user_id": user_id, "leads_id": [1, id] }), 0),
        (json!({ "user_id": user_id, "leads_id": [1, 2] }), 13232),
        (json!({ "user_id": user_id, "page_num": 1, "page_size": 51 }), 13234),
        (json!({ "user_id": user_id, "page_num": 1 }), 10000),
        (json!({ "user_id": user_id }), 10000),
        (json!({ "leads_id": [id] }), 10007),
        (json!({ "user_id": user_id, "leads_id": [id.to_string()] }), 10002),
        (json!({ "user_id": user_id, "leads_id": [id], "schema_type": "member" }), 10002),
    ] {
        assert_eq!(wire.post(SCORES, body.clone()).await["code"], code, "{body}");
    }
}
