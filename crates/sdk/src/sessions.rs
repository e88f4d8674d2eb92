//! Calls about sessions.

use guildhall_types::{
    CreateSession, JsonWebKeySet, ListSessions, OrganizationId, Page, Session, Token,
};
use reqwest::Method;
use serde::Serialize;

use crate::items::items;
use crate::{Client, Error, Items};

/// What the published API answers with a bare array unless it is asked for a page.
#[derive(Serialize)]
struct Paginated<'a> {
    #[serde(flatten)]
    list: &'a ListSessions,
    paginated: bool,
}

#[derive(Serialize)]
struct Active<'a> {
    active_organization_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Lifetime {
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_seconds: Option<u32>,
}

/// Calls about sessions, their active organization and their tokens.
///
/// From [`Client::sessions`].
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'a> {
    pub(crate) client: &'a Client,
}

impl Sessions<'_> {
    /// Signs a user in, for tests.
    ///
    /// HTTP request: `POST /sessions`.
    ///
    /// Production instances refuse it, unless the operator of a Guildhall allows it.
    ///
    /// # Parameters
    ///
    /// - `new`: the user and, if wanted, the organization that is active.
    ///
    /// # Returns
    ///
    /// The new session.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the instance is for production (`request_invalid_for_environment`) |
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | the user is banned (`user_banned`) |
    /// | 404 | the user does not exist, or is no member of the organization |
    /// | 422 | a parameter is missing or wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::CreateSession;
    ///
    /// let session = client.sessions().create(&CreateSession::new(user.id.as_str())).await?;
    ///
    /// assert_eq!(session.last_active_organization_id, Some(organization.id));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "create_session")]
    pub async fn create(&self, new: &CreateSession) -> Result<Session, Error> {
        self.client.send(Method::POST, &["sessions"], new).await
    }

    /// Reads a session.
    ///
    /// HTTP request: `GET /sessions/{session_id}`.
    ///
    /// # Parameters
    ///
    /// - `session_id`: the id of the session.
    ///
    /// # Returns
    ///
    /// The session as it is now.
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
    /// | 404 | the session does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::CreateSession;
    ///
    /// let session = client.sessions().create(&CreateSession::new(user.id.as_str())).await?;
    /// let found = client.sessions().get(&session.id).await?;
    ///
    /// assert_eq!(found, session);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_session")]
    pub async fn get(&self, session_id: impl AsRef<str>) -> Result<Session, Error> {
        self.client.get(&["sessions", session_id.as_ref()], &()).await
    }

    /// Lists sessions, newest first.
    ///
    /// HTTP request: `GET /sessions`.
    ///
    /// One page; [`stream`](Self::stream) reads all.
    ///
    /// # Parameters
    ///
    /// - `request`: conditions, `limit` (1 to 500, 10 when `None`) and `offset`.
    ///
    /// # Returns
    ///
    /// The sessions of the page, and how many match over all pages.
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
    /// | 422 | a parameter is wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::{CreateSession, ListSessions};
    ///
    /// let session = client.sessions().create(&CreateSession::new(user.id.as_str())).await?;
    /// let request = ListSessions { user_id: Some(user.id.to_string()), ..Default::default() };
    /// let page = client.sessions().list(&request).await?;
    ///
    /// assert_eq!(page.data, [session]);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_session_list")]
    pub async fn list(&self, request: &ListSessions) -> Result<Page<Session>, Error> {
        self.client.get(&["sessions"], &Paginated { list: request, paginated: true }).await
    }

    /// Lists all sessions, page by page.
    ///
    /// HTTP request: `GET /sessions`.
    ///
    /// # Parameters
    ///
    /// - `request`: as for [`list`](Self::list); `limit` is the size of a page, 100 when `None`.
    ///
    /// # Returns
    ///
    /// The sessions, fetched as they are read; see [`Items`].
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
    /// | 422 | a parameter is wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::{CreateSession, ListSessions};
    ///
    /// let session = client.sessions().create(&CreateSession::new(user.id.as_str())).await?;
    /// let all = client.sessions().stream(ListSessions::default()).collect_all().await?;
    ///
    /// assert_eq!(all, [session]);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_session_list")]
    pub fn stream(&self, request: ListSessions) -> Items<Session> {
        let client = self.client.clone();
        items(request, move |request| {
            let client = client.clone();
            async move { client.sessions().list(&request).await }
        })
    }

    /// Sets the active organization of a session, and of those that the user begins later.
    ///
    /// HTTP request: `PATCH /sessions/{session_id}`.
    ///
    /// An addition of Guildhall; api.clerk.com answers 404.
    ///
    /// # Parameters
    ///
    /// - `session_id`: the id of the session.
    /// - `organization_id`: an organization of the user; `None` for none.
    ///
    /// # Returns
    ///
    /// The session as it is now.
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
    /// | 404 | the session does not exist, or the user is no member of the organization |
    /// | 422 | the parameter is wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::CreateSession;
    ///
    /// let session = client.sessions().create(&CreateSession::new(user.id.as_str())).await?;
    /// let session = client.sessions().set_active_organization(&session.id, None).await?;
    ///
    /// assert_eq!(session.last_active_organization_id, None);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "set_active")]
    pub async fn set_active_organization(
        &self,
        session_id: impl AsRef<str>,
        organization_id: Option<&OrganizationId>,
    ) -> Result<Session, Error> {
        let body = Active { active_organization_id: organization_id.map(OrganizationId::as_str) };
        self.client.send(Method::PATCH, &["sessions", session_id.as_ref()], &body).await
    }

    /// Revokes a session; it can never be used again.
    ///
    /// HTTP request: `POST /sessions/{session_id}/revoke`.
    ///
    /// # Parameters
    ///
    /// - `session_id`: the id of the session.
    ///
    /// # Returns
    ///
    /// The session as it is now.
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
    /// | 404 | the session does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::CreateSession;
    ///
    /// let session = client.sessions().create(&CreateSession::new(user.id.as_str())).await?;
    /// let session = client.sessions().revoke(&session.id).await?;
    ///
    /// assert_eq!(session.status, "revoked");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "revoke_session")]
    pub async fn revoke(&self, session_id: impl AsRef<str>) -> Result<Session, Error> {
        let path = ["sessions", session_id.as_ref(), "revoke"];
        self.client.send(Method::POST, &path, &serde_json::Map::new()).await
    }

    /// Makes a token of a session.
    ///
    /// HTTP request: `POST /sessions/{session_id}/tokens`.
    ///
    /// # Parameters
    ///
    /// - `session_id`: the id of the session.
    /// - `expires_in_seconds`: how long the token is valid, 30 to 315,360,000 seconds; 60 when `None`.
    ///
    /// # Returns
    ///
    /// The token.
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
    /// | 404 | the session does not exist, or is no longer active |
    /// | 422 | the lifetime is wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::CreateSession;
    ///
    /// let session = client.sessions().create(&CreateSession::new(user.id.as_str())).await?;
    /// let token = client.sessions().create_token(&session.id, None).await?;
    ///
    /// assert_eq!(token.jwt.split('.').count(), 3);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "create_session_token")]
    pub async fn create_token(
        &self,
        session_id: impl AsRef<str>,
        expires_in_seconds: Option<u32>,
    ) -> Result<Token, Error> {
        let path = ["sessions", session_id.as_ref(), "tokens"];
        self.client.send(Method::POST, &path, &Lifetime { expires_in_seconds }).await
    }

    /// Reads the keys that verify session tokens.
    ///
    /// HTTP request: `GET /jwks`.
    ///
    /// # Returns
    ///
    /// The keys; the first one signs.
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
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// let keys = client.sessions().keys().await?;
    ///
    /// assert_eq!(keys.keys[0].alg, "RS256");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_jwks")]
    pub async fn keys(&self) -> Result<JsonWebKeySet, Error> {
        self.client.get(&["jwks"], &()).await
    }
}
