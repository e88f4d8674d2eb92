//! Walking lists of a real server while members come and go.

use std::collections::BTreeSet;

use guildhall_sdk::{
    Client, CreateOrganization, CreateOrganizationMembership, CreateUser, Direction,
    ListOrganizationMemberships, ListUsers, OrderBy, OrganizationMembership,
    OrganizationMembershipOrder,
};
use guildhall_testing::TestServer;

const MEMBERS: usize = 25;
const PAGE: u32 = 4;

/// An organization, and the ids of its members, oldest first.
struct Organization {
    client: Client,
    id: String,
    members: Vec<String>,
}

impl Organization {
    async fn of(server: &TestServer, members: usize) -> Self {
        let client = server.client();
        let new = CreateOrganization::new("Analytical Engines");
        let id =
            client.organizations().create(&new).await.expect("the server creates").id.to_string();
        let mut organization = Self { client, id, members: Vec::new() };
        for _ in 0..members {
            organization.join().await;
        }
        organization
    }

    /// Adds a new user as a member.
    async fn join(&mut self) {
        let new = CreateUser { skip_password_requirement: Some(true), ..Default::default() };
        let user = self.client.users().create(&new).await.expect("the server creates");
        let new = CreateOrganizationMembership::new(user.id.as_str(), "org:member");
        self.client
            .organization_memberships()
            .create(&self.id, &new)
            .await
            .expect("nobody joins twice");
        self.members.push(user.id.to_string());
    }

    /// Removes a member.
    async fn leave(&self, user_id: &str) {
        self.client
            .organization_memberships()
            .delete(&self.id, user_id)
            .await
            .expect("nobody leaves twice");
    }

    fn request(direction: Direction) -> ListOrganizationMemberships {
        let order = OrderBy { field: OrganizationMembershipOrder::CreatedAt, direction };
        ListOrganizationMemberships {
            limit: Some(PAGE),
            order_by: Some(order),
            ..Default::default()
        }
    }
}

fn user_id(row: &OrganizationMembership) -> String {
    row.public_user_data.as_ref().expect("members are users").user_id.to_string()
}

/// Walks the members while, at every row that ends a page, the last two rows read leave, the row
/// that is read next but one leaves, and somebody joins; checks who was seen.
async fn who_stays_is_seen_once(direction: Direction) {
    let server = TestServer::start().await;
    let mut organization = Organization::of(&server, MEMBERS).await;
    let mut expected = organization.members.clone();
    if direction == Direction::Descending {
        expected.reverse();
    }
    let mut gone = BTreeSet::new();

    let memberships = organization.client.clone();
    let mut rows = memberships
        .organization_memberships()
        .stream(&organization.id, Organization::request(direction));
    let mut seen = Vec::new();
    while let Some(row) = rows.next().await {
        seen.push(user_id(&row.expect("the walk goes on")));
        let at = seen.len();
        if at % PAGE as usize == 0 && at < MEMBERS {
            let ahead = expected.iter().filter(|id| !seen.contains(id) && !gone.contains(*id));
            let mut leaving: Vec<_> = seen[at - 2..].to_vec();
            leaving.extend(ahead.skip(1).take(1).cloned());
            for user_id in leaving {
                organization.leave(&user_id).await;
                gone.insert(user_id);
            }
            organization.join().await;
        }
    }

    let newcomers: BTreeSet<_> = organization.members[MEMBERS..].iter().collect();
    assert!(gone.len() >= 9 && newcomers.len() >= 3, "members came and went");
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "nobody is seen twice");
    let stayed = |id: &&String| !gone.contains(*id) && !newcomers.contains(*id);
    let seen_of_stayed: Vec<_> = seen.iter().filter(stayed).collect();
    let expected_of_stayed: Vec<_> = expected.iter().filter(stayed).collect();
    assert_eq!(seen_of_stayed, expected_of_stayed);
}

#[tokio::test]
async fn every_member_who_stays_is_seen_once_oldest_first() {
    who_stays_is_seen_once(Direction::Ascending).await;
}

#[tokio::test]
async fn every_member_who_stays_is_seen_once_newest_first() {
    who_stays_is_seen_once(Direction::Descending).await;
}

#[tokio::test]
async fn a_walk_ends_without_error_at_every_size_around_a_page() {
    let server = TestServer::start().await;
    let mut organization = Organization::of(&server, 0).await;
    for count in 0..=2 * PAGE as usize + 1 {
        let request = Organization::request(Direction::Ascending);
        let memberships = organization.client.organization_memberships();
        let rows = memberships.stream(&organization.id, request).collect_all().await.unwrap();

        assert_eq!(rows.iter().map(user_id).collect::<Vec<_>>(), organization.members, "{count}");
        organization.join().await;
    }
}

#[tokio::test]
async fn a_walk_goes_on_from_the_id_of_a_membership() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, 10).await;
    let request = Organization::request(Direction::Ascending);
    let memberships = organization.client.organization_memberships();
    let page = memberships.list(&organization.id, &request).await.unwrap();

    let after = page.data[2].id.to_string();
    let request = ListOrganizationMemberships { starting_after: Some(after), ..request };
    let rows = memberships.stream(&organization.id, request).collect_all().await.unwrap();

    assert_eq!(rows.iter().map(user_id).collect::<Vec<_>>(), organization.members[3..]);
}

#[tokio::test]
async fn a_walk_from_the_last_membership_yields_nothing() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, 2).await;
    let request = Organization::request(Direction::Ascending);
    let memberships = organization.client.organization_memberships();
    let page = memberships.list(&organization.id, &request).await.unwrap();

    let after = page.data[1].id.to_string();
    let request = ListOrganizationMemberships { starting_after: Some(after), ..request };
    let rows = memberships.stream(&organization.id, request).collect_all().await.unwrap();

    assert!(rows.is_empty());
}

#[tokio::test]
async fn users_are_walked_to_the_end_from_one_of_them() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, 9).await;
    let request = ListUsers {
        limit: Some(PAGE),
        starting_after: Some(organization.members[7].clone()),
        ..Default::default()
    };

    let users = organization.client.users().stream(request).collect_all().await.unwrap();

    let mut ids: Vec<_> = users.iter().map(|user| user.id.to_string()).collect();
    ids.reverse();
    assert_eq!(ids, organization.members[..7]);
}
