//! Roles and permissions.

use backend::{assert_refused, holder, join, organization, stranger, unique, user};
use clerk_rs::apis::configuration::Configuration;
use clerk_rs::apis::organization_permissions_api::{
    create_organization_permission, delete_organization_permission, get_organization_permission,
    list_organization_permissions, update_organization_permission,
};
use clerk_rs::apis::organization_roles_api::{
    assign_permission_to_organization_role, create_organization_role, delete_organization_role,
    get_organization_role, list_organization_roles, remove_permission_from_organization_role,
    update_organization_role,
};
use clerk_rs::apis::organizations_api::delete_organization;
use clerk_rs::apis::users_api::users_get_organization_memberships;
use clerk_rs::models::{
    CreateOrganizationPermissionRequest, CreateOrganizationRoleRequest, Permission, Role,
    UpdateOrganizationPermissionRequest, UpdateOrganizationRoleRequest,
};

const UNKNOWN_ROLE: &str = "role_3E1yAbCdEfGhIjKlMnOpQrStUvW";
const UNKNOWN_PERMISSION: &str = "perm_3E1yAbCdEfGhIjKlMnOpQrStUvW";

/// A key that nothing else in the instance has.
fn key(start: &str) -> String {
    unique(start).replace('-', "_")
}

async fn permission(backend: &Configuration) -> Permission {
    let request =
        CreateOrganizationPermissionRequest::new("Edit posts".to_owned(), key("org:posts:edit"));
    create_organization_permission(backend, request).await.unwrap()
}

async fn role(backend: &Configuration, permissions: &[&Permission]) -> Role {
    let mut request = CreateOrganizationRoleRequest::new("Editor".to_owned(), key("org:editor"));
    request.permissions = Some(Some(permissions.iter().map(|it| it.id.clone()).collect()));
    request.include_in_initial_role_set = Some(Some(true));
    create_organization_role(backend, request).await.unwrap()
}

/// Deletes a role, of which an instance may only have a few.
async fn remove(backend: &Configuration, role: &Role) {
    delete_organization_role(backend, &role.id).await.unwrap();
}

fn granted(role: &Role) -> Vec<&str> {
    role.permissions.iter().map(|permission| permission.key.as_str()).collect()
}

#[tokio::test]
async fn a_permission_is_answered_whole() {
    let backend = holder();
    let edit = key("org:posts:edit");
    let mut request =
        CreateOrganizationPermissionRequest::new("Edit posts".to_owned(), edit.clone());
    request.description = Some("Writes and changes".to_owned());

    let made = create_organization_permission(&backend, request).await.unwrap();

    assert!(made.id.starts_with("perm_"));
    assert_eq!((made.name.as_str(), &made.key), ("Edit posts", &edit));
    assert_eq!((made.description.as_str(), made.r#type.as_str()), ("Writes and changes", "user"));
    assert_eq!(get_organization_permission(&backend, &made.id).await.unwrap(), made);
}

#[tokio::test]
async fn the_permissions_of_the_system_are_listed_and_stay() {
    let backend = holder();

    let page =
        list_organization_permissions(&backend, Some("org:sys_"), Some("key"), Some(2), Some(1))
            .await
            .unwrap();
    let deletion = delete_organization_permission(&backend, &page.data[0].id).await;

    let keys: Vec<_> = page.data.iter().map(|found| found.key.as_str()).collect();
    assert_eq!(keys, ["org:sys_billing:read", "org:sys_domains:manage"]);
    assert_eq!(page.total_count, 9);
    assert_refused(deletion, 403, "organization_system_permission_not_modifiable", None);
}

#[tokio::test]
async fn a_permission_is_changed_and_deleted_in_every_role() {
    let backend = holder();
    let edit = permission(&backend).await;
    let editor = role(&backend, &[&edit]).await;
    let mut request = UpdateOrganizationPermissionRequest::new();
    request.name = Some("Write posts".to_owned());
    request.key = Some(key("org:posts:write"));

    let changed = update_organization_permission(&backend, &edit.id, request).await.unwrap();
    let renamed = get_organization_role(&backend, &editor.id).await.unwrap();
    let deleted = delete_organization_permission(&backend, &edit.id).await.unwrap();
    let emptied = get_organization_role(&backend, &editor.id).await.unwrap();
    remove(&backend, &editor).await;

    assert_eq!((&changed.id, changed.name.as_str()), (&edit.id, "Write posts"));
    assert_eq!(renamed.permissions, [changed]);
    assert_eq!((deleted.object.as_str(), deleted.deleted), ("permission", true));
    assert_eq!(deleted.id, Some(edit.id));
    assert_eq!(emptied.permissions, []);
}

#[tokio::test]
async fn a_role_is_made_found_changed_and_deleted() {
    let backend = holder();
    let [edit, publish] = [permission(&backend).await, permission(&backend).await];
    let made = role(&backend, &[&edit]).await;
    let mut request = UpdateOrganizationRoleRequest::new();
    request.description = Some(Some("Writes".to_owned()));
    request.permissions = Some(Some(vec![publish.id.clone()]));

    let read = get_organization_role(&backend, &made.id).await.unwrap();
    let found =
        list_organization_roles(&backend, Some(&made.key), Some("-name"), Some(5), Some(0)).await;
    let changed = update_organization_role(&backend, &made.id, request).await.unwrap();
    let deleted = delete_organization_role(&backend, &made.id).await.unwrap();

    assert!(made.id.starts_with("role_"));
    assert_eq!((made.description.as_ref(), made.is_creator_eligible), (None, false));
    assert_eq!(granted(&made), [edit.key]);
    assert_eq!(read, made);
    let found = found.unwrap();
    assert_eq!((&found.data[..], found.total_count), (&[made.clone()][..], 1));
    assert_eq!(changed.description.as_deref(), Some("Writes"));
    assert_eq!((&changed.key, granted(&changed)), (&made.key, vec![publish.key.as_str()]));
    assert_eq!((deleted.object.as_str(), deleted.id), ("role", Some(made.id)));
}

#[tokio::test]
async fn what_a_role_grants_shows_in_its_members() {
    let backend = holder();
    let [edit, publish] = [permission(&backend).await, permission(&backend).await];
    let editor = role(&backend, &[&edit]).await;
    let (organization, member) = (organization(&backend).await, user(&backend).await);
    let mut renaming = UpdateOrganizationRoleRequest::new();
    renaming.key = Some(Some(key("org:author")));

    let joined = join(&backend, &organization, &member, &editor.key).await;
    let both = assign_permission_to_organization_role(&backend, &editor.id, &publish.id).await;
    let again = assign_permission_to_organization_role(&backend, &editor.id, &publish.id).await;
    let one = remove_permission_from_organization_role(&backend, &editor.id, &edit.id).await;
    let twice = remove_permission_from_organization_role(&backend, &editor.id, &edit.id).await;
    let changed = update_organization_role(&backend, &editor.id, renaming).await.unwrap();
    let now = users_get_organization_memberships(&backend, &member.id, None, None).await.unwrap();
    let deletion = delete_organization_role(&backend, &editor.id).await;
    delete_organization(&backend, &organization.id).await.unwrap();
    remove(&backend, &editor).await;

    assert_eq!((&joined.role, &joined.permissions), (&editor.key, &vec![edit.key.clone()]));
    assert_eq!(granted(&both.unwrap()), [edit.key, publish.key.clone()]);
    assert_refused(again, 409, "organization_role_permission_association_exists", None);
    assert_eq!(granted(&one.unwrap()), [publish.key.clone()]);
    assert_refused(twice, 404, "organization_role_permission_association_not_found", None);
    assert_eq!(now.data[0].id, joined.id);
    assert_eq!((&now.data[0].role, &now.data[0].permissions), (&changed.key, &vec![publish.key]));
    assert_refused(deletion, 422, "organization_role_assigned_members", None);
}

#[tokio::test]
async fn a_key_that_is_taken_or_wrong_is_refused() {
    let backend = holder();
    let with_key = |key: &str| CreateOrganizationRoleRequest::new("E".to_owned(), key.to_owned());

    let taken = create_organization_role(&backend, with_key("org:admin")).await;
    let wrong = create_organization_role(&backend, with_key("Editor")).await;

    assert_refused(taken, 422, "form_identifier_exists", Some("key"));
    assert_refused(wrong, 422, "form_param_format_invalid", Some("key"));
}

#[tokio::test]
async fn no_operation_finds_what_is_unknown_and_each_needs_a_key() {
    let (backend, closed) = (holder(), stranger());
    let changes = UpdateOrganizationRoleRequest::new();

    let read = get_organization_role(&backend, UNKNOWN_ROLE).await;
    let update = update_organization_role(&backend, UNKNOWN_ROLE, changes).await;
    let removal = delete_organization_role(&backend, UNKNOWN_ROLE).await;
    let permission = get_organization_permission(&backend, UNKNOWN_PERMISSION).await;
    let roles = list_organization_roles(&closed, None, None, None, None).await;
    let permissions = list_organization_permissions(&closed, None, None, None, None).await;

    assert_refused(read, 404, "resource_not_found", None);
    assert_refused(update, 404, "resource_not_found", None);
    assert_refused(removal, 404, "resource_not_found", None);
    assert_refused(permission, 404, "resource_not_found", None);
    assert_refused(roles, 401, "clerk_key_invalid", None);
    assert_refused(permissions, 401, "clerk_key_invalid", None);
}
