//! Role sets.

use std::collections::HashMap;

use backend::{assert_refused, holder, join, stranger, unique, user};
use clerk_rs::apis::configuration::Configuration;
use clerk_rs::apis::organization_roles_api::{create_organization_role, delete_organization_role};
use clerk_rs::apis::organizations_api::{create_organization, delete_organization, get_organization};
use clerk_rs::apis::role_sets_api::{
    add_roles_to_role_set, create_role_set, get_role_set, list_role_sets, replace_role_in_role_set,
    replace_role_set, update_role_set,
};
use clerk_rs::apis::users_api::users_get_organization_memberships;
use clerk_rs::models::{
    AddRolesToRoleSetRequest, CreateOrganizationRequest, CreateOrganizationRoleRequest,
    CreateRoleSetRequest, ReplaceRoleInRoleSetRequest, ReplaceRoleSetRequest, Role, RoleSet,
    UpdateRoleSetRequest,
};

const DEFAULT: &str = "role_set:default";

/// A key that nothing else in the instance has.
fn key(start: &str) -> String {
    unique(start).replace('-', "_")
}

async fn role(backend: &Configuration) -> Role {
    let request = CreateOrganizationRoleRequest::new("Editor".to_owned(), key("org:editor"));
    create_organization_role(backend, request).await.unwrap()
}

/// A set of admins and one other role.
async fn role_set(backend: &Configuration, other: &str) -> RoleSet {
    let roles = vec!["org:admin".to_owned(), other.to_owned()];
    let (default, creator) = (other.to_owned(), "org:admin".to_owned());
    let mut request = CreateRoleSetRequest::new("Pro".to_owned(), default, creator, roles);
    request.key = Some(key("role_set:pro"));
    create_role_set(backend, request).await.unwrap()
}

fn keys(set: &RoleSet) -> Vec<&str> {
    set.roles.iter().map(|role| role.key.as_str()).collect()
}

/// Puts the first set in the place of one, in which the other role becomes that of members.
async fn remove(backend: &Configuration, set: &RoleSet, other: &str) {
    let mut request = ReplaceRoleSetRequest::new(DEFAULT.to_owned());
    let mappings = [(other.to_owned(), "org:member".to_owned())];
    request.reassignment_mappings = Some(HashMap::from(mappings));
    let deleted = replace_role_set(backend, &set.key, request).await.unwrap();
    assert_eq!((deleted.object.as_str(), deleted.id.as_ref()), ("role_set", Some(&set.id)));
}

#[tokio::test]
async fn a_set_is_made_found_and_changed() {
    let backend = holder();
    let editor = role(&backend).await;
    let set = role_set(&backend, &editor.key).await;
    let mut request = UpdateRoleSetRequest::new();
    request.name = Some(Some("Professional".to_owned()));
    request.default_role_key = Some(Some("org:admin".to_owned()));

    let read = get_role_set(&backend, &set.key).await.unwrap();
    let listed = list_role_sets(&backend, Some(&set.key), Some("name"), Some(5), None).await;
    let changed = update_role_set(&backend, &set.id, request).await.unwrap();
    let more = AddRolesToRoleSetRequest::new(vec!["org:member".to_owned()]);
    let added = add_roles_to_role_set(&backend, &set.key, more).await.unwrap();
    remove(&backend, &set, &editor.key).await;
    delete_organization_role(&backend, &editor.id).await.unwrap();

    assert_eq!(read, set);
    let listed = listed.unwrap();
    assert_eq!((&listed.data[..], listed.total_count), (&[set.clone()][..], 1));
    assert_eq!(keys(&set), ["org:admin", editor.key.as_str()]);
    assert_eq!(changed.name, "Professional");
    assert_eq!(changed.default_role.unwrap().unwrap().key, "org:admin");
    assert_eq!(keys(&added), ["org:admin", "org:member", editor.key.as_str()]);
    assert_refused(get_role_set(&backend, &set.id).await, 404, "resource_not_found", None);
}

#[tokio::test]
async fn members_follow_the_roles_of_the_set_of_their_organization() {
    let backend = holder();
    let editor = role(&backend).await;
    let set = role_set(&backend, &editor.key).await;
    let mut request = CreateOrganizationRequest::new("Analytical Engines".to_owned());
    request.role_set_key = Some(Some(set.key.clone()));
    let organization = create_organization(&backend, request).await.unwrap();
    let member = user(&backend).await;
    join(&backend, &organization, &member, &editor.key).await;

    let request = ReplaceRoleInRoleSetRequest::new(editor.key.clone(), "org:member".to_owned());
    let replaced = replace_role_in_role_set(&backend, &set.id, request).await.unwrap();
    let memberships =
        users_get_organization_memberships(&backend, &member.id, None, None).await.unwrap();
    remove(&backend, &set, "org:member").await;
    let moved = get_organization(&backend, &organization.id, None, None).await.unwrap();
    delete_organization(&backend, &organization.id).await.unwrap();
    delete_organization_role(&backend, &editor.id).await.unwrap();

    assert_eq!(keys(&replaced), ["org:admin", "org:member"]);
    assert_eq!(memberships.data[0].role, "org:member");
    assert_eq!(moved.role_set_key, Some(Some(DEFAULT.to_owned())));
}

#[tokio::test]
async fn a_stranger_sees_no_role_sets() {
    let listed = list_role_sets(&stranger(), None, None, None, None).await;

    assert_refused(listed, 401, "clerk_key_invalid", None);
}
