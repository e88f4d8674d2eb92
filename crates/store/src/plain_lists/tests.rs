use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use guildhall_rules::users::{Create as CreateUser, Delete as DeleteUser, Update as UpdateUser};
use guildhall_rules::{RoleView, memberships, metadata, organizations, permissions, roles};
use guildhall_testing::TestDatabase;
use guildhall_types::{
    Direction, ListKeyed, ListOrganizationMemberships, OrderBy, OrganizationMembershipOrder, Patch,
};

use super::{PlainList, PlainLists, PlainPage, SMALL_PAGE};
use crate::gathering::Together;
use crate::membership_pages::Found;
use crate::{
    Environment, Instance, InstanceKey, KeyOrigin, MembershipPage, Options, PostgresSettings, Store,
};

/// Two servers on one database.
struct World {
    one: Store,
    other: Store,
    instance: Instance,
    database: TestDatabase,
}

impl World {
    async fn new_or_skip() -> Option<Self> {
        let database = TestDatabase::create_or_skip().await?;
        let open = || async {
            let settings = PostgresSettings::new(database.url()).unwrap();
            Store::open(&settings.into(), Options::default()).await.unwrap()
        };
        let (one, other) = (open().await, open().await);
        let instance = one.create_instance("one", Environment::Development).await.unwrap();
        Some(Self { one, other, instance, database })
    }

    /// A server that has kept nothing yet.
    async fn fresh(&self) -> Store {
        let settings = PostgresSettings::new(self.database.url()).unwrap();
        Store::open(&settings.into(), Options::default()).await.unwrap()
    }

    async fn organization(&self, instance: &Instance, members: usize) -> String {
        let create = organizations::Create {
            name: format!("Of {members}"),
            slug: None,
            created_by: None,
            max_allowed_memberships: Some(0),
            public_metadata: format!("{{\"members\":{members}}}"),
            private_metadata: metadata::EMPTY.to_owned(),
            created_at: None,
            role_set_key: None,
        };
        let id = self.one.write(instance.key, create).await.unwrap().organization.id;
        join_all((0..members).map(|_| self.join(instance, &id, "org:member"))).await;
        id
    }

    async fn join(&self, instance: &Instance, organization_id: &str, role: &str) -> String {
        let user_id = self.one.write(instance.key, CreateUser::default()).await.unwrap().id;
        let create = memberships::Create {
            organization_id: organization_id.to_owned(),
            user_id: user_id.clone(),
            role: role.to_owned(),
            public_metadata: metadata::EMPTY.to_owned(),
            private_metadata: metadata::EMPTY.to_owned(),
        };
        self.one.write(instance.key, create).await.unwrap();
        user_id
    }

    async fn page(&self, organization_id: &str) -> MembershipPage {
        let list = ListOrganizationMemberships::default();
        let page =
            self.other.organization_memberships(self.instance.key, organization_id, &list, None);
        page.await.unwrap().unwrap()
    }
}

fn ids(page: &MembershipPage) -> Vec<String> {
    page.data.iter().map(|view| view.membership.id.clone()).collect()
}

#[tokio::test]
async fn lists_that_are_asked_for_at_once_are_those_that_are_asked_for_alone() {
    let Some(world) = World::new_or_skip().await else { return };
    let second = world.one.create_instance("two", Environment::Production).await.unwrap();
    let mut organizations = Vec::new();
    for (instance, members) in
        [(&world.instance, 0), (&world.instance, 1), (&second, 23), (&world.instance, 30)]
    {
        let id = world.organization(instance, members).await;
        organizations.push((instance.key, id, members));
    }
    let created_at = OrganizationMembershipOrder::CreatedAt;
    let orders =
        [None, Some(OrderBy::ascending(created_at)), Some(OrderBy::descending(created_at))];
    let mut lists = Vec::new();
    for organization in &organizations {
        for order_by in orders {
            for (limit, offset) in [(None, None), (Some(1), Some(3)), (Some(100), Some(25))] {
                let list =
                    ListOrganizationMemberships { limit, offset, order_by, ..Default::default() };
                lists.push((organization, list));
            }
        }
    }
    let page = async |(instance, id, _): &(InstanceKey, String, usize), list: &_| {
        world.one.organization_memberships(*instance, id, list, None).await.unwrap().unwrap()
    };

    let pages = join_all(lists.iter().map(|(organization, list)| page(organization, list))).await;

    for ((organization, list), found) in lists.into_iter().zip(pages) {
        let (_, _, members) = organization;
        let offset = usize::try_from(list.offset.unwrap_or(0)).unwrap();
        let limit = usize::try_from(list.limit.unwrap_or(10)).unwrap();
        // A page that is too large to be read with others.
        let whole = ListOrganizationMemberships {
            limit: Some(SMALL_PAGE + 1),
            offset: None,
            ..list.clone()
        };
        let whole = ids(&page(organization, &whole).await);
        assert_eq!(whole.len(), *members);
        let expected: Vec<String> = whole.into_iter().skip(offset).take(limit).collect();
        assert_eq!(ids(&found), expected, "{list:?}");
        assert_eq!(found.total_count, u64::try_from(*members).unwrap());
        assert_eq!(found.next.is_some(), offset + limit < *members, "{list:?}");
        assert_eq!(found.previous.is_some(), offset > 0 && !expected.is_empty(), "{list:?}");
        for view in &found.data {
            let metadata = format!("{{\"members\":{members}}}");
            assert_eq!(view.organization.public_metadata, metadata);
            assert_eq!(view.role.key, "org:member");
        }
    }
}

#[tokio::test]
async fn an_organization_that_is_not_there_is_not_found_beside_one_that_is() {
    let Some(world) = World::new_or_skip().await else { return };
    let second = world.one.create_instance("two", Environment::Production).await.unwrap();
    let id = world.organization(&world.instance, 1).await;
    let list = ListOrganizationMemberships::default();
    let page = async |instance: &Instance, id: &str| {
        let page = world.one.organization_memberships(instance.key, id, &list, None).await.unwrap();
        page.map(|page| page.total_count)
    };

    let (there, gone, of_another) = tokio::join!(
        page(&world.instance, &id),
        page(&world.instance, "org_none"),
        page(&second, &id),
    );

    assert_eq!((there, gone, of_another), (Some(1), None, None));
}

#[tokio::test]
async fn what_another_server_changes_about_roles_shows_in_the_next_list() {
    let Some(world) = World::new_or_skip().await else { return };
    let key = world.instance.key;
    let id = world.organization(&world.instance, 0).await;
    let create = roles::Create {
        name: "Editor".to_owned(),
        key: "org:editor".to_owned(),
        description: None,
        permissions: Vec::new(),
        include_in_initial_role_set: true,
    };
    let role_id = world.one.write(key, create).await.unwrap().role.id;
    world.join(&world.instance, &id, "org:editor").await;
    let role = async || world.page(&id).await.data[0].role.clone();
    let before = role().await;
    assert_eq!((before.name.as_str(), before.permissions.len()), ("Editor", 0));

    for name in ["Writer", "Author", "Writer"] {
        let name_now = Some(name.to_owned());
        let update =
            roles::Update { role_id: role_id.clone(), name: name_now, ..Default::default() };
        world.one.write(key, update).await.unwrap();
        assert_eq!(role().await.name, name);
    }

    let (name, permission) = ("Edit".to_owned(), "org:posts:edit".to_owned());
    let create = permissions::Create { name, key: permission, description: String::new() };
    let permission_id = world.one.write(key, create).await.unwrap().id;
    let permissions = Some(vec![permission_id.clone()]);
    let grant = roles::Update { role_id: role_id.clone(), permissions, ..Default::default() };
    world.one.write(key, grant).await.unwrap();
    assert_eq!(role().await.permissions, ["org:posts:edit"]);

    let renamed = Some("org:posts:write".to_owned());
    let update = permissions::Update { permission_id, name: None, key: renamed, description: None };
    world.one.write(key, update).await.unwrap();
    assert_eq!(role().await.permissions, ["org:posts:write"]);

    let nothing = Some(Vec::new());
    let revoke = roles::Update { role_id, permissions: nothing, ..Default::default() };
    world.one.write(key, revoke).await.unwrap();
    assert!(role().await.permissions.is_empty());
}

#[tokio::test]
async fn a_key_that_another_server_revokes_opens_nothing_from_then_on() {
    let Some(world) = World::new_or_skip().await else { return };
    let second = world.one.create_instance("two", Environment::Production).await.unwrap();
    let new = world.one.create_key(&world.instance, KeyOrigin::Created).await.unwrap();
    let of_second = world.one.create_key(&second, KeyOrigin::Created).await.unwrap();
    let opened = async |key: &str| {
        world.other.instance_of_key(key).await.unwrap().map(|instance| instance.id.clone())
    };
    let first = Some(world.instance.id.clone());

    for _ in 0..5 {
        let (new, of_second, unknown) = tokio::join!(
            opened(&new.secret_key),
            opened(&of_second.secret_key),
            opened("sk_test_unknown")
        );
        assert_eq!((new, of_second), (first.clone(), Some(second.id.clone())));
        assert_eq!(unknown, None);
    }
    world.one.revoke_key(&new.id).await.unwrap();
    assert_eq!(opened(&new.secret_key).await, None);
    assert_eq!(opened(&of_second.secret_key).await, Some(second.id.clone()));
}

#[tokio::test]
async fn what_removed_users_leave_behind_is_in_no_list() {
    let Some(world) = World::new_or_skip().await else { return };
    let id = world.organization(&world.instance, 3).await;
    let before = world.page(&id).await;
    let user_id = before.data[1].user.id.clone();

    world.one.write(world.instance.key, DeleteUser { user_id: user_id.clone() }).await.unwrap();

    for _ in 0..3 {
        let page = world.page(&id).await;
        assert_eq!(page.total_count, 2);
        assert!(page.data.iter().all(|view| view.user.id != user_id));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// All that a page shows.
fn shown(page: &MembershipPage) -> String {
    let rows: Vec<String> = page.data.iter().map(|row| format!("{:?}", ***row)).collect();
    format!("{} {:?} {:?} {rows:#?}", page.total_count, page.next, page.previous)
}

#[tokio::test]
async fn a_list_that_is_kept_is_what_another_server_would_read() {
    let Some(world) = World::new_or_skip().await else { return };
    let key = world.instance.key;
    let id = world.organization(&world.instance, 14).await;
    let members = world.page(&id).await;
    let user = |row: usize| members.data[row].user.id.clone();
    let organization_id = || id.clone();
    let roles = world.one.roles(key, &ListKeyed::default()).await.unwrap();
    let is_member = |role: &&RoleView| role.role.key == "org:member";
    let role_id = roles.data.iter().find(is_member).unwrap().role.id.clone();

    for change in 0..9 {
        for _ in 0..3 {
            world.page(&id).await;
        }
        let (kept, again) = (world.page(&id).await, world.page(&id).await);
        assert!(Arc::ptr_eq(&kept.data[0], &again.data[0]), "before change {change}");

        match change {
            0 => drop(world.join(&world.instance, &id, "org:admin").await),
            1 => {
                let (organization_id, user_id) = (organization_id(), user(2));
                let role = "org:admin".to_owned();
                let update = memberships::Update { organization_id, user_id, role };
                drop(world.one.write(key, update).await.unwrap());
            }
            2 => {
                let merge = memberships::MergeMetadata {
                    organization_id: organization_id(),
                    user_id: user(3),
                    public_metadata: serde_json::from_str(r#"{"seat":7}"#).unwrap(),
                    private_metadata: None,
                };
                drop(world.one.write(key, merge).await.unwrap());
            }
            3 => {
                let first_name = Patch::Set("Ada".to_owned());
                let update = UpdateUser { user_id: user(4), first_name, ..Default::default() };
                drop(world.one.write(key, update).await.unwrap());
            }
            4 => {
                let name = Some("Renamed".to_owned());
                let organization_id = organization_id();
                let update = organizations::Update { organization_id, name, ..Default::default() };
                drop(world.one.write(key, update).await.unwrap());
            }
            5 => {
                let name = Some("Fellow".to_owned());
                let update = roles::Update { role_id: role_id.clone(), name, ..Default::default() };
                drop(world.one.write(key, update).await.unwrap());
            }
            6 => {
                let (organization_id, user_id) = (organization_id(), user(5));
                let delete = memberships::Delete { organization_id, user_id };
                drop(world.one.write(key, delete).await.unwrap());
            }
            7 => drop(world.one.write(key, DeleteUser { user_id: user(6) }).await.unwrap()),
            _ => {
                // Nobody on the page: how many there are is all that changes.
                let (organization_id, user_id) =
                    (organization_id(), first_member(&world, &id).await);
                let delete = memberships::Delete { organization_id, user_id };
                drop(world.one.write(key, delete).await.unwrap());
            }
        }
        let found = world.page(&id).await;
        let fresh = world.fresh().await;
        let list = ListOrganizationMemberships::default();
        let anew = fresh.organization_memberships(key, &id, &list, None).await.unwrap().unwrap();
        assert_eq!(shown(&found), shown(&anew), "after change {change}");
        assert_ne!(shown(&kept), shown(&found), "change {change}");
        fresh.close().await.unwrap();
        wait_until_tidy(&world, &id).await;
    }
}

/// The member who joined first, and is on the last page.
async fn first_member(world: &World, id: &str) -> String {
    let created_at = OrganizationMembershipOrder::CreatedAt;
    let list = ListOrganizationMemberships {
        order_by: Some(OrderBy::ascending(created_at)),
        limit: Some(1),
        ..Default::default()
    };
    let page = world.one.organization_memberships(world.instance.key, id, &list, None);
    page.await.unwrap().unwrap().data[0].user.id.clone()
}

/// Until a list is kept: while a removed user has left something behind, none is.
async fn wait_until_tidy(world: &World, id: &str) {
    for _ in 0..500 {
        let (one, two) = (world.page(id).await, world.page(id).await);
        if Arc::ptr_eq(&one.data[0], &two.data[0]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no list is kept");
}

#[tokio::test]
async fn on_a_cluster_a_list_has_the_same_rows_and_no_version() {
    let Some(world) = World::new_or_skip().await else { return };
    let id = world.organization(&world.instance, 3).await;
    let list = |direction| PlainList {
        instance: world.instance.key,
        organization_id: id.clone(),
        direction,
        rows: 11,
        offset: 0,
    };
    let lists = || [Direction::Ascending, Direction::Descending].map(|it| (list(it), true)).into();
    let asking = |are_versioned| PlainLists { pool: world.one.pool.clone(), are_versioned };

    let versioned = asking(true).ask(lists()).await.unwrap();
    let found = asking(false).ask(lists()).await.unwrap();

    for (versioned, found) in versioned.into_iter().zip(found) {
        let (versioned, found) = (versioned.unwrap(), found.unwrap());
        let keys = |page: &PlainPage| page.rows.iter().map(Found::key).collect::<Vec<i64>>();
        assert_eq!((keys(&found).len(), keys(&found)), (3, keys(&versioned)));
        assert!(versioned.head.version.is_some() && found.head.version.is_none());
        assert_eq!(found.head.members, 3);
    }
}
