//! How text is compared and shortened.

/// Folds text for sorting and searching: lower case, character by character.
///
/// Unlike `str::to_lowercase` it does not look at the neighbours of a character, so that a part of
/// a text folds to a part of the folded text.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// At most two letters that stand for somebody: of the first two names, or of the only one.
pub fn initials(names: &[&str]) -> String {
    let words = names.iter().flat_map(|name| name.split_whitespace());
    let letters = words.filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    letters.take(2).map(|letter| letter.to_uppercase().next().unwrap_or(letter)).collect()
}

/// Bytes as lower-case hexadecimal digits, two for each.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = vec![0; 2 * bytes.len()];
    for (digits, byte) in text.chunks_exact_mut(2).zip(bytes) {
        digits[0] = DIGITS[usize::from(byte >> 4)];
        digits[1] = DIGITS[usize::from(byte & 0xf)];
    }
    String::from_utf8(text).expect("digits are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_two_digits() {
        assert_eq!(hexadecimal(&[0x00, 0x0f, 0xa0, 0xff]), "000fa0ff");
        assert_eq!(hexadecimal(&[]), "");
    }

    #[test]
    fn a_part_folds_to_a_part() {
        assert!(fold("ὈΔΥΣΣΕΎΣ ΟΔΟΣ").contains(&fold("ΟΔΟΣ")));
    }

    #[test]
    fn initials_skip_what_is_no_letter() {
        assert_eq!(initials(&["\"Ada\"", "neutral"]), "AN");
        assert_eq!(initials(&["St. Mary's"]), "SM");
        assert_eq!(initials(&["---"]), "");
    }
}
