//! How metadata merges, one rule at a time.

use guildhall_testing::TestServer;
use serde_json::{Value, json};

use super::Target;

/// Merges step after step, into one of each kind, and compares with what is due.
async fn merges(steps: &[Value], expected: Value) {
    let server = TestServer::start().await;
    let http = server.http();
    for target in Target::each(&http).await {
        let mut stored = json!({});
        for changes in steps {
            stored = target.merged(&http, changes).await;
        }
        assert_eq!(stored, expected, "{}", target.merge);
    }
}

#[tokio::test]
async fn nested_objects_are_merged() {
    let before = json!({ "a": { "b": { "c": 1, "d": 2 }, "e": 3 }, "f": 4 });
    let changes = json!({ "a": { "b": { "c": 9, "x": 8 } } });

    let after = json!({ "a": { "b": { "c": 9, "d": 2, "x": 8 }, "e": 3 }, "f": 4 });
    merges(&[before, changes], after).await;
}

#[tokio::test]
async fn null_removes_a_key_at_the_top() {
    merges(&[json!({ "a": 1, "b": 2 }), json!({ "a": null })], json!({ "b": 2 })).await;
}

#[tokio::test]
async fn null_removes_a_key_at_any_level() {
    let before = json!({ "a": { "b": { "c": 1, "d": 2 } } });
    let changes = json!({ "a": { "b": { "c": null } } });

    merges(&[before, changes], json!({ "a": { "b": { "d": 2 } } })).await;
}

#[tokio::test]
async fn removing_the_last_key_leaves_an_empty_object() {
    merges(&[json!({ "a": { "b": 1 } }), json!({ "a": { "b": null } })], json!({ "a": {} })).await;
}

#[tokio::test]
async fn null_for_a_key_that_is_not_there_changes_nothing() {
    merges(
        &[json!({ "a": 1 }), json!({ "b": null, "c": { "d": null } })],
        json!({ "a": 1, "c": {} }),
    )
    .await;
}

#[tokio::test]
async fn null_removes_an_object_and_an_array_whole() {
    let before = json!({ "a": { "b": { "c": 1 } }, "d": [1, { "e": 2 }], "f": 1 });

    merges(&[before, json!({ "a": null, "d": null })], json!({ "f": 1 })).await;
}

#[tokio::test]
async fn an_array_replaces_an_array() {
    merges(
        &[json!({ "a": [1, 2, 3] }), json!({ "a": [{ "x": 1 }] })],
        json!({ "a": [{ "x": 1 }] }),
    )
    .await;
}

#[tokio::test]
async fn null_inside_an_array_stays_at_any_depth() {
    let value = json!({ "a": [null, [null, { "b": null }], { "c": { "d": null } }] });

    merges(&[json!({ "a": 1 }), value.clone()], value).await;
}

#[tokio::test]
async fn a_scalar_replaces_anything() {
    for before in [json!({ "x": 1 }), json!([1]), json!("text"), json!(true), json!(1.5)] {
        let steps =
            [json!({ "a": before, "b": { "c": before } }), json!({ "a": 7, "b": { "c": "" } })];
        merges(&steps, json!({ "a": 7, "b": { "c": "" } })).await;
    }
}

#[tokio::test]
async fn an_object_replaces_what_is_none() {
    for before in [json!([{ "x": 1 }]), json!("text"), json!(false), json!(0)] {
        merges(
            &[json!({ "a": before }), json!({ "a": { "b": { "c": 1 } } })],
            json!({ "a": { "b": { "c": 1 } } }),
        )
        .await;
    }
}

#[tokio::test]
async fn an_object_that_replaces_a_scalar_holds_no_null() {
    let steps = [json!({ "a": 1 }), json!({ "a": { "b": null, "c": { "d": null }, "e": 1 } })];

    merges(&steps, json!({ "a": { "c": {}, "e": 1 } })).await;
}

#[tokio::test]
async fn an_array_replaces_an_object() {
    merges(&[json!({ "a": { "b": 1 } }), json!({ "a": [] })], json!({ "a": [] })).await;
}

#[tokio::test]
async fn an_empty_object_keeps_an_object_and_replaces_a_scalar() {
    let before = json!({ "a": { "b": 1 }, "c": 1 });

    merges(&[before, json!({ "a": {}, "c": {} })], json!({ "a": { "b": 1 }, "c": {} })).await;
}

#[tokio::test]
async fn a_field_that_is_not_named_stays() {
    let server = TestServer::start().await;
    let http = server.http();

    for target in Target::each(&http).await {
        let both = json!({ "public_metadata": { "a": 1 }, "private_metadata": { "b": 1 } });
        http.patch(&target.merge, both).await.ok();
        let after = http.patch(&target.merge, json!({ "private_metadata": { "c": 1 } })).await.ok();

        assert_eq!(after["public_metadata"], json!({ "a": 1 }));
        assert_eq!(after["private_metadata"], json!({ "b": 1, "c": 1 }));
    }
}

#[tokio::test]
async fn no_changes_change_nothing_in_whatever_way_they_are_told() {
    let server = TestServer::start().await;
    let http = server.http();

    for target in Target::each(&http).await {
        target.merged(&http, &json!({ "a": { "b": 1 } })).await;
        let before = http.get(&target.read).await.ok();
        server.clock().advance(5_000);
        let request = || http.request(reqwest::Method::PATCH, &target.merge);

        for answer in [
            http.patch(&target.merge, json!({})).await,
            http.patch(&target.merge, Value::Null).await,
            http.patch(&target.merge, json!({ "public_metadata": {} })).await,
            http.patch(&target.merge, json!({ "public_metadata": { "a": { "b": 1 } } })).await,
            http.patch(&target.merge, json!({ "public_metadata": { "gone": null } })).await,
            http.send(request()).await,
            http.send(request().header("content-type", "application/json")).await,
        ] {
            assert_eq!(answer.ok(), before, "{}", target.merge);
        }
        assert_eq!(http.get(&target.read).await.ok(), before);
    }
}

#[tokio::test]
async fn a_change_moves_updated_at_and_nothing_else() {
    let server = TestServer::start().await;
    let http = server.http();

    for target in Target::each(&http).await {
        let before = http.get(&target.read).await.ok();
        let mut after =
            http.patch(&target.merge, json!({ "private_metadata": { "a": 1 } })).await.ok();

        assert!(after["updated_at"].as_i64() > before["updated_at"].as_i64());
        assert_eq!(after["private_metadata"], json!({ "a": 1 }));
        after["updated_at"] = before["updated_at"].clone();
        after["private_metadata"] = before["private_metadata"].clone();
        assert_eq!(after, before);
    }
}

#[tokio::test]
async fn concurrent_merges_of_different_keys_all_stay() {
    let server = TestServer::start().await;
    let http = server.http();
    let target = Target::membership(&http).await;

    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..30 {
        let (http, path) = (http.reconnected(), target.merge.clone());
        let key = format!("k{index}");
        let body = json!({ "public_metadata": { "shared": { key: index } } });
        tasks.spawn(async move { http.patch(&path, body).await.ok() });
    }
    tasks.join_all().await;

    let stored = http.get(&target.read).await.ok()["public_metadata"]["shared"].clone();
    assert_eq!(stored.as_object().unwrap().len(), 30);
}

#[tokio::test]
async fn unknown_fields_and_what_is_no_object_are_refused_and_change_nothing() {
    let server = TestServer::start().await;
    let http = server.http();
    let target = Target::membership(&http).await;
    let before = http.get(&target.read).await.ok();

    for (body, faults) in [
        (json!({ "x": 1, "y": 2 }), vec!["form_param_unknown x", "form_param_unknown y"]),
        (json!({ "public_metadata": { "a": 1 }, "role": "x" }), vec!["form_param_unknown role"]),
        (json!({ "public_metadata": null }), vec!["form_param_nil public_metadata"]),
        (json!({ "private_metadata": [] }), vec!["form_param_value_invalid private_metadata"]),
        (
            json!({ "private_metadata": "x", "public_metadata": 1 }),
            vec![
                "form_param_value_invalid public_metadata",
                "form_param_value_invalid private_metadata",
            ],
        ),
    ] {
        let answer = http.patch(&target.merge, body).await;
        let expected: Vec<String> =
            faults.into_iter().map(|fault| format!("422 {fault}")).collect();
        assert_eq!(answer.faults(), expected);
    }
    assert_eq!(http.get(&target.read).await.ok(), before);
}
