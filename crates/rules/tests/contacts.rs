//! Readers of addresses, numbers, names and slugs, against whatever a client may send.

use guildhall_rules::contacts;
use guildhall_rules::organizations::{name_fault, slug_fault};
use guildhall_rules::text::fold;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..40).prop_map(String::from_iter)
}

/// Text of the characters that decide whether something is an address, a number or a tag.
fn nearly() -> impl Strategy<Value = String> {
    let letters: Vec<char> = "aAéü\u{308}@.+-_ 0159x<>/:!?w()\0\u{ad}。".chars().collect();
    vec(select(letters), 0..30).prop_map(String::from_iter)
}

fn anything() -> impl Strategy<Value = String> {
    prop_oneof![text(), nearly()]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn readers_never_panic(text in anything()) {
        let _ = contacts::email_address(&text);
        let _ = contacts::phone_number(&text);
        let _ = contacts::web3_wallet(&text);
        let _ = contacts::username(&text);
        let _ = contacts::external_id(&text);
        let _ = (name_fault(&text), slug_fault(&text));
    }

    #[test]
    fn an_identifier_is_its_own_identifier(text in anything()) {
        let readers =
            [contacts::email_address, contacts::phone_number, contacts::web3_wallet, contacts::username];
        for read in readers {
            if let Ok(identifier) = read(&text) {
                let again = read(&identifier.value);
                prop_assert_eq!(again, Ok(identifier), "{}", text);
            }
        }
    }

    #[test]
    fn identifiers_do_not_depend_on_the_case_of_ascii(local in "[a-zA-Z0-9.+_-]{1,10}", domain in "[a-z]{1,8}") {
        let address = format!("{local}@{domain}.example");

        let upper = contacts::email_address(&address.to_ascii_uppercase());
        prop_assert_eq!(upper, contacts::email_address(&address));
        let upper = contacts::username(&local.to_ascii_uppercase());
        prop_assert_eq!(upper.ok(), contacts::username(&local).ok());
    }

    #[test]
    fn folding_folds_every_part_alike(left in text(), part in text(), right in text()) {
        let whole = fold(&format!("{left}{part}{right}"));

        prop_assert!(whole.contains(&fold(&part)));
    }
}
