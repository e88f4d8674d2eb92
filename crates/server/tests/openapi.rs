//! The description of the served API: that it is sound, that it is true, and what is made of it.

#[path = "openapi/document.rs"]
mod document;
#[path = "openapi/page.rs"]
mod page;

use std::collections::BTreeSet;

use guildhall_testing::{Http, TestServer};
use guildhall_types::ApiVersion;
use reqwest::Method;
use serde_json::{Value, json};

use document::{Described, Document, NEWEST, facts};

#[tokio::test]
async fn the_document_is_read_without_a_key_and_may_be_kept() {
    let server = TestServer::start().await;
    let http = server.http();

    let answer = http.send(http.request_without_key(Method::GET, "/openapi.json")).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["cache-control"], "public, max-age=300");
    assert_eq!(answer.body["openapi"], "3.1.0");
    assert_eq!(answer.body["info"]["title"], "Guildhall");
    assert_eq!(answer.body["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answer.body["servers"], json!([{ "url": server.base_url() }]));
}

#[tokio::test]
async fn every_reference_leads_to_a_component_and_every_component_is_referred_to() {
    let document = Document::read(&TestServer::start().await).await;

    let referred: BTreeSet<String> = document.references();
    let described: BTreeSet<String> = document.components();

    assert_eq!(referred, described);
}

#[tokio::test]
async fn no_word_of_openapi_3_0_is_left() {
    let document = Document::read(&TestServer::start().await).await;

    assert!(!document.text().contains("\"nullable\""));
}

#[tokio::test]
async fn operations_have_the_method_and_path_they_are_published_with() {
    let document = Document::read(&TestServer::start().await).await;
    let published = facts(NEWEST);

    for operation in document.operations() {
        let same = published.iter().find(|other| other.id() == operation.id());
        assert_eq!(same.is_none(), operation.is_addition(), "{}", operation.id());
        if let Some(other) = same {
            assert_eq!(operation.method, other.method, "{}", operation.id());
            assert_eq!(operation.path, format!("/v1{}", other.path), "{}", operation.id());
        }
    }
}

#[tokio::test]
async fn exactly_the_parameters_and_fields_that_are_said_to_be_refused_are_refused() {
    let server = TestServer::start().await;
    let http = server.http().with_version(ApiVersion::V2026_05_12);
    let document = Document::read(&server).await;
    let published = facts(NEWEST);

    for operation in document.operations().iter().filter(|operation| !operation.is_addition()) {
        let source = published.iter().find(|other| other.id() == operation.id()).unwrap();
        for name in source.query_parameters().chain(source.fields()) {
            let refused = operation.refuses().any(|refused| refused == name);
            let known =
                operation.query_parameters().chain(operation.fields()).any(|one| one == name);
            assert_eq!(known, !refused, "{name} of {}", operation.id());
        }
        for name in source.query_parameters() {
            let path = format!("{}?{name}=1", path_of(&http, operation).await);
            assert_refused(&http, operation, &name, &path, None).await;
        }
        for name in source.fields() {
            let path = path_of(&http, operation).await;
            assert_refused(&http, operation, &name, &path, Some(json!({ &name: "1" }))).await;
        }
    }
}

#[tokio::test]
async fn exactly_the_described_orders_are_taken() {
    let server = TestServer::start().await;
    let http = server.http();
    let document = Document::read(&server).await;
    let ordered: Vec<_> =
        document.operations().into_iter().filter(|one| !one.orders().is_empty()).collect();

    assert_eq!(ordered.len(), 8);
    for operation in ordered {
        let path = path_of(&http, &operation).await;
        for order in operation.orders() {
            let order = order.replace('+', "%2B");
            assert_eq!(http.get(&format!("{path}?order_by={order}")).await.status, 200, "{order}");
        }
        let refused = http.get(&format!("{path}?order_by=shoe_size")).await;
        assert_eq!(refused.faults(), ["422 form_param_value_invalid order_by"]);
    }
}

#[tokio::test]
async fn the_page_of_compatibility_is_made_of_the_document() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/compatibility.md");
    let page = page::page(&Document::read(&TestServer::start().await).await);

    if std::env::var_os("GUILDHALL_UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(&path, &page).expect("the page can be written");
    }

    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/compatibility.md is out of date: run this with GUILDHALL_UPDATE=1"
    );
}

/// Sends one parameter or field, and looks whether it is unknown as the document says.
async fn assert_refused(
    http: &Http,
    operation: &Described,
    name: &str,
    path: &str,
    body: Option<Value>,
) {
    let method = operation.method.to_uppercase().parse().expect("a method");
    let request = http.request(method, path);
    let request = match &body {
        Some(body) => request.json(body),
        None => request,
    };

    let faults = http.send(request).await.faults();

    let unknown = faults.contains(&format!("422 form_param_unknown {name}"));
    let said = operation.refuses().any(|refused| refused == name);
    assert_eq!(unknown, said, "{name} of {}: {faults:?}", operation.id());
}

/// The path of an operation, on things made for it.
async fn path_of(http: &Http, operation: &Described) -> String {
    if !operation.path.contains('{') {
        return operation.path.clone();
    }
    let (organization_id, user_id) = http.organization_with_admin().await;
    let role_id = http.get("/v1/organization_roles").await.ids().remove(0);
    let permission_id = http.get("/v1/organization_permissions").await.ids().remove(0);
    let session = http.post("/v1/sessions", json!({ "user_id": user_id })).await;
    [
        ("{session_id}", session.text_at("/id")),
        ("{organization_id}", organization_id),
        ("{user_id}", user_id),
        ("{organization_role_id}", role_id),
        ("{permission_id}", permission_id),
    ]
    .iter()
    .fold(operation.path.clone(), |path, (name, id)| path.replace(name, id))
}
