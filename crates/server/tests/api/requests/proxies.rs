//! Where links lead when a proxy stands in front.

use std::net::TcpListener;

use guildhall_testing::{Http, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

/// A user as a client of the proxy `auth.example.com` gets it.
async fn user_by_proxy(http: &Http) -> Value {
    let request = http.request(Method::POST, "/v1/users").json(&json!({}));
    let request = request.header("x-forwarded-proto", "https");
    let answer = http.send(request.header("x-forwarded-host", "auth.example.com")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

fn image_url(user: &Value) -> &str {
    user["image_url"].as_str().expect("users have pictures")
}

#[tokio::test]
async fn a_trusted_proxy_gives_the_base_of_links() {
    let server = TestServer::start_with(|settings| {
        settings.trusted_proxies = "127.0.0.0/8".parse().unwrap();
    })
    .await;
    let http = server.http();

    let user = user_by_proxy(&http).await;
    let without_proxy = http.post("/v1/users", json!({})).await;

    assert!(image_url(&user).starts_with("https://auth.example.com/avatars/"), "{user}");
    assert!(image_url(&without_proxy.body).starts_with(server.base_url()), "{without_proxy:?}");
}

#[tokio::test]
async fn the_links_between_pages_lead_through_the_proxy_too() {
    let server = TestServer::start_with(|settings| {
        settings.trusted_proxies = "127.0.0.1".parse().unwrap();
    })
    .await;
    let http = server.http();
    let organization = http.post("/v1/organizations", json!({ "name": "a" })).await;
    let path =
        format!("/v1/organizations/{}/memberships", organization.body["id"].as_str().unwrap());
    for _ in 0..2 {
        let user = http.post("/v1/users", json!({})).await;
        let new = json!({ "user_id": user.body["id"], "role": "org:member" });
        assert_eq!(http.post(&path, new).await.status, 200);
    }

    let request = http.request(Method::GET, &format!("{path}?limit=1"));
    let request = request.header("x-forwarded-proto", "https");
    let page = http.send(request.header("x-forwarded-host", "auth.example.com")).await;

    let link = page.headers["link"].to_str().unwrap();
    assert!(link.starts_with(&format!("<https://auth.example.com{path}?")), "{link}");
}

#[tokio::test]
async fn anybody_else_does_not() {
    let server = TestServer::start_with(|settings| {
        settings.trusted_proxies = "10.0.0.0/8".parse().unwrap();
    })
    .await;

    let user = user_by_proxy(&server.http()).await;

    assert!(image_url(&user).starts_with(server.base_url()), "{user}");
}

#[tokio::test]
async fn the_public_url_counts_before_what_a_proxy_says() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let public_url = format!("http://localhost:{}", free.port());
    let server = TestServer::start_with(|settings| {
        settings.bind = free;
        settings.trusted_proxies = "127.0.0.1".parse().unwrap();
        settings.public_url = Some(public_url.parse().unwrap());
    })
    .await;

    let user = user_by_proxy(&server.http()).await;

    assert!(image_url(&user).starts_with(&format!("{public_url}/avatars/")), "{user}");
}
