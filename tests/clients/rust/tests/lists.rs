//! The lists of memberships: of an organization, of a user, of the whole instance.

use std::collections::HashMap;

use backend::{
    UNKNOWN_ORGANIZATION, UNKNOWN_USER, assert_refused, holder, join, organization,
    organization_of, phone_number, stranger, unique, user, user_with, wallet,
};
use clerk_rs::apis::Error;
use clerk_rs::apis::configuration::Configuration;
use clerk_rs::apis::organization_memberships_api::{
    ListOrganizationMembershipsError, instance_get_organization_memberships,
    list_organization_memberships,
};
use clerk_rs::apis::users_api::users_get_organization_memberships;
use clerk_rs::models::{CreateUserRequest, OrganizationMemberships};

/// Midnight of the second of January 2020, in Unix milliseconds.
const SECOND_OF_JANUARY: i64 = 1_577_923_200_000;

/// What the crate's list takes, by name.
#[derive(Default)]
struct List<'a> {
    order_by: Option<&'a str>,
    user_id: Option<Vec<String>>,
    email_address: Option<Vec<String>>,
    phone_number: Option<Vec<String>>,
    username: Option<Vec<String>>,
    web3_wallet: Option<Vec<String>>,
    role: Option<Vec<String>>,
    query: Option<&'a str>,
    email_address_query: Option<&'a str>,
    phone_number_query: Option<&'a str>,
    username_query: Option<&'a str>,
    name_query: Option<&'a str>,
    last_active_at_before: Option<i64>,
    last_active_at_after: Option<i64>,
    created_at_before: Option<i64>,
    created_at_after: Option<i64>,
    limit: Option<u32>,
    offset: Option<u32>,
}

async fn list(
    backend: &Configuration,
    organization_id: &str,
    list: List<'_>,
) -> Result<OrganizationMemberships, Error<ListOrganizationMembershipsError>> {
    list_organization_memberships(
        backend,
        organization_id,
        list.order_by,
        list.user_id,
        list.email_address,
        list.phone_number,
        list.username,
        list.web3_wallet,
        list.role,
        list.query,
        list.email_address_query,
        list.phone_number_query,
        list.username_query,
        list.name_query,
        list.last_active_at_before,
        list.last_active_at_after,
        list.created_at_before,
        list.created_at_after,
        list.limit,
        list.offset,
    )
    .await
}

/// An organization whose members differ in all that can be asked for, and their names by id.
///
/// Ada's keys sort first, then Bob's, then Carol's; Dan, who made the organization, lacks what a
/// user may lack. They join in the order Dan, Carol, Ada, Bob.
struct Cast {
    backend: Configuration,
    organization_id: String,
    word: String,
    names: HashMap<String, &'static str>,
}

impl Cast {
    async fn new() -> Self {
        let (backend, word) = (holder(), unique("cast"));
        let mut request = CreateUserRequest::new();
        request.email_address = Some(vec![format!("zz-dan-{word}@example.com")]);
        request.created_at = Some(Some("2020-01-04T00:00:00Z".to_owned()));
        let dan = user_with(&backend, request).await;
        let organization = organization_of(&backend, &dan).await;
        let mut names = HashMap::from([(dan.id, "dan")]);
        for (name, day, role) in
            [("Carol", 3, "org:member"), ("Ada", 1, "org:admin"), ("Bob", 2, "org:member")]
        {
            let mut request = CreateUserRequest::new();
            request.first_name = Some(Some(name.to_owned()));
            request.last_name = Some(Some(format!("{name} Smith")));
            request.username = Some(Some(format!("{name}_{word}")));
            request.email_address = Some(vec![format!("{name}-{word}@example.com")]);
            request.phone_number = Some(vec![phone_number(&word, day)]);
            request.web3_wallet = (name == "Ada").then(|| vec![wallet(&word)]);
            request.created_at = Some(Some(format!("2020-01-0{day}T00:00:00Z")));
            let user = user_with(&backend, request).await;
            join(&backend, &organization, &user, role).await;
            let name = ["ada", "bob", "carol"][day - 1];
            names.insert(user.id, name);
        }
        Self { backend, organization_id: organization.id, word, names }
    }

    /// Expects the list to be of these people, in this order, and to count so many.
    async fn assert_lists(&self, asked: List<'_>, expected: &str, total_count: i64) {
        let page = list(&self.backend, &self.organization_id, asked).await.unwrap();
        let listed: Vec<_> = page
            .data
            .iter()
            .map(|membership| self.names[&membership.public_user_data.as_ref().unwrap().user_id])
            .collect();
        assert_eq!((listed.join(" ").as_str(), page.total_count), (expected, total_count));
    }

    fn id_of(&self, name: &str) -> &str {
        let mut names = self.names.iter();
        names.find(|(_, other)| **other == name).expect("the cast has this name").0
    }
}

#[tokio::test]
async fn limit_and_offset_cut_the_list_and_leave_the_count() {
    let cast = Cast::new().await;

    for (limit, offset, expected) in [
        (None, None, "bob ada carol dan"),
        (Some(1), None, "bob"),
        (Some(2), Some(1), "ada carol"),
        (Some(500), Some(0), "bob ada carol dan"),
        (None, Some(4), ""),
    ] {
        cast.assert_lists(List { limit, offset, ..List::default() }, expected, 4).await;
    }
}

#[tokio::test]
async fn it_sorts_by_every_field_in_both_directions() {
    let cast = Cast::new().await;

    for field in ["email_address", "phone_number", "first_name", "last_name", "username"] {
        for (sign, expected) in
            [("", "ada bob carol dan"), ("+", "ada bob carol dan"), ("-", "dan carol bob ada")]
        {
            let order_by = format!("{sign}{field}");
            let asked = List { order_by: Some(&order_by), ..List::default() };
            cast.assert_lists(asked, expected, 4).await;
        }
    }
    let asked = List { order_by: Some("+created_at"), ..List::default() };
    cast.assert_lists(asked, "dan carol ada bob", 4).await;
}

#[tokio::test]
async fn it_filters_by_whole_values() {
    let cast = Cast::new().await;
    let word = &cast.word;
    let some = |values: &[&str]| Some(values.iter().map(|value| (*value).to_owned()).collect());

    let addresses = [format!("ADA-{word}@example.com"), format!("zz-dan-{word}@example.com")];
    let asked = List { email_address: Some(addresses.to_vec()), ..List::default() };
    cast.assert_lists(asked, "ada dan", 2).await;
    let numbers = vec![phone_number(word, 2), phone_number(word, 3)];
    let asked = List { phone_number: Some(numbers), ..List::default() };
    cast.assert_lists(asked, "bob carol", 2).await;
    let usernames = vec![format!("Bob_{word}"), "nobody".to_owned()];
    let asked = List { username: Some(usernames), ..List::default() };
    cast.assert_lists(asked, "bob", 1).await;
    let asked = List { web3_wallet: Some(vec![wallet(word)]), ..List::default() };
    cast.assert_lists(asked, "ada", 1).await;
    let asked = List { role: some(&["org:admin"]), ..List::default() };
    cast.assert_lists(asked, "ada dan", 2).await;
}

#[tokio::test]
async fn it_filters_by_the_ids_of_users() {
    let cast = Cast::new().await;
    let (ada, bob) = (cast.id_of("ada"), cast.id_of("bob"));

    for (user_id, expected, total_count) in [
        (vec![ada.to_owned(), UNKNOWN_USER.to_owned()], "ada", 1),
        (vec![format!("+{ada}"), format!("+{bob}")], "bob ada", 2),
        (vec![format!("-{ada}")], "bob carol dan", 3),
    ] {
        let asked = List { user_id: Some(user_id), ..List::default() };
        cast.assert_lists(asked, expected, total_count).await;
    }
}

#[tokio::test]
async fn it_filters_by_parts() {
    let cast = Cast::new().await;
    let number = &phone_number(&cast.word, 3)[2..];

    let asked = List { query: Some("smith"), ..List::default() };
    cast.assert_lists(asked, "bob ada carol", 3).await;
    let asked = List { email_address_query: Some("ZZ-DAN-"), ..List::default() };
    cast.assert_lists(asked, "dan", 1).await;
    let asked = List { phone_number_query: Some(number), ..List::default() };
    cast.assert_lists(asked, "carol", 1).await;
    let asked = List { username_query: Some("ADA_"), ..List::default() };
    cast.assert_lists(asked, "ada", 1).await;
    let asked = List { name_query: Some("carol sm"), ..List::default() };
    cast.assert_lists(asked, "carol", 1).await;
}

#[tokio::test]
async fn it_filters_by_instants() {
    let cast = Cast::new().await;

    let asked = List { created_at_after: Some(SECOND_OF_JANUARY + 1), ..List::default() };
    cast.assert_lists(asked, "carol dan", 2).await;
    let asked = List { created_at_before: Some(SECOND_OF_JANUARY - 1), ..List::default() };
    cast.assert_lists(asked, "ada", 1).await;
    // Nobody has had a session.
    let asked = List { last_active_at_after: Some(0), ..List::default() };
    cast.assert_lists(asked, "", 0).await;
    let asked = List { last_active_at_before: Some(4_102_444_800_000), ..List::default() };
    cast.assert_lists(asked, "", 0).await;
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let backend = holder();
    let id = organization(&backend).await.id;
    let many = vec!["org:member".to_owned(); 101];

    let limit = list(&backend, &id, List { limit: Some(501), ..List::default() }).await;
    let order = list(&backend, &id, List { order_by: Some("shoe_size"), ..List::default() }).await;
    let roles = list(&backend, &id, List { role: Some(many), ..List::default() }).await;

    assert_refused(limit, 422, "form_param_value_invalid", Some("limit"));
    assert_refused(order, 422, "form_param_value_invalid", Some("order_by"));
    assert_refused(roles, 422, "form_param_array_size_exceeded", Some("role"));
}

#[tokio::test]
async fn an_unknown_organization_or_key_is_refused() {
    let unknown = list(&holder(), UNKNOWN_ORGANIZATION, List::default()).await;
    let closed = list(&stranger(), UNKNOWN_ORGANIZATION, List::default()).await;

    assert_refused(unknown, 404, "resource_not_found", None);
    assert_refused(closed, 401, "clerk_key_invalid", None);
}

#[tokio::test]
async fn a_user_has_the_memberships_of_every_organization() {
    let backend = holder();
    let user = user(&backend).await;
    let first = join(&backend, &organization(&backend).await, &user, "org:member").await;
    let second = join(&backend, &organization(&backend).await, &user, "org:admin").await;

    let all = users_get_organization_memberships(&backend, &user.id, None, None).await.unwrap();
    let rest =
        users_get_organization_memberships(&backend, &user.id, Some(1), Some(1)).await.unwrap();
    let unknown = users_get_organization_memberships(&backend, UNKNOWN_USER, None, None).await;

    assert_eq!((all.data, all.total_count), (vec![second, first.clone()], 2));
    assert_eq!((rest.data, rest.total_count), (vec![first], 2));
    assert_refused(unknown, 404, "resource_not_found", None);
}

#[tokio::test]
async fn the_instance_has_the_memberships_of_every_organization() {
    let backend = holder();
    let user = user(&backend).await;
    let joined = join(&backend, &organization(&backend).await, &user, "org:member").await;

    let page =
        instance_get_organization_memberships(&backend, Some("-created_at"), Some(500), Some(0))
            .await
            .unwrap();
    let wrong =
        instance_get_organization_memberships(&backend, Some("shoe_size"), None, None).await;

    assert!(page.data.iter().any(|membership| membership.id == joined.id));
    assert!(page.data.is_sorted_by(|one, next| one.created_at >= next.created_at));
    assert!(page.total_count >= page.data.len() as i64);
    assert_refused(wrong, 422, "form_param_value_invalid", Some("order_by"));
}
