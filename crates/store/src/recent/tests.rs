//! Whether who keeps rows decides as who does not.

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
        let role = ["org:admin", "org:member"][number / 171 % 2].to_owned();
        let organization_id = self.organizations[place].id.clone();
        let user_id = self.users[user].clone();
        let empty = || metadata::EMPTY.to_owned();
        let membership = match what {
            0..5 => {
                let (public_metadata, private_metadata) = (empty(), empty());
                let create =
                    Create { organization_id, user_id, role, public_metadata, private_metadata };
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
