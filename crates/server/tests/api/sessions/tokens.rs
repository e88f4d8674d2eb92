//! What tokens say.

use guildhall_store::{InstanceChanges, TokenVersion};
use guildhall_testing::{Http, TestServer};
use serde_json::{Value, json};

use super::{claims, path, sign_in, verified};

#[tokio::test]
async fn a_token_names_session_user_and_issuer_for_a_minute() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let session = sign_in(&http, &user).await;
    let instance = http.get("/v1/instance").await.text_at("/id");
    let tokens = format!("{}/tokens", path(&session));
    let empty = http.request(reqwest::Method::POST, &tokens);

    let answer = http.send(empty).await.ok();

    assert_eq!(answer["object"], "token");
    let keys = http.get("/v1/jwks").await.ok();
    let (header, claims) = verified(&keys, answer["jwt"].as_str().unwrap());
    assert_eq!(header, json!({ "alg": "RS256", "kid": instance, "typ": "JWT" }));
    let iat = claims["iat"].as_i64().unwrap();
    assert_eq!(claims["exp"], iat + 60);
    assert_eq!(claims["nbf"], iat - 10);
    assert_eq!(claims["iss"], format!("{}/instances/{instance}", server.base_url()));
    assert_eq!((&claims["sid"], &claims["sub"]), (&session["id"], &json!(user)));
    assert_eq!((&claims["v"], &claims["sts"]), (&json!(2), &json!("active")));
    assert_eq!(claims["fva"], json!([0, -1]));
    assert_eq!(claims["jti"].as_str().unwrap().len(), 20);
}

#[tokio::test]
async fn a_token_lives_as_long_as_asked() {
    let server = TestServer::start().await;
    let http = server.http();
    let session = sign_in(&http, &http.anybody().await).await;
    let tokens = format!("{}/tokens", path(&session));
    let keys = http.get("/v1/jwks").await.ok();

    for seconds in [30, 315_360_000] {
        let body = json!({ "expires_in_seconds": seconds });
        let (_, claims) = verified(&keys, &http.post(&tokens, body).await.text_at("/jwt"));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), seconds);
    }
    http.post(&tokens, json!({ "expires_in_seconds": null })).await.ok();
    for wrong in [json!(29), json!(315_360_001), json!("60")] {
        let refused = http.post(&tokens, json!({ "expires_in_seconds": wrong })).await;
        assert_eq!(refused.faults(), ["422 form_param_value_invalid expires_in_seconds"]);
    }
}

#[tokio::test]
async fn a_token_says_nothing_of_an_organization_where_none_is_active() {
    let server = TestServer::start().await;
    let http = server.http();
    let nowhere = sign_in(&http, &http.anybody().await).await;
    let (_, member) = http.organization_with_admin().await;
    let unset = sign_in(&http, &member).await;
    http.patch(&path(&unset), json!({ "active_organization_id": null })).await.ok();

    for session in [nowhere, unset] {
        let claims = claims(&http, &session).await;
        for name in ["o", "fea", "org_id", "org_role", "org_slug", "org_permissions", "o.id"] {
            assert_eq!(claims.get(name), None, "{name} in {claims}");
        }
    }
}

#[tokio::test]
async fn a_token_tells_organization_and_role_and_no_permission_of_the_system() {
    let server = TestServer::start().await;
    let http = server.http();
    let fields = json!({ "name": "Acme", "slug": "acme" });
    let organization = http.organization(fields).await;
    let user = http.anybody().await;
    http.join(&organization, &user, "org:member").await;

    let claims = claims(&http, &sign_in(&http, &user).await).await;

    let said = json!({ "id": organization, "slg": "acme", "rol": "member" });
    assert_eq!(claims["o"], said);
    assert_eq!(claims.get("fea"), None);
}

#[tokio::test]
async fn a_token_tells_sixty_permissions_of_eight_features() {
    let server = TestServer::start().await;
    let http = server.http();
    let mut permissions = Vec::new();
    for index in 0..60 {
        // Each action is in one feature only, so that masks have up to sixty bits.
        let key = format!("org:feature_{}:action_{index:02}", index % 8);
        permissions.push(http.permission(&key).await);
    }
    let permissions: Vec<&str> = permissions.iter().map(String::as_str).collect();
    http.role("org:editor", &permissions).await;
    let (organization, _) = http.organization_with_admin().await;
    let user = http.anybody().await;
    http.join(&organization, &user, "org:editor").await;

    let claims = claims(&http, &sign_in(&http, &user).await).await;

    let features: Vec<String> = (0..8).map(|feature| format!("o:feature_{feature}")).collect();
    assert_eq!(claims["fea"], features.join(","));
    let actions: Vec<String> = (0..60).map(|action| format!("action_{action:02}")).collect();
    assert_eq!(claims["o"]["per"], actions.join(","));
    let mask = |feature: u32| -> u64 {
        (0..60).filter(|bit| bit % 8 == feature).map(|bit| 1 << bit).sum()
    };
    let masks: Vec<String> = (0..8).map(|feature| mask(feature).to_string()).collect();
    assert_eq!(claims["o"]["fpm"], masks.join(","));
}

#[tokio::test]
async fn the_next_token_follows_role_membership_and_slug() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission("org:posts:edit").await;
    let role = http.role("org:editor", &[]).await;
    let (organization, _) = http.organization_with_admin().await;
    let user = http.anybody().await;
    http.join(&organization, &user, "org:member").await;
    let session = sign_in(&http, &user).await;
    let member = format!("/v1/organizations/{organization}/memberships/{user}");
    let said = async || claims(&http, &session).await["o"].clone();
    assert_eq!(said().await["rol"], "member");

    http.patch(&member, json!({ "role": "org:editor" })).await.ok();
    assert_eq!(said().await["rol"], "editor");
    let grant = format!("/v1/organization_roles/{role}/permissions/{edit}");
    http.post(&grant, json!({})).await.ok();
    assert_eq!((&said().await["per"], &said().await["fpm"]), (&json!("edit"), &json!("1")));
    let renamed = json!({ "key": "org:author" });
    http.patch(&format!("/v1/organization_roles/{role}"), renamed).await.ok();
    assert_eq!(said().await["rol"], "author");
    let slug = json!({ "slug": "renamed" });
    http.patch(&format!("/v1/organizations/{organization}"), slug).await.ok();
    assert_eq!(said().await["slg"], "renamed");

    http.delete(&member).await.ok();
    assert_eq!(said().await, Value::Null);
}

#[tokio::test]
async fn a_token_is_never_from_the_next_second() {
    let server = TestServer::start().await;
    let http = server.http();
    let session = sign_in(&http, &http.anybody().await).await;
    http.get("/v1/jwks").await.ok();
    let clock = server.clock();

    for _ in 0..40 {
        clock.advance(49);
        let before = server.store().now().div_euclid(1000);
        let claims = claims(&http, &session).await;
        let after = server.store().now().div_euclid(1000);

        let iat = claims["iat"].as_i64().unwrap();
        assert!((before..=after).contains(&iat), "{before} {iat} {after}");
    }
}

/// Sets the version of the claims, as an operator does.
async fn set_version(server: &TestServer, http: &Http, version: TokenVersion) {
    let id = http.get("/v1/instance").await.text_at("/id");
    let instance = server.store().instance(&id).await.expect("it is read").expect("there is one");
    let changes = InstanceChanges { session_token_version: Some(version), ..Default::default() };
    server.store().update_instance(instance.key, &changes).await.expect("it is written");
}

#[tokio::test]
async fn version_1_tells_whole_permissions_and_the_next_token_follows_the_operator() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission("org:posts:edit").await;
    http.role("org:editor", &[&edit]).await;
    let organization = http.organization(json!({ "name": "Acme", "slug": "acme" })).await;
    let user = http.anybody().await;
    http.join(&organization, &user, "org:editor").await;
    let session = sign_in(&http, &user).await;
    assert_eq!(claims(&http, &session).await["v"], 2);

    set_version(&server, &http, TokenVersion::One).await;

    let said = claims(&http, &session).await;
    assert_eq!(said["org_id"], organization);
    assert_eq!((&said["org_slug"], &said["org_role"]), (&json!("acme"), &json!("org:editor")));
    assert_eq!(said["org_permissions"], json!(["org:posts:edit"]));
    for name in ["v", "jti", "sts", "fea", "o"] {
        assert_eq!(said.get(name), None, "{name} in {said}");
    }
    set_version(&server, &http, TokenVersion::Two).await;
    assert_eq!(claims(&http, &session).await["o"]["id"], organization);
}

#[tokio::test]
async fn version_1_tells_no_permission_of_the_system_and_is_of_its_instance_only() {
    let server = TestServer::start().await;
    let http = server.http();
    let (_, member) = http.organization_with_admin().await;
    let other = server.another_instance().await;
    set_version(&server, &http, TokenVersion::One).await;

    let said = claims(&http, &sign_in(&http, &member).await).await;
    let of_other = claims(&other, &sign_in(&other, &other.anybody().await).await).await;

    assert_eq!((&said["org_role"], &said["org_permissions"]), (&json!("org:admin"), &json!([])));
    assert_eq!(of_other["v"], 2);
}
