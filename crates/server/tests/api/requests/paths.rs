//! Paths: routes, methods, odd spellings.

use guildhall_testing::TestServer;
use reqwest::Method;
use serde_json::json;

use super::raw;

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let server = TestServer::start().await;

    for path in ["/v1/nothing", "/v1/users/a/b/c", "/v1", "/v1/", "/nothing", "/", "/v2/users"] {
        let answer = server.http().get(path).await;
        assert_eq!(answer.faults(), ["404 resource_not_found"], "{path}");
        assert_eq!(answer.headers["content-type"], "application/json");
    }
}

#[tokio::test]
async fn an_unknown_method_is_told_what_is_allowed() {
    let server = TestServer::start().await;
    let http = server.http();
    let organization = "/v1/organizations/org_x";

    for (method, path, allowed) in [
        ("PUT", "/v1/users".to_owned(), "GET,HEAD,POST"),
        ("POST", "/v1/users/count".to_owned(), "GET,HEAD"),
        ("POST", "/v1/users/user_x".to_owned(), "DELETE,GET,HEAD,PATCH"),
        ("POST", "/v1/users/user_x/metadata".to_owned(), "PATCH,PUT"),
        ("PUT", organization.to_owned(), "DELETE,GET,HEAD,PATCH"),
        ("DELETE", "/v1/organizations".to_owned(), "GET,HEAD,POST"),
        ("GET", format!("{organization}/metadata"), "PATCH,PUT"),
        ("PUT", format!("{organization}/memberships"), "GET,HEAD,POST"),
        ("POST", format!("{organization}/memberships/user_x"), "DELETE,GET,HEAD,PATCH"),
        ("GET", format!("{organization}/memberships/user_x/metadata"), "PATCH"),
        ("POST", "/v1/organization_memberships".to_owned(), "GET,HEAD"),
        ("BREW", "/v1/users".to_owned(), "GET,HEAD,POST"),
        ("OPTIONS", "/v1/users".to_owned(), "GET,HEAD,POST"),
        ("POST", "/healthz".to_owned(), "GET,HEAD"),
    ] {
        let answer = http.send(http.request(method.parse().unwrap(), &path)).await;

        assert_eq!(answer.faults(), ["405 method_not_allowed"], "{method} {path}");
        let allow = answer.headers["allow"].to_str().unwrap();
        let mut methods: Vec<&str> = allow.split(',').map(str::trim).collect();
        methods.sort_unstable();
        assert_eq!(methods.join(","), allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let server = TestServer::start().await;
    let http = server.http();

    let head = http.send(http.request(Method::HEAD, "/v1/users")).await;
    let get = http.get("/v1/users").await;

    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.headers["content-length"], get.headers["content-length"]);
}

#[tokio::test]
async fn odd_paths_are_served_as_the_clean_one_or_not_found_but_never_moved() {
    let server = TestServer::start().await;
    let user = server.http().anybody().await;

    for request in [
        "GET /v1//users".to_owned(),
        "GET //v1/users".to_owned(),
        "GET /v1/users/".to_owned(),
        format!("GET /v1/users/{user}/"),
        "GET /V1/users".to_owned(),
        "GET /v1/Users".to_owned(),
        "GET /v1/./users".to_owned(),
        "GET /v1/x/../users".to_owned(),
        "GET /v1%2Fusers".to_owned(),
        "GET /v1/users;x=1".to_owned(),
        "DELETE /v1/users/".to_owned(),
        format!("DELETE /v1/users//{user}"),
        format!("PATCH /v1/users/{user}/metadata/"),
    ] {
        let answer = raw::send(&server, &request, "", b"").await;
        assert!([200, 404, 405].contains(&answer.status), "{request}: {}", answer.status);
        if answer.status == 404 {
            assert_eq!(answer.code(), "resource_not_found", "{request}");
        }
    }
    assert_eq!(server.http().get(&format!("/v1/users/{user}")).await.status, 200);
}

#[tokio::test]
async fn a_post_to_an_odd_path_creates_at_most_once() {
    let server = TestServer::start().await;
    let http = server.http();

    for path in ["/v1/organizations/", "/v1//organizations", "/V1/organizations"] {
        let before = http.get("/v1/organizations").await.ok()["total_count"].as_u64().unwrap();
        let body = br#"{"name":"Acme"}"#;
        let headers =
            format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        let answer = raw::send(&server, &format!("POST {path}"), &headers, body).await;
        let after = http.get("/v1/organizations").await.ok()["total_count"].as_u64().unwrap();

        assert!([200, 404, 405].contains(&answer.status), "{path}: {}", answer.status);
        assert_eq!(after - before, u64::from(answer.status == 200), "{path}");
    }
}

#[tokio::test]
async fn an_id_that_cannot_exist_is_not_found() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;

    for id in [
        ".",
        "..",
        "%2e",
        "%2E%2E",
        "%00",
        &format!("{user}%00"),
        &format!("{user}%2F"),
        "%ff",
        "%ed%a0%80",
        "%",
        "%zz",
        "%EF%BF%BD",
        "%20",
        "'%20OR%201=1%20--",
        "%F0%9F%98%80",
        &"x".repeat(8_000),
    ] {
        for request in [
            format!("GET /v1/users/{id}"),
            format!("DELETE /v1/users/{id}"),
            format!("GET /v1/organizations/{id}"),
            format!("GET /v1/organizations/{id}/memberships"),
            format!("DELETE /v1/organizations/{id}/memberships/{id}"),
        ] {
            let answer = raw::send(&server, &request, "", b"").await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (404, "resource_not_found"),
                "{request}"
            );
        }
    }
}

#[tokio::test]
async fn an_id_is_percent_decoded_exactly_once() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let once = user.replace('_', "%5F");
    let twice = user.replace('_', "%255F");

    let decoded = raw::send(&server, &format!("GET /v1/users/{once}"), "", b"").await;
    let kept = raw::send(&server, &format!("GET /v1/users/{twice}"), "", b"").await;

    assert_eq!((decoded.status, kept.status), (200, 404));
}

#[tokio::test]
async fn health_and_version_are_told_without_a_key() {
    let server = TestServer::start().await;
    let http = server.http();

    for (path, expected) in [
        ("/healthz", json!({ "status": "ok" })),
        ("/readyz", json!({ "status": "ready" })),
        ("/version", json!({ "version": env!("CARGO_PKG_VERSION") })),
    ] {
        let answer = http.send(http.request_without_key(Method::GET, path)).await;
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.ok(), expected, "{path}");
    }
}

#[tokio::test]
async fn pictures_of_users_and_organizations_are_drawn_without_a_key() {
    let server = TestServer::start().await;
    let http = server.http();
    let named = json!({ "first_name": "<Ada>", "last_name": "Östlund" });
    let user = http.post("/v1/users", named).await.text_at("/image_url");
    let nobody = http.post("/v1/users", json!({})).await.text_at("/image_url");
    let organization =
        http.post("/v1/organizations", json!({ "name": "東京" })).await.text_at("/image_url");

    for url in [user, nobody, organization] {
        let path = url.strip_prefix(server.base_url()).expect("an address of this server");
        let answer = http.send(http.request_without_key(Method::GET, path)).await;

        assert_eq!(answer.status, 200, "{url}");
        assert_eq!(answer.headers["content-type"], "image/svg+xml");
        assert!(answer.text.starts_with("<svg "), "{}", answer.text);
    }
}
