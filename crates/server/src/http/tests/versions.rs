//! The version of the API.

use super::*;

async fn applied(path: &str, headers: &[&str]) -> (u16, String, String) {
    let server = Running::start(Limits::default());
    let mut request = client().get(server.url(path));
    for header in headers {
        request = request.header("Clerk-API-Version", *header);
    }
    let response = request.send().await.unwrap();
    let version = response.headers()["clerk-api-version"].to_str().unwrap().to_owned();
    (response.status().as_u16(), version, response.text().await.unwrap())
}

#[tokio::test]
async fn a_request_without_a_version_gets_the_oldest() {
    let (status, version, _) = applied("/v1/things/a", &[]).await;

    assert_eq!((status, version.as_str()), (200, "2021-02-05"));
}

#[tokio::test]
async fn a_version_is_taken_from_the_header_or_the_query() {
    for (path, headers) in [
        ("/v1/things/a", &["2025-11-10"][..]),
        ("/v1/things/a?__clerk_api_version=2025-11-10", &[]),
    ] {
        let (status, version, _) = applied(path, headers).await;

        assert_eq!((status, version.as_str()), (200, "2025-11-10"), "{path}");
    }
}

#[tokio::test]
async fn errors_name_the_version_too() {
    for path in ["/v1/nowhere", "/v1/echo", "/v1/unavailable", "/v1/panic"] {
        let (_, version, _) = applied(path, &["2025-11-10"]).await;

        assert_eq!(version, "2025-11-10", "{path}");
    }
}

#[tokio::test]
async fn a_wrong_version_is_refused_with_its_reason() {
    let in_query = "/v1/things/a?__clerk_api_version=2025-11-10";
    for (path, headers, reason) in [
        ("/v1/things/a", &["2020-01-01"][..], "`2020-01-01` is not a known version"),
        ("/v1/things/a", &[""], "`` is not a known version"),
        ("/v1/things/a", &["2025-11-10", "2025-11-10"], "it is given more than once"),
        (in_query, &["2025-11-10"], "it is given both as a header and in the query"),
    ] {
        let (status, version, body) = applied(path, headers).await;

        assert_eq!((status, version.as_str()), (400, "2021-02-05"), "{path}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["errors"][0]["code"], "api_version_invalid");
        let expected = format!("Invalid Clerk API version: {reason}");
        assert_eq!(body["errors"][0]["long_message"], expected);
    }
}
