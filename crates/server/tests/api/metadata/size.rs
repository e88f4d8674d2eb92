//! How large metadata may grow: 8,192 bytes as compact JSON, after merging, each field apart.

use guildhall_testing::TestServer;
use serde_json::{Value, json};

use super::Target;

const LIMIT: usize = 8192;

/// An object that takes exactly so many bytes as compact JSON.
fn sized(bytes: usize) -> Value {
    let value = json!({ "k": "x".repeat(bytes - r#"{"k":""}"#.len()) });
    assert_eq!(value.to_string().len(), bytes);
    value
}

fn too_large(field: &str) -> String {
    format!("422 form_param_exceeds_allowed_size {field}")
}

#[tokio::test]
async fn exactly_the_limit_passes_and_one_byte_more_fails_in_each_field() {
    let server = TestServer::start().await;
    let http = server.http();
    let [membership, organization, user] = Target::each(&http).await;

    for (target, fields) in [
        (membership, &["public_metadata", "private_metadata"][..]),
        (organization, &["public_metadata", "private_metadata"]),
        (user, &["public_metadata", "private_metadata", "unsafe_metadata"]),
    ] {
        for field in fields {
            let larger = http.patch(&target.merge, json!({ *field: sized(LIMIT + 1) })).await;
            assert_eq!(larger.faults(), [too_large(field)], "{}", target.merge);
            let largest = http.patch(&target.merge, json!({ *field: sized(LIMIT) })).await.ok();
            assert_eq!(largest[*field], sized(LIMIT), "{}", target.merge);
        }
    }
}

#[tokio::test]
async fn the_fault_is_told_in_the_words_of_the_wire() {
    let server = TestServer::start().await;
    let http = server.http();
    let target = Target::membership(&http).await;

    let answer = http.patch(&target.merge, json!({ "public_metadata": sized(LIMIT + 1) })).await;

    let expected =
        "The given public_metadata exceeds the maximum allowed size of 8192 bytes (8 KB).";
    assert_eq!(answer.text_at("/errors/0/message"), expected);
    assert_eq!(answer.text_at("/errors/0/long_message"), expected);
}

#[tokio::test]
async fn every_field_that_is_too_large_is_told_and_none_is_changed() {
    let server = TestServer::start().await;
    let http = server.http();

    for target in Target::each(&http).await {
        let before = http.get(&target.read).await.ok();
        let body = json!({
            "public_metadata": sized(LIMIT + 1), "private_metadata": sized(LIMIT + 1),
        });
        let both = http.patch(&target.merge, body).await;
        let body = json!({ "public_metadata": { "a": 1 }, "private_metadata": sized(LIMIT + 1) });
        let one = http.patch(&target.merge, body).await;

        assert_eq!(both.faults(), ["public_metadata", "private_metadata"].map(too_large));
        assert_eq!(one.faults(), [too_large("private_metadata")]);
        assert_eq!(http.get(&target.read).await.ok(), before);
    }
}

#[tokio::test]
async fn it_is_the_merged_result_that_counts() {
    let server = TestServer::start().await;
    let http = server.http();
    let half = |key: &str| json!({ key: "x".repeat(4094 - r#""k":"""#.len()) });

    for target in Target::each(&http).await {
        target.merged(&http, &half("a")).await;
        let full = target.merged(&http, &half("b")).await;
        assert!(full.to_string().len() <= LIMIT);
        let more = http.patch(&target.merge, json!({ "public_metadata": half("c") })).await;
        let swapped = json!({ "a": null, "c": half("c")["c"] });

        assert_eq!(more.faults(), [too_large("public_metadata")]);
        assert_eq!(
            target.merged(&http, &swapped).await,
            json!({
                "b": half("b")["b"], "c": half("c")["c"],
            })
        );
    }
}

#[tokio::test]
async fn full_metadata_can_still_be_emptied_and_the_other_field_filled() {
    let server = TestServer::start().await;
    let http = server.http();

    for target in Target::each(&http).await {
        target.merged(&http, &sized(LIMIT)).await;
        let other = json!({ "private_metadata": sized(LIMIT) });
        http.patch(&target.merge, other).await.ok();

        assert_eq!(target.merged(&http, &json!({ "k": null })).await, json!({}));
    }
}

#[tokio::test]
async fn bytes_are_counted_and_not_characters() {
    let server = TestServer::start().await;
    let http = server.http();
    let target = Target::membership(&http).await;
    let wide = |characters: usize| json!({ "k": "é".repeat(characters) });

    let fits = wide((LIMIT - 8) / 2);
    assert_eq!(target.merged(&http, &fits).await, fits);
    let answer =
        http.patch(&target.merge, json!({ "public_metadata": wide((LIMIT - 8) / 2 + 1) })).await;
    assert_eq!(answer.faults(), [too_large("public_metadata")]);
}

#[tokio::test]
async fn blanks_and_removed_keys_of_the_request_do_not_count() {
    let server = TestServer::start().await;
    let http = server.http();
    let target = Target::membership(&http).await;
    let nulls: Value = (0..2000).map(|index| (format!("key {index}"), Value::Null)).collect();
    let blanks = format!("{{\"public_metadata\":{{{}\"a\":1}}}}", " ".repeat(20_000));

    assert_eq!(target.merged(&http, &nulls).await, json!({}));
    let request = http.request(reqwest::Method::PATCH, &target.merge);
    let request = request.header("content-type", "application/json").body(blanks);
    assert_eq!(http.send(request).await.ok()["public_metadata"], json!({ "a": 1 }));
}

#[tokio::test]
async fn the_limit_holds_where_metadata_is_set_anew() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, user) =
        (http.organization(json!({ "name": "A" })).await, http.anybody().await);
    let join = format!("/v1/organizations/{organization}/memberships");
    let with = |mut body: Value, field: &str, bytes: usize| {
        body[field] = sized(bytes);
        body
    };

    for field in ["public_metadata", "private_metadata"] {
        let new_member = json!({ "user_id": user, "role": "org:member" });
        let member = format!("{join}/{user}");
        for (request, body) in [
            ("POST /v1/users", json!({})),
            ("POST /v1/organizations", json!({ "name": "B" })),
            (&format!("POST {join}"), new_member),
            (&format!("PUT /v1/organizations/{organization}/metadata"), json!({})),
            (&format!("PUT /v1/users/{user}/metadata"), json!({})),
            (&format!("PATCH /v1/users/{user}"), json!({})),
            (&format!("PATCH /v1/organizations/{organization}"), json!({})),
        ] {
            let (method, path) = request.split_once(' ').unwrap();
            let send = |body: Value| {
                let method = method.parse().unwrap();
                http.send(http.request(method, path).json(&body))
            };
            let larger = send(with(body.clone(), field, LIMIT + 1)).await;
            let largest = send(with(body, field, LIMIT)).await;

            assert_eq!(larger.faults(), [too_large(field)], "{request}");
            assert_eq!(largest.ok()[field], sized(LIMIT), "{request}");
        }
        http.delete(&member).await.ok();
    }
}
