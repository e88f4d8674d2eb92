//! Filters that look for a part of a text.

use serde_json::json;

use super::filters::{Cast, PARTS, REPEATED};
use super::{Roster, users_of};

#[tokio::test]
async fn a_query_looks_at_every_kind_of_field() {
    let cast = Cast::new().await;
    let Cast { ada, emile, .. } = &cast;
    let part_of_id = &ada[10..30];

    for part in [
        "news@ex",
        "555550101",
        "555550111",
        "a_l",
        "0xde0b29",
        part_of_id,
        "neut",
        "a%20neu",
        "cher.example",
    ] {
        cast.finds(&format!("query={part}"), &[ada]).await;
        cast.finds(&format!("query={}", part.to_uppercase()), &[ada]).await;
    }
    cast.finds("query=example.com", &[ada, emile]).await;
    cast.finds(&format!("query={ada}"), &[ada]).await;
    cast.finds("query=nowhere", &[]).await;
}

#[tokio::test]
async fn an_empty_query_finds_everybody() {
    let cast = Cast::new().await;
    let Cast { ada, emile, nobody, .. } = &cast;

    cast.finds("query=", &[ada, emile, nobody]).await;
}

#[tokio::test]
async fn each_part_is_looked_for_in_its_own_field_only() {
    let cast = Cast::new().await;
    let Cast { ada, emile, .. } = &cast;

    cast.finds("email_address_query=ADA", &[ada]).await;
    cast.finds("email_address_query=mile@", &[emile]).await;
    cast.finds("email_address_query=neutral", &[]).await;
    cast.finds("phone_number_query=2079", &[emile]).await;
    cast.finds("phone_number_query=%2B1555", &[ada]).await;
    cast.finds("phone_number_query=example", &[]).await;
    cast.finds("username_query=DA_", &[ada]).await;
    cast.finds("username_query=emile", &[]).await;
    cast.finds("name_query=straSS", &[]).await;
    cast.finds("name_query=VAN%20str", &[emile]).await;
    cast.finds("name_query=ada%20neutral", &[ada]).await;
    cast.finds("name_query=example", &[]).await;
}

#[tokio::test]
async fn parts_are_found_without_regard_to_the_case_of_any_script() {
    let roster = Roster::new().await;
    let names = ["Émile", "ÖRSTED", "ПЁТР", "ΩΜΈΓΑ", "İnci", "Straße", "東京"];
    let mut users = Vec::new();
    for name in names {
        users.push(roster.add(json!({ "first_name": name })).await);
    }

    let parts = ["ÉMI", "örst", "пётр", "ωμέ", "İn", "STRAß", "東"];
    for (part, user) in parts.into_iter().zip(users) {
        let page = roster.http.request(reqwest::Method::GET, &roster.path(""));
        let page = roster.http.send(page.query(&[("name_query", part)])).await.ok();
        assert_eq!(users_of(&page), [user], "{part}");
    }
}

#[tokio::test]
async fn percent_and_underscore_stand_for_themselves() {
    let cast = Cast::new().await;
    let Cast { ada, emile, .. } = &cast;

    cast.finds("query=%25", &[emile]).await;
    cast.finds("name_query=100%25", &[emile]).await;
    cast.finds("username_query=_", &[ada]).await;
    cast.finds("username_query=a_l", &[ada]).await;
    cast.finds("name_query=_", &[]).await;
    for part in ["a%25a", "e_ile", "!", "!%25", "%5C", "%5C%25", "*", "[a-z]", "'", "%22", "--"] {
        cast.finds(&format!("query={part}"), &[]).await;
    }
}

#[tokio::test]
async fn nul_matches_nothing() {
    let cast = Cast::new().await;
    let Cast { ada, emile, nobody, .. } = &cast;

    for filter in PARTS.iter().chain(&REPEATED) {
        cast.finds(&format!("{filter}=%00"), &[]).await;
    }
    cast.finds("query=ada%00", &[]).await;
    cast.finds(&format!("user_id={ada}%00&user_id={emile}"), &[emile]).await;
    cast.finds(&format!("user_id=-{ada}%00"), &[ada, emile, nobody]).await;
    cast.finds(&format!("user_id=-%00&user_id=-{ada}"), &[emile, nobody]).await;
}

#[tokio::test]
async fn very_long_values_find_nobody() {
    let cast = Cast::new().await;

    for letter in ["x", "%C4%B0", "%27", "%00"] {
        for filter in PARTS.iter().chain(&REPEATED) {
            let long = letter.repeat(30_000 / letter.len());
            cast.finds(&format!("{filter}={long}"), &[]).await;
        }
    }
}

#[tokio::test]
async fn very_long_values_of_wildcards_find_nobody() {
    let cast = Cast::new().await;

    for letter in ["_", "%25", "!"] {
        for filter in PARTS.iter().chain(&REPEATED) {
            let long = letter.repeat(30_000 / letter.len());
            cast.finds(&format!("{filter}={long}"), &[]).await;
        }
    }
}
