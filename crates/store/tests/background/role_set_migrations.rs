//! Role sets with many members: what is asked for holds at once, and members follow little by
//! little, also after a restart.

use std::time::{Duration, Instant};

use guildhall_rules::{role_sets, roles, users};
use guildhall_store::{Options, PostgresSettings, Store, Verdict};
use guildhall_testing::TestDatabase;
use guildhall_types::Code;

use crate::world::{World, join, open};

/// More than what is reassigned at once with the change, and a few steps more.
const MANY: usize = 4_000;
/// More memberships than go at once with their user.
const REMOVED_LATER: usize = 540;
const EDITOR: &str = "org:editor";
const MEMBER: &str = "org:member";

/// An instance with a set of admins, members and editors.
async fn with_editors() -> World {
    let world = World::new().await;
    add_editors(&world).await;
    world
}

async fn add_editors(world: &World) {
    let editor = roles::Create {
        name: "Editor".to_owned(),
        key: EDITOR.to_owned(),
        description: None,
        permissions: Vec::new(),
        include_in_initial_role_set: true,
    };
    world.write(editor).await;
    add_set(world, "Pro", "role_set:pro", &["org:admin", MEMBER, EDITOR]).await;
}

async fn add_set(world: &World, name: &str, key: &str, roles: &[&str]) {
    let set = role_sets::Create {
        name: name.to_owned(),
        key: Some(key.to_owned()),
        description: None,
        default_role_key: MEMBER.to_owned(),
        creator_role_key: "org:admin".to_owned(),
        is_initial: false,
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
    };
    world.write(set).await;
}

impl World {
    /// A new member of an organization with a role; gives the id of the user.
    async fn member(&self, organization_id: &str, role: &str) -> String {
        let user_id = self.user().await;
        self.write(join(organization_id, &user_id, role)).await;
        user_id
    }

    async fn editors(&self, organization_id: &str) {
        let members = (0..MANY).map(|_| self.member(organization_id, EDITOR));
        futures_util::future::join_all(members).await;
    }

    async fn replace_set(&self) -> Result<(), Code> {
        let replace = role_sets::Replace {
            role_set: "role_set:pro".to_owned(),
            dest_role_set_key: "role_set:basic".to_owned(),
            reassignment_mappings: [(EDITOR.to_owned(), MEMBER.to_owned())].into(),
        };
        self.try_to(replace).await.map(drop)
    }

    /// The set that takes the place of the other one.
    async fn basic(&self) {
        add_set(self, "Basic", "role_set:basic", &["org:admin", MEMBER]).await;
    }

    fn with_role(&self, role: &str) -> i64 {
        self.count(&format!(
            "SELECT count(*) FROM memberships JOIN roles USING (instance, role)
             WHERE key = '{role}'"
        ))
    }

    async fn wait_until_done(&self) {
        let begun = Instant::now();
        while self.count("SELECT count(*) FROM role_set_migrations") > 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "the migration never ends");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        for finding in self.store.check().await.expect("it can be read") {
            assert!(matches!(finding.verdict, Verdict::Sound(_)), "{finding:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_members_are_reassigned_the_new_rules_hold_and_the_set_is_left_alone() {
    let world = with_editors().await;
    world.basic().await;
    let organization = world.organization_of(Some("role_set:pro")).await;
    let other = world.organization_of(Some("role_set:default")).await;
    world.editors(&organization).await;
    world.member(&other, EDITOR).await;

    world.replace_set().await.expect("it is allowed");

    // The writer goes on as soon as nobody else writes: all of this is asked for in one go.
    let newcomer = world.write(users::Create::default()).await.id;
    assert_eq!(
        world.try_to(join(&organization, &newcomer, EDITOR)).await.map(drop),
        Err(Code::OrganizationRoleNotFound)
    );
    world.write(join(&organization, &newcomer, MEMBER)).await;
    let set = world.store.role_set(world.instance.key, "role_set:pro").await;
    if let Some(view) = set.expect("it can be read") {
        let migration = view.migration.expect("it is under way");
        assert!(migration.migration.migrated_members >= 1_000, "{migration:?}");
        assert_eq!(migration.mappings, [(EDITOR.to_owned(), MEMBER.to_owned())].into());
        let again = world.replace_set().await;
        let allowed = [Err(Code::RoleMigrationInProgress), Err(Code::RoleSetNotFound)];
        assert!(allowed.contains(&again), "{again:?}");
    }
    world.wait_until_done().await;
    assert_eq!(world.with_role(EDITOR), 1);
    assert_eq!(world.with_role(MEMBER), i64::try_from(MANY).expect("a few") + 1);
    let gone = world.store.role_set(world.instance.key, "role_set:pro").await;
    assert!(gone.expect("it can be read").is_none());
    let organization = world.store.organization(world.instance.key, &organization).await;
    let organization = organization.expect("it can be read").expect("it is there");
    assert_eq!(organization.organization.role_set_key, "role_set:basic");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_left_the_next_one_goes_on_with() {
    let mut world = with_editors().await;
    world.basic().await;
    let organization = world.organization_of(Some("role_set:pro")).await;
    world.editors(&organization).await;

    world.replace_set().await.expect("it is allowed");
    // Ends what is asked for, and not what is left to do.
    world.store.close().await.expect("it is closed");
    let (left, moved) = (world.with_role(EDITOR), world.with_role(MEMBER));

    assert!(left > 0, "nothing was left to do");
    assert!(moved > 0, "nothing was done at once");
    world.store = open(&world.folder).await;
    world.wait_until_done().await;
    assert_eq!(world.with_role(EDITOR), 0);
    assert_eq!(world.count("SELECT count(*) FROM role_sets"), 2);
    assert_eq!(world.count("SELECT count(*) FROM role_reassignments"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_organizations_without_members_are_handed_over() {
    let world = with_editors().await;
    world.basic().await;
    let organizations = (0..MANY / 2).map(|_| world.organization_of(Some("role_set:pro")));
    futures_util::future::join_all(organizations).await;

    world.replace_set().await.expect("it is allowed");

    world.wait_until_done().await;
    let of_basic = "SELECT count(*) FROM organizations JOIN role_sets USING (instance, role_set)
                    WHERE key = 'role_set:basic'";
    assert_eq!(world.count(of_basic), i64::try_from(MANY / 2).expect("a few"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_that_is_reassigned_while_it_waits_to_be_removed_is_counted_once() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let settings = || PostgresSettings::new(database.url()).expect("a good URL").into();
    let open = async || Store::open(&settings(), Options::default()).await.expect("a store");
    let world = World::on(open().await, tempfile::tempdir().expect("a folder")).await;
    add_editors(&world).await;
    let other = open().await;
    let key = world.instance.key;
    // So many memberships are removed behind the deletion of the user, this organization first.
    let first = world.organization_of(Some("role_set:pro")).await;
    let others = (0..REMOVED_LATER).map(|_| world.organization_of(Some("role_set:default")));
    let others = futures_util::future::join_all(others).await;
    let user_id = world.member(&first, EDITOR).await;
    let joins = others.iter().map(|organization| world.write(join(organization, &user_id, EDITOR)));
    futures_util::future::join_all(joins).await;
    let client = database.connect().await;
    let lock = format!("BEGIN; SELECT 1 FROM organizations WHERE id = '{first}' FOR UPDATE");
    client.batch_execute(&lock).await.expect("it is locked");

    world.write(users::Delete { user_id }).await;
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    while client.query_one(waits, &[]).await.expect("it can be read").get::<_, i64>(0) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let replace = role_sets::ReplaceRole {
        role_set: "role_set:default".to_owned(),
        role_key: EDITOR.to_owned(),
        to_role_key: MEMBER.to_owned(),
    };
    other.write(key, replace).await.expect("it is allowed");
    let left = async |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        client.query_one(&sql, &[]).await.expect("it can be read").get(0)
    };
    while left("role_set_migrations").await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Somebody else has the role again, so that nothing keeps a wrong count from being written.
    let add = role_sets::AddRoles {
        role_set: "role_set:default".to_owned(),
        role_keys: vec![EDITOR.to_owned()],
        default_role_key: None,
        creator_role_key: None,
    };
    other.write(key, add).await.expect("it is allowed");
    let stays = other.write(key, users::Create::default()).await.expect("it is allowed").id;
    let joins =
        others.iter().map(|organization| other.write(key, join(organization, &stays, EDITOR)));
    for joined in futures_util::future::join_all(joins).await {
        joined.expect("it is allowed");
    }
    client.batch_execute("COMMIT").await.expect("it is free");

    while left("removals").await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for finding in other.check().await.expect("it can be read") {
        assert!(matches!(finding.verdict, Verdict::Sound(_)), "{finding:?}");
    }
    other.close().await.expect("it is closed");
    world.store.close().await.expect("it is closed");
}
