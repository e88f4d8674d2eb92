//! Creating, changing and ending memberships.

use backend::{
    UNKNOWN_ORGANIZATION, UNKNOWN_USER, assert_refused, holder, join, metadata, nobody,
    organization, organization_of, stranger, user, user_with,
};
use clerk_rs::apis::organization_memberships_api::{
    create_organization_membership, delete_organization_membership, update_organization_membership,
    update_organization_membership_metadata,
};
use clerk_rs::apis::organizations_api::update_organization;
use clerk_rs::models::{
    CreateOrganizationMembershipRequest, CreateUserRequest,
    UpdateOrganizationMembershipMetadataRequest, UpdateOrganizationMembershipRequest,
    UpdateOrganizationRequest,
};
use serde_json::json;

fn creation(user_id: &str, role: &str) -> CreateOrganizationMembershipRequest {
    CreateOrganizationMembershipRequest::new(user_id.to_owned(), role.to_owned())
}

fn role(role: &str) -> UpdateOrganizationMembershipRequest {
    UpdateOrganizationMembershipRequest::new(role.to_owned())
}

#[tokio::test]
async fn create_answers_the_whole_membership() {
    let backend = holder();
    let mut request = CreateUserRequest::new();
    request.first_name = Some(Some("Ada".to_owned()));
    request.last_name = Some(Some("Lovelace".to_owned()));
    let user = user_with(&backend, request).await;
    let organization = organization(&backend).await;
    let mut request = creation(&user.id, "org:member");
    request.public_metadata = Some(Some(metadata(json!({"seat": 3}))));
    request.private_metadata = Some(Some(metadata(json!({"cost": {"center": "R&D"}}))));

    let membership =
        create_organization_membership(&backend, &organization.id, request).await.unwrap();

    assert!(membership.id.starts_with("orgmem_"));
    assert_eq!(membership.role, "org:member");
    assert_eq!(membership.role_name.as_deref(), Some("Member"));
    assert_eq!(membership.permissions.len(), 2);
    assert_eq!(membership.public_metadata, metadata(json!({"seat": 3})));
    assert_eq!(membership.private_metadata, Some(metadata(json!({"cost": {"center": "R&D"}}))));
    assert_eq!(membership.created_at, membership.updated_at);
    assert_eq!(membership.organization.id, organization.id);
    assert_eq!(membership.organization.slug, organization.slug);
    let shown = membership.public_user_data.unwrap();
    assert_eq!(shown.user_id, user.id);
    assert_eq!(shown.first_name.as_deref(), Some("Ada"));
    assert_eq!(shown.last_name.as_deref(), Some("Lovelace"));
    assert_eq!(shown.identifier.flatten(), Some(user.email_addresses[0].email_address.clone()));
    assert_eq!(shown.profile_image_url, Some(shown.image_url));
}

#[tokio::test]
async fn create_takes_null_for_no_metadata() {
    let backend = holder();
    let (user, organization) = (user(&backend).await, organization(&backend).await);
    let mut request = creation(&user.id, "org:member");
    request.public_metadata = Some(None);
    request.private_metadata = Some(None);

    let membership =
        create_organization_membership(&backend, &organization.id, request).await.unwrap();

    assert!(membership.public_metadata.is_empty());
    assert!(membership.private_metadata.unwrap().is_empty());
}

#[tokio::test]
async fn create_refuses_a_second_membership() {
    let backend = holder();
    let (user, organization) = (user(&backend).await, organization(&backend).await);
    join(&backend, &organization, &user, "org:member").await;

    let again =
        create_organization_membership(&backend, &organization.id, creation(&user.id, "org:admin"))
            .await;

    assert_refused(again, 400, "already_a_member_in_organization", None);
}

#[tokio::test]
async fn create_refuses_to_exceed_the_quota() {
    let backend = holder();
    let (user, organization) = (user(&backend).await, organization(&backend).await);
    let mut request = UpdateOrganizationRequest::new();
    request.max_allowed_memberships = Some(Some(1));
    update_organization(&backend, &organization.id, request).await.unwrap();

    let beyond = create_organization_membership(
        &backend,
        &organization.id,
        creation(&user.id, "org:member"),
    )
    .await;

    assert_refused(beyond, 403, "organization_membership_quota_exceeded", None);
}

#[tokio::test]
async fn create_does_not_find_an_unknown_organization_user_or_role() {
    let backend = holder();
    let (user, organization) = (user(&backend).await, organization(&backend).await);

    for (organization_id, user_id, role, about) in [
        (UNKNOWN_ORGANIZATION, user.id.as_str(), "org:member", None),
        (&organization.id, UNKNOWN_USER, "org:member", None),
        (&organization.id, &user.id, "org:nobody", Some("role")),
        (&organization.id, &user.id, "admin", Some("role")),
    ] {
        let answer =
            create_organization_membership(&backend, organization_id, creation(user_id, role))
                .await;
        assert_refused(answer, 404, "resource_not_found", about);
    }
}

#[tokio::test]
async fn create_names_the_metadata_that_are_too_large() {
    let backend = holder();
    let (user, organization) = (user(&backend).await, organization(&backend).await);
    let mut request = creation(&user.id, "org:member");
    request.public_metadata = Some(Some(metadata(json!({"text": "x".repeat(8192)}))));

    let answer = create_organization_membership(&backend, &organization.id, request).await;

    assert_refused(answer, 422, "form_param_exceeds_allowed_size", Some("public_metadata"));
}

#[tokio::test]
async fn update_changes_the_role() {
    let backend = holder();
    let (user, organization) = (user(&backend).await, organization(&backend).await);
    let joined = join(&backend, &organization, &user, "org:member").await;

    let membership =
        update_organization_membership(&backend, &organization.id, &user.id, role("org:admin"))
            .await
            .unwrap();

    assert_eq!((&membership.id, membership.role.as_str()), (&joined.id, "org:admin"));
    assert!(membership.permissions.contains(&"org:sys_profile:delete".to_owned()));
    assert!(membership.updated_at >= joined.updated_at);
}

#[tokio::test]
async fn neither_update_nor_delete_takes_the_last_admin() {
    let backend = holder();
    let creator = user(&backend).await;
    let organization = organization_of(&backend, &creator).await;

    let update =
        update_organization_membership(&backend, &organization.id, &creator.id, role("org:member"))
            .await;
    let removal = delete_organization_membership(&backend, &organization.id, &creator.id).await;

    assert_refused(update, 400, "organization_minimum_permissions_needed", None);
    assert_refused(removal, 400, "organization_minimum_permissions_needed", None);
}

#[tokio::test]
async fn delete_answers_the_membership_that_was() {
    let backend = holder();
    let (user, organization) = (user(&backend).await, organization(&backend).await);
    let joined = join(&backend, &organization, &user, "org:member").await;

    let membership =
        delete_organization_membership(&backend, &organization.id, &user.id).await.unwrap();

    assert_eq!((&membership.id, membership.role.as_str()), (&joined.id, "org:member"));
    assert_eq!(membership.public_user_data.unwrap().user_id, user.id);
}

#[tokio::test]
async fn no_operation_finds_who_is_no_member() {
    let backend = holder();
    let (user, organization) = (user(&backend).await, organization(&backend).await);
    let (organization_id, user_id) = (&organization.id, &user.id);

    let update =
        update_organization_membership(&backend, organization_id, user_id, role("org:admin")).await;
    let removal = delete_organization_membership(&backend, organization_id, user_id).await;
    let merge =
        update_organization_membership_metadata(&backend, organization_id, user_id, None).await;

    assert_refused(update, 404, "resource_not_found", None);
    assert_refused(removal, 404, "resource_not_found", None);
    assert_refused(merge, 404, "resource_not_found", None);
}

#[tokio::test]
async fn metadata_merge_deeply_and_null_removes() {
    let backend = holder();
    let (user, organization) = (user(&backend).await, organization(&backend).await);
    let mut request = creation(&user.id, "org:member");
    let seat = json!({"seat": {"row": 1, "place": "window"}, "tags": ["a", "b"]});
    request.public_metadata = Some(Some(metadata(seat)));
    request.private_metadata = Some(Some(metadata(json!({"cost": 1}))));
    create_organization_membership(&backend, &organization.id, request).await.unwrap();
    let mut change = UpdateOrganizationMembershipMetadataRequest::new();
    let seat = json!({"seat": {"row": 2, "place": null}, "tags": ["c"], "absent": null});
    change.public_metadata = Some(metadata(seat));

    let membership =
        update_organization_membership_metadata(&backend, &organization.id, &user.id, Some(change))
            .await
            .unwrap();

    let merged = metadata(json!({"seat": {"row": 2}, "tags": ["c"]}));
    assert_eq!(membership.public_metadata, merged);
    assert_eq!(membership.private_metadata, Some(metadata(json!({"cost": 1}))));
}

#[tokio::test]
async fn metadata_that_are_not_given_stay() {
    let backend = holder();
    let (user, organization) = (user(&backend).await, organization(&backend).await);
    let joined = join(&backend, &organization, &user, "org:member").await;

    // The crate sends `null` for a body that is not given.
    for change in [None, Some(UpdateOrganizationMembershipMetadataRequest::new())] {
        let membership =
            update_organization_membership_metadata(&backend, &organization.id, &user.id, change)
                .await
                .unwrap();
        assert_eq!(membership, joined);
    }
}

#[tokio::test]
async fn metadata_that_are_too_large_are_named() {
    let backend = holder();
    let (user, organization) = (user(&backend).await, organization(&backend).await);
    join(&backend, &organization, &user, "org:member").await;
    let mut change = UpdateOrganizationMembershipMetadataRequest::new();
    change.private_metadata = Some(metadata(json!({"text": "x".repeat(8192)})));

    let answer =
        update_organization_membership_metadata(&backend, &organization.id, &user.id, Some(change))
            .await;

    assert_refused(answer, 422, "form_param_exceeds_allowed_size", Some("private_metadata"));
}

#[tokio::test]
async fn the_key_has_to_be_known() {
    let request = creation(UNKNOWN_USER, "org:member");

    let creation = create_organization_membership(&stranger(), UNKNOWN_ORGANIZATION, request).await;
    let removal =
        delete_organization_membership(&nobody(), UNKNOWN_ORGANIZATION, UNKNOWN_USER).await;

    assert_refused(creation, 401, "clerk_key_invalid", None);
    assert_refused(removal, 401, "authorization_header_format_invalid", None);
}
