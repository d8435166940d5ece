//! Which new names can be had.

use std::collections::HashMap;

use super::context::{Holders, Spot};

/// A name that a live one gets, or something that is created.
pub(super) struct Claim<'a> {
    /// The live one; `None`: it is created.
    pub(super) live: Option<usize>,
    /// The name; `None`: in a group that is made, where every name is free.
    pub(super) spot: Option<Spot<'a>>,
}

/// For each claim that cannot be met, a live one that keeps the name. Those that are `leaving` and
/// those that are renamed themselves free their names; who cannot be renamed keeps the old name,
/// and who waits for that one cannot be renamed either.
pub(super) fn refused(
    claims: &[Claim<'_>],
    holders: &Holders<'_>,
    leaving: &[bool],
) -> Vec<Option<usize>> {
    let renamed: HashMap<usize, usize> =
        claims.iter().enumerate().filter_map(|(at, claim)| Some((claim.live?, at))).collect();
    let mut refused = vec![None; claims.len()];
    let mut waiting: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut newly = Vec::new();
    for (at, claim) in claims.iter().enumerate() {
        let holders = claim.spot.into_iter().flat_map(|spot| holders.of(spot));
        for holder in holders.filter(|holder| Some(*holder) != claim.live) {
            match renamed.get(&holder) {
                _ if leaving[holder] => {}
                Some(first) => waiting.entry(*first).or_default().push(at),
                None if refused[at].is_none() => {
                    refused[at] = Some(holder);
                    newly.push(at);
                }
                None => {}
            }
        }
    }
    while let Some(first) = newly.pop() {
        for at in waiting.remove(&first).unwrap_or_default() {
            if refused[at].is_none() {
                refused[at] = claims[first].live;
                newly.push(at);
            }
        }
    }
    refused
}

#[cfg(test)]
mod tests {
    use leadtag_core::{Tag, TagCapabilities, TagNode};

    use super::*;
    use crate::Live;

    #[test]
    fn who_waits_for_a_name_that_is_kept_cannot_have_it() {
        // 0 is named a, 1 is named b, 2 is named c and stays.
        let nodes = ["a", "b", "c"].map(|name| TagNode::Tag(Tag::new(name, name)));
        let live = Live::of(nodes, &TagCapabilities::none());
        let holders = Holders::of_tags(&live);
        let claims = [
            Claim { live: Some(0), spot: Some((None, "b")) },
            Claim { live: Some(1), spot: Some((None, "c")) },
            Claim { live: None, spot: Some((None, "a")) },
        ];
        assert_eq!(refused(&claims, &holders, &[false; 3]), [Some(1), Some(2), Some(0)]);
        let leaving = [false, false, true];
        assert_eq!(refused(&claims, &holders, &leaving), [None, None, None]);
    }
}
