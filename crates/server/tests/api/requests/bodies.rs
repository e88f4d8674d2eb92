//! Bodies: content types, broken JSON, sizes, odd values.

use guildhall_testing::{Answer, Http, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

use super::raw;

const JSON: &str = "application/json";

async fn post(
    http: &Http,
    path: &str,
    content_type: &str,
    body: impl Into<reqwest::Body>,
) -> Answer {
    let request = http.request(Method::POST, path).header("content-type", content_type);
    http.send(request.body(body)).await
}

#[tokio::test]
async fn json_is_read_with_parameters_in_any_case_or_without_a_type() {
    let server = TestServer::start().await;
    let http = server.http();

    for content_type in
        [JSON, "application/json; charset=utf-8", "APPLICATION/JSON", "application/json;v=1;q=x"]
    {
        let answer = post(&http, "/v1/users", content_type, r#"{"first_name":"Ada"}"#).await;
        assert_eq!(answer.ok()["first_name"], "Ada", "{content_type}");
    }
    let untyped = http.request(Method::POST, "/v1/users").body(r#"{"first_name":"Ada"}"#);
    assert_eq!(http.send(untyped).await.ok()["first_name"], "Ada");
}

#[tokio::test]
async fn another_type_is_refused_with_what_was_sent_and_what_is_due() {
    let server = TestServer::start().await;
    let http = server.http();

    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/merge-patch+json",
        "json",
        "",
    ] {
        let answer = post(&http, "/v1/users", content_type, "{}").await;
        assert_eq!(answer.faults(), ["415 unsupported_content_type"], "{content_type}");
        let expected = format!(
            "Content-Type {content_type} is unsupported. You should use application/json instead."
        );
        assert_eq!(answer.text_at("/errors/0/long_message"), expected);
    }
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 0);
}

#[tokio::test]
async fn a_type_without_a_body_is_no_fault() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = format!("/v1/users/{}", http.anybody().await);
    let typed = |method: Method, path: &str, content_type: &'static str| {
        http.request(method, path).header("content-type", content_type)
    };

    for content_type in [JSON, "text/plain", "multipart/form-data"] {
        let metadata = format!("{user}/metadata");
        for request in [
            typed(Method::GET, "/v1/users", content_type),
            typed(Method::PATCH, &metadata, content_type),
            typed(Method::PATCH, &metadata, content_type).header("content-length", "0"),
        ] {
            assert_eq!(http.send(request).await.status, 200, "{content_type}");
        }
        let gone = format!("/v1/users/{}", http.anybody().await);
        let delete = typed(Method::DELETE, &gone, content_type).header("content-length", "0");
        assert_eq!(http.send(delete).await.status, 200, "{content_type}");
    }
}

#[tokio::test]
async fn a_body_of_null_on_delete_is_no_fault() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = format!("/v1/users/{}", http.anybody().await);

    let request = http.request(Method::DELETE, &path).header("content-type", JSON).body("null");

    assert_eq!(http.send(request).await.status, 200);
}

#[tokio::test]
async fn a_chunked_body_is_read() {
    let server = TestServer::start().await;
    let headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let body = b"8\r\n{\"first_\r\nd\r\nname\":\"Ada\"}\n\r\n0\r\n\r\n";

    let answer = raw::send(&server, "POST /v1/users", headers, body).await;
    let null = raw::send(&server, "POST /v1/users", headers, b"4\r\nnull\r\n0\r\n\r\n").await;

    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &body["first_name"]), (200, &json!("Ada")));
    assert_eq!(null.status, 200);
}

#[tokio::test]
async fn broken_json_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();

    for body in [
        "{",
        "}",
        "{\"first_name\":}",
        "{\"first_name\":\"Ada\",}",
        "{'first_name':'Ada'}",
        "{first_name:1}",
        "{} {}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":+1}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "// comment\n{}",
        "\u{feff}{}",
        " ",
        "nul",
    ] {
        let answer = post(&http, "/v1/users", JSON, body).await;
        assert_eq!(answer.faults(), ["400 request_body_invalid"], "{body}");
    }
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 0);
}

#[tokio::test]
async fn json_that_is_no_object_is_refused() {
    let server = TestServer::start().await;

    for body in ["[]", "[{}]", "1", "\"text\"", "true"] {
        let answer = post(&server.http(), "/v1/users", JSON, body).await;
        assert_eq!(answer.faults(), ["400 request_body_invalid"], "{body}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_utf_8_are_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    let with = |bytes: &[u8]| {
        let mut body = br#"{"first_name":"a"#.to_vec();
        body.extend_from_slice(bytes);
        body.extend_from_slice(br#""}"#);
        body
    };

    for bytes in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"] {
        let answer = post(&http, "/v1/users", JSON, with(bytes)).await;
        assert_eq!(answer.faults(), ["400 request_body_invalid"], "{bytes:x?}");
    }
}

#[tokio::test]
async fn a_lone_surrogate_is_refused_in_a_field_and_in_metadata() {
    let server = TestServer::start().await;
    let http = server.http();

    for text in [r"\ud800", r"\udc00", r"\ud83d\u0041", r"\ude00\ud83d"] {
        for body in [
            format!(r#"{{"first_name":"{text}"}}"#),
            format!(r#"{{"public_metadata":{{"a":"{text}"}}}}"#),
            format!(r#"{{"public_metadata":{{"{text}":1}}}}"#),
        ] {
            let answer = post(&http, "/v1/users", JSON, body.clone()).await;
            assert_eq!(answer.faults(), ["400 request_body_invalid"], "{body}");
        }
    }
}

#[tokio::test]
async fn nul_is_refused_in_every_text_field() {
    let server = TestServer::start().await;
    let http = server.http();

    for name in ["first_name", "last_name", "username", "external_id", "locale", "password"] {
        let answer = http.post("/v1/users", json!({ name: "a\0b" })).await;
        assert_eq!(answer.faults(), [format!("422 form_param_value_invalid {name}")]);
    }
    let organization = http.organization(json!({ "name": "A" })).await;
    let path = format!("/v1/organizations/{organization}/memberships");
    let answer = http.post(&path, json!({ "user_id": "\0", "role": "org:member\0" })).await;
    let expected = ["422 form_param_value_invalid user_id", "422 form_param_value_invalid role"];
    assert_eq!(answer.faults(), expected);
}

#[tokio::test]
async fn the_largest_body_is_read_and_one_byte_more_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    let padded = |bytes: usize| format!("{{}}{}", " ".repeat(bytes - 2));

    let largest = post(&http, "/v1/users", JSON, padded(1024 * 1024)).await;
    let larger = post(&http, "/v1/users", JSON, padded(1024 * 1024 + 1)).await;
    let huge = post(&http, "/v1/users", JSON, padded(3 * 1024 * 1024)).await;

    assert_eq!(largest.status, 200);
    assert_eq!(larger.faults(), ["413 request_body_too_large"]);
    assert_eq!(huge.faults(), ["413 request_body_too_large"]);
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 1);
}

#[tokio::test]
async fn nesting_of_ten_thousand_levels_is_refused_wherever_it_stands() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = format!("/v1/users/{}/metadata", http.anybody().await);

    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        for body in [
            nested.clone(),
            format!("{{\"first_name\":{nested}}}"),
            format!("{{\"public_metadata\":{{\"a\":{nested}}}}}"),
            open.repeat(100_000),
        ] {
            let created = post(&http, "/v1/users", JSON, body.clone()).await;
            let request = http.request(Method::PATCH, &path).header("content-type", JSON);
            let merged = http.send(request.body(body)).await;

            assert_eq!(created.faults(), ["400 request_body_invalid"]);
            assert_eq!(merged.faults(), ["400 request_body_invalid"]);
        }
    }
}

#[tokio::test]
async fn absurd_numbers_are_refused_or_kept_as_they_read() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = format!("/v1/users/{}/metadata", http.anybody().await);
    let send = |number: &str| {
        let body = format!("{{\"public_metadata\":{{\"n\":{number}}}}}");
        http.send(http.request(Method::PATCH, &path).header("content-type", JSON).body(body))
    };

    for number in ["1e400", "-1e400", &format!("1{}", "0".repeat(400))] {
        assert_eq!(send(number).await.faults(), ["400 request_body_invalid"], "{number}");
    }
    for number in ["-0", "-0.0", "1e-400", "18446744073709551616", "-9223372036854775809", "1E+2"] {
        let stored = send(number).await.ok()["public_metadata"]["n"].as_f64().unwrap();
        let expected: f64 = number.parse().unwrap();
        assert_eq!(stored.to_bits(), expected.to_bits(), "{number}");
    }
}

#[tokio::test]
async fn absurd_numbers_in_a_field_are_refused() {
    let server = TestServer::start().await;

    for number in ["18446744073709551616", "1e300", "-1", "0.5", "-9223372036854775809"] {
        let body = format!("{{\"name\":\"A\",\"max_allowed_memberships\":{number}}}");
        let answer = post(&server.http(), "/v1/organizations", JSON, body).await;
        let expected = ["422 form_param_value_invalid max_allowed_memberships"];
        assert_eq!(answer.faults(), expected, "{number}");
    }
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_told_with_what_is_due() {
    let server = TestServer::start().await;

    let answer = server.http().post("/v1/users", json!({ "first_name": 5 })).await;

    assert_eq!(answer.faults(), ["422 form_param_value_invalid first_name"]);
    let expected = "first_name is invalid. Received 5, must be of type string.";
    assert_eq!(answer.text_at("/errors/0/long_message"), expected);
}

#[tokio::test]
async fn a_query_that_is_no_utf_8_is_refused_with_its_name() {
    let server = TestServer::start().await;

    let answer = server.http().get("/v1/users?query=%ff").await;

    assert_eq!(answer.faults(), ["422 form_param_value_invalid query"]);
    assert_eq!(answer.text_at("/errors/0/message"), "invalid character encoding");
}
