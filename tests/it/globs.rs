//! Many globs at once mean what each of them means alone.

use globset::Glob;
use proptest::prelude::*;
use pullwarden::read::globs::{Globs, parse};

/// Globs of few letters, so that many match: odd ones, tidy ones, and ones with braces and brackets.
const GLOB: &str = "[ab*?/é]{1,6}|(\\*\\*|a|b\\*|\\?)(/(\\*\\*|a|ab|\\*b|a\\*b)){0,3}|[ab*/{},\\[\\]]{1,6}";

proptest! {
    #![proptest_config(crate::harness::random(400))]

    #[test]
    fn many_globs_match_what_each_matches(
        patterns in prop::collection::vec(GLOB, 1..6),
        names in prop::collection::vec("[abé]{1,3}(/[abé]{1,3}){0,3}", 1..6),
    ) {
        let globs: Vec<Glob> = patterns.iter().filter_map(|pattern| parse(pattern).ok()).collect();
        let all = Globs::numbered(globs.iter().cloned().zip(0..));
        for name in &names {
            let due: Vec<usize> = (0..globs.len())
                .filter(|number| globs[*number].compile_matcher().is_match(name))
                .collect();
            prop_assert_eq!(all.matching(name), due.clone(), "{} by {:?}", name, patterns);
            prop_assert_eq!(all.is_match(name), !due.is_empty());
        }
    }
}
