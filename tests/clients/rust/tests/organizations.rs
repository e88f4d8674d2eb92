//! Organizations and their metadata.

use backend::{
    UNKNOWN_ORGANIZATION, UNKNOWN_USER, assert_refused, holder, join, metadata, organization,
    stranger, unique, user,
};
use clerk_rs::apis::configuration::Configuration;
use clerk_rs::apis::organization_memberships_api::delete_organization_membership;
use clerk_rs::apis::organizations_api::{
    create_organization, delete_organization, get_organization, list_organizations,
    merge_organization_metadata, replace_organization_metadata, update_organization,
};
use clerk_rs::apis::users_api::users_get_organization_memberships;
use clerk_rs::models::{
    CreateOrganizationRequest, MergeOrganizationMetadataRequest, Organization,
    ReplaceOrganizationMetadataRequest, UpdateOrganizationRequest,
};
use serde_json::json;

fn creation(name: &str) -> CreateOrganizationRequest {
    CreateOrganizationRequest::new(name.to_owned())
}

/// An organization with metadata of both kinds.
async fn with_metadata(backend: &Configuration) -> Organization {
    let mut request = creation("Analytical Engines");
    let seat = json!({"seat": {"row": 1, "place": "window"}, "city": "London"});
    request.public_metadata = Some(Some(metadata(seat)));
    request.private_metadata = Some(Some(metadata(json!({"cost": 1}))));
    create_organization(backend, Some(request)).await.unwrap()
}

#[tokio::test]
async fn create_answers_the_whole_organization() {
    let backend = holder();
    let (creator, slug) = (user(&backend).await, unique("engines"));
    let mut request = creation("Analytical Engines");
    request.slug = Some(Some(slug.clone()));
    request.created_by = Some(Some(creator.id.clone()));
    request.max_allowed_memberships = Some(Some(7));
    request.public_metadata = Some(Some(metadata(json!({"city": "London"}))));
    request.private_metadata = Some(None);
    request.created_at = Some(Some("2020-02-29T12:00:00.250Z".to_owned()));

    let organization = create_organization(&backend, Some(request)).await.unwrap();

    assert!(organization.id.starts_with("org_"));
    assert_eq!((organization.name.as_str(), &organization.slug), ("Analytical Engines", &slug));
    assert_eq!(organization.created_by, Some(creator.id));
    assert_eq!(organization.max_allowed_memberships, 7);
    assert_eq!(organization.public_metadata, metadata(json!({"city": "London"})));
    assert_eq!(organization.private_metadata, Some(metadata(json!({}))));
    assert_eq!(organization.created_at, 1_582_977_600_250);
    assert!(organization.image_url.is_some() && !organization.has_image);
}

#[tokio::test]
async fn create_names_a_wrong_field() {
    let backend = holder();
    let mut wrong_slug = creation("Engines");
    wrong_slug.slug = Some(Some("Not A Slug".to_owned()));
    let mut large = creation("Engines");
    large.public_metadata = Some(Some(metadata(json!({"text": "x".repeat(8192)}))));

    for (request, code, about) in [
        (creation("see https://example.com"), "form_param_value_invalid", "name"),
        (creation(&"x".repeat(257)), "form_param_max_length_exceeded", "name"),
        (wrong_slug, "form_param_format_invalid", "slug"),
        (large, "form_param_exceeds_allowed_size", "public_metadata"),
    ] {
        let answer = create_organization(&backend, Some(request)).await;
        assert_refused(answer, 422, code, Some(about));
    }
    // The crate sends `null` for a body that is not given.
    let answer = create_organization(&backend, None).await;
    assert_refused(answer, 422, "form_param_missing", Some("name"));
}

#[tokio::test]
async fn create_refuses_an_unknown_creator_and_a_slug_that_is_taken() {
    let backend = holder();
    let mut unknown = creation("Engines");
    unknown.created_by = Some(Some(UNKNOWN_USER.to_owned()));
    let mut taken = creation("Engines");
    taken.slug = Some(Some(organization(&backend).await.slug));

    let unknown = create_organization(&backend, Some(unknown)).await;
    let taken = create_organization(&backend, Some(taken)).await;

    assert_refused(unknown, 400, "organization_creator_not_found", None);
    assert_refused(taken, 422, "form_identifier_exists", Some("slug"));
}

#[tokio::test]
async fn get_takes_the_id_and_the_slug() {
    let backend = holder();
    let made = organization(&backend).await;

    let by_id = get_organization(&backend, &made.id, None, None).await.unwrap();
    let by_slug = get_organization(&backend, &made.slug, None, None).await.unwrap();

    assert_eq!(by_id, made);
    assert_eq!(by_slug, made);
}

#[tokio::test]
async fn get_counts_and_judges_members_when_asked() {
    let backend = holder();
    let id = organization(&backend).await.id;

    let asked = get_organization(&backend, &id, Some(true), Some(true)).await.unwrap();
    let not = get_organization(&backend, &id, Some(false), Some(false)).await.unwrap();

    assert_eq!(asked.members_count, Some(1));
    assert_eq!(asked.missing_member_with_elevated_permissions, Some(false));
    assert_eq!(not.members_count, None);
    assert_eq!(not.missing_member_with_elevated_permissions, None);
}

#[tokio::test]
async fn list_filters_sorts_and_pages() {
    let backend = holder();
    let word = unique("guild");
    let mut made = Vec::new();
    for letter in ["a", "b", "c"] {
        let request = creation(&format!("{word} {letter}"));
        made.push(create_organization(&backend, Some(request)).await.unwrap());
    }
    let member = user(&backend).await;
    join(&backend, &made[1], &member, "org:admin").await;
    let ids = vec![made[0].id.clone(), UNKNOWN_ORGANIZATION.to_owned()];
    let without = vec![format!("-{}", made[0].id)];
    let users = vec![member.id];
    let word = Some(word.as_str());

    for (query, user_id, organization_id, order_by, limit, offset, expected, total_count) in [
        (word, None, None, None, None, None, "cba", 3),
        (word, None, None, Some("name"), None, None, "abc", 3),
        (word, None, None, Some("+created_at"), None, None, "abc", 3),
        (word, None, None, Some("-members_count"), Some(1), None, "b", 3),
        (word, None, None, Some("name"), Some(2), Some(2), "c", 3),
        (None, Some(users), None, None, None, None, "b", 1),
        (None, None, Some(ids), None, None, None, "a", 1),
        (word, None, Some(without), None, None, None, "cb", 2),
    ] {
        let page = list_organizations(
            &backend,
            Some(true),
            Some(true),
            query,
            user_id,
            organization_id,
            order_by,
            limit,
            offset,
        )
        .await
        .unwrap();
        let letters: String =
            page.data.iter().map(|found| &found.name[found.name.len() - 1..]).collect();
        assert_eq!((letters.as_str(), page.total_count), (expected, total_count));
        for found in page.data {
            let members = i32::from(found.id == made[1].id);
            assert_eq!(found.members_count, Some(members));
            assert_eq!(found.missing_member_with_elevated_permissions, Some(members == 0));
        }
    }
}

#[tokio::test]
async fn list_names_a_wrong_parameter_and_needs_a_key() {
    let backend = [holder(), stranger()];

    let [wrong, closed] = [
        list_organizations(&backend[0], None, None, None, None, None, None, Some(501), None).await,
        list_organizations(&backend[1], None, None, None, None, None, None, None, None).await,
    ];

    assert_refused(wrong, 422, "form_param_value_invalid", Some("limit"));
    assert_refused(closed, 401, "clerk_key_invalid", None);
}

#[tokio::test]
async fn update_changes_what_is_given() {
    let backend = holder();
    let (made, slug) = (with_metadata(&backend).await, unique("renamed"));
    let mut request = UpdateOrganizationRequest::new();
    request.name = Some(Some("Difference Engines".to_owned()));
    request.slug = Some(Some(slug.clone()));
    request.max_allowed_memberships = Some(Some(3));
    request.admin_delete_enabled = Some(Some(false));
    request.created_at = Some(None);

    let organization = update_organization(&backend, &made.id, request).await.unwrap();

    assert_eq!((organization.name.as_str(), &organization.slug), ("Difference Engines", &slug));
    assert_eq!(organization.max_allowed_memberships, 3);
    assert!(!organization.admin_delete_enabled);
    assert_eq!(organization.created_at, made.created_at);
    assert_eq!(organization.public_metadata, made.public_metadata);
    let read = get_organization(&backend, &slug, None, None).await.unwrap();
    assert_eq!(read, organization);
}

#[tokio::test]
async fn metadata_merge_deeply_and_null_removes() {
    let backend = holder();
    let made = with_metadata(&backend).await;
    let mut change = MergeOrganizationMetadataRequest::new();
    let seat = json!({"seat": {"row": 2, "place": null}, "city": null});
    change.public_metadata = Some(metadata(seat));

    let organization = merge_organization_metadata(&backend, &made.id, change).await.unwrap();

    assert_eq!(organization.public_metadata, metadata(json!({"seat": {"row": 2}})));
    assert_eq!(organization.private_metadata, made.private_metadata);
}

#[tokio::test]
async fn metadata_are_replaced_as_given() {
    let backend = holder();
    let made = with_metadata(&backend).await;
    let mut change = ReplaceOrganizationMetadataRequest::new();
    change.public_metadata = Some(metadata(json!({"country": "UK"})));

    let organization = replace_organization_metadata(&backend, &made.id, change).await.unwrap();

    assert_eq!(organization.public_metadata, metadata(json!({"country": "UK"})));
    assert_eq!(organization.private_metadata, made.private_metadata);
}

#[tokio::test]
async fn delete_answers_what_was_deleted() {
    let backend = holder();
    let (member, made) = (user(&backend).await, organization(&backend).await);
    join(&backend, &made, &member, "org:member").await;

    let deleted = delete_organization(&backend, &made.id).await.unwrap();

    assert_eq!((deleted.object.as_str(), deleted.deleted), ("organization", true));
    assert_eq!(deleted.id, Some(made.id.clone()));
    let left = users_get_organization_memberships(&backend, &member.id, None, None).await.unwrap();
    assert_eq!((left.data, left.total_count), (vec![], 0));
    let removal = delete_organization_membership(&backend, &made.id, &member.id).await;
    assert_refused(removal, 404, "resource_not_found", None);
}

#[tokio::test]
async fn no_operation_finds_an_unknown_organization() {
    let (backend, id) = (holder(), UNKNOWN_ORGANIZATION);

    let read = get_organization(&backend, id, None, None).await;
    let update = update_organization(&backend, id, UpdateOrganizationRequest::new()).await;
    let merge =
        merge_organization_metadata(&backend, id, MergeOrganizationMetadataRequest::new()).await;
    let replacement =
        replace_organization_metadata(&backend, id, ReplaceOrganizationMetadataRequest::new())
            .await;
    let removal = delete_organization(&backend, id).await;

    assert_refused(read, 404, "resource_not_found", None);
    assert_refused(update, 404, "resource_not_found", None);
    assert_refused(merge, 404, "resource_not_found", None);
    assert_refused(replacement, 404, "resource_not_found", None);
    assert_refused(removal, 404, "resource_not_found", None);
}
