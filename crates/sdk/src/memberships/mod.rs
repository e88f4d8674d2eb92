//! Calls about memberships of users in organizations.

mod reads;

use guildhall_types::{
    CreateOrganizationMembership, ListOrganizationMemberships, OrganizationMembership, Page,
    UpdateMetadata, UpdateOrganizationMembership,
};
use reqwest::Method;

use crate::{Client, Error};

/// Calls about memberships of users in organizations.
///
/// From [`Client::organization_memberships`].
#[derive(Clone, Copy, Debug)]
#[doc(alias = "OrganizationMembershipsApi")]
pub struct OrganizationMemberships<'a> {
    pub(crate) client: &'a Client,
}

impl OrganizationMemberships<'_> {
    /// Adds a user to an organization.
    ///
    /// HTTP request: `POST /organizations/{organization_id}/memberships`.
    ///
    /// Only users of the same instance can be added. The organization becomes the one that the
    /// user's next session starts in, unless another was set as active before.
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization that gets the member.
    /// - `new`: the user, the role and, if wanted, metadata.
    ///
    /// # Returns
    ///
    /// The new membership.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the user is a member already (`already_a_member_in_organization`) |
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | the organization has as many members as it may have |
    /// | 404 | the organization, the user or the role does not exist |
    /// | 422 | a parameter is missing or wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// # let grace = client.users().create(&new_user("grace@example.com")).await?;
    /// use guildhall_sdk::CreateOrganizationMembership;
    ///
    /// let new = CreateOrganizationMembership::new(grace.id, "org:admin");
    /// let membership = client.organization_memberships().create(&organization.id, &new).await?;
    ///
    /// assert_eq!(membership.role, "org:admin");
    ///
    /// let again = client.organization_memberships().create(&organization.id, &new).await;
    /// assert_eq!(again.unwrap_err().code(), Some("already_a_member_in_organization"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "create_organization_membership")]
    pub async fn create(
        &self,
        organization_id: impl AsRef<str>,
        new: &CreateOrganizationMembership,
    ) -> Result<OrganizationMembership, Error> {
        let path = ["organizations", organization_id.as_ref(), "memberships"];
        self.client.send(Method::POST, &path, new).await
    }

    /// Lists the members of an organization.
    ///
    /// HTTP request: `GET /organizations/{organization_id}/memberships`.
    ///
    /// One page; [`stream`](Self::stream) reads all.
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization.
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
    /// | 401 | the secret key is missing or unknown |
    /// | 404 | the organization does not exist |
    /// | 422 | a parameter is missing or wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// use guildhall_sdk::{ListOrganizationMemberships, OrderBy, OrganizationMembershipOrder};
    ///
    /// let request = ListOrganizationMemberships {
    ///     role: vec!["org:member".to_owned()],
    ///     order_by: Some(OrderBy::ascending(OrganizationMembershipOrder::LastName)),
    ///     ..Default::default()
    /// };
    /// let page = client.organization_memberships().list(&organization.id, &request).await?;
    ///
    /// assert_eq!(page.total_count, 1);
    /// assert_eq!(page.data[0].organization.id, organization.id);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "list_organization_memberships")]
    pub async fn list(
        &self,
        organization_id: impl AsRef<str>,
        request: &ListOrganizationMemberships,
    ) -> Result<Page<OrganizationMembership>, Error> {
        let path = ["organizations", organization_id.as_ref(), "memberships"];
        self.client.get(&path, request).await
    }

    /// Gives a member another role.
    ///
    /// HTTP request: `PATCH /organizations/{organization_id}/memberships/{user_id}`.
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization the membership belongs to.
    /// - `user_id`: the id of the user that the membership belongs to.
    /// - `changes`: the new role.
    ///
    /// # Returns
    ///
    /// The membership as it is now.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | nobody with the minimum permissions would be left |
    /// | 401 | the secret key is missing or unknown |
    /// | 404 | the organization or the role does not exist, or the user is no member |
    /// | 422 | a parameter is missing or wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// # let organization_id = organization.id;
    /// # let user_id = user.id;
    /// use guildhall_sdk::UpdateOrganizationMembership;
    ///
    /// let changes = UpdateOrganizationMembership::new("org:admin");
    /// let membership =
    ///     client.organization_memberships().update(&organization_id, &user_id, &changes).await?;
    ///
    /// assert_eq!(membership.role, "org:admin");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "update_organization_membership")]
    pub async fn update(
        &self,
        organization_id: impl AsRef<str>,
        user_id: impl AsRef<str>,
        changes: &UpdateOrganizationMembership,
    ) -> Result<OrganizationMembership, Error> {
        let path = ["organizations", organization_id.as_ref(), "memberships", user_id.as_ref()];
        self.client.send(Method::PATCH, &path, changes).await
    }

    /// Merges metadata into that of a membership.
    ///
    /// HTTP request: `PATCH /organizations/{organization_id}/memberships/{user_id}/metadata`.
    ///
    /// The merge is deep: nested objects are merged as well, and `null` removes a key at any level.
    /// Keys are sent as they are. A field that is `None` is not touched.
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization the membership belongs to.
    /// - `user_id`: the id of the user that the membership belongs to.
    /// - `changes`: the public and the private metadata to merge in.
    ///
    /// # Returns
    ///
    /// The membership as it is now.
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
    /// | 404 | the organization does not exist, or the user is no member |
    /// | 422 | a parameter is wrong, or the merged metadata larger than 8,192 bytes |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// # let organization_id = organization.id;
    /// # let user_id = user.id;
    /// use guildhall_sdk::{Metadata, UpdateMetadata};
    ///
    /// let seat = Metadata::from_iter([("seatNumber".to_owned(), 7.into())]);
    /// let changes = UpdateMetadata { public_metadata: Some(seat), ..Default::default() };
    /// let membership = client
    ///     .organization_memberships()
    ///     .update_metadata(&organization_id, &user_id, &changes)
    ///     .await?;
    ///
    /// assert_eq!(membership.public_metadata["seatNumber"], 7);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "update_organization_membership_metadata")]
    pub async fn update_metadata(
        &self,
        organization_id: impl AsRef<str>,
        user_id: impl AsRef<str>,
        changes: &UpdateMetadata,
    ) -> Result<OrganizationMembership, Error> {
        let (organization_id, user_id) = (organization_id.as_ref(), user_id.as_ref());
        let path = ["organizations", organization_id, "memberships", user_id, "metadata"];
        self.client.send(Method::PATCH, &path, changes).await
    }

    /// Removes a member from an organization.
    ///
    /// HTTP request: `DELETE /organizations/{organization_id}/memberships/{user_id}`.
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization the membership belongs to.
    /// - `user_id`: the id of the user that the membership belongs to.
    ///
    /// # Returns
    ///
    /// The membership as it was.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | nobody with the minimum permissions would be left |
    /// | 401 | the secret key is missing or unknown |
    /// | 404 | the organization does not exist, or the user is no member |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// # let organization_id = organization.id;
    /// # let user_id = user.id;
    /// let memberships = client.organization_memberships();
    /// let removed = memberships.delete(&organization_id, &user_id).await?;
    ///
    /// assert_eq!(removed.role, "org:member");
    /// assert!(!memberships.is_member(&organization_id, &user_id).await?);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "delete_organization_membership")]
    pub async fn delete(
        &self,
        organization_id: impl AsRef<str>,
        user_id: impl AsRef<str>,
    ) -> Result<OrganizationMembership, Error> {
        let path = ["organizations", organization_id.as_ref(), "memberships", user_id.as_ref()];
        self.client.remove(&path).await
    }
}
