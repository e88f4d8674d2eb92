//! Memberships as lists give them, with what was written of them.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use guildhall_rules::{MembershipView, Organization, Role, UserCard};

/// What a membership takes in memory beside its texts, about, in bytes; written twice, as it is
/// stored and as it is sent.
const ROW_BYTES: usize = 1536;

/// A membership of a list. While lists are kept, what was written of it is kept with it.
#[derive(Clone, Debug)]
pub struct Listed {
    view: MembershipView,
    /// `None` where nobody will ask for it again.
    written: Option<OnceLock<Written>>,
}

/// What was written of a membership for those who reach the server at one place.
#[derive(Clone, Debug)]
struct Written {
    base: Box<str>,
    text: Box<[u8]>,
}

impl Listed {
    /// A membership that is given once.
    pub(crate) fn once(view: MembershipView) -> Arc<Self> {
        Arc::new(Self { view, written: None })
    }

    /// A membership that is kept to be given again.
    pub(crate) fn kept(view: MembershipView) -> Arc<Self> {
        Arc::new(Self { view, written: Some(OnceLock::new()) })
    }

    /// What it takes in memory, about, in bytes, together with what will be written of it.
    pub(crate) fn weight(&self) -> usize {
        let MembershipView { membership, role, organization, user } = &self.view;
        let Role { name, key, permissions, .. } = &**role;
        let Organization { public_metadata, private_metadata, .. } = &**organization;
        let UserCard { json, .. } = &**user;
        let own = [&membership.public_metadata, &membership.private_metadata, json];
        let around = [name, key, public_metadata, private_metadata];
        let own: usize = own.into_iter().map(String::len).sum();
        let around: usize = around.into_iter().chain(permissions).map(String::len).sum();
        ROW_BYTES + 2 * own + around
    }

    /// Adds to `all` what is written of it for those who reach the server at `base`: what was written
    /// before, or else what `write` adds, which may depend on nothing but the membership and `base`.
    pub fn push(&self, all: &mut Vec<u8>, base: &str, write: impl FnOnce(&mut Vec<u8>)) {
        let written = self.written.as_ref().and_then(OnceLock::get);
        if let Some(written) = written.filter(|written| *written.base == *base) {
            all.extend_from_slice(&written.text);
            return;
        }
        let start = all.len();
        write(all);
        if let (Some(place), None) = (&self.written, written) {
            // Somebody else may have been quicker with the same.
            place.get_or_init(|| Written { base: base.into(), text: all[start..].into() });
        }
    }
}

impl Deref for Listed {
    type Target = MembershipView;

    fn deref(&self) -> &MembershipView {
        &self.view
    }
}

#[cfg(test)]
mod tests {
    use guildhall_rules::users::Create as CreateUser;
    use guildhall_types::ListOrganizationMemberships;

    use super::*;
    use crate::fresh::Fresh;

    async fn listed() -> (Fresh, Arc<Listed>) {
        let fresh = Fresh::open().await;
        let organization = fresh.organization(None).await;
        let user = fresh.store.write(fresh.instance, CreateUser::default()).await.unwrap();
        fresh.join(&organization, user.id).await;
        let list = ListOrganizationMemberships::default();
        let page =
            fresh.store.organization_memberships(fresh.instance, &organization.id, &list, None);
        let mut rows = page.await.unwrap().unwrap().data;
        (fresh, rows.remove(0))
    }

    fn pushed(listed: &Listed, base: &str, text: &str) -> String {
        let mut all = b"[".to_vec();
        listed.push(&mut all, base, |all| all.extend_from_slice(text.as_bytes()));
        String::from_utf8(all).unwrap()
    }

    #[tokio::test]
    async fn what_is_kept_is_written_once_for_the_first_place_and_each_time_for_others() {
        let (_fresh, listed) = listed().await;

        assert_eq!(pushed(&listed, "one", "a"), "[a");
        assert_eq!(pushed(&listed, "two", "b"), "[b");
        assert_eq!(pushed(&listed, "one", "never"), "[a");
        assert_eq!(pushed(&listed, "two", "c"), "[c");
    }

    #[tokio::test]
    async fn what_is_given_once_is_written_each_time() {
        let (_fresh, listed) = listed().await;
        let once = Listed::once((**listed).clone());

        assert_eq!(pushed(&once, "one", "a"), "[a");
        assert_eq!(pushed(&once, "one", "b"), "[b");
    }
}
