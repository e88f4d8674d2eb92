//! Calls about roles.

use guildhall_types::{
    CreateOrganizationRole, DeletedObject, ListKeyed, Page, Role, UpdateOrganizationRole,
};
use reqwest::Method;

use crate::items::items;
use crate::{Client, Error, Items};

/// Calls about roles.
///
/// From [`Client::organization_roles`].
#[derive(Clone, Copy, Debug)]
pub struct OrganizationRoles<'a> {
    pub(crate) client: &'a Client,
}

impl OrganizationRoles<'_> {
    /// Makes a role.
    ///
    /// HTTP request: `POST /organization_roles`.
    ///
    /// # Parameters
    ///
    /// - `new`: the key, the name and, if wanted, what it grants.
    ///
    /// # Returns
    ///
    /// The new role.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | the limit on roles is reached (`organization_instance_roles_quota_exceeded`) |
    /// | 404 | a permission does not exist |
    /// | 422 | a parameter is missing or wrong, or the key is taken (`form_identifier_exists`) |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::CreateOrganizationRole;
    ///
    /// let role = client
    ///     .organization_roles()
    ///     .create(&CreateOrganizationRole::new("org:editor", "Editor"))
    ///     .await?;
    ///
    /// assert_eq!(role.key, "org:editor");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "create_organization_role")]
    pub async fn create(&self, new: &CreateOrganizationRole) -> Result<Role, Error> {
        self.client.send(Method::POST, &["organization_roles"], new).await
    }

    /// Reads a role.
    ///
    /// HTTP request: `GET /organization_roles/{organization_role_id}`.
    ///
    /// # Parameters
    ///
    /// - `role_id`: the id of the role.
    ///
    /// # Returns
    ///
    /// The role with what it grants.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | the instance has no organizations |
    /// | 404 | the role does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::CreateOrganizationRole;
    ///
    /// let role = client
    ///     .organization_roles()
    ///     .create(&CreateOrganizationRole::new("org:editor", "Editor"))
    ///     .await?;
    /// let found = client.organization_roles().get(&role.id).await?;
    ///
    /// assert_eq!(found, role);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_organization_role")]
    pub async fn get(&self, role_id: impl AsRef<str>) -> Result<Role, Error> {
        self.client.get(&["organization_roles", role_id.as_ref()], &()).await
    }

    /// Lists roles.
    ///
    /// HTTP request: `GET /organization_roles`.
    ///
    /// One page; [`stream`](Self::stream) reads all.
    ///
    /// # Parameters
    ///
    /// - `request`: `query`, order, `limit` (1 to 500, 10 when `None`) and `offset`.
    ///
    /// # Returns
    ///
    /// The roles of the page, and how many match over all pages.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | the instance has no organizations |
    /// | 422 | a parameter is wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::ListKeyed;
    ///
    /// let page = client.organization_roles().list(&ListKeyed::default()).await?;
    ///
    /// assert_eq!(page.total_count, 2);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "list_organization_roles")]
    pub async fn list(&self, request: &ListKeyed) -> Result<Page<Role>, Error> {
        self.client.get(&["organization_roles"], request).await
    }

    /// Lists all roles, page by page.
    ///
    /// HTTP request: `GET /organization_roles`.
    ///
    /// # Parameters
    ///
    /// - `request`: as for [`list`](Self::list); `limit` is the size of a page, 100 when `None`.
    ///
    /// # Returns
    ///
    /// The roles, fetched as they are read; see [`Items`].
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | the instance has no organizations |
    /// | 422 | a parameter is wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::ListKeyed;
    ///
    /// let roles = client.organization_roles().stream(ListKeyed::default()).collect_all().await?;
    ///
    /// assert_eq!(roles.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "list_organization_roles")]
    pub fn stream(&self, request: ListKeyed) -> Items<Role> {
        let client = self.client.clone();
        items(request, move |request| {
            let client = client.clone();
            async move { client.organization_roles().list(&request).await }
        })
    }

    /// Changes a role.
    ///
    /// HTTP request: `PATCH /organization_roles/{organization_role_id}`.
    ///
    /// What is `None` stays. Members who have the role have it under its new name and key at once.
    ///
    /// # Parameters
    ///
    /// - `role_id`: the id of the role.
    /// - `changes`: the new values.
    ///
    /// # Returns
    ///
    /// The role as it is now.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | the instance has no organizations |
    /// | 404 | the role or a permission does not exist |
    /// | 422 | a parameter is wrong, the key is taken, or the creator role would lose a permission that it needs (`organization_missing_creator_role_permissions`) |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::{CreateOrganizationRole, UpdateOrganizationRole};
    ///
    /// let role = client
    ///     .organization_roles()
    ///     .create(&CreateOrganizationRole::new("org:editor", "Editor"))
    ///     .await?;
    /// let changes =
    ///     UpdateOrganizationRole { key: Some("org:author".to_owned()), ..Default::default() };
    /// let role = client.organization_roles().update(&role.id, &changes).await?;
    ///
    /// assert_eq!(role.key, "org:author");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "update_organization_role")]
    pub async fn update(
        &self,
        role_id: impl AsRef<str>,
        changes: &UpdateOrganizationRole,
    ) -> Result<Role, Error> {
        let path = ["organization_roles", role_id.as_ref()];
        self.client.send(Method::PATCH, &path, changes).await
    }

    /// Deletes a role that nobody has and nothing uses.
    ///
    /// HTTP request: `DELETE /organization_roles/{organization_role_id}`.
    ///
    /// # Parameters
    ///
    /// - `role_id`: the id of the role.
    ///
    /// # Returns
    ///
    /// What was deleted.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | the instance has no organizations |
    /// | 404 | the role does not exist |
    /// | 422 | the role is a member's (`organization_role_assigned_members`), the creator role or that of domains |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::CreateOrganizationRole;
    ///
    /// let role = client
    ///     .organization_roles()
    ///     .create(&CreateOrganizationRole::new("org:editor", "Editor"))
    ///     .await?;
    /// let deleted = client.organization_roles().delete(&role.id).await?;
    ///
    /// assert!(deleted.deleted);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "delete_organization_role")]
    pub async fn delete(&self, role_id: impl AsRef<str>) -> Result<DeletedObject, Error> {
        let path = ["organization_roles", role_id.as_ref()];
        self.client.remove(&path).await
    }

    /// Lets a role grant a permission.
    ///
    /// HTTP request: `POST /organization_roles/{organization_role_id}/permissions/{permission_id}`.
    ///
    /// # Parameters
    ///
    /// - `role_id`: the id of the role.
    /// - `permission_id`: the id of the permission.
    ///
    /// # Returns
    ///
    /// The role as it is now.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | the instance has no organizations |
    /// | 404 | the role or the permission does not exist |
    /// | 409 | the role grants it already |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::{CreateOrganizationPermission, CreateOrganizationRole};
    ///
    /// let role = client
    ///     .organization_roles()
    ///     .create(&CreateOrganizationRole::new("org:editor", "Editor"))
    ///     .await?;
    /// let edit = CreateOrganizationPermission::new("org:posts:edit", "Edit posts");
    /// let edit = client.organization_permissions().create(&edit).await?;
    /// let role = client.organization_roles().assign_permission(&role.id, &edit.id).await?;
    ///
    /// assert_eq!(role.permissions[0].key, "org:posts:edit");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "assign_permission_to_organization_role")]
    pub async fn assign_permission(
        &self,
        role_id: impl AsRef<str>,
        permission_id: impl AsRef<str>,
    ) -> Result<Role, Error> {
        let path = ["organization_roles", role_id.as_ref(), "permissions", permission_id.as_ref()];
        self.client.send(Method::POST, &path, &()).await
    }

    /// Lets a role no longer grant a permission.
    ///
    /// HTTP request: `DELETE /organization_roles/{organization_role_id}/permissions/{permission_id}`.
    ///
    /// # Parameters
    ///
    /// - `role_id`: the id of the role.
    /// - `permission_id`: the id of the permission.
    ///
    /// # Returns
    ///
    /// The role as it is now.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | the instance has no organizations |
    /// | 404 | the role or the permission does not exist, or the role does not grant it |
    /// | 422 | the creator role would lose a permission that it needs |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::{CreateOrganizationPermission, CreateOrganizationRole};
    ///
    /// let edit = CreateOrganizationPermission::new("org:posts:edit", "Edit posts");
    /// let edit = client.organization_permissions().create(&edit).await?;
    /// let new = CreateOrganizationRole {
    ///     permissions: Some(vec![edit.id.clone()]),
    ///     ..CreateOrganizationRole::new("org:editor", "Editor")
    /// };
    /// let role = client.organization_roles().create(&new).await?;
    /// let role = client.organization_roles().remove_permission(&role.id, &edit.id).await?;
    ///
    /// assert!(role.permissions.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "remove_permission_from_organization_role")]
    pub async fn remove_permission(
        &self,
        role_id: impl AsRef<str>,
        permission_id: impl AsRef<str>,
    ) -> Result<Role, Error> {
        let path = ["organization_roles", role_id.as_ref(), "permissions", permission_id.as_ref()];
        self.client.remove(&path).await
    }
}
