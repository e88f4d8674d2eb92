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

#[cfg(test)]
mod tests {
    use super::*;

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
