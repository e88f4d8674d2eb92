//! Names and slugs of organizations: what is taken, what is refused, what is made.

use guildhall_testing::TestServer;
use serde_json::json;

/// Company names that a careless check takes for web addresses or HTML.
const NAMES: [&str; 10] = [
    "7654321 B.C. LTD.",
    "U.S.A. Holdings",
    "J.R. Neutral & Sons Inc.",
    "Node.Works GmbH i.G.",
    "St. Mary's",
    "A.B",
    "1 < 2",
    "Café 😀 東京",
    "e\u{301}cole  double  blank",
    "\"quoted\" \\ back\u{2028}slash",
];

#[tokio::test]
async fn a_name_is_kept_byte_for_byte() {
    let server = TestServer::start().await;
    let http = server.http();

    for name in NAMES {
        let created = http.post("/v1/organizations", json!({ "name": name })).await.ok();
        let path = format!("/v1/organizations/{}", created["id"].as_str().unwrap());

        assert_eq!(created["name"], name);
        assert_eq!(http.get(&path).await.ok()["name"], name);
    }
}

#[tokio::test]
async fn a_name_that_create_takes_is_taken_by_update() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = format!("/v1/organizations/{}", http.organization(json!({ "name": "Old" })).await);

    for name in NAMES {
        assert_eq!(http.patch(&path, json!({ "name": name })).await.ok()["name"], name);
    }
}

#[tokio::test]
async fn a_name_with_a_url_or_html_or_too_long_or_blank_is_refused_and_nothing_stored() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.organization(json!({ "name": "Old" })).await;
    let path = format!("/v1/organizations/{id}");
    let long = "x".repeat(257);

    for name in
        ["see https://example.com", "www.example.com/x", "<b>Bold</b>", long.as_str(), "", "  "]
    {
        let created = http.post("/v1/organizations", json!({ "name": name })).await;
        let updated = http.patch(&path, json!({ "name": name })).await;

        for answer in [created, updated] {
            assert_eq!(answer.status, 422, "{name}: {answer:?}");
            assert_eq!(answer.text_at("/errors/0/meta/param_name"), "name");
        }
    }
    assert_eq!(http.get("/v1/organizations").await.ok()["total_count"], 1);
    assert_eq!(http.get(&path).await.ok()["name"], "Old");
}

#[tokio::test]
async fn a_url_in_a_name_is_told_with_the_text_of_the_catalogue() {
    let server = TestServer::start().await;
    let answer =
        server.http().post("/v1/organizations", json!({ "name": "see https://x.example" })).await;

    assert_eq!(answer.faults(), ["422 form_param_value_invalid name"]);
    assert_eq!(answer.text_at("/errors/0/message"), "invalid organization name");
}

#[tokio::test]
async fn a_name_may_have_256_characters_of_any_width() {
    let server = TestServer::start().await;
    let name = "é".repeat(256);

    let created = server.http().post("/v1/organizations", json!({ "name": name })).await.ok();

    assert_eq!(created["name"], json!(name));
}

#[tokio::test]
async fn a_slug_is_made_from_the_name() {
    let server = TestServer::start().await;

    let answer = server.http().post("/v1/organizations", json!({ "name": "Acme & Söhne" })).await;

    assert_eq!(answer.text_at("/slug"), "acme-sohne");
}

#[tokio::test]
async fn a_slug_made_from_a_name_that_is_taken_gets_a_suffix() {
    let server = TestServer::start().await;
    let http = server.http();
    http.organization(json!({ "name": "Acme" })).await;

    let second = http.post("/v1/organizations", json!({ "name": "Acme" })).await.text_at("/slug");
    let third = http.post("/v1/organizations", json!({ "name": "Acme" })).await.text_at("/slug");

    assert!(second.starts_with("acme-"), "{second}");
    assert!(third.starts_with("acme-"), "{third}");
    assert_ne!(second, third);
}

#[tokio::test]
async fn names_without_a_latin_letter_get_a_slug_with_a_suffix() {
    let server = TestServer::start().await;
    let http = server.http();

    for name in ["東京", "---", "😀", "123", "!"] {
        let slug = http.post("/v1/organizations", json!({ "name": name })).await.text_at("/slug");

        assert!(slug.len() >= 8, "{name}: {slug}");
        let allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        assert!(slug.chars().all(|letter| allowed(letter) || letter == '-'), "{name}: {slug}");
        let found = http.get(&format!("/v1/organizations/{slug}")).await.ok();
        assert_eq!(found["name"], name);
    }
}

#[tokio::test]
async fn slugs_made_at_the_same_time_differ() {
    let server = TestServer::start().await;
    let http = server.http();

    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let http = http.reconnected();
        tasks.spawn(async move { http.post("/v1/organizations", json!({ "name": "Acme" })).await });
    }
    let slugs: std::collections::BTreeSet<String> =
        tasks.join_all().await.iter().map(|answer| answer.text_at("/slug")).collect();

    assert_eq!(slugs.len(), 20);
}

#[tokio::test]
async fn a_slug_that_is_given_is_kept() {
    let server = TestServer::start().await;
    let http = server.http();

    for slug in ["acme", "a", "0-1", "acme--2"] {
        let fields = json!({ "name": "Acme", "slug": slug });
        assert_eq!(http.post("/v1/organizations", fields).await.text_at("/slug"), slug);
    }
}

#[tokio::test]
async fn a_slug_of_other_characters_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = format!("/v1/organizations/{}", http.organization(json!({ "name": "Old" })).await);

    for slug in ["Acme", "a b", "ä", "-a", "a-", "a_b", "a/b", "", "東京", &"x".repeat(257)] {
        let created = http.post("/v1/organizations", json!({ "name": "New", "slug": slug })).await;
        let updated = http.patch(&path, json!({ "slug": slug })).await;

        for answer in [created, updated] {
            assert_eq!(answer.status, 422, "{slug}: {answer:?}");
            assert_eq!(answer.text_at("/errors/0/meta/param_name"), "slug");
        }
    }
    assert_eq!(http.get("/v1/organizations").await.ok()["total_count"], 1);
}

#[tokio::test]
async fn a_slug_that_is_taken_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    http.organization(json!({ "name": "First", "slug": "acme" })).await;
    let other = http.organization(json!({ "name": "Other", "slug": "other" })).await;

    let created = http.post("/v1/organizations", json!({ "name": "New", "slug": "acme" })).await;
    let updated =
        http.patch(&format!("/v1/organizations/{other}"), json!({ "slug": "acme" })).await;

    assert_eq!(created.faults(), ["422 form_identifier_exists slug"]);
    assert_eq!(updated.faults(), ["422 form_identifier_exists slug"]);
    assert_eq!(http.get(&format!("/v1/organizations/{other}")).await.text_at("/slug"), "other");
}

#[tokio::test]
async fn an_organization_may_be_given_the_slug_it_has() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.organization(json!({ "name": "Acme", "slug": "acme" })).await;
    let path = format!("/v1/organizations/{id}");
    let before = http.get(&path).await.ok();

    let after = http.patch(&path, json!({ "slug": "acme", "name": "Acme" })).await.ok();

    assert_eq!(after, before);
}

#[tokio::test]
async fn a_slug_that_was_given_up_leads_to_its_new_owner() {
    let server = TestServer::start().await;
    let http = server.http();
    let first = http.organization(json!({ "name": "First", "slug": "old" })).await;
    http.patch(&format!("/v1/organizations/{first}"), json!({ "slug": "new" })).await.ok();

    let second = http.organization(json!({ "name": "Second", "slug": "old" })).await;

    assert_eq!(http.get("/v1/organizations/old").await.text_at("/id"), second);
    assert_eq!(http.get("/v1/organizations/new").await.text_at("/id"), first);
}
