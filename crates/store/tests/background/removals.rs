//! Organizations and users with many memberships: gone at once, off the disk little by little.

use std::time::{Duration, Instant};

use guildhall_rules::{memberships, organizations, users};
use guildhall_store::{DataFolder, Options, Store, Verdict};
use guildhall_types::{
    ListInstanceOrganizationMemberships, ListOrganizationMemberships, ListOrganizations,
    ListUserOrganizationMemberships, Page,
};

use crate::world::{World, join, open};

/// More than what goes in one transaction.
const MANY: usize = 700;

impl World {
    async fn organization(&self) -> String {
        self.organization_of(None).await
    }

    async fn join(&self, organization_id: &str, user_id: &str, role: &str) {
        self.write(join(organization_id, user_id, role)).await;
    }

    async fn delete_user(&self, user_id: &str) {
        let operation = users::Delete { user_id: user_id.to_owned() };
        self.store.write(self.instance.key, operation).await.expect("the store works");
    }

    async fn delete_organization(&self, organization_id: &str) {
        let operation = organizations::Delete { organization_id: organization_id.to_owned() };
        self.store.write(self.instance.key, operation).await.expect("the store works");
    }

    /// An organization with many members: its id, and the ids of the users.
    async fn large_organization(&self) -> (String, Vec<String>) {
        let organization = self.organization().await;
        let users = self.many(|| self.user()).await;
        let organization_id = &organization;
        let joined = users.iter().map(|user| self.join(organization_id, user, "org:member"));
        futures_util::future::join_all(joined).await;
        (organization, users)
    }

    /// A user in many organizations: its id, and the ids of the organizations.
    async fn busy_user(&self, role: &str) -> (String, Vec<String>) {
        let user = self.user().await;
        let organizations = self.many(|| self.organization()).await;
        let joined = organizations.iter().map(|organization| self.join(organization, &user, role));
        futures_util::future::join_all(joined).await;
        (user, organizations)
    }

    async fn many<F: Future<Output = String>>(&self, make: impl Fn() -> F) -> Vec<String> {
        futures_util::future::join_all((0..MANY).map(|_| make())).await
    }

    async fn members(&self, organization_id: &str) -> Page<String> {
        let list = ListOrganizationMemberships::default();
        let page =
            self.store.organization_memberships(self.instance.key, organization_id, &list, None);
        let page = page.await.expect("the store works").expect("the store works");
        let data = page.data.into_iter().map(|view| view.user.id.clone()).collect();
        Page { data, total_count: page.total_count }
    }

    async fn memberships_of(&self, user_id: &str) -> Option<(usize, u64)> {
        let list = ListUserOrganizationMemberships::default();
        let page = self
            .store
            .user_memberships(self.instance.key, user_id, &list)
            .await
            .expect("the store works")?;
        Some((page.data.len(), page.total_count))
    }

    async fn all_memberships(&self) -> (usize, u64) {
        let list = ListInstanceOrganizationMemberships::default();
        let page = self
            .store
            .instance_memberships(self.instance.key, &list)
            .await
            .expect("the store works");
        (page.data.len(), page.total_count)
    }

    /// Changes the tables beside the store, which must be closed.
    fn execute(&self, sql: &str) {
        let database = rusqlite::Connection::open(self.folder.path().join("guildhall.db"))
            .expect("the store works");
        database.execute_batch(sql).expect("the store works");
    }

    /// Waits until nothing is left to be removed.
    fn wait_until_removed(&self) {
        let begun = Instant::now();
        while self.count("SELECT count(*) FROM removals") > 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "the removal never ends");
            std::thread::yield_now();
        }
    }

    fn assert_counters_equal_rows(&self) {
        let differing = "SELECT count(*)
                         FROM member_counts c
                         WHERE c.members <> (SELECT count(*) FROM memberships m
                                             WHERE m.organization = c.organization
                                                   AND m.role = c.role)";
        assert_eq!(self.count(differing), 0);
        let total = "SELECT total FROM instance_counts WHERE kind = 'memberships'";
        assert_eq!(self.count(total), self.count("SELECT count(*) FROM memberships"));
    }
}

#[tokio::test]
async fn a_large_organization_vanishes_from_every_answer_at_once() {
    let world = World::new().await;
    let (organization, users) = world.large_organization().await;
    let other = world.organization().await;
    world.join(&other, &users[0], "org:member").await;

    world.delete_organization(&organization).await;

    let found =
        world.store.organization(world.instance.key, &organization).await.expect("the store works");
    assert!(found.is_none());
    assert_eq!(world.memberships_of(&users[0]).await, Some((1, 1)));
    assert_eq!(world.memberships_of(&users[1]).await, Some((0, 0)));
    assert_eq!(world.all_memberships().await, (1, 1));
    let of_user = ListOrganizations { user_id: vec![users[1].clone()], ..Default::default() };
    let page =
        world.store.organizations(world.instance.key, &of_user).await.expect("the store works");
    assert_eq!(page.total_count, 0);
    world.wait_until_removed();
    assert_eq!(world.count("SELECT count(*) FROM memberships"), 1);
    world.assert_counters_equal_rows();
}

#[tokio::test]
async fn a_user_in_many_organizations_vanishes_from_every_answer_at_once() {
    let world = World::new().await;
    let (user, organizations) = world.busy_user("org:member").await;
    let other = world.user().await;
    world.join(&organizations[0], &other, "org:member").await;

    world.delete_user(&user).await;

    assert_eq!(world.memberships_of(&user).await, None);
    let first = world.members(&organizations[0]).await;
    assert_eq!((first.data, first.total_count), (vec![other], 1));
    let second = world.members(&organizations[1]).await;
    assert_eq!((second.data.len(), second.total_count), (0, 0));
    assert_eq!(world.all_memberships().await, (1, 1));
    world.wait_until_removed();
    assert_eq!(world.count("SELECT count(*) FROM memberships"), 1);
    world.assert_counters_equal_rows();
}

#[tokio::test]
async fn a_vanished_admin_no_longer_counts_as_the_last_but_one() {
    let world = World::new().await;
    let (user, organizations) = world.busy_user("org:admin").await;
    let admin = world.user().await;
    world.join(&organizations[0], &admin, "org:admin").await;
    world.delete_user(&user).await;

    let operation =
        memberships::Delete { organization_id: organizations[0].clone(), user_id: admin.clone() };
    let removal = world.store.write(world.instance.key, operation).await;

    assert!(removal.is_err(), "the last admin was removed");
    world.wait_until_removed();
    world.assert_counters_equal_rows();
}

#[tokio::test]
async fn what_both_an_organization_and_a_user_left_behind_is_removed_once() {
    let world = World::new().await;
    let (user, organizations) = world.busy_user("org:member").await;
    let shared = &organizations[0];
    let others = world.many(|| world.user()).await;
    let joined = others.iter().map(|other| world.join(shared, other, "org:member"));
    futures_util::future::join_all(joined).await;

    world.delete_user(&user).await;
    world.delete_organization(shared).await;

    assert_eq!(world.all_memberships().await, (0, 0));
    world.wait_until_removed();
    assert_eq!(world.count("SELECT count(*) FROM memberships"), 0);
    world.assert_counters_equal_rows();
}

#[tokio::test]
async fn a_removal_that_a_crash_cut_short_goes_on_after_the_restart() {
    let mut world = World::new().await;
    world.large_organization().await;
    world.store.close().await.expect("the store works");
    // What a deletion has committed before the first step of the removal.
    world.execute(
        "INSERT INTO removals SELECT instance, 'organization', organization FROM organizations;
         DELETE FROM member_counts;
         DELETE FROM organizations;
         UPDATE instance_counts SET total = 0 WHERE kind IN ('memberships', 'organizations');",
    );

    let data = DataFolder::open(world.folder.path()).expect("a data folder");
    let beside = Store::open_beside(&data.into(), Options::default()).await.expect("a store");
    for finding in beside.check().await.expect("the store works") {
        assert!(matches!(finding.verdict, Verdict::Sound(_)), "{finding:?}");
    }
    beside.close().await.expect("the store works");
    assert_eq!(world.count("SELECT count(*) FROM memberships"), 700);

    world.store = open(&world.folder).await;

    assert_eq!(world.all_memberships().await, (0, 0));
    world.wait_until_removed();
    assert_eq!(world.count("SELECT count(*) FROM memberships"), 0);
    world.assert_counters_equal_rows();
}
