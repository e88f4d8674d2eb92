//! Versions of the API: how they are asked for, and that they are told.

use guildhall_testing::{Answer, Http, TestServer};
use guildhall_types::ApiVersion;
use reqwest::Method;

fn told(answer: &Answer) -> &str {
    answer.headers["clerk-api-version"].to_str().expect("a date")
}

async fn asking(http: &Http, query: &[&str], headers: &[&str]) -> Answer {
    let query: Vec<String> =
        query.iter().map(|date| format!("__clerk_api_version={date}")).collect();
    let request = http.request(Method::GET, &format!("/v1/users?{}", query.join("&")));
    let request =
        headers.iter().fold(request, |request, date| request.header("Clerk-API-Version", *date));
    http.send(request).await
}

#[tokio::test]
async fn no_version_gets_the_first() {
    let server = TestServer::start().await;

    assert_eq!(told(&server.http().get("/v1/users").await), "2021-02-05");
}

#[tokio::test]
async fn every_known_version_is_applied_by_header_and_by_query() {
    let server = TestServer::start().await;
    let http = server.http();
    let dates =
        ["2021-02-05", "2024-10-01", "2025-03-12", "2025-04-10", "2025-11-10", "2026-05-12"];
    assert_eq!(dates, ApiVersion::ALL.map(ApiVersion::as_str));

    for date in dates {
        let by_header = asking(&http, &[], &[date]).await;
        let by_query = asking(&http, &[date], &[]).await;

        assert_eq!((by_header.status, told(&by_header)), (200, date));
        assert_eq!((by_query.status, told(&by_query)), (200, date));
    }
}

#[tokio::test]
async fn an_unknown_version_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();

    for date in ["1999-01-01", "latest", "", "2026-5-12", "2021-02-05,2021-02-05", "v1"] {
        let by_header = asking(&http, &[], &[date]).await;
        let by_query = asking(&http, &[date], &[]).await;

        assert_eq!(by_header.faults(), ["400 api_version_invalid"], "{date}");
        assert_eq!(by_query.faults(), ["400 api_version_invalid"], "{date}");
        assert_eq!(by_header.text_at("/errors/0/message"), "invalid API version");
        assert_eq!(told(&by_header), "2021-02-05");
    }
}

#[tokio::test]
async fn a_version_told_twice_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    let date = "2026-05-12";

    for answer in [
        asking(&http, &[date], &[date]).await,
        asking(&http, &[date, date], &[]).await,
        asking(&http, &[], &[date, date]).await,
    ] {
        assert_eq!(answer.faults(), ["400 api_version_invalid"]);
    }
}

#[tokio::test]
async fn a_wrong_version_is_told_before_an_unknown_path() {
    let server = TestServer::start().await;

    let answer = server.http().get("/v1/nothing?__clerk_api_version=x").await;

    assert_eq!(answer.faults(), ["400 api_version_invalid"]);
}

#[tokio::test]
async fn errors_tell_the_version_as_well() {
    let server = TestServer::start().await;
    let http = server.http().with_version(ApiVersion::V2025_04_10);

    for path in ["/v1/nothing", "/v1/users/user_x", "/v1/users?limit=0"] {
        assert_eq!(told(&http.get(path).await), "2025-04-10", "{path}");
    }
    let wrong_method = http.send(http.request(Method::PUT, "/v1/users")).await;
    assert_eq!((wrong_method.status, told(&wrong_method)), (405, "2025-04-10"));
}
