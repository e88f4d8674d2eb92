//! Values that come back equal: keys, numbers, text.

use guildhall_testing::TestServer;
use serde_json::{Value, json};

use super::Target;

#[tokio::test]
async fn keys_are_kept_as_they_are_and_stay_distinct() {
    let server = TestServer::start().await;
    let http = server.http();
    let value = json!({
        "fooBar": 1, "foo_bar": 2, "FooBar": 3, "foo-bar": 4, "": 5, " ": 6, "a.b": 7, "$ref": 8,
        "FOO": { "innerKey": { "deep_key": [{ "aB": 1, "a_b": 2 }] } },
        "organizationId": "x", "created_at": "mine", "role": {}, "object": [], "__proto__": 1,
        "e\u{301}": 1, "é": 2, "\u{0}": 3, "😀": 4,
    });

    for target in Target::each(&http).await {
        assert_eq!(target.merged(&http, &value).await, value);
    }
}

#[tokio::test]
async fn whole_numbers_of_64_bits_are_kept() {
    let server = TestServer::start().await;
    let http = server.http();
    let value = json!({
        "a": i64::MIN, "b": i64::MAX, "c": u64::MAX, "d": 0, "e": 9_007_199_254_740_993_i64,
    });

    for target in Target::each(&http).await {
        assert_eq!(target.merged(&http, &value).await.to_string(), value.to_string());
    }
}

#[tokio::test]
async fn doubles_are_kept_to_the_last_bit() {
    let server = TestServer::start().await;
    let http = server.http();
    let doubles = [
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
        0.1,
        1.0 / 3.0,
        1e22,
        9_007_199_254_740_993.0,
        -0.0,
        1.0,
        123_456_789.123_456_78,
    ];

    for target in Target::each(&http).await {
        let stored = target.merged(&http, &json!({ "list": doubles })).await;
        let read: Vec<u64> = stored["list"]
            .as_array()
            .unwrap()
            .iter()
            .map(|number| number.as_f64().unwrap().to_bits())
            .collect();
        assert_eq!(read, doubles.map(f64::to_bits), "{stored}");
    }
}

#[tokio::test]
async fn text_of_every_kind_is_kept() {
    let server = TestServer::start().await;
    let http = server.http();
    let mut every_plane = String::new();
    for code in (0..0x500).chain([0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF, 0x1F600, 0x10FFFF]) {
        every_plane.extend(char::from_u32(code));
    }
    let value = json!({
        "nul": "a\u{0}b", "quotes": "\"\\/\u{8}\u{c}\n\r\t'", "html": "<script>&amp;</script>",
        "decomposed": "e\u{301}", "composed": "é", "right to left": "\u{202E}אב", "empty": "",
        "blank": "  ", "all": every_plane, "sql": "'; DROP TABLE users; --", "percent": "%00%2F",
    });

    for target in Target::each(&http).await {
        assert_eq!(target.merged(&http, &value).await, value);
    }
}

#[tokio::test]
async fn escapes_of_a_request_are_read_as_what_they_stand_for() {
    let server = TestServer::start().await;
    let http = server.http();
    let target = Target::membership(&http).await;
    let body = r#"{"public_metadata":{"\u0061":"\ud83d\ude00\u0000\/\u00e9"}}"#;

    let request = http.request(reqwest::Method::PATCH, &target.merge);
    let request = request.header("content-type", "application/json").body(body);
    let stored = http.send(request).await.ok()["public_metadata"].clone();

    assert_eq!(stored, json!({ "a": "😀\u{0}/é" }));
}

#[tokio::test]
async fn a_key_given_twice_counts_as_given_last() {
    let server = TestServer::start().await;
    let http = server.http();
    let target = Target::membership(&http).await;
    let body = r#"{"public_metadata":{"a":{"x":1},"a":{"y":2}}}"#;

    let request = http.request(reqwest::Method::PATCH, &target.merge);
    let request = request.header("content-type", "application/json").body(body);
    let stored: Value = http.send(request).await.ok()["public_metadata"].clone();

    assert_eq!(stored, json!({ "a": { "y": 2 } }));
}

#[tokio::test]
async fn nesting_to_120_levels_is_kept_and_one_more_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();

    for target in Target::each(&http).await {
        for (open, close) in [("[", "]"), (r#"{"k":"#, "}")] {
            // The body's own brace and that of the metadata are two of the levels.
            let nested =
                |levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
            let body = |levels: usize| {
                format!(r#"{{"public_metadata":{{"deep":{}}}}}"#, nested(levels - 2))
            };
            let send = |body: String| {
                let request = http.request(reqwest::Method::PATCH, &target.merge);
                http.send(request.header("content-type", "application/json").body(body))
            };
            let deepest = send(body(120)).await.ok();
            let too_deep = send(body(121)).await;

            let expected: Value = serde_json::from_str(&nested(118)).unwrap();
            assert_eq!(deepest["public_metadata"]["deep"], expected);
            assert_eq!(too_deep.faults(), ["400 request_body_invalid"]);
            target.merged(&http, &json!({ "deep": null })).await;
        }
    }
}

#[tokio::test]
async fn metadata_as_deep_as_can_be_sent_can_still_be_merged_into() {
    let server = TestServer::start().await;
    let http = server.http();
    let target = Target::membership(&http).await;
    let nested = |inner: &str| format!("{}{inner}{}", r#"{"k":"#.repeat(118), "}".repeat(118));
    let deepest: Value = serde_json::from_str(&nested("1")).unwrap();
    let change: Value = serde_json::from_str(&nested("2")).unwrap();

    target.merged(&http, &json!({ "deep": deepest })).await;

    let stored = target.merged(&http, &json!({ "deep": change })).await;
    assert_eq!(stored, json!({ "deep": change }));
    assert_eq!(target.merged(&http, &json!({ "deep": null })).await, json!({}));
}
