//! Calls about role sets.

use guildhall_types::{
    AddRolesToRoleSet, CreateRoleSet, DeletedObject, ListKeyed, Page, ReplaceRoleInRoleSet,
    ReplaceRoleSet, RoleSet, UpdateRoleSet,
};
use reqwest::Method;

use crate::items::items;
use crate::{Client, Error, Items};

/// Calls about role sets: which roles the members of an organization may get.
///
/// From [`Client::role_sets`].
#[derive(Clone, Copy, Debug)]
pub struct RoleSets<'a> {
    pub(crate) client: &'a Client,
}

impl RoleSets<'_> {
    /// Makes a role set.
    ///
    /// HTTP request: `POST /role_sets`.
    ///
    /// # Parameters
    ///
    /// - `new`: the name, the keys of its roles, and which of them new members and creators get.
    ///
    /// # Returns
    ///
    /// The new set.
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
    /// | 403 | the limit on role sets is reached (`organization_instance_role_sets_quota_exceeded`), or the instance has no organizations |
    /// | 404 | a role does not exist |
    /// | 422 | a parameter is missing or wrong, the key is taken, or the role of creators lacks a permission that it needs |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::CreateRoleSet;
    ///
    /// let new = CreateRoleSet {
    ///     name: "Basic".to_owned(),
    ///     roles: vec!["org:admin".to_owned(), "org:member".to_owned()],
    ///     default_role_key: "org:member".to_owned(),
    ///     creator_role_key: "org:admin".to_owned(),
    ///     ..CreateRoleSet::default()
    /// };
    /// let set = client.role_sets().create(&new).await?;
    ///
    /// assert_eq!(set.key, "role_set:basic");
    /// assert_eq!(set.roles.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "create_role_set")]
    pub async fn create(&self, new: &CreateRoleSet) -> Result<RoleSet, Error> {
        self.client.send(Method::POST, &["role_sets"], new).await
    }

    /// Reads a role set.
    ///
    /// HTTP request: `GET /role_sets/{role_set_key_or_id}`.
    ///
    /// # Parameters
    ///
    /// - `role_set`: the key or the id of the set.
    ///
    /// # Returns
    ///
    /// The set with its roles.
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
    /// | 404 | the role set does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// let set = client.role_sets().get("role_set:default").await?;
    ///
    /// assert_eq!(set.kind, "initial");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_role_set")]
    pub async fn get(&self, role_set: impl AsRef<str>) -> Result<RoleSet, Error> {
        self.client.get(&["role_sets", role_set.as_ref()], &()).await
    }

    /// Lists role sets.
    ///
    /// HTTP request: `GET /role_sets`.
    ///
    /// One page; [`stream`](Self::stream) reads all.
    ///
    /// # Parameters
    ///
    /// - `request`: `query`, order, `limit` (1 to 500, 10 when `None`) and `offset`.
    ///
    /// # Returns
    ///
    /// The sets of the page, and how many match over all pages.
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
    /// let page = client.role_sets().list(&ListKeyed::default()).await?;
    ///
    /// assert_eq!(page.total_count, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "list_role_sets")]
    pub async fn list(&self, request: &ListKeyed) -> Result<Page<RoleSet>, Error> {
        self.client.get(&["role_sets"], request).await
    }

    /// Lists role sets of all pages.
    ///
    /// HTTP request: `GET /role_sets`.
    ///
    /// The pages are read when they are needed, from `offset` on; `limit` is the size of a page.
    ///
    /// # Parameters
    ///
    /// - `request`: `query`, order, `limit` and `offset`.
    ///
    /// # Returns
    ///
    /// The sets, one after the other.
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
    /// let sets = client.role_sets().stream(ListKeyed::default()).collect_all().await?;
    ///
    /// assert_eq!(sets.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "list_role_sets")]
    pub fn stream(&self, request: ListKeyed) -> Items<RoleSet> {
        let client = self.client.clone();
        items(request, move |request| {
            let client = client.clone();
            async move { client.role_sets().list(&request).await }
        })
    }

    /// Changes a role set.
    ///
    /// HTTP request: `PATCH /role_sets/{role_set_key_or_id}`.
    ///
    /// What is `None` stays. A set that becomes initial is that of new organizations; the one before is
    /// no more.
    ///
    /// # Parameters
    ///
    /// - `role_set`: the key or the id of the set.
    /// - `changes`: the new values.
    ///
    /// # Returns
    ///
    /// The set as it is now.
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
    /// | 404 | the role set or a role does not exist |
    /// | 409 | members of the set are still being reassigned (`role_migration_in_progress`) |
    /// | 422 | a parameter is wrong, a role is not in the set, the key is taken, or the role of creators lacks a permission that it needs |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::UpdateRoleSet;
    ///
    /// let changes = UpdateRoleSet { name: Some("Basic".to_owned()), ..UpdateRoleSet::default() };
    /// let set = client.role_sets().update("role_set:default", &changes).await?;
    ///
    /// assert_eq!(set.name, "Basic");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "update_role_set")]
    pub async fn update(
        &self,
        role_set: impl AsRef<str>,
        changes: &UpdateRoleSet,
    ) -> Result<RoleSet, Error> {
        self.client.send(Method::PATCH, &["role_sets", role_set.as_ref()], changes).await
    }

    /// Adds roles to a role set.
    ///
    /// HTTP request: `POST /role_sets/{role_set_key_or_id}/roles`.
    ///
    /// Roles that it has stay. Members of its organizations may get the new ones at once.
    ///
    /// # Parameters
    ///
    /// - `role_set`: the key or the id of the set.
    /// - `roles`: the keys of the roles, and which of them new members and creators get from now on.
    ///
    /// # Returns
    ///
    /// The set as it is now.
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
    /// | 404 | the role set or a role does not exist |
    /// | 409 | members of the set are still being reassigned (`role_migration_in_progress`) |
    /// | 422 | a parameter is wrong, or the role of creators lacks a permission that it needs |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::{AddRolesToRoleSet, CreateOrganizationRole};
    ///
    /// let editor = CreateOrganizationRole::new("org:editor", "Editor");
    /// client.organization_roles().create(&editor).await?;
    /// let roles = AddRolesToRoleSet { role_keys: vec![editor.key], ..Default::default() };
    /// let set = client.role_sets().add_roles("role_set:default", &roles).await?;
    ///
    /// assert_eq!(set.roles.len(), 3);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "add_roles_to_role_set")]
    pub async fn add_roles(
        &self,
        role_set: impl AsRef<str>,
        roles: &AddRolesToRoleSet,
    ) -> Result<RoleSet, Error> {
        self.client.send(Method::POST, &["role_sets", role_set.as_ref(), "roles"], roles).await
    }

    /// Puts another role in the place of one.
    ///
    /// HTTP request: `POST /role_sets/{role_set_key_or_id}/roles/replace`.
    ///
    /// From then on nobody can be given the old role. Members who have it get the new one: at once, or
    /// where they are many, behind it; until all have it, `role_set_migration` tells how far it is.
    ///
    /// # Parameters
    ///
    /// - `role_set`: the key or the id of the set.
    /// - `roles`: the keys of the role that goes and of the one that its members get.
    ///
    /// # Returns
    ///
    /// The set as it is now.
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
    /// | 404 | the role set or a role does not exist, or the old role is not in the set |
    /// | 409 | members of the set are still being reassigned (`role_migration_in_progress`) |
    /// | 422 | a parameter is wrong, or the role of creators would lack a permission that it needs |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::ReplaceRoleInRoleSet;
    ///
    /// let roles = ReplaceRoleInRoleSet {
    ///     role_key: "org:member".to_owned(),
    ///     to_role_key: "org:admin".to_owned(),
    /// };
    /// let set = client.role_sets().replace_role("role_set:default", &roles).await?;
    ///
    /// assert_eq!(set.roles.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "replace_role_in_role_set")]
    pub async fn replace_role(
        &self,
        role_set: impl AsRef<str>,
        roles: &ReplaceRoleInRoleSet,
    ) -> Result<RoleSet, Error> {
        let path = ["role_sets", role_set.as_ref(), "roles", "replace"];
        self.client.send(Method::POST, &path, roles).await
    }

    /// Puts another role set in the place of one, which is deleted.
    ///
    /// HTTP request: `POST /role_sets/{role_set_key_or_id}/replace`.
    ///
    /// Its organizations get the other set, and members whose role the other set has not get the role
    /// that the mappings name: at once, or where they are many, behind it. Until all is done, the old
    /// set can still be read, and its `role_set_migration` tells how far it is.
    ///
    /// # Parameters
    ///
    /// - `role_set`: the key or the id of the set that goes.
    /// - `replacement`: the key of the set that takes its place, and which role becomes which.
    ///
    /// # Returns
    ///
    /// Which set is deleted.
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
    /// | 403 | the set is the initial one (`cannot_delete_initial_role_set`), or the instance has no organizations |
    /// | 404 | a role set or a role does not exist |
    /// | 409 | members of the set are still being reassigned (`role_migration_in_progress`) |
    /// | 422 | a parameter is wrong, or a role is missing from the mappings or wrong in them |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::CreateRoleSet;
    /// use guildhall_sdk::ReplaceRoleSet;
    ///
    /// let new = CreateRoleSet {
    ///     name: "Basic".to_owned(),
    ///     roles: vec!["org:admin".to_owned(), "org:member".to_owned()],
    ///     default_role_key: "org:member".to_owned(),
    ///     creator_role_key: "org:admin".to_owned(),
    ///     ..CreateRoleSet::default()
    /// };
    /// let set = client.role_sets().create(&new).await?;
    /// let replacement = ReplaceRoleSet {
    ///     dest_role_set_key: "role_set:default".to_owned(),
    ///     ..ReplaceRoleSet::default()
    /// };
    /// let deleted = client.role_sets().replace(&set.key, &replacement).await?;
    ///
    /// assert!(deleted.deleted);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "replace_role_set")]
    pub async fn replace(
        &self,
        role_set: impl AsRef<str>,
        replacement: &ReplaceRoleSet,
    ) -> Result<DeletedObject, Error> {
        let path = ["role_sets", role_set.as_ref(), "replace"];
        self.client.send(Method::POST, &path, replacement).await
    }
}
