//! Calls about permissions.

use guildhall_types::{
    CreateOrganizationPermission, DeletedObject, ListKeyed, Page, Permission,
    UpdateOrganizationPermission,
};
use reqwest::Method;

use crate::items::items;
use crate::{Client, Error, Items};

/// Calls about permissions, which roles grant.
///
/// From [`Client::organization_permissions`].
#[derive(Clone, Copy, Debug)]
pub struct OrganizationPermissions<'a> {
    pub(crate) client: &'a Client,
}

impl OrganizationPermissions<'_> {
    /// Makes a permission.
    ///
    /// HTTP request: `POST /organization_permissions`.
    ///
    /// # Parameters
    ///
    /// - `new`: the key, the name and, if wanted, a description.
    ///
    /// # Returns
    ///
    /// The new permission.
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
    /// | 422 | a parameter is missing or wrong, or the key is taken (`form_identifier_exists`) |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::CreateOrganizationPermission;
    ///
    /// let edit = CreateOrganizationPermission::new("org:posts:edit", "Edit posts");
    /// let edit = client.organization_permissions().create(&edit).await?;
    ///
    /// assert_eq!(edit.r#type, "user");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "create_organization_permission")]
    pub async fn create(&self, new: &CreateOrganizationPermission) -> Result<Permission, Error> {
        self.client.send(Method::POST, &["organization_permissions"], new).await
    }

    /// Reads a permission.
    ///
    /// HTTP request: `GET /organization_permissions/{permission_id}`.
    ///
    /// # Parameters
    ///
    /// - `permission_id`: the id of the permission.
    ///
    /// # Returns
    ///
    /// The permission.
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
    /// | 404 | the permission does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::CreateOrganizationPermission;
    ///
    /// let edit = CreateOrganizationPermission::new("org:posts:edit", "Edit posts");
    /// let edit = client.organization_permissions().create(&edit).await?;
    /// let found = client.organization_permissions().get(&edit.id).await?;
    ///
    /// assert_eq!(found, edit);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_organization_permission")]
    pub async fn get(&self, permission_id: impl AsRef<str>) -> Result<Permission, Error> {
        self.client.get(&["organization_permissions", permission_id.as_ref()], &()).await
    }

    /// Lists permissions, those of the system included.
    ///
    /// HTTP request: `GET /organization_permissions`.
    ///
    /// One page; [`stream`](Self::stream) reads all.
    ///
    /// # Parameters
    ///
    /// - `request`: `query`, order, `limit` (1 to 500, 10 when `None`) and `offset`.
    ///
    /// # Returns
    ///
    /// The permissions of the page, and how many match over all pages.
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
    /// | 422 | a parameter is wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::ListKeyed;
    ///
    /// let request = ListKeyed { query: Some("memberships".to_owned()), ..Default::default() };
    /// let page = client.organization_permissions().list(&request).await?;
    ///
    /// assert_eq!(page.total_count, 2);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "list_organization_permissions")]
    pub async fn list(&self, request: &ListKeyed) -> Result<Page<Permission>, Error> {
        self.client.get(&["organization_permissions"], request).await
    }

    /// Lists all permissions, page by page.
    ///
    /// HTTP request: `GET /organization_permissions`.
    ///
    /// # Parameters
    ///
    /// - `request`: as for [`list`](Self::list); `limit` is the size of a page, 100 when `None`.
    ///
    /// # Returns
    ///
    /// The permissions, fetched as they are read; see [`Items`].
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
    /// | 422 | a parameter is wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::ListKeyed;
    ///
    /// let all = client.organization_permissions().stream(ListKeyed::default()).collect_all().await?;
    ///
    /// assert!(all.iter().all(|permission| permission.r#type == "system"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "list_organization_permissions")]
    pub fn stream(&self, request: ListKeyed) -> Items<Permission> {
        let client = self.client.clone();
        items(request, move |request| {
            let client = client.clone();
            async move { client.organization_permissions().list(&request).await }
        })
    }

    /// Changes a permission, in every role that grants it.
    ///
    /// HTTP request: `PATCH /organization_permissions/{permission_id}`.
    ///
    /// What is `None` stays.
    ///
    /// # Parameters
    ///
    /// - `permission_id`: the id of the permission.
    /// - `changes`: the new values.
    ///
    /// # Returns
    ///
    /// The permission as it is now.
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
    /// | 403 | it is the system's own (`organization_system_permission_not_modifiable`) |
    /// | 404 | the permission does not exist |
    /// | 422 | a parameter is wrong, or the key is taken |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::{CreateOrganizationPermission, UpdateOrganizationPermission};
    ///
    /// let edit = CreateOrganizationPermission::new("org:posts:edit", "Edit posts");
    /// let edit = client.organization_permissions().create(&edit).await?;
    /// let changes =
    ///     UpdateOrganizationPermission { name: Some("Write".to_owned()), ..Default::default() };
    /// let edit = client.organization_permissions().update(&edit.id, &changes).await?;
    ///
    /// assert_eq!(edit.name, "Write");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "update_organization_permission")]
    pub async fn update(
        &self,
        permission_id: impl AsRef<str>,
        changes: &UpdateOrganizationPermission,
    ) -> Result<Permission, Error> {
        let path = ["organization_permissions", permission_id.as_ref()];
        self.client.send(Method::PATCH, &path, changes).await
    }

    /// Deletes a permission; no role grants it any more.
    ///
    /// HTTP request: `DELETE /organization_permissions/{permission_id}`.
    ///
    /// # Parameters
    ///
    /// - `permission_id`: the id of the permission.
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
    /// | 403 | it is the system's own (`organization_system_permission_not_modifiable`) |
    /// | 404 | the permission does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::CreateOrganizationPermission;
    ///
    /// let edit = CreateOrganizationPermission::new("org:posts:edit", "Edit posts");
    /// let edit = client.organization_permissions().create(&edit).await?;
    /// let deleted = client.organization_permissions().delete(&edit.id).await?;
    ///
    /// assert!(deleted.deleted);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "delete_organization_permission")]
    pub async fn delete(&self, permission_id: impl AsRef<str>) -> Result<DeletedObject, Error> {
        let path = ["organization_permissions", permission_id.as_ref()];
        self.client.remove(&path).await
    }
}
