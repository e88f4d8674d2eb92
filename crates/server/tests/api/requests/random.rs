//! Whatever is sent to whichever route, the answer is no fault of the server's and well-formed.

use guildhall_testing::{Http, TestServer};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Map, Value};

const FIELDS: [&str; 26] = [
    "name",
    "slug",
    "created_by",
    "max_allowed_memberships",
    "public_metadata",
    "private_metadata",
    "unsafe_metadata",
    "created_at",
    "role_set_key",
    "user_id",
    "role",
    "external_id",
    "first_name",
    "last_name",
    "email_address",
    "email_address_identification_status",
    "phone_number",
    "web3_wallet",
    "username",
    "password",
    "skip_password_checks",
    "create_organizations_limit",
    "legal_accepted_at",
    "banned",
    "primary_email_address_id",
    "admin_delete_enabled",
];
const PARAMETERS: [&str; 22] = [
    "limit",
    "offset",
    "order_by",
    "query",
    "user_id",
    "organization_id",
    "email_address",
    "phone_number",
    "username",
    "web3_wallet",
    "external_id",
    "role",
    "name_query",
    "email_address_query",
    "phone_number_query",
    "username_query",
    "banned",
    "created_at_before",
    "last_active_at_after",
    "include_members_count",
    "starting_after",
    "__clerk_api_version",
];
const ROUTES: [(&str, &str); 23] = [
    ("GET", "/v1/users"),
    ("POST", "/v1/users"),
    ("GET", "/v1/users/count"),
    ("GET", "/v1/users/{user}"),
    ("PATCH", "/v1/users/{user}"),
    ("DELETE", "/v1/users/{id}"),
    ("PATCH", "/v1/users/{user}/metadata"),
    ("PUT", "/v1/users/{user}/metadata"),
    ("GET", "/v1/users/{user}/organization_memberships"),
    ("GET", "/v1/organizations"),
    ("POST", "/v1/organizations"),
    ("GET", "/v1/organizations/{organization}"),
    ("PATCH", "/v1/organizations/{organization}"),
    ("DELETE", "/v1/organizations/{id}"),
    ("PATCH", "/v1/organizations/{organization}/metadata"),
    ("PUT", "/v1/organizations/{organization}/metadata"),
    ("GET", "/v1/organizations/{organization}/memberships"),
    ("POST", "/v1/organizations/{organization}/memberships"),
    ("GET", "/v1/organizations/{organization}/memberships/{id}"),
    ("PATCH", "/v1/organizations/{organization}/memberships/{user}"),
    ("DELETE", "/v1/organizations/{organization}/memberships/{id}"),
    ("PATCH", "/v1/organizations/{organization}/memberships/{user}/metadata"),
    ("GET", "/v1/organization_memberships"),
];

#[derive(Clone, Debug)]
struct Request {
    route: (&'static str, &'static str),
    id: String,
    query: String,
    body: Vec<u8>,
}

fn text() -> impl Strategy<Value = String> {
    let telling = [
        "",
        "-",
        "+",
        "0",
        "-1",
        "1",
        "true",
        "null",
        "created_at",
        "-first_name",
        "members_count",
        "org:admin",
        "a@b.example",
        "+15555550100",
        "2020-01-01T00:00:00Z",
        "%00",
        "\0",
        "%",
        "_",
        "9223372036854775807",
        "{user}",
        "-{user}",
        "{organization}",
        "verified",
        "2026-05-12",
    ];
    prop_oneof![
        3 => select(telling.to_vec()).prop_map(str::to_owned),
        1 => vec(any::<char>(), 0..12).prop_map(String::from_iter),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_i64..5).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(text(), inner, 0..4).prop_map(|fields| Value::from(Map::from_iter(fields))),
        ]
    })
}

/// Any bytes, or JSON with the fields that routes know.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let known = vec((select(FIELDS.to_vec()), value()), 0..5).prop_map(|fields| {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
        Value::from(Map::from_iter(fields)).to_string().into_bytes()
    });
    prop_oneof![
        1 => vec(any::<u8>(), 0..64),
        1 => value().prop_map(|mut value| {
            // A field without a name would be told by that name, which looks like none.
            value.as_object_mut().map(|fields| fields.remove(""));
            value.to_string().into_bytes()
        }),
        6 => known,
    ]
}

/// Any text, or parameters that routes know.
fn query() -> impl Strategy<Value = String> {
    let known = vec((select(PARAMETERS.to_vec()), text()), 0..4).prop_map(|pairs| {
        let pairs: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    });
    let any = vec(any::<char>(), 0..24).prop_map(String::from_iter);
    prop_oneof![3 => known, 1 => any]
}

fn request() -> impl Strategy<Value = Request> {
    (select(ROUTES.to_vec()), text(), query(), body())
        .prop_map(|(route, id, query, body)| Request { route, id, query, body })
}

/// Sends it; the answer is checked against the contract on its way.
async fn send(http: &Http, request: &Request, user: &str, organization: &str) -> u16 {
    let named = |text: &str| text.replace("{user}", user).replace("{organization}", organization);
    let mut url = reqwest::Url::parse("http://host").expect("an address");
    url.path_segments_mut().expect("an address with a path").clear().push(&request.id);
    let id = url.path().trim_start_matches('/').to_owned();
    url.set_query(Some(&named(&request.query)));
    let query = url.query().unwrap_or_default();
    let path = format!("{}?{query}", named(request.route.1).replace("{id}", &id));
    let method: Method = request.route.0.parse().expect("a method");
    let body = match String::from_utf8(request.body.clone()) {
        Ok(text) => named(&text).into_bytes(),
        Err(_) => request.body.clone(),
    };
    let sent = http.request(method, &path).header("content-type", "application/json").body(body);
    let answer = http.send(sent).await;
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.body.get("errors").is_some(), answer.status >= 400, "{answer:?}");
    answer.status
}

#[test]
fn no_request_makes_the_server_fail_or_answer_in_another_shape() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (server, user, organization) = runtime.block_on(async {
        let server = TestServer::start().await;
        let (organization, user) = server.http().organization_with_admin().await;
        (server, user, organization)
    });
    let http = server.http();
    let config = Config { cases: 1_500, failure_persistence: None, ..Config::default() };

    let outcome = TestRunner::new(config).run(&request(), |request| {
        let status = runtime.block_on(send(&http, &request, &user, &organization));
        prop_assert!(status < 500, "{}", status);
        Ok(())
    });

    outcome.unwrap();
    let read = runtime.block_on(http.get(&format!("/v1/organizations/{organization}/memberships")));
    assert_eq!(read.ok()["total_count"].as_u64().map(|count| count >= 1), Some(true));
}
