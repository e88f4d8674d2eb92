//! Lists and counts of users.

use backend::{
    UNKNOWN_USER, assert_refused, holder, organization_of, phone_number, stranger, unique, user,
    user_with, wallet,
};
use clerk_rs::apis::Error;
use clerk_rs::apis::configuration::Configuration;
use clerk_rs::apis::users_api::{
    GetUserListError, GetUsersCountError, get_user_list, get_users_count,
};
use clerk_rs::models::{CreateUserRequest, TotalCount, User};

/// Midnight of the second of January 2021, in Unix milliseconds.
const SECOND_OF_JANUARY: i64 = 1_609_545_600_000;

/// What the crate's list and count take, by name; without what the server does not serve.
#[derive(Clone, Default)]
struct List {
    email_address: Option<Vec<String>>,
    phone_number: Option<Vec<String>>,
    external_id: Option<Vec<String>>,
    username: Option<Vec<String>>,
    web3_wallet: Option<Vec<String>>,
    user_id: Option<Vec<String>>,
    organization_id: Option<Vec<String>>,
    query: Option<String>,
    email_address_query: Option<String>,
    phone_number_query: Option<String>,
    username_query: Option<String>,
    name_query: Option<String>,
    banned: Option<bool>,
    last_active_at_before: Option<i64>,
    last_active_at_after: Option<i64>,
    created_at_before: Option<i64>,
    created_at_after: Option<i64>,
    last_sign_in_at_before: Option<i64>,
    last_sign_in_at_after: Option<i64>,
    limit: Option<u32>,
    offset: Option<u32>,
    order_by: Option<String>,
}

async fn list(backend: &Configuration, list: List) -> Result<Vec<User>, Error<GetUserListError>> {
    get_user_list(
        backend,
        list.email_address,
        list.phone_number,
        list.external_id,
        list.username,
        list.web3_wallet,
        list.user_id,
        list.organization_id,
        list.query.as_deref(),
        list.email_address_query.as_deref(),
        list.phone_number_query.as_deref(),
        list.username_query.as_deref(),
        list.name_query.as_deref(),
        list.banned,
        list.last_active_at_before,
        list.last_active_at_after,
        None,
        list.created_at_before,
        list.created_at_after,
        list.last_sign_in_at_before,
        list.last_sign_in_at_after,
        None,
        None,
        list.limit,
        list.offset,
        None,
        list.order_by.as_deref(),
    )
    .await
}

async fn count(
    backend: &Configuration,
    list: List,
) -> Result<TotalCount, Error<GetUsersCountError>> {
    get_users_count(
        backend,
        list.email_address,
        list.phone_number,
        list.external_id,
        list.username,
        list.web3_wallet,
        list.user_id,
        list.organization_id,
        list.query.as_deref(),
        list.email_address_query.as_deref(),
        list.phone_number_query.as_deref(),
        list.username_query.as_deref(),
        list.name_query.as_deref(),
        list.banned,
        list.last_active_at_before,
        list.last_active_at_after,
        None,
        list.created_at_before,
        list.created_at_after,
        list.last_sign_in_at_before,
        list.last_sign_in_at_after,
        None,
        None,
    )
    .await
}

/// Three users behind a common word: Eve's keys sort first, then Finn's, then Gil's; they are made
/// Gil, Eve, Finn.
struct Trio {
    backend: Configuration,
    word: String,
    ids: [String; 3],
}

const NAMES: [&str; 3] = ["Eve", "Finn", "Gil"];

impl Trio {
    async fn new() -> Self {
        let (backend, word) = (holder(), unique("trio"));
        let mut ids = [const { String::new() }; 3];
        for place in [2, 0, 1] {
            let name = NAMES[place];
            let mut request = CreateUserRequest::new();
            request.external_id = Some(Some(format!("{name}-{word}")));
            request.first_name = Some(Some(name.to_owned()));
            request.last_name = Some(Some(format!("{name} {word}")));
            request.username = Some(Some(format!("{name}_{word}")));
            request.email_address = Some(vec![format!("{name}-{word}@example.com")]);
            request.phone_number = Some(vec![phone_number(&word, place)]);
            request.web3_wallet = (place == 0).then(|| vec![wallet(&word)]);
            request.created_at = Some(Some(format!("2021-01-0{}T00:00:00Z", place + 1)));
            ids[place] = user_with(&backend, request).await.id;
        }
        Self { backend, word, ids }
    }

    /// A list of those whose names, addresses or ids hold the word.
    fn all(&self) -> List {
        List { query: Some(self.word.clone()), ..List::default() }
    }

    /// Expects the list to be of these people, in this order.
    async fn assert_lists(&self, asked: List, expected: &[&str]) {
        let users = list(&self.backend, asked).await.unwrap();
        let names: Vec<_> =
            users.iter().map(|user| user.first_name.clone().unwrap_or_default()).collect();
        assert_eq!(names, expected);
    }

    /// Expects the list to be of these people, in this order, and the count to agree.
    async fn assert_finds(&self, asked: List, expected: &[&str]) {
        self.assert_lists(asked.clone(), expected).await;
        let counted = count(&self.backend, asked).await.unwrap();
        assert_eq!(counted.total_count, expected.len() as i64);
    }
}

#[tokio::test]
async fn list_and_count_filter_by_whole_values() {
    let trio = Trio::new().await;
    let word = &trio.word;

    let addresses = [format!("EVE-{word}@example.com"), format!("Gil-{word}@example.com")];
    let asked = List { email_address: Some(addresses.to_vec()), ..List::default() };
    trio.assert_finds(asked, &["Gil", "Eve"]).await;
    let asked = List { phone_number: Some(vec![phone_number(word, 1)]), ..List::default() };
    trio.assert_finds(asked, &["Finn"]).await;
    let asked = List { external_id: Some(vec![format!("Finn-{word}")]), ..List::default() };
    trio.assert_finds(asked, &["Finn"]).await;
    let asked = List { username: Some(vec![format!("Gil_{word}")]), ..List::default() };
    trio.assert_finds(asked, &["Gil"]).await;
    let asked = List { web3_wallet: Some(vec![wallet(word)]), ..List::default() };
    trio.assert_finds(asked, &["Eve"]).await;
    let ids = vec![trio.ids[0].clone(), UNKNOWN_USER.to_owned()];
    trio.assert_finds(List { user_id: Some(ids), ..List::default() }, &["Eve"]).await;
    let without = Some(vec![format!("-{}", trio.ids[0])]);
    trio.assert_finds(List { user_id: without, ..trio.all() }, &["Gil", "Finn"]).await;
}

#[tokio::test]
async fn list_and_count_filter_by_parts() {
    let trio = Trio::new().await;
    let word = trio.word.to_uppercase();

    let everybody = ["Gil", "Finn", "Eve"];
    trio.assert_finds(List { query: Some(word.clone()), ..List::default() }, &everybody).await;
    let asked = List { email_address_query: Some(format!("-{word}@")), ..List::default() };
    trio.assert_finds(asked, &everybody).await;
    let number = phone_number(&trio.word, 0)[2..].to_owned();
    trio.assert_finds(List { phone_number_query: Some(number), ..List::default() }, &["Eve"]).await;
    let asked = List { username_query: Some(format!("FINN_{word}")), ..List::default() };
    trio.assert_finds(asked, &["Finn"]).await;
    let asked = List { name_query: Some(format!("gil {word}")), ..List::default() };
    trio.assert_finds(asked, &["Gil"]).await;
}

#[tokio::test]
async fn list_and_count_filter_by_instants_and_bans() {
    let trio = Trio::new().await;
    let (all, never) = (trio.all(), Some(4_102_444_800_000));

    let asked = List { created_at_after: Some(SECOND_OF_JANUARY + 1), ..all.clone() };
    trio.assert_finds(asked, &["Gil"]).await;
    let asked = List { created_at_before: Some(SECOND_OF_JANUARY - 1), ..all.clone() };
    trio.assert_finds(asked, &["Eve"]).await;
    trio.assert_finds(List { banned: Some(true), ..all.clone() }, &[]).await;
    trio.assert_finds(List { banned: Some(false), ..all.clone() }, &["Gil", "Finn", "Eve"]).await;
    // Nobody has had a session.
    trio.assert_finds(List { last_active_at_after: Some(0), ..all.clone() }, &[]).await;
    trio.assert_finds(List { last_active_at_before: never, ..all.clone() }, &[]).await;
    trio.assert_finds(List { last_sign_in_at_after: Some(0), ..all.clone() }, &[]).await;
    trio.assert_finds(List { last_sign_in_at_before: never, ..all }, &[]).await;
}

#[tokio::test]
async fn list_and_count_filter_by_organization() {
    let backend = holder();
    let creator = user(&backend).await;
    let organization = organization_of(&backend, &creator).await;
    let asked = List { organization_id: Some(vec![organization.id]), ..List::default() };

    let users = list(&backend, asked.clone()).await.unwrap();
    let counted = count(&backend, asked).await.unwrap();

    assert_eq!((users, counted.total_count), (vec![creator], 1));
}

#[tokio::test]
async fn list_sorts_by_every_field_in_both_directions() {
    let trio = Trio::new().await;

    for field in
        ["created_at", "email_address", "first_name", "last_name", "phone_number", "username"]
    {
        for (sign, expected) in [("", NAMES), ("+", NAMES), ("-", [NAMES[2], NAMES[1], NAMES[0]])] {
            let order_by = Some(format!("{sign}{field}"));
            trio.assert_lists(List { order_by, ..trio.all() }, &expected).await;
        }
    }
    for field in ["updated_at", "web3wallet", "last_active_at", "last_sign_in_at"] {
        let asked = List { order_by: Some(format!("-{field}")), ..trio.all() };
        assert_eq!(list(&trio.backend, asked).await.unwrap().len(), 3, "{field}");
    }
}

#[tokio::test]
async fn limit_and_offset_cut_the_list() {
    let trio = Trio::new().await;
    let by_name = List { order_by: Some("username".to_owned()), limit: Some(2), ..trio.all() };

    trio.assert_lists(by_name.clone(), &["Eve", "Finn"]).await;
    trio.assert_lists(List { offset: Some(2), ..by_name }, &["Gil"]).await;
}

#[tokio::test]
async fn list_and_count_name_a_wrong_parameter_and_need_a_key() {
    let backend = holder();
    let many = List { username: Some(vec!["ada".to_owned(); 101]), ..List::default() };

    let listed = list(&backend, List { limit: Some(501), ..List::default() }).await;
    let counted = count(&backend, many).await;
    let closed = list(&stranger(), List::default()).await;

    assert_refused(listed, 422, "form_param_value_invalid", Some("limit"));
    assert_refused(counted, 422, "form_param_array_size_exceeded", Some("username"));
    assert_refused(closed, 401, "clerk_key_invalid", None);
}
