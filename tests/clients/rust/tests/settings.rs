//! The instance and what it has set about organizations.
//!
//! Other tests run at the same time on the same instance: only what they do not meet is changed.

use backend::{assert_refused, holder};
use clerk_rs::apis::instance_settings_api::{
    get_instance, get_instance_organization_settings, update_instance_organization_settings,
};
use clerk_rs::apis::organization_roles_api::list_organization_roles;
use clerk_rs::models::UpdateInstanceOrganizationSettingsRequest;

fn domains_default_role(id: &str) -> Option<UpdateInstanceOrganizationSettingsRequest> {
    let mut request = UpdateInstanceOrganizationSettingsRequest::new();
    request.domains_default_role_id = Some(Some(id.to_owned()));
    Some(request)
}

#[tokio::test]
async fn the_instance_is_answered() {
    let instance = get_instance(&holder()).await.unwrap();

    assert!(instance.id.starts_with("ins_"));
    assert_eq!(instance.environment_type, "development");
    assert_eq!((instance.allowed_origins, instance.workspace_id), (None, None));
}

#[tokio::test]
async fn settings_are_read_as_they_were_set() {
    let backend = holder();
    let mut ids = Vec::new();
    for key in ["org:admin", "org:member"] {
        let page = list_organization_roles(&backend, Some(key), None, None, None).await.unwrap();
        ids.push(page.data[0].id.clone());
    }

    let set = domains_default_role(&ids[0]);
    let changed = update_instance_organization_settings(&backend, set).await.unwrap();
    let read = get_instance_organization_settings(&backend).await.unwrap();
    let back = domains_default_role(&ids[1]);
    let restored = update_instance_organization_settings(&backend, back).await.unwrap();

    assert_eq!(changed.domains_default_role, "org:admin");
    assert_eq!(read, changed);
    assert_eq!(restored.domains_default_role, "org:member");
    assert_eq!((restored.enabled, restored.admin_delete_enabled), (true, true));
    assert_eq!((restored.max_allowed_memberships, restored.max_allowed_roles), (0, 10));
    assert_eq!(
        (restored.creator_role.as_str(), restored.slug_disabled),
        ("org:admin", Some(false))
    );
}

#[tokio::test]
async fn a_wrong_setting_is_named() {
    let backend = holder();
    let mut request = UpdateInstanceOrganizationSettingsRequest::new();
    request.max_allowed_memberships = Some(Some(-1));
    let unknown = domains_default_role("role_3E1yAbCdEfGhIjKlMnOpQrStUvW");

    let limit = update_instance_organization_settings(&backend, Some(request)).await;
    let role = update_instance_organization_settings(&backend, unknown).await;

    assert_refused(limit, 422, "form_param_value_invalid", Some("max_allowed_memberships"));
    assert_refused(role, 404, "resource_not_found", Some("domains_default_role_id"));
}
