//! Users and their metadata.

use backend::{
    UNKNOWN_USER, assert_refused, holder, join, metadata, organization, phone_number, stranger,
    unique, user, user_with, wallet,
};
use clerk_rs::apis::users_api::{
    create_user, delete_user, get_user, replace_user_metadata, update_user, update_user_metadata,
};
use clerk_rs::models::create_user_request::EmailAddressIdentificationStatus;
use clerk_rs::models::email_address_verification::EmailAddressVerification;
use clerk_rs::models::{
    CreateUserRequest, ReplaceUserMetadataRequest, UpdateUserMetadataRequest, UpdateUserRequest,
};
use serde_json::json;

#[tokio::test]
async fn its_models_take_a_user_with_everything() {
    let (backend, word) = (holder(), unique("countess"));
    let mut request = CreateUserRequest::new();
    request.external_id = Some(Some(word.clone()));
    request.first_name = Some(Some("Ada".to_owned()));
    request.last_name = Some(Some("Lovelace".to_owned()));
    request.username = Some(Some(word.clone()));
    let addresses = [format!("ada-{word}@example.com"), format!("lovelace-{word}@example.com")];
    request.email_address = Some(addresses.to_vec());
    request.email_address_identification_status = Some(vec![
        EmailAddressIdentificationStatus::Verified,
        EmailAddressIdentificationStatus::Reserved,
    ]);
    request.phone_number = Some(vec![phone_number(&word, 0)]);
    request.web3_wallet = Some(vec![wallet(&word)]);
    request.password = Some(Some("difference engine no. 2".to_owned()));
    request.public_metadata = Some(metadata(json!({"language": "en"})));
    request.private_metadata = Some(metadata(json!({"cost": 1})));
    request.unsafe_metadata = Some(metadata(json!({"theme": "dark"})));
    request.legal_accepted_at = Some(Some("2024-02-29T12:00:00Z".to_owned()));
    request.create_organizations_limit = Some(Some(3));
    request.created_at = Some(Some("2020-02-29T12:00:00.250Z".to_owned()));
    let made = create_user(&backend, request).await.unwrap();

    let user = get_user(&backend, &made.id).await.unwrap();

    assert_eq!(user, made);
    assert_eq!(user.username, Some(word.clone()));
    assert_eq!(user.external_id, Some(word));
    let [first, second] = &user.email_addresses[..] else { panic!("{:?}", user.email_addresses) };
    assert_eq!([&first.email_address, &second.email_address], [&addresses[0], &addresses[1]]);
    assert_eq!((first.reserved, second.reserved), (false, true));
    let verification = first.verification.as_deref();
    assert!(matches!(verification, Some(EmailAddressVerification::VerificationAdmin(_))));
    assert_eq!(user.primary_email_address_id, first.id);
    assert_eq!((user.phone_numbers.len(), user.web3_wallets.len()), (1, 1));
    assert!(user.password_enabled);
    assert_eq!(user.created_at, 1_582_977_600_250);
    assert_eq!(user.legal_accepted_at, Some(1_709_208_000_000));
    assert_eq!(user.create_organizations_limit, Some(Some(3)));
    assert_eq!(user.public_metadata, metadata(json!({"language": "en"})));
    assert_eq!(user.private_metadata, Some(Some(metadata(json!({"cost": 1})))));
    assert_eq!(user.unsafe_metadata, Some(metadata(json!({"theme": "dark"}))));
}

#[tokio::test]
async fn create_names_a_wrong_field() {
    let backend = holder();
    let mut address = CreateUserRequest::new();
    address.email_address = Some(vec!["not an address".to_owned()]);
    let mut password = CreateUserRequest::new();
    password.password = Some(Some("short".to_owned()));
    let mut taken = CreateUserRequest::new();
    let address_of_other = user(&backend).await.email_addresses.remove(0).email_address;
    taken.email_address = Some(vec![address_of_other.to_uppercase()]);

    for (request, code, about) in [
        (address, "form_param_format_invalid", "email_address"),
        (password, "form_password_length_too_short", "password"),
        (taken, "form_identifier_exists", "email_address"),
    ] {
        assert_refused(create_user(&backend, request).await, 422, code, Some(about));
    }
}

#[tokio::test]
async fn update_changes_what_is_given_and_null_clears() {
    let backend = holder();
    let mut request = CreateUserRequest::new();
    request.first_name = Some(Some("Ada".to_owned()));
    request.last_name = Some(Some("King".to_owned()));
    let made = user_with(&backend, request).await;
    let mut change = UpdateUserRequest::new();
    change.first_name = Some(None);
    change.username = Some(Some(unique("ada")));
    change.delete_self_enabled = Some(Some(false));
    change.create_organizations_limit = Some(Some(2));

    let user = update_user(&backend, &made.id, change.clone()).await.unwrap();

    assert_eq!((user.first_name.as_deref(), user.last_name.as_deref()), (None, Some("King")));
    assert_eq!(Some(user.username.clone()), change.username);
    assert!(!user.delete_self_enabled);
    assert_eq!(user.create_organizations_limit, Some(Some(2)));
    assert_eq!(get_user(&backend, &made.id).await.unwrap(), user);
}

#[tokio::test]
async fn metadata_merge_deeply_and_null_removes() {
    let backend = holder();
    let made = user_with(&backend, with_metadata()).await;
    let mut change = UpdateUserMetadataRequest::new();
    change.public_metadata = Some(metadata(json!({"seat": {"row": 2, "place": null}})));
    change.unsafe_metadata = Some(metadata(json!({"size": 12})));

    let user = update_user_metadata(&backend, &made.id, Some(change)).await.unwrap();
    let untouched = update_user_metadata(&backend, &made.id, None).await.unwrap();

    assert_eq!(user.public_metadata, metadata(json!({"seat": {"row": 2}})));
    assert_eq!(user.private_metadata, made.private_metadata);
    assert_eq!(user.unsafe_metadata, Some(metadata(json!({"theme": "dark", "size": 12}))));
    assert_eq!(untouched, user);
}

#[tokio::test]
async fn metadata_are_replaced_as_given() {
    let backend = holder();
    let made = user_with(&backend, with_metadata()).await;
    let mut change = ReplaceUserMetadataRequest::new();
    change.public_metadata = Some(metadata(json!({"country": "UK"})));

    let user = replace_user_metadata(&backend, &made.id, Some(change)).await.unwrap();

    assert_eq!(user.public_metadata, metadata(json!({"country": "UK"})));
    assert_eq!(user.private_metadata, made.private_metadata);
    assert_eq!(user.unsafe_metadata, made.unsafe_metadata);
}

fn with_metadata() -> CreateUserRequest {
    let mut request = CreateUserRequest::new();
    request.public_metadata = Some(metadata(json!({"seat": {"row": 1, "place": "window"}})));
    request.private_metadata = Some(metadata(json!({"cost": 1})));
    request.unsafe_metadata = Some(metadata(json!({"theme": "dark"})));
    request
}

#[tokio::test]
async fn delete_answers_what_was_deleted() {
    let backend = holder();
    let (made, organization) = (user(&backend).await, organization(&backend).await);
    join(&backend, &organization, &made, "org:member").await;

    let deleted = delete_user(&backend, &made.id).await.unwrap();

    assert_eq!((deleted.object.as_str(), deleted.deleted), ("user", true));
    assert_eq!(deleted.id, Some(made.id.clone()));
    assert_refused(get_user(&backend, &made.id).await, 404, "resource_not_found", None);
}

#[tokio::test]
async fn no_operation_finds_an_unknown_user() {
    let (backend, id) = (holder(), UNKNOWN_USER);

    let read = get_user(&backend, id).await;
    let update = update_user(&backend, id, UpdateUserRequest::new()).await;
    let merge = update_user_metadata(&backend, id, None).await;
    let replacement = replace_user_metadata(&backend, id, None).await;
    let removal = delete_user(&backend, id).await;

    assert_refused(read, 404, "resource_not_found", None);
    assert_refused(update, 404, "resource_not_found", None);
    assert_refused(merge, 404, "resource_not_found", None);
    assert_refused(replacement, 404, "resource_not_found", None);
    assert_refused(removal, 404, "resource_not_found", None);
}

#[tokio::test]
async fn the_key_has_to_be_known() {
    let read = get_user(&stranger(), UNKNOWN_USER).await;
    let creation = create_user(&stranger(), CreateUserRequest::new()).await;

    assert_refused(read, 401, "clerk_key_invalid", None);
    assert_refused(creation, 401, "clerk_key_invalid", None);
}
