//! All there is to do with a store.

use guildhall_rules::users::{Contact, Create as CreateUser, Delete as DeleteUser, Update};
use guildhall_rules::{
    contacts, instance, memberships, metadata, organizations, permissions, role_sets, roles,
    sessions, settings,
};
use guildhall_types::{
    CheckQuestion, ListInstanceOrganizationMemberships, ListKeyed, ListOrganizationMemberships,
    ListOrganizations, ListSessions, ListUserOrganizationMemberships, ListUsers, OrderBy,
    OrganizationMembershipOrder, OrganizationOrder, Patch, UpdateInstance, UserOrder,
};

use crate::reading::Cost;
use crate::{
    Database, Environment, InstanceChanges, InstanceKey, KeyOrigin, Options, SigningKey, Store,
    removals,
};

/// More members than go at once with their organization, or are sorted where they are asked for.
const MEMBERS: usize = 520;

struct World {
    store: Store,
    key: InstanceKey,
}

/// Does everything that requests do.
pub(super) async fn everything(database: &Database) {
    let store = Store::open(database, Options::default()).await.expect("a store");
    let instance = store.first_instance("one", Environment::Development).await.expect("made");
    let two = store.create_instance("two", Environment::Production).await.expect("made");
    let changes = InstanceChanges { max_allowed_roles: Some(3), ..InstanceChanges::default() };
    store.update_instance(two.key, &changes).await.expect("written");
    keys(&store).await;
    let world = World { store, key: instance.key };
    let (organization, users) = world.fill().await;
    world.list_memberships(&organization, &users[0]).await;
    world.list_users(&organization, &users[0]).await;
    world.list_organizations(&organization, &users[0]).await;
    world.manage().await;
    world.manage_role_sets(&organization).await;
    world.sign_in(&organization, &users[2]).await;
    world.change(&organization, &users).await;
    world.remove(&organization, &users).await;
    world.store.close().await.expect("closed");
}

async fn keys(store: &Store) {
    let instances = store.instances().await.expect("read");
    let instance = store.instance(&instances[0].id).await.expect("read").expect("there is one");
    let new = store.create_key(&instance, KeyOrigin::Created).await.expect("made");
    store.pin_key(&instance, "sk_test_pinned").await.expect("made");
    store.instance_of_key(&new.secret_key).await.expect("read");
    store.keys(Some(&instance)).await.expect("read");
    store.revoke_key(&new.id).await.expect("written");
}

impl World {
    async fn fill(&self) -> (String, Vec<String>) {
        let organization = self.organization("Large").await;
        let users = (0..MEMBERS).map(|number| self.user(number));
        let users = futures_util::future::join_all(users).await;
        let joins = users.iter().map(|user| self.join(&organization, user));
        futures_util::future::join_all(joins).await;
        (organization, users)
    }

    async fn organization(&self, name: &str) -> String {
        let operation = organizations::Create {
            name: name.to_owned(),
            slug: None,
            created_by: None,
            max_allowed_memberships: None,
            public_metadata: metadata::EMPTY.to_owned(),
            private_metadata: metadata::EMPTY.to_owned(),
            created_at: None,
            role_set_key: None,
        };
        self.store.write(self.key, operation).await.expect("written").organization.id
    }

    async fn user(&self, number: usize) -> String {
        let value = format!("user{number}@example.com");
        let identifier = contacts::email_address(&value).expect("an address");
        let operation = CreateUser {
            email_addresses: vec![Contact { value, identifier, reserved: false }],
            ..CreateUser::default()
        };
        self.store.write(self.key, operation).await.expect("written").id
    }

    async fn join(&self, organization: &str, user: &str) {
        let operation = memberships::Create {
            organization_id: organization.to_owned(),
            user_id: user.to_owned(),
            role: "org:admin".to_owned(),
            public_metadata: metadata::EMPTY.to_owned(),
            private_metadata: metadata::EMPTY.to_owned(),
        };
        self.store.write(self.key, operation).await.expect("written");
    }

    async fn list_memberships(&self, organization: &str, user: &str) {
        let (one, some) = (vec![user.to_owned()], Some("user1".to_owned()));
        let all = || ListOrganizationMemberships { limit: Some(2), ..Default::default() };
        let text = || vec!["user7@example.com".to_owned()];
        let mut lists = vec![
            all(),
            ListOrganizationMemberships { user_id: one, ..all() },
            ListOrganizationMemberships { email_address: text(), ..all() },
            ListOrganizationMemberships { phone_number: text(), ..all() },
            ListOrganizationMemberships { username: text(), ..all() },
            ListOrganizationMemberships { web3_wallet: text(), ..all() },
            ListOrganizationMemberships { role: vec!["org:admin".to_owned()], ..all() },
            ListOrganizationMemberships { query: some.clone(), ..all() },
            ListOrganizationMemberships { query: Some("u".to_owned()), ..all() },
            ListOrganizationMemberships { email_address_query: some.clone(), ..all() },
            ListOrganizationMemberships { phone_number_query: some.clone(), ..all() },
            ListOrganizationMemberships { username_query: some.clone(), ..all() },
            ListOrganizationMemberships { name_query: some, ..all() },
            ListOrganizationMemberships { last_active_at_before: Some(1), ..all() },
            ListOrganizationMemberships { created_at_after: Some(1), ..all() },
        ];
        for (order, _) in OrganizationMembershipOrder::ALL {
            for order_by in [OrderBy::ascending(*order), OrderBy::descending(*order)] {
                lists.push(ListOrganizationMemberships { order_by: Some(order_by), ..all() });
            }
        }
        for list in lists {
            let page =
                self.store.organization_memberships(self.key, organization, &list, None).await;
            let page = page.expect("read").expect("there is one");
            let further = ListOrganizationMemberships { starting_after: page.next, ..list };
            let page =
                self.store.organization_memberships(self.key, organization, &further, None).await;
            page.expect("read");
        }
        self.store.organization_membership(self.key, organization, user).await.expect("read");
        for (order, _) in OrganizationMembershipOrder::ALL {
            let order_by = Some(OrderBy::descending(*order));
            let of_user = ListUserOrganizationMemberships { order_by, ..Default::default() };
            self.store.user_memberships(self.key, user, &of_user).await.expect("read");
            let all = ListInstanceOrganizationMemberships {
                order_by,
                limit: Some(2),
                ..Default::default()
            };
            self.store.instance_memberships(self.key, &all).await.expect("read");
        }
    }

    async fn list_users(&self, organization: &str, user: &str) {
        let (one, some) = (vec![user.to_owned()], Some("user1".to_owned()));
        let all = ListUsers::default;
        let mut lists = vec![
            all(),
            ListUsers { user_id: one, ..all() },
            ListUsers { organization_id: vec![organization.to_owned()], ..all() },
            ListUsers { email_address: vec!["user7@example.com".to_owned()], ..all() },
            ListUsers { external_id: vec!["7".to_owned()], ..all() },
            ListUsers { query: some.clone(), ..all() },
            ListUsers { name_query: some, ..all() },
            ListUsers { banned: Some(false), created_at_after: Some(1), ..all() },
        ];
        for (order, _) in UserOrder::ALL {
            lists.push(ListUsers { order_by: Some(OrderBy::ascending(*order)), ..all() });
        }
        for list in lists {
            self.store.users(self.key, &list).await.expect("read");
            self.store.users_count(self.key, &list).await.expect("read");
        }
        self.store.user(self.key, user).await.expect("read");
    }

    async fn list_organizations(&self, organization: &str, user: &str) {
        let all = || ListOrganizations {
            include_members_count: true,
            include_missing_member_with_elevated_permissions: true,
            ..Default::default()
        };
        let mut lists = vec![
            ListOrganizations { query: Some("larg".to_owned()), ..all() },
            ListOrganizations { user_id: vec![user.to_owned()], ..all() },
            ListOrganizations { organization_id: vec![organization.to_owned()], ..all() },
        ];
        for (order, _) in OrganizationOrder::ALL {
            lists.push(ListOrganizations { order_by: Some(OrderBy::ascending(*order)), ..all() });
        }
        for list in lists {
            self.store.organizations(self.key, &list).await.expect("read");
        }
        let questions = [
            CheckQuestion::permission(user, organization, "org:sys_memberships:read"),
            CheckQuestion::role(user, organization, "org:member"),
        ];
        self.store.check_permissions(self.key, &questions).await.expect("read");
        self.store.organization_exists(self.key, organization).await.expect("read");
        self.store.organization(self.key, organization).await.expect("read");
    }

    async fn manage(&self) {
        let (name, key) = ("Edit".to_owned(), "org:posts:edit".to_owned());
        let create = permissions::Create { name, key, description: String::new() };
        let permission_id = self.store.write(self.key, create).await.expect("written").id;
        let create = roles::Create {
            name: "Editor".to_owned(),
            key: "org:editor".to_owned(),
            description: None,
            permissions: vec![permission_id.clone()],
            include_in_initial_role_set: true,
        };
        let role_id = self.store.write(self.key, create).await.expect("written").role.id;
        let update = permissions::Update {
            permission_id: permission_id.clone(),
            name: Some("Write".to_owned()),
            key: None,
            description: None,
        };
        self.store.write(self.key, update).await.expect("written");
        let name = Some("Writer".to_owned());
        let update = roles::Update { role_id: role_id.clone(), name, ..Default::default() };
        self.store.write(self.key, update).await.expect("written");
        self.store.roles(self.key, &ListKeyed::default()).await.expect("read");
        self.store.permissions(self.key, &ListKeyed::default()).await.expect("read");
        self.store.write(self.key, roles::Delete { role_id }).await.expect("written");
        let delete = permissions::Delete { permission_id };
        self.store.write(self.key, delete).await.expect("written");
        let update =
            settings::Update { max_allowed_memberships: Some(7), ..settings::Update::default() };
        self.store.write(self.key, update).await.expect("written");
        let changes = UpdateInstance { test_mode: Some(true), ..UpdateInstance::default() };
        self.store.write(self.key, instance::Update { changes }).await.expect("written");
        self.store.instance_settings(self.key).await.expect("read");
        self.store.organization_settings(self.key).await.expect("read");
    }

    async fn manage_role_sets(&self, organization: &str) {
        let roles = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let (admin, member) = ("org:admin".to_owned(), "org:member".to_owned());
        let create = role_sets::Create {
            name: "Pro".to_owned(),
            key: Some("role_set:pro".to_owned()),
            description: None,
            default_role_key: admin.clone(),
            creator_role_key: admin.clone(),
            is_initial: false,
            roles: roles(&["org:admin"]),
        };
        let id = self.store.write(self.key, create).await.expect("written");
        let role_set = "role_set:pro".to_owned();
        let add = role_sets::AddRoles {
            role_set: role_set.clone(),
            role_keys: roles(&["org:member"]),
            default_role_key: None,
            creator_role_key: None,
        };
        self.store.write(self.key, add).await.expect("written");
        let update = role_sets::Update {
            role_set: id,
            name: Some("Professional".to_owned()),
            ..role_sets::Update::default()
        };
        self.store.write(self.key, update).await.expect("written");
        let update = organizations::Update {
            organization_id: organization.to_owned(),
            role_set_key: Some(role_set.clone()),
            ..organizations::Update::default()
        };
        self.store.write(self.key, update).await.expect("written");
        let replace = role_sets::ReplaceRole {
            role_set: role_set.clone(),
            role_key: member.clone(),
            to_role_key: admin.clone(),
        };
        self.store.write(self.key, replace).await.expect("written");
        let replace = role_sets::Replace {
            role_set: role_set.clone(),
            dest_role_set_key: "role_set:default".to_owned(),
            reassignment_mappings: [(admin, member)].into(),
        };
        self.store.role_sets(self.key, &ListKeyed::default()).await.expect("read");
        self.store.write(self.key, replace).await.expect("written");
        while self.store.role_set(self.key, &role_set).await.expect("read").is_some() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    async fn sign_in(&self, organization: &str, user: &str) {
        let create = |organization: Option<&str>| sessions::Create {
            user_id: user.to_owned(),
            active_organization_id: organization.map(str::to_owned),
        };
        let first = self.store.write(self.key, create(None)).await.expect("written");
        let session_id = self.store.write(self.key, create(Some(organization))).await;
        let session_id = session_id.expect("written");
        let set = sessions::SetActive {
            session_id: session_id.clone(),
            user_id: user.to_owned(),
            organization_id: Some(organization.to_owned()),
        };
        self.store.write(self.key, set).await.expect("written");
        let revoke = sessions::Revoke { session_id: first };
        self.store.write(self.key, revoke).await.expect("written");
        self.store.session(self.key, &session_id).await.expect("read").expect("there is one");
        self.store.session_with_role(self.key, &session_id).await.expect("read");
        let list = ListSessions {
            client_id: Some("client_1".to_owned()),
            user_id: Some(user.to_owned()),
            status: Some("active".to_owned()),
            ..ListSessions::default()
        };
        for list in [ListSessions::default(), list] {
            self.store.sessions(self.key, &list, true).await.expect("read");
        }
        let key = SigningKey {
            id: "key".to_owned(),
            private_key: String::new(),
            modulus: String::new(),
            created_at: 1,
            listed_until: None,
        };
        self.store.add_signing_key(self.key, &key, 0).await.expect("written");
        self.store.signing_keys(self.key).await.expect("read");
    }

    async fn change(&self, organization: &str, users: &[String]) {
        let update = organizations::Update {
            organization_id: organization.to_owned(),
            slug: Some("larger".to_owned()),
            ..organizations::Update::default()
        };
        self.store.write(self.key, update).await.expect("written");
        let update = Update {
            sign_out: true,
            user_id: users[1].clone(),
            username: Patch::Set("ada".to_owned()),
            ..Update::default()
        };
        self.store.write(self.key, update).await.expect("written");
        let (organization_id, user_id) = (organization.to_owned(), users[1].clone());
        let role = "org:member".to_owned();
        let update = memberships::Update { organization_id, user_id, role };
        self.store.write(self.key, update).await.expect("written");
        let (organization_id, user_id) = (organization.to_owned(), users[2].clone());
        let delete = memberships::Delete { organization_id, user_id };
        self.store.write(self.key, delete).await.expect("written");
    }

    async fn remove(&self, organization: &str, users: &[String]) {
        let small = self.organization("Small").await;
        self.join(&small, &users[3]).await;
        for user_id in [users[3].clone(), users[4].clone()] {
            self.store.write(self.key, DeleteUser { user_id }).await.expect("written");
        }
        for organization_id in [small, organization.to_owned()] {
            let delete = organizations::Delete { organization_id };
            self.store.write(self.key, delete).await.expect("written");
        }
        while self.is_removing().await {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    async fn is_removing(&self) -> bool {
        let mut snapshot = self.store.pool.snapshot(Cost::Page).await.expect("read");
        let question = removals::pending(self.key);
        let rows = snapshot.rows(question.sql, question.parameters, question.read).await;
        !rows.expect("read").is_empty()
    }
}
