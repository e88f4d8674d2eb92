//! What goes over the wire: request lines, headers and bodies.

use guildhall_sdk::{
    ApiVersion, Client, CreateOrganizationMembership, Error, GetOrganization,
    ListInstanceOrganizationMemberships, ListOrganizationMemberships,
    ListUserOrganizationMemberships, ListUsers, OrderBy, OrganizationMembershipOrder, Patch,
    UpdateMetadata, UpdateOrganizationMembership, UpdateUser,
};
use serde_json::{Value, json};

use crate::loopback::{Answer, Loopback, SECRET_KEY, membership, page, user};

async fn answering(body: Value) -> Loopback {
    Loopback::answering(move |_| Answer::json(200, &body)).await
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

#[tokio::test]
async fn every_request_carries_key_version_and_agent_once() {
    let server = answering(membership(1)).await;

    let new = CreateOrganizationMembership::new("user_1", "org:member");
    server.client().organization_memberships().create("org_1", &new).await.unwrap();

    let request = server.request();
    assert_eq!(request.header("authorization"), Some("Bearer sk_test_loopback"));
    assert_eq!(request.header("clerk-api-version"), Some("2026-05-12"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.json(), json!({"user_id": "user_1", "role": "org:member"}));
    let agent = request.header("user-agent").unwrap();
    assert!(agent.starts_with("guildhall-sdk/"), "{agent}");
}

#[tokio::test]
async fn the_version_and_the_agent_can_be_chosen() {
    let server = answering(user(1)).await;
    let client =
        server.builder().api_version(ApiVersion::V2021_02_05).user_agent("mine/1").build().unwrap();

    client.users().get("user_1").await.unwrap();

    let request = server.request();
    assert_eq!(request.header("clerk-api-version"), Some("2021-02-05"));
    assert_eq!(request.header("user-agent"), Some("mine/1"));
}

#[tokio::test]
async fn each_membership_call_goes_to_its_documented_route() {
    let server = Loopback::answering(|request| {
        let lists = request.method == "GET";
        Answer::json(200, &if lists { page([1], 1) } else { membership(1) })
    })
    .await;
    let client = server.client();
    let memberships = client.organization_memberships();

    memberships
        .update("org_1", "user_1", &UpdateOrganizationMembership::new("org:admin"))
        .await
        .unwrap();
    memberships.update_metadata("org_1", "user_1", &UpdateMetadata::default()).await.unwrap();
    memberships.delete("org_1", "user_1").await.unwrap();
    memberships.list("org_1", &ListOrganizationMemberships::default()).await.unwrap();
    memberships.list_for_user("user_1", &ListUserOrganizationMemberships::default()).await.unwrap();
    memberships.list_for_instance(&ListInstanceOrganizationMemberships::default()).await.unwrap();

    let lines: Vec<_> =
        server.requests().iter().map(|it| format!("{} {}", it.method, it.target)).collect();
    assert_eq!(
        lines,
        [
            "PATCH /v1/organizations/org_1/memberships/user_1",
            "PATCH /v1/organizations/org_1/memberships/user_1/metadata",
            "DELETE /v1/organizations/org_1/memberships/user_1",
            "GET /v1/organizations/org_1/memberships",
            "GET /v1/users/user_1/organization_memberships",
            "GET /v1/organization_memberships",
        ]
    );
}

#[tokio::test]
async fn repeated_filters_keep_every_value_under_its_own_key() {
    let server = answering(page([], 0)).await;

    let request = ListOrganizationMemberships {
        role: texts(["org:admin", "org:member"]),
        user_id: texts(["user_1", "-user_2"]),
        email_address: texts(["a+b@example.com", "c+d@example.com"]),
        username: texts(["this&that=other"]),
        query: Some("two words#".to_owned()),
        order_by: Some(OrderBy::ascending(OrganizationMembershipOrder::CreatedAt)),
        ..Default::default()
    };
    server.client().organization_memberships().list("org_1", &request).await.unwrap();

    assert_eq!(
        server.request().pairs(),
        [
            "email_address=a%2Bb%40example.com",
            "email_address=c%2Bd%40example.com",
            "order_by=%2Bcreated_at",
            "query=two%20words%23",
            "role=org%3Aadmin",
            "role=org%3Amember",
            "user_id=-user_2",
            "user_id=user_1",
            "username=this%26that%3Dother",
        ]
    );
}

#[tokio::test]
async fn every_spelling_of_the_base_url_sends_the_same_request() {
    let server = answering(user(1)).await;
    let base = server.base_url();
    let upper = base.replace("http", "HTTP");

    for base_url in
        [&base, &format!("{base}/"), &format!("{base}/v1"), &format!("{base}/v1/"), &upper]
    {
        let client = server.builder().base_url(base_url).build().unwrap();
        client.users().get("user_1").await.unwrap();
    }

    for request in server.requests() {
        assert_eq!(request.target, "/v1/users/user_1");
    }
}

#[tokio::test]
async fn a_prefix_of_the_base_url_is_kept() {
    let server = answering(page([], 0)).await;
    let client =
        server.builder().base_url(format!("{}/auth/v1/", server.base_url())).build().unwrap();

    client.organization_memberships().list_for_instance(&Default::default()).await.unwrap();

    assert_eq!(server.request().target, "/auth/v1/organization_memberships");
}

#[tokio::test]
async fn an_id_arrives_whole_whatever_is_in_it() {
    let server = answering(user(1)).await;

    server.client().users().get("a/../b%2F?\"'#é").await.unwrap();

    assert_eq!(server.request().target, "/v1/users/a%2F..%2Fb%252F%3F%22%27%23%C3%A9");
}

#[tokio::test]
async fn an_id_that_no_url_can_carry_is_refused_before_sending() {
    let server = answering(user(1)).await;
    let client = server.client();

    for id in ["", ".", ".."] {
        let error = client.users().get(id).await.unwrap_err();
        assert!(matches!(error, Error::Id { .. }), "{error:?}");
    }

    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn keys_of_metadata_are_left_as_they_are() {
    let metadata = json!({
        "fooBar": 1, "foo_bar": 2, "FooBar": 3, "foo-bar": 4,
        "FOO": {"innerKey": {"deep_key": [{"aB": 1, "a_b": 2}]}},
        "organizationId": "x", "created_at": "mine"
    });
    let mut answer = membership(1);
    answer["public_metadata"] = metadata.clone();
    let server = answering(answer).await;

    let changes =
        UpdateMetadata { public_metadata: metadata.as_object().cloned(), ..Default::default() };
    let client = server.client();
    let updated =
        client.organization_memberships().update_metadata("org_1", "user_1", &changes).await;

    assert_eq!(server.request().json(), json!({"public_metadata": metadata}));
    assert_eq!(Value::Object(updated.unwrap().public_metadata), metadata);
}

#[tokio::test]
async fn a_cleared_field_is_null_and_an_untouched_one_absent() {
    let server = answering(user(1)).await;

    let changes = UpdateUser { last_name: Patch::Clear, ..Default::default() };
    server.client().users().update("user_1", &changes).await.unwrap();

    assert_eq!(server.request().json(), json!({"last_name": null}));
}

#[tokio::test]
async fn a_membership_is_found_by_one_filtered_request() {
    let server = answering(page([7], 1)).await;

    let client = server.client();
    let found = client.organization_memberships().get("org_1", "user_7").await.unwrap();

    assert_eq!(found.unwrap().id.as_str(), "orgmem_7");
    assert_eq!(server.request().pairs(), ["limit=1", "user_id=user_7"]);
}

#[tokio::test]
async fn another_users_row_makes_nobody_a_member() {
    let server = answering(page([7], 1)).await;
    let client = server.client();

    for user_id in ["-user_1", "", "+"] {
        let member = client.organization_memberships().is_member("org_1", user_id).await;
        assert!(!member.unwrap(), "{user_id:?}");
    }
}

#[tokio::test]
async fn counting_sends_the_conditions_alone() {
    let server = answering(json!({"object": "total_count", "total_count": 3})).await;

    let request =
        ListUsers { limit: Some(5), offset: Some(5), banned: Some(false), ..Default::default() };
    let count = server.client().users().count(&request).await.unwrap();

    assert_eq!(count, 3);
    assert_eq!(server.request().target, "/v1/users/count?banned=false");
}

#[tokio::test]
async fn an_organization_can_be_read_by_a_slug() {
    let server = answering(membership(1)["organization"].clone()).await;

    let client = server.client();
    let organization = client.organizations().get("engines", &GetOrganization::default()).await;

    assert_eq!(organization.unwrap().slug, "engines");
    assert_eq!(server.request().target, "/v1/organizations/engines");
}

#[test]
fn the_key_is_never_shown() {
    let builder = Client::builder(SECRET_KEY);
    let client = builder.clone().build().unwrap();

    for shown in [format!("{builder:?}"), format!("{client:?}"), format!("{:?}", client.users())] {
        assert!(!shown.contains(SECRET_KEY), "{shown}");
    }
}

#[test]
fn a_client_goes_to_the_official_service_unless_told_otherwise() {
    assert_eq!(Client::new(SECRET_KEY).unwrap().base_url(), "https://api.clerk.com/v1");
}

#[test]
fn a_key_that_no_header_can_carry_is_refused() {
    for key in ["", "sk_test\n", "sk_\0"] {
        assert!(matches!(Client::new(key), Err(Error::Config(_))), "{key:?}");
    }
}

#[test]
fn calls_can_be_spawned_on_a_runtime() {
    fn is_send<T: Send>(_: &T) {}
    let client = Client::new(SECRET_KEY).unwrap();

    is_send(&client.organization_memberships().delete("org_1", "user_1"));
    is_send(&client.organization_memberships().stream("org_1", Default::default()));
    is_send(&client.users().get("user_1"));
}
