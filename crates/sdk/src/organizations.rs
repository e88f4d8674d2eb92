//! Calls about organizations.

use guildhall_types::{
    CreateOrganization, DeletedObject, GetOrganization, ListOrganizations, Organization, Page,
    UpdateMetadata, UpdateOrganization,
};
use reqwest::Method;

use crate::items::items;
use crate::{Client, Error, Items};

/// Calls about organizations.
///
/// From [`Client::organizations`].
#[derive(Clone, Copy, Debug)]
#[doc(alias = "OrganizationsApi")]
pub struct Organizations<'a> {
    pub(crate) client: &'a Client,
}

impl Organizations<'_> {
    /// Makes an organization.
    ///
    /// HTTP request: `POST /organizations`.
    ///
    /// With `created_by` that user becomes its first member, in the creator role; without, it has
    /// no member.
    ///
    /// # Parameters
    ///
    /// - `new`: the name and, if wanted, more.
    ///
    /// # Returns
    ///
    /// The new organization.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the user in `created_by` does not exist (`organization_creator_not_found`) |
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | not allowed, a reached limit for example |
    /// | 422 | a parameter is missing or wrong, or the slug is taken (`form_identifier_exists`) |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::CreateOrganization;
    ///
    /// let new = CreateOrganization {
    ///     slug: Some("engines".to_owned()),
    ///     ..CreateOrganization::new("Analytical Engines")
    /// };
    /// let organization = client.organizations().create(&new).await?;
    ///
    /// assert_eq!(organization.slug, "engines");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "create_organization")]
    pub async fn create(&self, new: &CreateOrganization) -> Result<Organization, Error> {
        self.client.send(Method::POST, &["organizations"], new).await
    }

    /// Reads an organization.
    ///
    /// HTTP request: `GET /organizations/{organization_id}`.
    ///
    /// # Parameters
    ///
    /// - `id_or_slug`: the id or the slug of the organization.
    /// - `request`: what to tell beyond its own fields.
    ///
    /// # Returns
    ///
    /// The organization.
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
    /// | 403 | not allowed |
    /// | 404 | the organization does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::GetOrganization;
    ///
    /// let request = GetOrganization { include_members_count: true, ..Default::default() };
    /// let found = client.organizations().get(&organization.slug, &request).await?;
    ///
    /// assert_eq!(found.id, organization.id);
    /// assert_eq!(found.members_count, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_organization")]
    pub async fn get(
        &self,
        id_or_slug: impl AsRef<str>,
        request: &GetOrganization,
    ) -> Result<Organization, Error> {
        self.client.get(&["organizations", id_or_slug.as_ref()], request).await
    }

    /// Lists organizations.
    ///
    /// HTTP request: `GET /organizations`.
    ///
    /// One page; [`stream`](Self::stream) reads all.
    ///
    /// # Parameters
    ///
    /// - `request`: conditions, order, `limit` (1 to 500, 10 when `None`) and `offset`.
    ///
    /// # Returns
    ///
    /// The rows of the page, and how many rows match over all pages.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the request was not successful |
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | not allowed |
    /// | 422 | a parameter is missing or wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::ListOrganizations;
    ///
    /// let request = ListOrganizations { query: Some("engine".to_owned()), ..Default::default() };
    /// let page = client.organizations().list(&request).await?;
    ///
    /// assert_eq!(page.data[0].id, organization.id);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "list_organizations")]
    pub async fn list(&self, request: &ListOrganizations) -> Result<Page<Organization>, Error> {
        self.client.get(&["organizations"], request).await
    }

    /// Changes an organization.
    ///
    /// HTTP request: `PATCH /organizations/{organization_id}`.
    ///
    /// What is `None` stays. From API version 2026-05-12 on metadata is refused here: see
    /// [`update_metadata`](Self::update_metadata) and [`replace_metadata`](Self::replace_metadata).
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization.
    /// - `changes`: the new values.
    ///
    /// # Returns
    ///
    /// The organization as it is now.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the request was not successful |
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | not allowed |
    /// | 404 | the organization does not exist |
    /// | 422 | a parameter is wrong, or the slug is taken (`form_identifier_exists`) |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::UpdateOrganization;
    ///
    /// let changes =
    ///     UpdateOrganization { name: Some("Engines".to_owned()), ..Default::default() };
    /// let organization = client.organizations().update(&organization.id, &changes).await?;
    ///
    /// assert_eq!(organization.name, "Engines");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "update_organization")]
    pub async fn update(
        &self,
        organization_id: impl AsRef<str>,
        changes: &UpdateOrganization,
    ) -> Result<Organization, Error> {
        let path = ["organizations", organization_id.as_ref()];
        self.client.send(Method::PATCH, &path, changes).await
    }

    /// Merges metadata into that of an organization.
    ///
    /// HTTP request: `PATCH /organizations/{organization_id}/metadata`.
    ///
    /// The merge is deep; `null` removes a key at any level. A field that is `None` is not touched.
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization.
    /// - `changes`: the public and the private metadata to merge in.
    ///
    /// # Returns
    ///
    /// The organization as it is now.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the request was not successful |
    /// | 401 | the secret key is missing or unknown |
    /// | 404 | the organization does not exist |
    /// | 422 | a parameter is wrong, or the merged metadata larger than 8,192 bytes |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::{Metadata, UpdateMetadata};
    ///
    /// let plan = Metadata::from_iter([("plan".to_owned(), "team".into())]);
    /// let changes = UpdateMetadata { public_metadata: Some(plan), ..Default::default() };
    /// let organization =
    ///     client.organizations().update_metadata(&organization.id, &changes).await?;
    ///
    /// assert_eq!(organization.public_metadata["plan"], "team");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "merge_organization_metadata")]
    pub async fn update_metadata(
        &self,
        organization_id: impl AsRef<str>,
        changes: &UpdateMetadata,
    ) -> Result<Organization, Error> {
        let path = ["organizations", organization_id.as_ref(), "metadata"];
        self.client.send(Method::PATCH, &path, changes).await
    }

    /// Replaces the metadata of an organization.
    ///
    /// HTTP request: `PUT /organizations/{organization_id}/metadata`.
    ///
    /// Each field given takes the place of the stored one; an empty object clears it. A field that
    /// is `None` is not touched.
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization.
    /// - `metadata`: the whole public and private metadata.
    ///
    /// # Returns
    ///
    /// The organization as it is now.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the request was not successful |
    /// | 401 | the secret key is missing or unknown |
    /// | 404 | the organization does not exist |
    /// | 422 | a parameter is wrong, or larger than 8,192 bytes |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::{Metadata, UpdateMetadata};
    ///
    /// let nothing =
    ///     UpdateMetadata { public_metadata: Some(Metadata::new()), ..Default::default() };
    /// let organization =
    ///     client.organizations().replace_metadata(&organization.id, &nothing).await?;
    ///
    /// assert!(organization.public_metadata.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "replace_organization_metadata")]
    pub async fn replace_metadata(
        &self,
        organization_id: impl AsRef<str>,
        metadata: &UpdateMetadata,
    ) -> Result<Organization, Error> {
        let path = ["organizations", organization_id.as_ref(), "metadata"];
        self.client.send(Method::PUT, &path, metadata).await
    }

    /// Deletes an organization with all its memberships.
    ///
    /// HTTP request: `DELETE /organizations/{organization_id}`.
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization.
    ///
    /// # Returns
    ///
    /// What was deleted: kind, id and slug.
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
    /// | 404 | the organization does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// let deleted = client.organizations().delete(&organization.id).await?;
    ///
    /// assert_eq!(deleted.id.as_deref(), Some(organization.id.as_str()));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "delete_organization")]
    pub async fn delete(&self, organization_id: impl AsRef<str>) -> Result<DeletedObject, Error> {
        self.client.remove(&["organizations", organization_id.as_ref()]).await
    }

    /// Reads all organizations.
    ///
    /// The pages of [`list`](Self::list), walked as told at [`Items`].
    ///
    /// # Parameters
    ///
    /// - `request`: conditions and order; `limit` is the size of a page, `offset` where to begin.
    ///
    /// # Returns
    ///
    /// A stream; each of its errors is one of [`list`](Self::list).
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::ListOrganizations;
    ///
    /// let all = ListOrganizations::default();
    /// let organizations = client.organizations().stream(all).collect_all().await?;
    ///
    /// assert_eq!(organizations.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(&self, request: ListOrganizations) -> Items<Organization> {
        let client = self.client.clone();
        items(request, move |request| {
            let client = client.clone();
            async move { client.organizations().list(&request).await }
        })
    }
}
