//! Deterministic "randomness": a value is a pure function of the seed and what it is for.

/// SplitMix64 over the seed and two coordinates: no state, so customer 9,999,999 costs as much as
/// customer 0 and needs none of those before it.
pub(crate) fn mix(seed: u64, index: u64, salt: u64) -> u64 {
    let mut z = seed
        .wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add(salt.wrapping_mul(0xD1B5_4A32_D192_ED03))
        .wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One element of a non-empty slice, chosen by [`mix`]; `None` only for an empty one.
pub(crate) fn pick<T>(items: &[T], value: u64) -> Option<&T> {
    let len = u64::try_from(items.len()).ok().filter(|len| *len > 0)?;
    items.get(usize::try_from(value % len).ok()?)
}
