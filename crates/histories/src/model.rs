//! The model: what one organization is, and what each call answers and does, one at a time.
//!
//! It is written from `docs/behaviour.md`, not from the rules of the server, so that a fault in
//! these is not repeated here. Names are numbers, because a search copies and compares states.

use crate::history::{Refusal, Role};

/// The keys of metadata that calls use.
pub const KEYS: [&str; 4] = ["a", "b", "c", "d"];
/// The most users that a partition may name.
pub const MOST_USERS: usize = 32;

/// A user of a partition.
pub type User = usize;
/// The id of a membership. Those below [`Ids::acknowledged`] were told by a creation.
pub type Id = u32;
/// The number at each of [`KEYS`]; 0 where there is none.
pub type Metadata = [u32; KEYS.len()];

/// A membership.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// Not known until an answer tells it.
    pub id: Option<Id>,
    /// The role.
    pub role: Role,
    /// The metadata.
    pub metadata: Metadata,
}

/// An organization with its members, and which users are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// The limit of the organization, 0 for none; `None` while there is no organization.
    pub limit: Option<u32>,
    /// The membership of each user.
    pub members: Vec<Option<Member>>,
    /// A bit for each user who was deleted.
    pub gone: u32,
}

/// What a call does to one organization.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the operations of a history")]
pub enum Action {
    CreateOrganization {
        creator: User,
        limit: u32,
    },
    UpdateOrganization {
        limit: u32,
    },
    DeleteOrganization,
    GetOrganization,
    /// The id is what an acknowledgement tells, now or later.
    CreateMembership {
        user: User,
        role: Role,
        metadata: Metadata,
        id: Option<Id>,
    },
    UpdateMembership {
        user: User,
        role: Role,
    },
    MergeMetadata {
        user: User,
        key: usize,
        value: u32,
    },
    DeleteMembership {
        user: User,
    },
    GetMembership {
        user: User,
    },
    ListMemberships,
    ListUserMemberships {
        user: User,
    },
    DeleteUser {
        user: User,
    },
}

impl Action {
    /// Whether it changes nothing, whatever the state.
    pub fn is_read(&self) -> bool {
        matches!(
            self,
            Self::GetOrganization
                | Self::GetMembership { .. }
                | Self::ListMemberships
                | Self::ListUserMemberships { .. }
        )
    }
}

/// What a call is told, as far as it is about one organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An organization; what an answer does not tell is `None`.
    #[expect(missing_docs, reason = "named as the fields on the wire")]
    Organization { limit: u32, members_count: Option<u32>, missing_admin: Option<bool> },
    /// Memberships in the order of their users, and how many are said to be there.
    #[expect(missing_docs, reason = "named as the fields on the wire")]
    Memberships { total_count: u32, members: Vec<(User, Member)> },
    /// Something is gone.
    Deleted,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It was done and told so.
    Answered(Answer),
    /// It was refused.
    Refused(Refusal),
    /// Nobody knows whether it was done.
    Unknown,
}

/// What is known of the ids of memberships beforehand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ids {
    /// How many ids were told by a creation; no other membership may have one of these.
    pub acknowledged: Id,
}

impl State {
    /// Before anything: no organization, and so many users.
    pub fn before(users: usize) -> Self {
        Self { members: vec![None; users], ..Self::default() }
    }

    /// Does what `action` says and tells the answer; what is refused changes nothing.
    ///
    /// # Errors
    ///
    /// The refusal that the caller is told.
    pub fn perform(&mut self, action: &Action) -> Result<Answer, Refusal> {
        match *action {
            Action::CreateOrganization { creator, limit } => {
                self.limit = Some(limit);
                let metadata = Metadata::default();
                self.members[creator] = Some(Member { id: None, role: Role::Admin, metadata });
                Ok(Answer::Organization { limit, members_count: None, missing_admin: None })
            }
            Action::ListUserMemberships { user } => {
                self.user(user)?;
                Ok(self.list(|member| member == user))
            }
            Action::DeleteUser { user } => {
                self.user(user)?;
                self.gone |= 1 << user;
                self.members[user] = None;
                Ok(Answer::Deleted)
            }
            _ => self.perform_inside(action),
        }
    }

    /// What needs the organization to be there.
    fn perform_inside(&mut self, action: &Action) -> Result<Answer, Refusal> {
        let limit = self.limit.as_mut().ok_or(Refusal::OrganizationNotFound)?;
        match *action {
            Action::UpdateOrganization { limit: new } => {
                *limit = new;
                Ok(self.organization(new))
            }
            Action::DeleteOrganization => {
                self.limit = None;
                self.members.fill(None);
                Ok(Answer::Deleted)
            }
            Action::GetOrganization => {
                let limit = *limit;
                Ok(self.organization(limit))
            }
            Action::ListMemberships => Ok(self.list(|_| true)),
            Action::CreateMembership { user, role, metadata, id } => {
                let limit = *limit;
                self.create(user, Member { id, role, metadata }, limit)
            }
            Action::UpdateMembership { user, role } => {
                let is_last_admin = self.is_last_admin(user);
                let member = self.member(user)?;
                if role != Role::Admin && is_last_admin {
                    return Err(Refusal::MinimumPermissionsNeeded);
                }
                member.role = role;
                Ok(self.list(|member| member == user))
            }
            Action::MergeMetadata { user, key, value } => {
                self.member(user)?.metadata[key] = value;
                Ok(self.list(|member| member == user))
            }
            Action::DeleteMembership { user } => {
                self.member(user)?;
                if self.is_last_admin(user) {
                    return Err(Refusal::MinimumPermissionsNeeded);
                }
                let was = self.list(|member| member == user);
                self.members[user] = None;
                Ok(was)
            }
            Action::GetMembership { user } => {
                self.member(user)?;
                Ok(self.list(|member| member == user))
            }
            Action::CreateOrganization { .. }
            | Action::ListUserMemberships { .. }
            | Action::DeleteUser { .. } => unreachable!("`perform` does these"),
        }
    }

    fn create(&mut self, user: User, member: Member, limit: u32) -> Result<Answer, Refusal> {
        self.user(user)?;
        if self.members[user].is_some() {
            return Err(Refusal::AlreadyAMember);
        }
        if limit > 0 && self.count() >= limit {
            return Err(Refusal::MembershipQuotaExceeded);
        }
        self.members[user] = Some(member);
        Ok(self.list(|member| member == user))
    }

    fn user(&self, user: User) -> Result<(), Refusal> {
        if self.gone & (1 << user) == 0 { Ok(()) } else { Err(Refusal::UserNotFound) }
    }

    fn member(&mut self, user: User) -> Result<&mut Member, Refusal> {
        self.members[user].as_mut().ok_or(Refusal::MembershipNotFound)
    }

    fn count(&self) -> u32 {
        number(self.members.iter().flatten().count())
    }

    fn admins(&self) -> usize {
        self.members.iter().flatten().filter(|member| member.role == Role::Admin).count()
    }

    fn is_last_admin(&self, user: User) -> bool {
        let is_admin = self.members[user].as_ref().is_some_and(|it| it.role == Role::Admin);
        is_admin && self.admins() == 1
    }

    fn organization(&self, limit: u32) -> Answer {
        Answer::Organization {
            limit,
            members_count: Some(self.count()),
            missing_admin: Some(self.admins() == 0),
        }
    }

    fn list(&self, wanted: impl Fn(User) -> bool) -> Answer {
        let all = self.members.iter().enumerate();
        let members: Vec<_> = all
            .filter(|(user, _)| wanted(*user))
            .filter_map(|(user, member)| Some((user, member.clone()?)))
            .collect();
        Answer::Memberships { total_count: number(members.len()), members }
    }

    /// The state after a call, if the call may have been told what was seen; also `None` where
    /// nobody knows whether it was done and it would have changed nothing.
    pub fn explain(&self, action: &Action, seen: &Seen, ids: Ids) -> Option<Self> {
        let mut next = self.clone();
        let answer = next.perform(action);
        let is_explained = match (answer, seen) {
            (Ok(_), Seen::Unknown) => next != *self,
            (Err(refusal), Seen::Refused(seen)) => refusal == *seen,
            (Ok(answer), Seen::Answered(seen)) => next.agree(&answer, seen, ids),
            _ => false,
        };
        is_explained.then_some(next)
    }

    /// Compares an answer with the one seen, and learns the ids it tells.
    fn agree(&mut self, answer: &Answer, seen: &Answer, ids: Ids) -> bool {
        match (answer, seen) {
            (
                Answer::Organization { limit, members_count, missing_admin },
                Answer::Organization {
                    limit: seen_limit,
                    members_count: seen_count,
                    missing_admin: seen_missing,
                },
            ) => {
                limit == seen_limit
                    && seen_count.is_none_or(|seen| *members_count == Some(seen))
                    && seen_missing.is_none_or(|seen| *missing_admin == Some(seen))
            }
            (
                Answer::Memberships { total_count, members },
                Answer::Memberships { total_count: seen_total, members: seen },
            ) => {
                total_count == seen_total
                    && members.len() == seen.len()
                    && members.iter().zip(seen).all(|(member, seen)| self.same(member, seen, ids))
            }
            (Answer::Deleted, Answer::Deleted) => true,
            _ => false,
        }
    }

    fn same(&mut self, member: &(User, Member), seen: &(User, Member), ids: Ids) -> bool {
        let ((user, member), (seen_user, seen)) = (member, seen);
        let has_id = match (member.id, seen.id) {
            (Some(id), Some(seen)) => id == seen,
            (None, Some(seen)) => seen >= ids.acknowledged,
            (_, None) => true,
        };
        if let Some(member) = &mut self.members[*user] {
            member.id = member.id.or(seen.id);
        }
        user == seen_user && has_id && member.role == seen.role && member.metadata == seen.metadata
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a partition has few users")
}
