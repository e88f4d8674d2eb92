//! Plain lists that are kept, and the question whether they are what they were: a text for each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::statements::read_version;
use super::{PlainList, grouped, of_call};
use crate::error::Error;
use crate::gathering::Together;
use crate::kept::{ANY_STATE, Kept};
use crate::membership_lists::MembershipPage;
use crate::reading::Pool;

/// How many bytes of lists are kept.
const MOST_BYTES: usize = 16 << 20;
/// What a list takes beside its texts and rows, about, in bytes.
const LIST_BYTES: usize = 512;
/// How long a list is kept: meanwhile no number of a transaction comes again.
const LONGEST: Duration = Duration::from_secs(3600);

/// Lists that were asked for more than once.
pub(crate) struct KeptLists(Kept<PlainList, Option<Arc<KeptList>>>);

/// A list with its version.
pub(super) struct KeptList {
    page: MembershipPage,
    version: String,
    read_at: Instant,
}

impl KeptList {
    /// The page, if that is its version.
    pub(super) fn page_of(&self, version: &Version) -> Option<MembershipPage> {
        (version.text == self.version).then(|| self.page.clone())
    }
}

/// The version of a list.
pub(crate) struct Version {
    /// Whether there are memberships of organizations or users that are gone.
    pub(super) has_leftovers: bool,
    pub(super) text: String,
}

/// What is known of a list before it is asked for.
pub(super) enum Known {
    /// It was not asked for lately.
    Nothing,
    /// It was, and is to be kept from now on.
    Asked,
    /// It is kept.
    Kept(Arc<KeptList>),
}

impl KeptLists {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(Kept::new(MOST_BYTES))
    }

    /// What is known of a list that somebody asks for.
    pub(super) fn known(&self, list: &PlainList) -> Known {
        match self.0.get(ANY_STATE, list) {
            Some(Some(kept)) if kept.read_at.elapsed() < LONGEST => Known::Kept(kept),
            Some(_) => Known::Asked,
            None => Known::Nothing,
        }
    }

    /// Remembers that a list, which there is, was asked for.
    pub(super) fn remember(&self, list: PlainList) {
        let bytes = LIST_BYTES + list.organization_id.len();
        self.0.keep(ANY_STATE, list, None, bytes);
    }

    /// Keeps a list that was asked for at an instant.
    pub(super) fn keep(
        &self,
        list: PlainList,
        page: &MembershipPage,
        version: String,
        read_at: Instant,
    ) {
        let rows: usize = page.data.iter().map(|row| row.weight()).sum();
        let bytes = LIST_BYTES + list.organization_id.len() + version.len() + rows;
        let kept = KeptList { page: page.clone(), version, read_at };
        self.0.keep(ANY_STATE, list, Some(Arc::new(kept)), bytes);
    }
}

/// Asks for the versions of plain lists.
pub(crate) struct PlainVersions {
    pub(crate) pool: Pool,
}

impl Together for PlainVersions {
    type Question = PlainList;
    /// `None` where there is no such organization.
    type Answer = Option<Version>;
    const MOST: usize = 32;

    async fn ask(&self, lists: Vec<PlainList>) -> Result<Vec<Option<Version>>, Error> {
        let mut found: Vec<Option<Version>> = lists.iter().map(|_| None).collect();
        let calls = (0_i64..).zip(&lists).map(|(call, list)| (list, list.parameters(call)));
        let statements = grouped(calls, |statements| &statements.version);
        let mut snapshot = self.pool.glance().await?;
        for (call, version) in snapshot.each(statements, read_version).await? {
            *of_call(&mut found, call)? = Some(version);
        }
        Ok(found)
    }
}
