//! The log of a process: one line of JSON a request, and nothing of what clients send.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::api::{Answer, Api};
use crate::server::{Server, Start, data_folder};

/// What no line may hold; it is in everything that is sent, the secret key too.
const MARKER: &str = "m4rk3r";
const SECRET_KEY: &str = "sk_test_m4rk3r_m4rk3r";

/// A request, and what its line must say.
struct Exchange {
    request: RequestBuilder,
    method: &'static str,
    route: &'static str,
    status: u16,
}

/// What was answered, by which its line is found.
struct Answered {
    trace_id: String,
    method: &'static str,
    route: &'static str,
    status: u16,
}

async fn exchange(api: &Api, exchange: Exchange) -> (Answered, Answer) {
    let Exchange { request, method, route, status } = exchange;
    let request = request
        .header("user-agent", MARKER)
        .header("cookie", format!("__session={MARKER}"))
        .header("referer", format!("https://{MARKER}.example"))
        .header("x-forwarded-for", MARKER)
        .header("x-request-id", MARKER)
        .header("idempotency-key", MARKER)
        .header(MARKER, MARKER);
    let answer = api.send(request).await.unwrap();
    assert_eq!(answer.status, status, "{method} {route}: {}", answer.body);
    let trace_id = answer.header("x-clerk-trace-id").to_owned();
    assert_eq!(trace_id.len(), 32);
    (Answered { trace_id, method, route, status }, answer)
}

fn organization_fields() -> Value {
    json!({ "name": MARKER, "slug": MARKER, "private_metadata": { MARKER: MARKER } })
}

fn user_fields() -> Value {
    json!({
        "email_address": [format!("{MARKER}@{MARKER}.example")], "username": MARKER,
        "phone_number": ["+15555550100"], "first_name": MARKER, "external_id": MARKER,
        "password": format!("{MARKER} {MARKER} 8"), "public_metadata": { MARKER: MARKER },
        "private_metadata": { MARKER: [MARKER] }, "unsafe_metadata": { MARKER: MARKER },
    })
}

/// Requests that make something, so that later ones find it.
async fn successes(api: &Api) -> Vec<Answered> {
    let get = |path: &str| api.request(Method::GET, path);
    let post = |path: &str, body: &Value| api.request(Method::POST, path).json(body);
    let patch = |path: &str, body: &Value| api.request(Method::PATCH, path).json(body);
    let answered = |request, method, route| Exchange { request, method, route, status: 200 };

    let users = answered(post("/v1/users", &user_fields()), "POST", "/v1/users");
    let (made_user, user) = exchange(api, users).await;
    let user = user.body["id"].as_str().unwrap().to_owned();
    let organizations = post("/v1/organizations", &organization_fields());
    let organizations = answered(organizations, "POST", "/v1/organizations");
    let (made_organization, organization) = exchange(api, organizations).await;
    let organization = organization.body["id"].as_str().unwrap().to_owned();

    let memberships = format!("/v1/organizations/{organization}/memberships");
    let membership = json!({
        "user_id": user, "role": "org:member", "public_metadata": { MARKER: MARKER },
    });
    let metadata = json!({ "private_metadata": { MARKER: MARKER } });
    let route = "/v1/organizations/{organization_id}/memberships";
    let mut all = vec![made_user, made_organization];
    for next in [
        answered(post(&memberships, &membership), "POST", route),
        answered(
            patch(&format!("{memberships}/{user}/metadata"), &metadata),
            "PATCH",
            "/v1/organizations/{organization_id}/memberships/{user_id}/metadata",
        ),
        answered(get(&format!("{memberships}?query={MARKER}&role={MARKER}")), "GET", route),
        answered(get(&format!("{memberships}?{MARKER}={MARKER}")), "GET", route),
        answered(get(&format!("/v1/users?email_address={MARKER}")), "GET", "/v1/users"),
        answered(get(&format!("/v1/organizations?query={MARKER}")), "GET", "/v1/organizations"),
        answered(get(&format!("/readyz?{MARKER}")), "GET", "/readyz"),
    ] {
        all.push(exchange(api, next).await.0);
    }
    all
}

/// Requests at fault, after [`successes`].
async fn mistakes(api: &Api, keyless: &Api) -> Vec<Answered> {
    let custom = Method::from_bytes(MARKER.as_bytes()).unwrap();
    let request = |method: Method, path: &str| api.request(method, path);
    let get = |path: &str| request(Method::GET, path);
    let users = || request(Method::POST, "/v1/users");
    let long = MARKER.repeat(6000);
    let path = |start: &str| format!("{start}/{MARKER}");
    let line = |request, method, route, status| Exchange { request, method, route, status };
    let user_route = "/v1/users/{user_id}";
    let exchanges = vec![
        line(users().json(&user_fields()), "POST", "/v1/users", 422),
        line(users().json(&json!({ MARKER: MARKER, "first_name": 1 })), "POST", "/v1/users", 422),
        line(users().json(&json!({ "email_address": [MARKER] })), "POST", "/v1/users", 422),
        line(
            users().json(&json!({ "public_metadata": { MARKER: long } })),
            "POST",
            "/v1/users",
            422,
        ),
        line(json_text(users(), format!("{{\"{MARKER}\"")), "POST", "/v1/users", 400),
        line(
            json_text(users(), format!("\"{}\"", MARKER.repeat(200_000))),
            "POST",
            "/v1/users",
            413,
        ),
        line(users().header("content-type", MARKER).body(MARKER), "POST", "/v1/users", 415),
        line(get(&path("/v1/users")), "GET", user_route, 404),
        line(request(Method::DELETE, &path("/v1/users")), "DELETE", user_route, 404),
        line(
            get(&format!("/v1/organizations/org_{MARKER}")),
            "GET",
            "/v1/organizations/{organization_id}",
            404,
        ),
        line(get(&format!("/v1/users?limit={MARKER}")), "GET", "/v1/users", 422),
        line(get(&format!("/v1/users?order_by={MARKER}")), "GET", "/v1/users", 422),
        line(get("/v1/users").header("clerk-api-version", MARKER), "GET", "/v1/users", 400),
        line(get(&format!("/v1/users?__clerk_api_version={MARKER}")), "GET", "/v1/users", 400),
        line(get("/v1/users").header("x-long", MARKER.repeat(4000)), "GET", "-", 431),
        line(get(&format!("/v1/users?query={long}")), "GET", "-", 414),
        line(get(&path("/v1")), "GET", "-", 404),
        line(get(&path("")), "GET", "-", 404),
        line(request(custom, "/v1/users"), "-", "/v1/users", 405),
        line(keyless.request(Method::GET, "/v1/users"), "GET", "/v1/users", 401),
        line(keyless.request(Method::GET, &path("/v1")), "GET", "-", 401),
    ];
    let mut all = Vec::new();
    for next in exchanges {
        all.push(exchange(api, next).await.0);
    }
    all
}

fn json_text(request: RequestBuilder, text: String) -> RequestBuilder {
    request.header("content-type", "application/json").body(text)
}

/// Asserts that nothing sent is in the log, and that each answer has its one line.
fn check(log: &str, answered: &[Answered]) {
    assert_private(log);
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    for Answered { trace_id, method, route, status } in answered {
        let of_trace = |line: &&Value| line.to_string().contains(trace_id.as_str());
        let found: Vec<_> = lines.iter().filter(of_trace).collect();
        let [line] = found.as_slice() else {
            panic!("{method} {route} {status} has {} lines: {found:?}", found.len());
        };
        let told = (&line["method"], &line["route"], &line["status"], &line["trace_id"]);
        assert_eq!(line["client"], "127.0.0.1", "{line}");
        assert_eq!(told, (&json!(method), &json!(route), &json!(status), &json!(trace_id)));
        assert!(line["milliseconds"].as_f64().unwrap() >= 0.0, "{line}");
        let level = if *status >= 500 { "ERROR" } else { "INFO" };
        assert_eq!(line["level"], level, "{line}");
        assert!(line["timestamp"].is_string(), "{line}");
    }
}

fn assert_private(log: &str) {
    let leaks: Vec<_> = log.lines().filter(|line| line.contains(MARKER)).collect();
    assert!(leaks.is_empty(), "{} lines tell what was sent, first: {}", leaks.len(), leaks[0]);
}

fn start(filter: &str) -> (tempfile::TempDir, Server) {
    let (folder, data) = data_folder();
    let start = Start::on(&data).variable("GUILDHALL_LOG", filter);
    (folder, start.variable("GUILDHALL_SECRET_KEY", SECRET_KEY).start())
}

fn apis(server: &Server, client: &Client) -> (Api, Api) {
    let with = |key| Api::with_client(client.clone(), server.base_url(), key);
    (with(SECRET_KEY), with("sk_test_m4rk3r_of_nobody"))
}

async fn everything_is_logged_well(filter: &str, client: Client) {
    let (_folder, server) = start(filter);
    let (api, keyless) = apis(&server, &client);

    let mut answered = successes(&api).await;
    answered.extend(mistakes(&api, &keyless).await);

    check(&server.stop(), &answered);
}

#[tokio::test]
async fn a_request_is_one_line_without_anything_that_was_sent() {
    let client = Client::builder().no_proxy().build().unwrap();
    everything_is_logged_well("info", client).await;
}

/// On more than one thread, as the client must hear that the connection is to end.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_over_http2_is_one_line_without_anything_that_was_sent() {
    let client = Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    everything_is_logged_well("info", client).await;
}

#[tokio::test]
async fn at_the_most_detailed_level_nothing_that_was_sent_is_logged_either() {
    let client = Client::builder().no_proxy().build().unwrap();
    everything_is_logged_well("trace", client).await;
}

/// On more than one thread, as the client must hear that the connection is to end.
#[tokio::test(flavor = "multi_thread")]
async fn at_the_most_detailed_level_nothing_sent_over_http2_is_logged_either() {
    let client = Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    everything_is_logged_well("trace", client).await;
}

#[tokio::test]
async fn a_failed_write_is_an_error_with_its_causes_and_without_anything_that_was_sent() {
    let (_folder, data) = data_folder();
    let start = Start::on(&data).file_limit(3000).variable("GUILDHALL_LOG", "trace");
    let server = start.variable("GUILDHALL_SECRET_KEY", SECRET_KEY).start();
    let (api, _) = apis(&server, &Client::builder().no_proxy().build().unwrap());
    let fields = json!({ "first_name": MARKER, "public_metadata": { MARKER: MARKER.repeat(600) } });
    let users = || api.request(Method::POST, "/v1/users").json(&fields);
    while api.send(users()).await.unwrap().status == 200 {}

    let failed = Exchange { request: users(), method: "POST", route: "/v1/users", status: 503 };
    let (failed, _) = exchange(&api, failed).await;

    let log = server.stop();
    check(&log, std::slice::from_ref(&failed));
    let line = log.lines().find(|line| line.contains(&failed.trace_id)).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    let error = line["error"].as_str().unwrap();
    assert!(error.contains("disk"), "the cause is missing: {error}");
}

#[tokio::test]
async fn what_is_no_http_leaves_nothing_in_the_log() {
    let (_folder, server) = start("trace");

    for bytes in [
        format!("{MARKER}\r\n\r\n"),
        format!("GET /{MARKER} {MARKER}\r\n\r\n"),
        format!("GET /{MARKER} HTTP/1.1\r\n{MARKER}\r\n\r\n"),
        format!("GET /{MARKER} HTTP/1.1\r\nhost: a\r\ncontent-length: {MARKER}\r\n\r\n"),
        format!(
            "GET /{MARKER} HTTP/1.1\r\nhost: a\r\n{}\r\n",
            format!("{MARKER}: 1\r\n").repeat(300)
        ),
        format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", MARKER.repeat(60_000)),
        format!(
            "POST /{MARKER} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{MARKER}\r\n"
        ),
        format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{MARKER}{MARKER}{MARKER}"),
    ] {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        // The server may hang up before all is sent.
        let _ = stream.write_all(bytes.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }

    assert_private(&server.stop());
}
