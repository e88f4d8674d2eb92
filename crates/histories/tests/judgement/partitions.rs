//! Calls about a user, which touch several organizations.

use guildhall_histories::history::Role::Admin;
use guildhall_histories::history::{Answer, Membership, Operation, Organization, Outcome};

use crate::story::{ORGANIZATION, Story, alice, member};

const OTHER: &str = "other";

/// A history of two organizations, each with `alice` as its first admin.
fn two_organizations() -> Story {
    let operation = Operation::CreateOrganization {
        created_by: "alice".to_owned(),
        max_allowed_memberships: 0,
    };
    let organization = Organization {
        id: OTHER.to_owned(),
        max_allowed_memberships: 0,
        members_count: None,
        missing_member_with_elevated_permissions: None,
    };
    let answer = Outcome::Answered(Answer::Organization(organization));
    Story::with_limit(0).call((0, 1), operation, answer)
}

/// Alice in the other organization.
fn other_alice() -> Membership {
    let mut one = member("alice", Admin, &[]);
    one.id = "orgmem_other_alice".to_owned();
    one.organization_id = OTHER.to_owned();
    one
}

fn list(data: Vec<Membership>) -> (Operation, Outcome) {
    let operation = Operation::ListUserMemberships { user_id: "alice".to_owned() };
    let total_count = u32::try_from(data.len()).unwrap();
    (operation, Outcome::Answered(Answer::Memberships { total_count, data }))
}

#[test]
fn the_memberships_of_a_user_are_looked_for_in_every_organization() {
    let (operation, whole) = list(vec![alice(), other_alice()]);
    let (_, without_other) = list(vec![alice()]);

    two_organizations().call((10, 20), operation.clone(), whole).assert_right();
    two_organizations().call((10, 20), operation, without_other).assert_wrong(3);
}

#[test]
fn a_user_who_was_deleted_is_gone_from_every_organization() {
    let deletion = Operation::DeleteUser { user_id: "alice".to_owned() };
    let deleted = Outcome::Answered(Answer::Deleted);
    let reading =
        Operation::GetMembership { organization_id: OTHER.to_owned(), user_id: "alice".to_owned() };

    two_organizations()
        .call((10, 20), deletion, deleted)
        .listed((21, 30), vec![])
        .told((21, 30), reading, other_alice())
        .assert_wrong(5);
}

#[test]
fn what_happens_in_one_organization_does_not_excuse_another() {
    let (operation, outcome) = list(vec![other_alice()]);
    let removal = Operation::DeleteOrganization { organization_id: ORGANIZATION.to_owned() };
    let deleted = Outcome::Answered(Answer::Deleted);

    two_organizations()
        .call((10, 20), removal.clone(), deleted.clone())
        .call((30, 40), operation.clone(), outcome.clone())
        .assert_right();
    two_organizations()
        .call((10, 20), operation, outcome)
        .call((30, 40), removal, deleted)
        .assert_wrong(3);
}
