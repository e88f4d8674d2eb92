//! Each filter of a list, and several together.

use serde_json::{Value, json};

use super::{Roster, reversed};

const NO_USER: &str = "user_2zzzzzzzzzzzzzzzzzzzzzzzzzz";
/// The filters that may be repeated.
pub(super) const REPEATED: [&str; 6] =
    ["user_id", "email_address", "phone_number", "username", "web3_wallet", "role"];
/// The filters that look for a part.
pub(super) const PARTS: [&str; 5] =
    ["query", "email_address_query", "phone_number_query", "username_query", "name_query"];

/// A roster of Ada, an admin who has everything twice; Émile, who has something of each kind; and
/// somebody who has nothing.
pub(super) struct Cast {
    pub(super) roster: Roster,
    pub(super) ada: String,
    pub(super) emile: String,
    pub(super) nobody: String,
}

impl Cast {
    pub(super) async fn new() -> Self {
        let roster = Roster::new().await;
        let ada = json!({
            "first_name": "Ada", "last_name": "Neutral", "username": "Ada_L",
            "email_address": ["Ada+News@Example.com", "ada@bücher.example"],
            "phone_number": ["+15555550101", "+15555550111"],
            "web3_wallet": ["0xDE0b295669a9fd93d5f28d9ec85e40f4cb697bae"],
            "created_at": "2020-01-01T00:00:00Z",
        });
        let emile = json!({
            "first_name": "ÉMILE", "last_name": "van Straße 100%", "username": "émile.x",
            "email_address": ["emile@example.com"], "phone_number": ["+442079460102"],
            "web3_wallet": ["0x1111111111111111111111111111111111111111"],
            "created_at": "2022-01-01T00:00:00Z",
        });
        let ada = roster.add_as("org:admin", ada).await;
        let emile = roster.add(emile).await;
        let nobody = roster.add(json!({ "created_at": "2024-01-01T00:00:00Z" })).await;
        Self { roster, ada, emile, nobody }
    }

    /// Tells that a query finds these of the cast, the oldest first.
    #[track_caller]
    pub(super) fn finds<'a>(
        &'a self,
        query: &'a str,
        who: &'a [&str],
    ) -> impl Future<Output = ()> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let found = self.roster.users(&format!("order_by=created_at&{query}")).await;
            assert_eq!(found, who, "{query} at {place}");
        }
    }
}

#[tokio::test]
async fn user_ids_are_included_or_excluded_by_their_sign() {
    let cast = Cast::new().await;
    let Cast { ada, emile, nobody, .. } = &cast;

    for sign in ["", "+", "%2B", "%20"] {
        cast.finds(&format!("user_id={sign}{ada}"), &[ada]).await;
    }
    cast.finds(&format!("user_id=-{ada}"), &[emile, nobody]).await;
    cast.finds(&format!("user_id={ada}&user_id=%2B{nobody}"), &[ada, nobody]).await;
    cast.finds(&format!("user_id=-{ada}&user_id=-{nobody}"), &[emile]).await;
    cast.finds(&format!("user_id={ada}&user_id={emile}&user_id=-{ada}"), &[emile]).await;
    cast.finds(&format!("user_id={ada}&user_id=-{ada}"), &[]).await;
    cast.finds(&format!("user_id={ada}&user_id={ada}"), &[ada]).await;
}

#[tokio::test]
async fn user_ids_of_nobody_are_ignored() {
    let cast = Cast::new().await;
    let Cast { ada, emile, nobody, .. } = &cast;
    let stranger = cast.roster.http.anybody().await;

    cast.finds(&format!("user_id={NO_USER}&user_id={ada}"), &[ada]).await;
    cast.finds(&format!("user_id=-{NO_USER}"), &[ada, emile, nobody]).await;
    cast.finds(&format!("user_id={NO_USER}"), &[]).await;
    cast.finds(&format!("user_id={stranger}"), &[]).await;
}

#[tokio::test]
async fn email_addresses_are_found_however_they_are_written() {
    let cast = Cast::new().await;
    let Cast { ada, emile, .. } = &cast;

    for address in [
        "Ada%2BNews@Example.com",
        "ada%2Bnews%40example.com",
        "ADA%2BNEWS@EXAMPLE.COM",
        "ada@b%C3%BCcher.example",
        "ada@xn--bcher-kva.example",
        "ADA@B%C3%9CCHER.EXAMPLE",
    ] {
        cast.finds(&format!("email_address={address}"), &[ada]).await;
    }
    cast.finds(
        "email_address=emile@example.com&email_address=ada@xn--bcher-kva.example",
        &[ada, emile],
    )
    .await;
    cast.finds(
        "email_address=ada%2Bnews@example.com&email_address=ada@b%C3%BCcher.example",
        &[ada],
    )
    .await;
}

#[tokio::test]
async fn an_email_address_is_found_whole_only() {
    let cast = Cast::new().await;

    for address in ["ada", "ada@example.com", "example.com", "%25", "emile@example.co", "@", ""] {
        cast.finds(&format!("email_address={address}"), &[]).await;
    }
}

#[tokio::test]
async fn phone_numbers_are_found_by_any_of_a_user() {
    let cast = Cast::new().await;
    let Cast { ada, emile, .. } = &cast;

    cast.finds("phone_number=%2B15555550101", &[ada]).await;
    cast.finds("phone_number=%2B15555550111", &[ada]).await;
    cast.finds("phone_number=%2B15555550111&phone_number=%2B442079460102", &[ada, emile]).await;
    cast.finds("phone_number=%2B1555555010", &[]).await;
}

#[tokio::test]
async fn usernames_are_found_without_regard_to_case() {
    let cast = Cast::new().await;
    let Cast { ada, emile, .. } = &cast;

    for username in ["Ada_L", "ada_l", "ADA_L"] {
        cast.finds(&format!("username={username}"), &[ada]).await;
    }
    cast.finds("username=%C3%89MILE.X&username=ada_l", &[ada, emile]).await;
    cast.finds("username=ada", &[]).await;
    cast.finds("username=ada%25l", &[]).await;
    cast.finds("username=adaxl", &[]).await;
}

#[tokio::test]
async fn web3_wallets_are_found_without_regard_to_case() {
    let cast = Cast::new().await;
    let Cast { ada, emile, .. } = &cast;
    let (first, second) = (
        "web3_wallet=0xde0b295669a9fd93d5f28d9ec85e40f4cb697BAE",
        "web3_wallet=0x1111111111111111111111111111111111111111",
    );

    cast.finds(first, &[ada]).await;
    cast.finds(&format!("{first}&{second}"), &[ada, emile]).await;
    cast.finds("web3_wallet=0xde0b", &[]).await;
}

#[tokio::test]
async fn roles_are_found_by_their_key() {
    let cast = Cast::new().await;
    let Cast { ada, emile, nobody, .. } = &cast;

    cast.finds("role=org:admin", &[ada]).await;
    cast.finds("role=org%3Amember", &[emile, nobody]).await;
    cast.finds("role=org:admin&role=org:member", &[ada, emile, nobody]).await;
    cast.finds("role=org:admin&role=org:nothing", &[ada]).await;
    cast.finds("role=admin", &[]).await;
    cast.finds("role=org:nothing", &[]).await;
}

#[tokio::test]
async fn unknown_values_beside_known_ones_are_ignored() {
    let cast = Cast::new().await;
    let Cast { ada, .. } = &cast;
    let known = [
        ("user_id", ada.as_str()),
        ("email_address", "ada%2Bnews@example.com"),
        ("phone_number", "%2B15555550101"),
        ("username", "ada_l"),
        ("web3_wallet", "0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae"),
        ("role", "org:admin"),
    ];

    for (filter, value) in known {
        for other in ["nobody", "x@example.com", "%2B15555550199", "", "%25", "%00", "'"] {
            cast.finds(&format!("{filter}={other}&{filter}={value}"), &[ada]).await;
        }
    }
}

#[tokio::test]
async fn a_hundred_values_are_taken_and_no_more() {
    let cast = Cast::new().await;
    let Cast { ada, .. } = &cast;
    let known = [ada.as_str(), "emile@example.com", "%2B15555550101", "ada_l", "", "org:admin"];

    for (filter, value) in REPEATED.into_iter().zip(known) {
        let others = format!("&{filter}=x").repeat(99);
        cast.roster.list(&format!("{filter}={value}{others}")).await;

        let too_many = cast.roster.path(&format!("{filter}={value}{others}&{filter}=x"));
        let answer = cast.roster.http.get(&too_many).await;
        let error = json!({
            "message": "exceeds maximum size",
            "long_message": format!("{filter} should not exceed 100 items."),
            "code": "form_param_array_size_exceeded",
            "meta": { "param_name": filter },
        });
        assert_eq!((answer.status, &answer.body["errors"]), (422, &json!([error])));
    }
}

#[tokio::test]
async fn a_hundred_values_of_each_filter_at_once_are_taken() {
    let cast = Cast::new().await;
    let Cast { ada, .. } = &cast;
    let mut query = format!(
        "user_id={ada}&email_address=ada%2Bnews@example.com&phone_number=%2B15555550101\
         &username=ada_l&web3_wallet=0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae&role=org:admin"
    );
    for index in 0..99 {
        query.push_str(&format!(
            "&user_id=user_{index}&email_address={index}@x.io&phone_number=%2B155555{index:05}\
             &username=u{index}&web3_wallet=0x{index:040}&role=org:{index}"
        ));
    }

    cast.finds(&query, &[ada]).await;
}

#[tokio::test]
async fn different_filters_must_all_match() {
    let cast = Cast::new().await;
    let Cast { ada, emile, nobody, .. } = &cast;

    cast.finds("role=org:member&email_address_query=example", &[emile]).await;
    cast.finds("role=org:admin&username=%C3%A9mile.x", &[]).await;
    cast.finds(&format!("user_id={ada}&user_id={nobody}&role=org:member"), &[nobody]).await;
    cast.finds(&format!("user_id=-{emile}&role=org:member"), &[nobody]).await;
    cast.finds("query=example&name_query=ada&phone_number_query=555", &[ada]).await;
    cast.finds("query=example&name_query=ada&phone_number_query=2079", &[]).await;
    cast.finds("email_address=emile@example.com&phone_number=%2B15555550101", &[]).await;
    cast.finds("username=ada_l&email_address=ada%2Bnews@example.com&query=0xde0b", &[ada]).await;
}

#[tokio::test]
async fn created_at_filters_look_at_the_user() {
    let cast = Cast::new().await;
    let Cast { ada, emile, nobody, .. } = &cast;
    let (in_2021, in_2023) = (1_609_459_200_000_i64, 1_672_531_200_000_i64);
    let emiles = 1_640_995_200_000_i64;

    cast.finds(&format!("created_at_before={in_2021}"), &[ada]).await;
    cast.finds(&format!("created_at_after={in_2021}"), &[emile, nobody]).await;
    cast.finds(&format!("created_at_after={in_2021}&created_at_before={in_2023}"), &[emile]).await;
    cast.finds(&format!("created_at_after={}", emiles - 1), &[emile, nobody]).await;
    cast.finds(&format!("created_at_after={emiles}"), &[nobody]).await;
    cast.finds(&format!("created_at_before={emiles}"), &[ada]).await;
    cast.finds(&format!("created_at_before={}", emiles + 1), &[ada, emile]).await;
    cast.finds(&format!("created_at_after={in_2023}&created_at_before={in_2021}"), &[]).await;
    cast.finds("created_at_after=-1", &[ada, emile, nobody]).await;
}

#[tokio::test]
async fn last_active_at_filters_find_nobody_who_never_was_active() {
    let cast = Cast::new().await;

    cast.finds("last_active_at_after=0", &[]).await;
    cast.finds("last_active_at_before=9999999999999", &[]).await;
}

#[tokio::test]
async fn instants_that_are_no_whole_numbers_are_refused() {
    let roster = Roster::new().await;
    let filters =
        ["last_active_at_before", "last_active_at_after", "created_at_before", "created_at_after"];

    for filter in filters {
        for value in ["then", "2024-01-01T00:00:00Z", "1.5", "", "%00", "99999999999999999999"] {
            let faults = roster.faults(&format!("{filter}={value}")).await;
            assert_eq!(faults, [format!("422 form_param_value_invalid {filter}")], "{value}");
        }
    }
}

#[tokio::test]
async fn a_user_is_found_once_though_several_values_match() {
    let cast = Cast::new().await;
    let Cast { ada, .. } = &cast;

    cast.finds("phone_number=%2B15555550101&phone_number=%2B15555550111", &[ada]).await;
    cast.finds("email_address_query=ada", &[ada]).await;
}

#[tokio::test]
async fn members_of_other_organizations_are_not_found() {
    let cast = Cast::new().await;
    let (_, admin) = cast.roster.http.organization_with_admin().await;
    cast.roster.http.patch(&format!("/v1/users/{admin}"), json!({ "username": "other" })).await;

    cast.finds("username=other", &[]).await;
    cast.finds("query=other", &[]).await;
    cast.finds("role=org:admin", &[&cast.ada]).await;
}

#[tokio::test]
async fn filters_follow_changes_at_once() {
    let cast = Cast::new().await;
    let Cast { roster, ada, emile, .. } = &cast;

    let names = json!({ "first_name": "Zoë", "username": "zoe" });
    roster.http.patch(&format!("/v1/users/{ada}"), names).await.ok();
    let path = format!("/v1/organizations/{}/memberships/{emile}", roster.organization);
    roster.http.patch(&path, json!({ "role": "org:admin" })).await.ok();

    cast.finds("username=ada_l", &[]).await;
    cast.finds("username=zoe", &[ada]).await;
    cast.finds("name_query=zo%C3%AB%20neu", &[ada]).await;
    cast.finds("role=org:admin", &[ada, emile]).await;
}

#[tokio::test]
async fn values_that_are_no_utf8_are_refused() {
    let roster = Roster::new().await;

    for filter in PARTS.iter().chain(&REPEATED) {
        let faults = roster.faults(&format!("{filter}=%FF")).await;
        assert_eq!(faults, [format!("422 form_param_value_invalid {filter}")]);
    }
}

#[tokio::test]
async fn filters_and_pages_go_together() {
    let roster = Roster::new().await;
    let mut users = Vec::new();
    for index in 0..12 {
        let name = if index % 2 == 0 { "Even" } else { "Odd" };
        users.push(roster.add(json!({ "first_name": name })).await);
    }
    let even: Vec<String> = users.into_iter().step_by(2).collect();

    let page: Value = roster.list("name_query=even&limit=4&offset=2").await;

    assert_eq!(super::users_of(&page), reversed(&even)[2..]);
    assert_eq!(page["total_count"], 6);
}
