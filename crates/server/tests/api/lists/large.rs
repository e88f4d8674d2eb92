//! Lists of many memberships.

use std::collections::BTreeSet;

use serde_json::json;

use super::{ORDERS, Roster, ids_of, reversed, sorted, users_of, walk};

#[tokio::test]
async fn a_member_is_found_whatever_the_place_in_the_list() {
    let roster = Roster::new().await;
    let oldest = roster.add(json!({})).await;
    roster.add_many(228, |_| json!({})).await;
    let newest = roster.add_as("org:admin", json!({})).await;

    for query in ["", "&limit=1&offset=0", "&order_by=-created_at", "&role=org:member"] {
        let page = roster.list(&format!("user_id={oldest}{query}")).await;
        assert_eq!(users_of(&page), [oldest.as_str()], "{query}");
        assert_eq!(page["total_count"], 1, "{query}");
    }
    let both = roster.users(&format!("user_id={oldest}&user_id={newest}")).await;
    assert_eq!(sorted(both), sorted([oldest.clone(), newest]));
    let path = format!("/v1/organizations/{}/memberships/{oldest}", roster.organization);
    assert_eq!(roster.http.get(&path).await.ok()["public_user_data"]["user_id"], json!(oldest));
}

#[tokio::test]
async fn an_excluded_member_is_the_only_one_missing() {
    let roster = Roster::new().await;
    let users = roster.add_many(230, |_| json!({})).await;
    let excluded = &users[100];

    let found: BTreeSet<_> =
        roster.users(&format!("user_id=-{excluded}")).await.into_iter().collect();

    let expected: BTreeSet<_> = users.iter().filter(|user| *user != excluded).cloned().collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn five_hundred_members_fit_one_page() {
    let roster = Roster::new().await;
    let users = roster.add_many(501, |_| json!({})).await;

    let first = roster.list("limit=500").await;
    let rest = roster.list("limit=500&offset=500").await;

    let (first, rest) = (users_of(&first), users_of(&rest));
    assert_eq!((first.len(), rest.len()), (500, 1));
    assert_eq!(sorted([first, rest].concat()), sorted(users));
}

#[tokio::test]
async fn every_order_holds_in_an_organization_of_more_than_a_page() {
    let roster = Roster::new().await;
    let fields = |index: usize| {
        let mut user = json!({});
        if !index.is_multiple_of(3) {
            user["first_name"] = json!(format!("Name {}", index % 50));
            user["email_address"] = json!([format!("user{index}@example.com")]);
        }
        if !index.is_multiple_of(5) {
            user["last_name"] = json!(format!("{}", index % 7));
            user["username"] = json!(format!("user{index}"));
        }
        user
    };
    let users = roster.add_many(620, fields).await;
    let path = format!("/v1/organizations/{}/memberships", roster.organization);

    for order in ORDERS {
        let up = walk(&roster.http, &path, &format!("order_by={order}"), 250).await;
        let down = walk(&roster.http, &path, &format!("order_by=-{order}"), 499).await;
        assert_eq!(down, reversed(&up), "{order}");
        assert_eq!(sorted(up).iter().collect::<BTreeSet<_>>().len(), users.len(), "{order}");
    }
}

#[tokio::test]
async fn a_user_of_many_organizations_has_them_all_in_pages() {
    let roster = Roster::new().await;
    let user = roster.http.anybody().await;
    let mut joining = tokio::task::JoinSet::new();
    for index in 0..120 {
        let (http, user) = (roster.http.clone(), user.clone());
        joining.spawn(async move {
            let fields = json!({ "name": format!("Organization {index}") });
            let organization = http.organization(fields).await;
            http.join(&organization, &user, "org:member").await;
            organization
        });
    }
    let organizations = joining.join_all().await;
    let path = format!("/v1/users/{user}/organization_memberships");

    let first = roster.http.get(&format!("{path}?limit=100")).await.ok();
    let second = roster.http.get(&format!("{path}?limit=100&offset=100")).await.ok();

    let (rows, more) = (ids_of(&first), ids_of(&second));
    assert_eq!((rows.len(), more.len()), (100, 20));
    assert_eq!((&first["total_count"], &second["total_count"]), (&json!(120), &json!(120)));
    let pages = [&first, &second];
    let shown = pages.iter().flat_map(|page| page["data"].as_array().into_iter().flatten());
    let shown = shown.map(|row| row["organization"]["id"].as_str().unwrap_or_default().to_owned());
    assert_eq!(sorted(shown), sorted(organizations));
}
