//! Conditions on users by the organizations that they are members of.

use crate::db::Row;
use crate::error::Error;
use crate::filters::{Filters, split_signs};
use crate::members::SMALL_ORGANIZATION;
use crate::organizations::MEMBERS;
use crate::population::population;
use crate::reading::{Question, Snapshot};
use crate::search::FEW;

/// The organizations that users are asked to be members of, or not to be.
#[derive(Debug)]
pub(crate) struct MemberOf {
    included: Option<Vec<Size>>,
    excluded: Vec<Size>,
    /// How many users the instance has.
    users: i64,
}

/// An organization, and how many members it has.
#[derive(Clone, Debug)]
struct Size {
    organization: i64,
    id: String,
    members: i64,
}

/// Where users who are members are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Among the members; all of them are looked at.
    Members,
    /// Among the users in the order of the list, until there are enough.
    Users,
}

impl MemberOf {
    /// Reads about the organizations of these ids, those with `-` in front being excluded.
    pub(crate) async fn read(
        snapshot: &mut Snapshot,
        filters: &Filters,
        ids: &[String],
    ) -> Result<Self, Error> {
        let (included, excluded) = split_signs(ids);
        let instance = filters.instance();
        let mut named = Filters::new(instance);
        let all = named.bind_all(included.iter().chain(&excluded).cloned());
        let sql = format!(
            "SELECT o.organization, o.id, {MEMBERS}
             FROM organizations o
             WHERE o.instance = $1 AND o.id IN ({all})"
        );
        let read = |row: &Row<'_>| {
            Ok(Size { organization: row.integer(0)?, id: row.text(1)?, members: row.integer(2)? })
        };
        let sizes = Question { sql: sql.into(), parameters: named.into_parameters(), read };
        let (sizes, population) = snapshot.both((sizes, population(instance))).await?;
        let of = |ids: &[String]| sizes.iter().filter(|it| ids.contains(&it.id)).cloned().collect();
        Ok(Self {
            included: (!included.is_empty()).then(|| of(&included)),
            excluded: of(&excluded),
            users: population.first().copied().unwrap_or_default().users,
        })
    }

    /// Where to begin for as many users as are `wanted`, under `others`, which are conditions too.
    pub(crate) fn cheapest(&self, others: &Filters, wanted: i64) -> Begin {
        let members = self.members();
        let is_walked = match others.is_empty() {
            // As many users as it takes to meet the members of the page, if they are spread evenly.
            true => wanted.saturating_mul(self.users) / members.max(1) <= members,
            false => members > FEW,
        };
        match others.are_selective() || members > SMALL_ORGANIZATION && is_walked {
            true => Begin::Users,
            false => Begin::Members,
        }
    }

    /// Tells whether so few can match that all of them are looked at for any order and condition.
    pub(crate) fn are_few(&self) -> bool {
        self.included.is_some() && self.members() <= SMALL_ORGANIZATION
    }

    /// Tells whether few users have to be passed by on the way to any that match, were there no
    /// other conditions.
    pub(crate) fn are_nearly_all(&self) -> bool {
        let excluded: i64 = self.excluded.iter().map(|size| size.members).sum();
        self.included.is_none() && excluded <= SMALL_ORGANIZATION
    }

    /// How many users match, where counters tell.
    pub(crate) fn counted(&self) -> Option<i64> {
        match (self.included.as_deref(), self.excluded.as_slice()) {
            (Some([]), _) => Some(0),
            (Some([one]), []) => Some(one.members),
            (None, []) => Some(self.users),
            (None, [one]) => Some(self.users - one.members),
            _ => None,
        }
    }

    /// Adds the conditions on the user `u`.
    pub(crate) fn add_to(&self, filters: &mut Filters, begin: Begin) {
        if let Some(included) = &self.included {
            let organizations = filters.bind_all(included.iter().map(|size| size.organization));
            filters.add(match begin {
                Begin::Members => format!(
                    "u.\"user\" IN (SELECT m.\"user\"
                                    FROM memberships m
                                    WHERE m.instance = $1 AND m.organization IN ({organizations}))"
                ),
                Begin::Users => format!("{} = 1", membership(&organizations)),
            });
        }
        if !self.excluded.is_empty() {
            let organizations =
                filters.bind_all(self.excluded.iter().map(|size| size.organization));
            filters.add(format!("{} IS NULL", membership(&organizations)));
        }
    }

    /// The most users that can be members of the included organizations.
    fn members(&self) -> i64 {
        let included = self.included.as_deref();
        included.map_or(self.users, |sizes| sizes.iter().map(|size| size.members).sum())
    }
}

/// Looks for a membership of the user `u`; what is no join is asked for each user, in the order of the
/// list.
fn membership(organizations: &str) -> String {
    format!(
        "(SELECT 1
          FROM memberships m
          WHERE m.instance = $1 AND m.\"user\" = u.\"user\" AND m.organization IN ({organizations})
          LIMIT 1)"
    )
}
