//! What the database does for each list: no scan and no sort of an organization.
//!
//! Here on SQLite, and on PostgreSQL in `postgres.rs`.

mod explain;
mod lists;
mod postgres;

use std::cell::RefCell;

use guildhall_rules::users::{Contact, Create};
use guildhall_rules::{contacts, memberships, metadata, organizations};
use guildhall_types::{
    CheckQuestion, ListInstanceOrganizationMemberships, ListOrganizationMemberships,
    ListOrganizations, ListUserOrganizationMemberships, ListUsers, OrderBy,
    OrganizationMembershipOrder, OrganizationOrder, UserOrder,
};
use tempfile::TempDir;

pub(crate) use self::explain::explain;
use crate::{DataFolder, Environment, Instance, Options, Store};

thread_local! {
    static RECORDED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Keeps the text of a statement that this thread reads with.
pub(crate) fn record(sql: &str) {
    RECORDED.with_borrow_mut(|recorded| recorded.push(sql.to_owned()));
}

/// More members than an organization has that is sorted where it is asked for.
const MEMBERS: usize = 520;

struct World {
    folder: TempDir,
    store: Store,
    instance: Instance,
    organization: String,
    user: String,
}

impl World {
    /// An organization that holds nearly every user of the instance.
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = DataFolder::open(folder.path()).expect("a data folder");
        let store = Store::open(&data.into(), Options::default()).await.expect("a store");
        let instance =
            store.create_instance("test", Environment::Development).await.expect("an instance");
        let organization = organizations::Create {
            name: "Acme".to_owned(),
            slug: None,
            created_by: None,
            max_allowed_memberships: None,
            public_metadata: metadata::EMPTY.to_owned(),
            private_metadata: metadata::EMPTY.to_owned(),
            created_at: None,
            role_set_key: None,
        };
        let organization = store.write(instance.key, organization).await.expect("written");
        let mut world = Self {
            folder,
            store,
            instance,
            organization: organization.organization.id,
            user: String::new(),
        };
        let joins = (0..MEMBERS).map(|index| world.join(index));
        let users = futures_util::future::join_all(joins).await;
        world.user = users.into_iter().next().unwrap_or_default();
        world
    }

    async fn join(&self, index: usize) -> String {
        let value = format!("user{index}@example.com");
        let identifier = contacts::email_address(&value).expect("an address");
        let user = Create {
            email_addresses: vec![Contact { value, identifier, reserved: false }],
            ..Create::default()
        };
        let user_id = self.store.write(self.instance.key, user).await.expect("written").id;
        let membership = memberships::Create {
            organization_id: self.organization.clone(),
            user_id: user_id.clone(),
            role: (if index == 0 { "org:admin" } else { "org:member" }).to_owned(),
            public_metadata: metadata::EMPTY.to_owned(),
            private_metadata: metadata::EMPTY.to_owned(),
        };
        self.store.write(self.instance.key, membership).await.expect("written");
        user_id
    }

    /// How the database goes about what `read` asks it: statements, and their steps.
    async fn plan<T>(&self, read: impl Future<Output = T>) -> Vec<Vec<String>> {
        RECORDED.take();
        // What is kept would not be read.
        self.store.pool.kept.forget();
        read.await;
        let file = self.folder.path().join("guildhall.db");
        let database = rusqlite::Connection::open(file).expect("the database");
        let mut plans = Vec::new();
        for sql in RECORDED.take() {
            let sql = crate::dialect::without_lock(&sql);
            let explained = database.prepare(&format!("EXPLAIN QUERY PLAN {sql}"));
            let mut explained = explained.expect("a statement");
            let mut rows = explained.raw_query();
            let mut lines = Vec::new();
            while let Some(row) = rows.next().expect("a plan") {
                lines.push(row.get::<_, String>(3).expect("a line"));
            }
            plans.push(chosen(&lines));
        }
        plans
    }

    async fn members(&self, list: ListOrganizationMemberships) -> Vec<Vec<String>> {
        let key = self.instance.key;
        self.plan(self.store.organization_memberships(key, &self.organization, &list, None)).await
    }
}

/// The steps that read memberships or users to choose the rows of a page, or to count.
fn chosen(lines: &[String]) -> Vec<String> {
    let until_page = lines.iter().take_while(|line| !line.starts_with("SCAN page"));
    let about_rows = until_page.filter(|line| {
        let tables = ["SEARCH m ", "SCAN m ", "SEARCH u ", "SCAN u ", "SEARCH o ", "SCAN o "];
        tables.iter().any(|table| line.starts_with(table)) || line.starts_with("USE TEMP B-TREE")
    });
    about_rows.cloned().collect()
}

/// Fails where something is scanned, or sorted as a whole.
///
/// The users who share one value, or who miss it while those are few, may be sorted.
fn assert_seeks(what: &str, plans: &[Vec<String>]) {
    assert!(plans.iter().any(|steps| !steps.is_empty()), "{what}: nothing was read");
    for steps in plans {
        let of_one_value = steps
            .first()
            .is_some_and(|step| step.starts_with("SEARCH u") && step.contains(" AND sort_"))
            && steps[0].ends_with("=?)");
        for step in steps {
            assert!(!step.starts_with("SCAN"), "{what} scans: {steps:#?}");
            let sorts = step.ends_with("B-TREE FOR ORDER BY");
            assert!(!sorts || of_one_value, "{what} sorts: {steps:#?}");
        }
    }
}

fn membership_orders() -> impl Iterator<Item = OrderBy<OrganizationMembershipOrder>> {
    OrganizationMembershipOrder::ALL
        .iter()
        .flat_map(|(field, _)| [OrderBy::ascending(*field), OrderBy::descending(*field)])
}

#[tokio::test]
async fn no_order_of_a_large_organization_scans_or_sorts_it() {
    let world = World::new().await;
    let all = ListOrganizationMemberships { limit: Some(2), ..Default::default() };
    let key = world.instance.key;
    let page = world.store.organization_memberships(key, &world.organization, &all, None).await;
    let next = page.expect("read").expect("there is one").next;

    for order in membership_orders() {
        let first = ListOrganizationMemberships { order_by: Some(order), ..all.clone() };
        let further = ListOrganizationMemberships { starting_after: next.clone(), ..first.clone() };

        assert_seeks(&format!("{order}"), &world.members(first).await);
        assert_seeks(&format!("{order} by cursor"), &world.members(further).await);
    }
}

#[tokio::test]
async fn a_filter_that_names_users_begins_with_them() {
    let world = World::new().await;
    let lists = [
        ListOrganizationMemberships { user_id: vec![world.user.clone()], ..Default::default() },
        ListOrganizationMemberships {
            email_address: vec!["user7@example.com".to_owned()],
            ..Default::default()
        },
    ];

    for list in lists {
        let plan = world.members(list).await;
        for step in plan.iter().flatten() {
            assert!(!step.starts_with("SCAN"), "{plan:#?}");
            assert!(
                !step.ends_with("USING PRIMARY KEY (instance=? AND organization=?)"),
                "{plan:#?}"
            );
        }
    }
}

#[tokio::test]
async fn a_role_is_read_by_its_index_and_several_common_ones_in_the_order_of_the_list() {
    let world = World::new().await;
    let roles = |keys: &[&str]| ListOrganizationMemberships {
        role: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..Default::default()
    };

    for role in ["org:admin", "org:member"] {
        let plan = world.members(roles(&[role])).await;
        assert!(
            plan.iter().flatten().any(|step| step.contains("memberships_by_role")),
            "{plan:#?}"
        );
        assert_seeks(role, &plan);
    }
    let several = world.members(roles(&["org:admin", "org:member"])).await;
    let mut of_memberships = several.iter().flatten().filter(|step| step.starts_with("SEARCH m "));
    assert!(
        of_memberships.next_back().is_some_and(|step| step.contains("PRIMARY KEY")),
        "{several:#?}"
    );
    assert_seeks("several common roles", &several);
}

#[tokio::test]
async fn memberships_of_a_user_are_read_by_the_user() {
    let world = World::new().await;
    let list = ListUserOrganizationMemberships::default();

    let key = world.instance.key;
    let plan = world.plan(world.store.user_memberships(key, &world.user, &list)).await;

    let of_memberships: Vec<_> =
        plan.iter().flatten().filter(|step| step.starts_with("SEARCH m ")).collect();
    assert!(!of_memberships.is_empty(), "{plan:#?}");
    assert!(of_memberships.iter().all(|step| step.contains("user=?")), "{plan:#?}");
}

#[tokio::test]
async fn no_order_of_the_instance_scans_or_sorts_it() {
    let world = World::new().await;

    for order in membership_orders() {
        let list = ListInstanceOrganizationMemberships {
            limit: Some(2),
            order_by: Some(order),
            ..Default::default()
        };
        let plan = world.plan(world.store.instance_memberships(world.instance.key, &list)).await;
        assert_seeks(&format!("{order}"), &plan);
    }
}

#[tokio::test]
async fn no_indexed_order_of_users_or_organizations_sorts_them() {
    let world = World::new().await;
    let key = world.instance.key;
    let unindexed = [UserOrder::Web3Wallet, UserOrder::LastActiveAt, UserOrder::LastSignInAt];

    for (field, name) in UserOrder::ALL.iter().filter(|(field, _)| !unindexed.contains(field)) {
        let list = ListUsers { order_by: Some(OrderBy::descending(*field)), ..Default::default() };
        assert_seeks(name, &world.plan(world.store.users(key, &list)).await);
    }
    for field in [OrganizationOrder::CreatedAt, OrganizationOrder::Name] {
        let order_by = Some(OrderBy::ascending(field));
        let list = ListOrganizations { order_by, ..Default::default() };
        assert_seeks(&format!("{field}"), &world.plan(world.store.organizations(key, &list)).await);
    }
}

#[tokio::test]
async fn users_of_a_large_organization_are_read_in_the_order_of_the_list() {
    let world = World::new().await;
    let key = world.instance.key;

    for field in [UserOrder::CreatedAt, UserOrder::EmailAddress] {
        let list = ListUsers {
            organization_id: vec![world.organization.clone()],
            order_by: Some(OrderBy::descending(field)),
            ..Default::default()
        };
        let plan = world.plan(world.store.users(key, &list)).await;
        assert_seeks(&format!("{field}"), &plan);
        let of_user = |step: &String| step.starts_with("SEARCH m ") && step.contains("user=?");
        assert!(plan.iter().flatten().any(of_user), "{plan:#?}");
    }
}

#[tokio::test]
async fn questions_are_answered_by_lookups() {
    let world = World::new().await;
    let (user, organization) = (world.user.as_str(), world.organization.as_str());
    let permission = CheckQuestion::permission(user, organization, "org:sys_profile:delete");
    let role = CheckQuestion::role(user, organization, "org:admin");
    let stranger = CheckQuestion::role("user_none", organization, "org:admin");
    let questions = [permission, stranger, role];

    let asked = world.store.check_permissions(world.instance.key, &questions);
    let plan = world.plan(asked).await;

    assert_eq!(plan.len(), 2, "{plan:#?}");
    assert_seeks("a check", &plan);
    let of_memberships = |step: &String| step.contains("user=? AND organization=?");
    assert!(plan.iter().all(|steps| steps.iter().any(of_memberships)), "{plan:#?}");
    let allowed = world.store.check_permissions(world.instance.key, &questions).await;
    assert_eq!(allowed.expect("it is read"), [true, false, true]);
}
