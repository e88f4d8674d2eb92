//! Rows that batches have looked at or written lately, kept by SQLite's writer for the next ones: who
//! changes a row has often just made it, or changes it again.
//!
//! It is exact as what is kept in [`crate::standing`] is, whose state it goes by: nobody else has
//! committed since, and what the writer itself has committed is told to it.

use std::sync::Arc;

use guildhall_rules::{Change, Membership, Organization, Rows, UserCard, Wanted};

use crate::InstanceKey;
use crate::kept::{Kept, State};

/// How many bytes of organizations are kept, and as many of users as memberships show them.
const MOST_BYTES: usize = 2 << 20;
/// How many bytes of memberships are kept.
const MOST_MEMBERSHIP_BYTES: usize = 4 << 20;
/// What an entry takes beside its metadata or JSON, about, in bytes.
const ENTRY_BYTES: usize = 400;

/// Rows that were looked at or written lately.
pub(crate) struct Recent {
    /// By instance and id.
    organizations: Kept<(InstanceKey, String), Counted>,
    /// By instance and id.
    cards: Kept<(InstanceKey, String), (i64, Arc<UserCard>)>,
    /// By instance, organization and user; `None` where one was removed.
    memberships: Kept<(InstanceKey, i64, i64), Option<Arc<Membership>>>,
}

/// An organization, and how many members have each role that anybody has.
#[derive(Clone)]
struct Counted {
    organization: Arc<Organization>,
    members: Arc<[(i64, i64)]>,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            organizations: Kept::new(MOST_BYTES),
            cards: Kept::new(MOST_BYTES),
            memberships: Kept::new(MOST_MEMBERSHIP_BYTES),
        }
    }
}

/// What was kept of an instance for one state.
#[derive(Clone, Copy)]
pub(crate) struct RecentAt<'a> {
    recent: &'a Recent,
    instance: InstanceKey,
    state: State,
}

impl Recent {
    /// What is kept of an instance for this state.
    pub(crate) fn at(&self, instance: InstanceKey, state: State) -> RecentAt<'_> {
        RecentAt { recent: self, instance, state }
    }
}

/// Tells whether a batch that leaves roles and settings as they are changed no rows and counts but those
/// of what it has loaded: who removes a user does not load the organizations, and what is removed in
/// large numbers is not loaded at all.
pub(crate) fn are_all(rows: &Rows) -> bool {
    let mut memberships = rows.memberships().changes();
    rows.emptied().chain(rows.abandoned()).next().is_none()
        && memberships
            .all(|((organization, _), _)| rows.organizations().get(organization).is_some())
}

impl RecentAt<'_> {
    /// Loads the organizations and cards that are kept, and leaves the others wanted.
    pub(crate) fn load(self, wanted: &mut Wanted, rows: &mut Rows) {
        let Self { recent, instance, state } = self;
        wanted.organizations.retain(|id| {
            let kept = recent.organizations.get(state, &(instance, id.clone()));
            let Some(Counted { organization, members }) = kept else { return true };
            for (role, members) in members.iter() {
                rows.load_member_count(organization.key, *role, *members);
            }
            rows.load_organization(organization);
            false
        });
        // Who is wanted as a whole is no card.
        if wanted.users.is_empty() {
            wanted.cards.retain(|id| {
                let kept = recent.cards.get(state, &(instance, id.clone()));
                kept.map(|(user, card)| rows.load_card(user, card)).is_none()
            });
        }
    }

    /// Loads the memberships that are kept, and leaves the others wanted, once their organizations and
    /// users are loaded.
    pub(crate) fn load_memberships(self, wanted: &mut Wanted, rows: &mut Rows) {
        let Self { recent, instance, state } = self;
        wanted.memberships.retain(|(organization_id, user_id)| {
            let organization = rows.organization(organization_id).map(|it| it.key);
            let Some((organization, user)) = organization.zip(rows.user_key(user_id)) else {
                return true;
            };
            let kept = recent.memberships.get(state, &(instance, organization, user));
            match kept {
                Some(Some(membership)) => rows.load_membership(Membership::clone(&membership)),
                Some(None) => {}
                None => return true,
            }
            false
        });
    }

    /// Keeps what a batch was decided on, as it has left it, once it is committed. It has left roles and
    /// settings as they were, and `rows` [are all](are_all) that it changed.
    pub(crate) fn keep(self, rows: Rows) {
        let Self { recent, instance, state } = self;
        for (_, organization) in rows.organizations().from(i64::MIN) {
            // Whether a count of nobody is stored cannot be told.
            let members = rows.member_counts(organization.key).filter(|(_, members)| *members != 0);
            let members: Arc<[_]> = members.collect();
            let key = (instance, organization.id.clone());
            let metadata = organization.public_metadata.len() + organization.private_metadata.len();
            let weight = ENTRY_BYTES + metadata + 16 * members.len();
            let organization = Arc::clone(organization);
            recent.organizations.keep(state, key, Counted { organization, members }, weight);
        }
        for (user, card) in rows.cards() {
            let (key, weight) = ((instance, card.id.clone()), ENTRY_BYTES + card.json.len());
            recent.cards.keep(state, key, (user, Arc::clone(card)), weight);
        }
        for (_, change) in rows.organizations().changes() {
            if let Change::Delete(gone) = change {
                recent.organizations.remove(&(instance, gone.id.clone()), |_| true);
            }
        }
        for (_, change) in rows.users().changes() {
            if let Change::Update(before, _) | Change::Delete(before) = change {
                recent.cards.remove(&(instance, before.profile.id.to_string()), |_| true);
            }
        }
        for ((organization, user), membership) in rows.into_memberships() {
            let metadata = membership.as_ref().map_or(0, |membership| {
                membership.public_metadata.len() + membership.private_metadata.len()
            });
            let key = (instance, organization, user);
            recent.memberships.keep(state, key, membership.map(Arc::new), ENTRY_BYTES + metadata);
        }
    }
}

#[cfg(test)]
mod tests {
    use guildhall_rules::memberships::{Create, Delete, MergeMetadata, Update};
    use guildhall_rules::users::{Create as CreateUser, Delete as DeleteUser};
    use guildhall_rules::{Operation, metadata, organizations, settings, users};

    use super::*;
    use crate::fresh::Fresh;
    use crate::{Failure, Finding, Verdict};

    /// A store, and the ids that its users and organizations have at the moment.
    struct World {
        fresh: Fresh,
        users: Vec<String>,
        organizations: Vec<Organization>,
        /// Whether another process commits after each write, so that nothing is ever kept.
        is_disturbed: bool,
    }

    impl World {
        async fn begin(is_disturbed: bool) -> Self {
            let fresh = Fresh::open().await;
            let mut world = Self { fresh, users: vec![], organizations: vec![], is_disturbed };
            for _ in 0..3 {
                let organization = world.fresh.organization(None).await;
                world.organizations.push(organization);
                let user = world.user().await;
                world.users.push(user);
            }
            world
        }

        async fn user(&self) -> String {
            let create = CreateUser::default();
            self.fresh.store.write(self.fresh.instance, create).await.unwrap().id
        }

        async fn write<O: Operation>(&self, operation: O) -> Result<O::Answer, Failure> {
            let outcome = self.fresh.store.write(self.fresh.instance, operation).await;
            if self.is_disturbed {
                let touch = "UPDATE migrations SET version = version";
                self.fresh.connect().execute(touch, []).unwrap();
            }
            outcome
        }

        /// Does what a number stands for, and tells what came of it, without ids and instants.
        async fn act(&mut self, number: usize) -> String {
            let (what, user) = (number % 19, number / 19 % self.users.len());
            let place = number / 57 % self.organizations.len();
            let role = if number / 171 % 2 == 0 { "org:admin" } else { "org:member" }.to_owned();
            let organization_id = self.organizations[place].id.clone();
            let user_id = self.users[user].clone();
            let empty = || metadata::EMPTY.to_owned();
            let membership = match what {
                0..5 => {
                    let (public_metadata, private_metadata) = (empty(), empty());
                    let create = Create {
                        organization_id,
                        user_id,
                        role,
                        public_metadata,
                        private_metadata,
                    };
                    self.write(create).await
                }
                5..9 => self.write(Update { organization_id, user_id, role }).await,
                9..12 => {
                    let merged = metadata::parse(&format!(r#"{{"at":{number}}}"#));
                    let merge = MergeMetadata {
                        organization_id,
                        user_id,
                        public_metadata: Some(merged),
                        private_metadata: None,
                    };
                    self.write(merge).await
                }
                12..14 => self.write(Delete { organization_id, user_id }).await,
                _ => {
                    self.change(what, (place, user), number).await;
                    return String::new();
                }
            };
            match membership {
                Ok(view) => {
                    let (membership, organization) = (&view.membership, &view.organization);
                    format!(
                        "{} {} {} {} {}",
                        view.role.key,
                        membership.public_metadata,
                        organization.name,
                        organization.max_allowed_memberships,
                        view.user.json.replace(&view.user.id, "")
                    )
                }
                Err(Failure::Refused(refusal)) => {
                    let codes = refusal.0.iter().map(|fault| fault.code().code());
                    codes.collect::<Vec<_>>().join(" ")
                }
                Err(other) => panic!("{other:?}"),
            }
        }

        /// Changes what memberships hang on.
        async fn change(&mut self, what: usize, (place, user): (usize, usize), number: usize) {
            let organization_id = self.organizations[place].id.clone();
            match what {
                14 => {
                    self.write(DeleteUser { user_id: self.users[user].clone() }).await.unwrap();
                    self.users[user] = self.user().await;
                }
                15 => {
                    self.write(organizations::Delete { organization_id }).await.unwrap();
                    self.organizations[place] = self.fresh.organization(None).await;
                }
                16 => {
                    let limit = Some(1 + i64::try_from(number % 4).unwrap());
                    let update =
                        settings::Update { max_allowed_memberships: limit, ..Default::default() };
                    self.write(update).await.unwrap();
                }
                17 => {
                    let update = organizations::Update {
                        organization_id,
                        name: Some(format!("Acme {}", number % 7)),
                        slug: None,
                        max_allowed_memberships: Some(i64::try_from(number % 4).unwrap()),
                        admin_delete_enabled: None,
                        created_at: None,
                        public_metadata: None,
                        private_metadata: None,
                        role_set_key: None,
                    };
                    self.write(update).await.unwrap();
                }
                _ => {
                    let update = users::Update {
                        user_id: self.users[user].clone(),
                        first_name: guildhall_types::Patch::Set(format!("Ada {}", number % 5)),
                        ..Default::default()
                    };
                    self.write(update).await.unwrap();
                }
            }
        }
    }

    #[tokio::test]
    async fn who_keeps_rows_decides_as_who_reads_them_each_time() {
        let (mut keeps, mut reads) = (World::begin(false).await, World::begin(true).await);
        let mut number = 7_usize;
        for step in 0..600 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_041);
            let number = number >> 33;

            assert_eq!(keeps.act(number).await, reads.act(number).await, "step {step}");
        }
        for world in [keeps, reads] {
            let findings = world.fresh.store.check().await.unwrap();
            let is_sound = |finding: &Finding| matches!(finding.verdict, Verdict::Sound(_));
            assert!(findings.iter().all(is_sound), "{findings:?}");
        }
    }

    #[tokio::test]
    async fn what_another_process_wrote_is_seen_by_the_next_batch() {
        let world = World::begin(false).await;
        let (organization, user_id) = (&world.organizations[0], &world.users[0]);
        world.fresh.join(organization, user_id.clone()).await;
        let other = world.fresh.connect();
        other.execute(r#"UPDATE memberships SET public_metadata = '{"by":"other"}'"#, []).unwrap();
        other.execute("UPDATE organizations SET name = 'Renamed'", []).unwrap();

        let merge = MergeMetadata {
            organization_id: organization.id.clone(),
            user_id: user_id.clone(),
            public_metadata: Some(metadata::parse(r#"{"at":1}"#)),
            private_metadata: None,
        };
        let view = world.write(merge).await.unwrap();

        assert_eq!(view.membership.public_metadata, r#"{"at":1,"by":"other"}"#);
        assert_eq!(view.organization.name, "Renamed");
    }
}
