//! Making organizations and reading one.

use guildhall_testing::TestServer;
use serde_json::{Value, json};

#[tokio::test]
async fn an_organization_needs_a_name_only() {
    let server = TestServer::start().await;
    let http = server.http();

    let created = http.post("/v1/organizations", json!({ "name": "Acme" })).await.ok();

    assert_eq!(created["object"], "organization");
    assert_eq!(created["max_allowed_memberships"], 0);
    assert_eq!(created["admin_delete_enabled"], true);
    assert_eq!(created["has_image"], false);
    assert_eq!(created["public_metadata"], json!({}));
    assert_eq!(created["private_metadata"], json!({}));
    assert_eq!(created["created_at"], created["updated_at"]);
    assert_eq!(created.get("created_by"), None);
    assert_eq!(created.get("members_count"), None);
    let path = format!("/v1/organizations/{}", created["id"].as_str().unwrap());
    assert_eq!(http.get(&path).await.ok(), created);
}

#[tokio::test]
async fn a_name_that_is_missing_null_or_no_text_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();

    for (body, fault) in [
        (json!({}), "422 form_param_missing name"),
        (json!({ "name": null }), "422 form_param_nil name"),
        (json!({ "name": 5 }), "422 form_param_value_invalid name"),
        (json!({ "name": ["Acme"] }), "422 form_param_value_invalid name"),
        (json!({ "name": "a\0b" }), "422 form_param_value_invalid name"),
    ] {
        let answer = http.post("/v1/organizations", body.clone()).await;
        assert_eq!(answer.faults(), [fault], "{body}");
    }
}

#[tokio::test]
async fn all_faults_of_a_body_are_told_at_once_and_none_twice() {
    let server = TestServer::start().await;
    let body = json!({
        "slug": "A B", "max_allowed_memberships": -1, "public_metadata": [], "created_at": 5,
        "created_by": 7, "surprise": 1, "another": 2,
    });

    let answer = server.http().post("/v1/organizations", body).await;

    let mut faults = answer.faults();
    faults.sort();
    assert_eq!(
        faults,
        [
            "422 form_param_format_invalid slug",
            "422 form_param_missing name",
            "422 form_param_unknown another",
            "422 form_param_unknown surprise",
            "422 form_param_value_invalid created_at",
            "422 form_param_value_invalid created_by",
            "422 form_param_value_invalid max_allowed_memberships",
            "422 form_param_value_invalid public_metadata",
        ]
    );
}

#[tokio::test]
async fn null_in_a_nullable_field_counts_as_not_sent() {
    let server = TestServer::start().await;
    let fields = json!({
        "name": "Acme", "created_by": null, "slug": null, "max_allowed_memberships": null,
        "public_metadata": null, "private_metadata": null, "created_at": null,
        "role_set_key": null,
    });

    let created = server.http().post("/v1/organizations", fields).await.ok();

    assert_eq!(created["slug"], "acme");
    assert_eq!(created["max_allowed_memberships"], 0);
    assert_eq!(created["public_metadata"], json!({}));
}

#[tokio::test]
async fn the_creator_becomes_the_first_member_in_the_creator_role() {
    let server = TestServer::start().await;
    let http = server.http();
    let creator = http.anybody().await;

    let created =
        http.post("/v1/organizations", json!({ "name": "Acme", "created_by": creator })).await.ok();

    let id = created["id"].as_str().unwrap();
    assert_eq!(created["created_by"], json!(creator));
    let members = http.get(&format!("/v1/organizations/{id}/memberships")).await.ok();
    assert_eq!(members["total_count"], 1);
    assert_eq!(members["data"][0]["role"], "org:admin");
    assert_eq!(members["data"][0]["public_user_data"]["user_id"], json!(creator));
    assert_eq!(members["data"][0]["organization"], created);
}

#[tokio::test]
async fn an_unknown_creator_is_refused_and_nothing_made() {
    let server = TestServer::start().await;
    let http = server.http();

    for creator in ["user_unknown", "", "org_1"] {
        let answer =
            http.post("/v1/organizations", json!({ "name": "Acme", "created_by": creator })).await;

        assert_eq!(answer.faults(), ["400 organization_creator_not_found"]);
        let expected = format!("No users found with id {creator}.");
        assert_eq!(answer.text_at("/errors/0/long_message"), expected);
    }
    assert_eq!(http.get("/v1/organizations").await.ok()["total_count"], 0);
}

#[tokio::test]
async fn a_limit_of_one_leaves_room_for_the_creator_alone() {
    let server = TestServer::start().await;
    let http = server.http();
    let (creator, other) = (http.anybody().await, http.anybody().await);
    let fields = json!({ "name": "Solo", "created_by": creator, "max_allowed_memberships": 1 });
    let id = http.organization(fields).await;

    let body = json!({ "user_id": other, "role": "org:member" });
    let answer = http.post(&format!("/v1/organizations/{id}/memberships"), body).await;

    assert_eq!(answer.faults(), ["403 organization_membership_quota_exceeded"]);
}

#[tokio::test]
async fn a_limit_on_members_is_a_whole_number_from_zero_to_31_bits() {
    let server = TestServer::start().await;
    let http = server.http();

    for limit in [json!(0), json!(1), json!(2_147_483_647), json!(7.0)] {
        let fields = json!({ "name": "Acme", "max_allowed_memberships": limit });
        let created = http.post("/v1/organizations", fields).await.ok();
        assert_eq!(created["max_allowed_memberships"].as_f64(), limit.as_f64());
    }
    for limit in
        [json!(-1), json!(2_147_483_648_i64), json!(1.5), json!("5"), json!(true), json!(u64::MAX)]
    {
        let fields = json!({ "name": "Acme", "max_allowed_memberships": limit });
        let answer = http.post("/v1/organizations", fields).await;
        let expected = ["422 form_param_value_invalid max_allowed_memberships"];
        assert_eq!(answer.faults(), expected, "{limit}");
    }
}

#[tokio::test]
async fn an_original_date_is_kept_to_the_millisecond() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = format!("/v1/organizations/{}", http.organization(json!({ "name": "A" })).await);

    for date in ["2012-10-20T07:15:20.902Z", "2012-10-20T09:15:20.902+02:00"] {
        let fields = json!({ "name": "Old", "created_at": date });
        let created = http.post("/v1/organizations", fields).await.ok();
        let updated = http.patch(&path, json!({ "created_at": date })).await.ok();

        assert_eq!(created["created_at"], 1_350_717_320_902_i64);
        assert!(created["updated_at"].as_i64() > Some(1_700_000_000_000));
        assert_eq!(updated["created_at"], 1_350_717_320_902_i64);
    }
}

#[tokio::test]
async fn what_is_no_rfc_3339_instant_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = format!("/v1/organizations/{}", http.organization(json!({ "name": "A" })).await);

    for date in ["2012-10-20", "yesterday", "2012-10-20T07:15:20", "2012-13-20T07:15:20Z", ""] {
        let created = http.post("/v1/organizations", json!({ "name": "B", "created_at": date }));
        let updated = http.patch(&path, json!({ "created_at": date })).await;

        assert_eq!(created.await.faults(), ["422 form_param_invalid_time created_at"], "{date}");
        assert_eq!(updated.faults(), ["422 form_param_invalid_time created_at"], "{date}");
    }
    let number = http.patch(&path, json!({ "created_at": 1_350_717_320_902_i64 })).await;
    assert_eq!(number.faults(), ["422 form_param_value_invalid created_at"]);
}

#[tokio::test]
async fn an_organization_is_found_by_its_slug() {
    let server = TestServer::start().await;
    let http = server.http();
    let created = http.post("/v1/organizations", json!({ "name": "A", "slug": "acme" })).await.ok();

    assert_eq!(http.get("/v1/organizations/acme").await.ok(), created);
}

#[tokio::test]
async fn counts_and_the_missing_admin_are_told_when_asked_for() {
    let server = TestServer::start().await;
    let http = server.http();
    let (id, _) = http.organization_with_admin().await;
    let empty = http.organization(json!({ "name": "Empty" })).await;
    http.member(&id).await;
    let flags = "include_members_count=true&include_missing_member_with_elevated_permissions=true";

    let told = http.get(&format!("/v1/organizations/{id}?{flags}")).await.ok();
    let told_empty = http.get(&format!("/v1/organizations/{empty}?{flags}")).await.ok();
    let untold = http.get(&format!("/v1/organizations/{id}")).await.ok();

    let facts = |body: &Value| {
        (body["members_count"].clone(), body["missing_member_with_elevated_permissions"].clone())
    };
    assert_eq!(facts(&told), (json!(2), json!(false)));
    assert_eq!(facts(&told_empty), (json!(0), json!(true)));
    assert_eq!(untold.get("members_count"), None);
    assert_eq!(untold.get("missing_member_with_elevated_permissions"), None);
}

#[tokio::test]
async fn a_flag_that_is_no_truth_value_is_refused_whether_id_or_slug_was_given() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.organization(json!({ "name": "A", "slug": "acme" })).await;

    for name in [id.as_str(), "acme"] {
        let path = format!("/v1/organizations/{name}?include_members_count=maybe");
        let answer = http.get(&path).await;
        assert_eq!(answer.faults(), ["422 form_param_value_invalid include_members_count"]);
    }
}

#[tokio::test]
async fn an_unknown_organization_is_not_found() {
    let server = TestServer::start().await;
    let http = server.http();

    for path in ["/v1/organizations/org_unknown", "/v1/organizations/no-such-slug"] {
        let answer = http.get(path).await;
        assert_eq!(answer.faults(), ["404 resource_not_found"]);
        assert_eq!(answer.text_at("/errors/0/long_message"), "Given organization not found.");
    }
}

#[tokio::test]
async fn an_organization_without_members_stays() {
    let server = TestServer::start().await;
    let id = server.http().organization(json!({ "name": "Pre-provisioned" })).await;
    let server = server.restart().await;
    let http = server.http();
    let memberships = format!("/v1/organizations/{id}/memberships");

    assert_eq!(http.get(&memberships).await.ok()["total_count"], 0);
    let member = http.member(&id).await;
    http.delete(&format!("{memberships}/{member}")).await.ok();
    let path = format!("/v1/organizations/{id}?include_members_count=true");

    assert_eq!(http.get(&path).await.ok()["members_count"], 0);
}
