//! E-mail addresses, phone numbers, web3 wallets and usernames: their form, and when two are one.

use guildhall_types::{Code, Fault};

use crate::rows::{Identifier, IdentifierKind};
use crate::text::fold;

/// The most bytes of an e-mail address that mail servers carry.
const MOST_EMAIL_BYTES: usize = 254;
/// The least and the most characters of a username.
const USERNAME_CHARACTERS: (usize, usize) = (1, 64);
/// The most characters of an external id.
const MOST_EXTERNAL_ID_CHARACTERS: usize = 256;

/// The identifier of an e-mail address; two addresses are one when theirs are equal.
///
/// The whole address is folded to lower case, and the domain brought to its ASCII form.
///
/// # Errors
/// `form_param_format_invalid` about `email_address`.
pub fn email_address(address: &str) -> Result<Identifier, Fault> {
    let fault = || Code::EmailAddressInvalid.parameter("email_address");
    let (local, domain) = address.rsplit_once('@').ok_or_else(fault)?;
    let domain = ascii_domain(domain).ok_or_else(fault)?;
    if !is_local_part(local) || local.len() + 1 + domain.len() > MOST_EMAIL_BYTES {
        return Err(fault());
    }
    Ok(Identifier {
        kind: IdentifierKind::EmailAddress,
        value: format!("{}@{domain}", fold(local)),
    })
}

fn ascii_domain(domain: &str) -> Option<String> {
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    let labels = domain.split('.').count();
    (labels >= 2 && domain.split('.').all(|label| !label.is_empty())).then_some(domain)
}

/// A dot-atom of RFC 5322, with the letters of RFC 6531.
fn is_local_part(local: &str) -> bool {
    let allowed = |letter: char| {
        letter.is_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~.".contains(letter)
            || (!letter.is_ascii() && !letter.is_control() && !letter.is_whitespace())
    };
    let dots = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    !local.is_empty() && local.len() <= 64 && dots && local.chars().all(allowed)
}

/// The identifier of a phone number, in E.164 form; blanks, dashes, dots and brackets are dropped.
///
/// Only the form is checked, so that numbers reserved for tests and fiction are taken.
///
/// # Errors
/// `form_param_format_invalid` about `phone_number`.
pub fn phone_number(number: &str) -> Result<Identifier, Fault> {
    let value: String = number.chars().filter(|letter| !" -.()".contains(*letter)).collect();
    let digits = value.strip_prefix('+').unwrap_or_default();
    let well_formed = (7..=15).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && !digits.starts_with('0');
    if !well_formed {
        return Err(Code::PhoneNumberInvalid.parameter("phone_number"));
    }
    Ok(Identifier { kind: IdentifierKind::PhoneNumber, value })
}

/// The identifier of a web3 wallet: an Ethereum address without regard to case, or a Solana one.
///
/// # Errors
/// `form_param_format_invalid` about `web3_wallet`.
pub fn web3_wallet(address: &str) -> Result<Identifier, Fault> {
    let is_base58 = |byte: u8| byte.is_ascii_alphanumeric() && !b"0OIl".contains(&byte);
    let value = match address.strip_prefix("0x").or_else(|| address.strip_prefix("0X")) {
        Some(digits) if digits.len() == 40 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
            address.to_ascii_lowercase()
        }
        None if (32..=44).contains(&address.len()) && address.bytes().all(is_base58) => {
            address.to_owned()
        }
        _ => return Err(Code::Web3WalletInvalid.parameter("web3_wallet")),
    };
    Ok(Identifier { kind: IdentifierKind::Web3Wallet, value })
}

/// The identifier of a username: letters, digits, `_`, `-` and `.`, without regard to case.
///
/// # Errors
/// `form_username_invalid_length` or `form_username_invalid_character` about `username`.
pub fn username(username: &str) -> Result<Identifier, Fault> {
    let (least, most) = USERNAME_CHARACTERS;
    if !(least..=most).contains(&username.chars().count()) {
        return Err(Code::UsernameLengthInvalid
            .parameter("username")
            .value(least.to_string())
            .value(most.to_string()));
    }
    if !username.chars().all(|letter| letter.is_alphanumeric() || "_-.".contains(letter)) {
        return Err(Code::UsernameCharacterInvalid.parameter("username"));
    }
    Ok(Identifier { kind: IdentifierKind::Username, value: fold(username) })
}

/// The identifier of an external id: any text of 1 to 256 characters, compared as it is.
///
/// # Errors
/// `form_param_value_invalid` or `form_param_max_length_exceeded` about `external_id`.
pub fn external_id(id: &str) -> Result<Identifier, Fault> {
    if id.is_empty() {
        return Err(Code::ParameterEmpty.parameter("external_id"));
    }
    if id.chars().count() > MOST_EXTERNAL_ID_CHARACTERS {
        let most = MOST_EXTERNAL_ID_CHARACTERS.to_string();
        return Err(Code::ParameterTooLong.parameter("external_id").value(most));
    }
    Ok(Identifier { kind: IdentifierKind::ExternalId, value: id.to_owned() })
}

/// The fault that somebody else has an identifier.
pub fn taken(identifier: &Identifier) -> Fault {
    let name = identifier.kind.as_str();
    Code::IdentifierExists.parameter(name).value(name.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_identifier_however_its_domain_is_spelled() {
        let spellings = [
            "pat@bücher.example",
            "pat@xn--bcher-kva.example",
            "Pat@bu\u{308}cher.example",
            "PAT@BÜCHER.EXAMPLE",
        ];
        for spelling in spellings {
            let identifier = email_address(spelling).expect(spelling);
            assert_eq!(identifier.value, "pat@xn--bcher-kva.example", "{spelling}");
        }
    }

    #[test]
    fn unusual_mailboxes_are_taken() {
        for address in ["пат@example.com", "a+b@example.com", "o'neil@example.co.uk", "1@x.io"] {
            assert!(email_address(address).is_ok(), "{address}");
        }
    }

    #[test]
    fn what_is_no_mailbox_is_refused() {
        let long = format!("{}@example.com", "x".repeat(65));
        let addresses = [
            "",
            "a",
            "@example.com",
            "a@",
            "a@b",
            "A <a@example.com>",
            "a b@example.com",
            "a@exa mple.com",
            "a@@example.com",
            ".a@example.com",
            "a@.com",
            "a@[127.0.0.1]",
            "a@example..com",
            "a\0@example.com",
            &long,
        ];
        for address in addresses {
            assert!(email_address(address).is_err(), "{address}");
        }
    }

    #[test]
    fn a_phone_number_is_brought_to_its_form() {
        let identifier = phone_number("+1 (555) 555-0100").expect("a well-formed number");
        assert_eq!(identifier.value, "+15555550100");
        for number in
            ["", "15555550100", "+", "+123", "+0123456789", "+1555555010x", "+1234567890123456"]
        {
            assert!(phone_number(number).is_err(), "{number}");
        }
    }

    #[test]
    fn a_wallet_is_one_without_regard_to_case() {
        let lower = web3_wallet("0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae").expect("an address");
        let mixed = web3_wallet("0xDe0B295669a9FD93d5F28D9Ec85E40f4cb697BAe").expect("an address");
        assert_eq!(lower, mixed);
        assert!(web3_wallet("0x123").is_err());
        assert!(web3_wallet("not a wallet").is_err());
    }
}
