//! Where the rows of a page of memberships are chosen from.

use crate::filters::Filters;
use crate::membership_pages::{FEW_TO_SORT, PageOf};
use crate::reading::Snapshot;
use crate::search;

/// Where the memberships `m` of a page are chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The memberships themselves.
    Memberships,
    /// The memberships, each with its user `u` looked up.
    MembershipsWithUsers,
    /// The memberships in their own order, each with its user `u` looked up.
    MembershipsThenUsers,
    /// The users `u` in the order of an index of theirs, each with its memberships looked up.
    Users,
    /// The few users `u` who can match, each with its memberships looked up.
    FoundUsers,
}

impl Source {
    /// What is cheapest for a page out of `members` memberships in an instance of `users` users.
    pub(crate) fn cheapest(page: &PageOf, filters: &Filters, members: i64, users: i64) -> Self {
        if filters.are_selective() {
            return Self::FoundUsers;
        }
        if !page.is_by_user() {
            return match filters.are_about_users() {
                true => Self::MembershipsThenUsers,
                false => Self::Memberships,
            };
        }
        // Sorting looks at every member. Walking looks at as many users as it takes to meet
        // those of the page, if members are spread evenly.
        let walked = page.rows_to_meet().saturating_mul(users) / members.max(1);
        if filters.are_about_users() || walked > members {
            Self::MembershipsWithUsers
        } else {
            Self::Users
        }
    }

    /// Where a page is chosen from when `total` out of `members` match: where they are few, those
    /// of the page may be anywhere in the order of the list, and looking at every user or member
    /// finds them sooner than going through that order.
    pub(crate) fn for_total(self, total: u64, members: i64) -> Self {
        let are_few = i64::try_from(total).is_ok_and(|total| total <= FEW_TO_SORT);
        match self {
            Self::MembershipsThenUsers if are_few && members > search::FEW => Self::FoundUsers,
            Self::MembershipsThenUsers if are_few => Self::MembershipsWithUsers,
            source => source,
        }
    }

    /// Where the rows are counted from: all of them are looked at, in whichever order is cheapest.
    pub(crate) fn to_count(self) -> Self {
        if self == Self::MembershipsThenUsers { Self::MembershipsWithUsers } else { self }
    }

    /// The clauses up to and including the first conditions, which are none on the rows of the
    /// second table: those follow in the filters.
    pub(crate) fn clauses(self, snapshot: &Snapshot, filters: &Filters) -> String {
        let of_user = "m.instance = u.instance AND m.\"user\" = u.\"user\"";
        let user = "u.instance = m.instance AND u.\"user\" = m.\"user\"";
        match self {
            Self::Memberships => "FROM memberships m WHERE m.instance = $1".to_owned(),
            Self::MembershipsWithUsers => {
                format!("FROM memberships m JOIN users u ON {user} WHERE m.instance = $1")
            }
            Self::MembershipsThenUsers => {
                let users = snapshot.for_each("users u", user);
                format!("FROM memberships m {users} AND m.instance = $1")
            }
            Self::Users | Self::FoundUsers => {
                let in_organization = filters.in_organization();
                let condition = format!("{of_user}{in_organization}");
                let memberships = snapshot.for_each("memberships m", &condition);
                let instance = match self {
                    Self::FoundUsers => search::instance_column(snapshot, filters),
                    _ => "u.instance",
                };
                format!("FROM users u {memberships} AND {instance} = $1")
            }
        }
    }
}
