//! Names that come again and again, mostly in their order.

/// So many names are passed by to find the next one without a search.
const STEPS: usize = 4;

/// Names with a number each, found quickly where they come in their order, as those of a lead's
/// attributes do, whichever of them are missing.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    /// In their order.
    names: Vec<(Box<str>, usize)>,
    /// Where in it the next name is looked for.
    next: usize,
}

impl Sequence {
    /// The names begin again.
    pub(crate) fn begin(&mut self) {
        self.next = 0;
    }

    /// Whether a name has a number.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// The number of a name.
    pub(crate) fn find(&mut self, name: &str) -> Option<usize> {
        let following = self.names.iter().enumerate().skip(self.next).take(STEPS);
        let mut following = following.filter(|(_, (known, _))| **known == *name);
        let at = match following.next() {
            Some((at, _)) => at,
            None => self.place(name).ok()?,
        };
        self.next = at + 1;
        Some(self.names[at].1)
    }

    /// Gives a name a number, if it has none: the next one.
    pub(crate) fn insert(&mut self, name: &str) -> usize {
        let number = self.names.len();
        match self.place(name) {
            Ok(at) => self.names[at].1,
            Err(at) => {
                self.names.insert(at, (name.into(), number));
                number
            }
        }
    }

    /// Where a name stands in the order, or would stand.
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.names.binary_search_by(|(known, _)| (**known).cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number_in_whichever_order_they_come() {
        let mut names = Sequence::default();
        let numbered = ["m", "b", "z", "a", "k", "c", "y"];
        for (number, name) in numbered.into_iter().enumerate() {
            assert_eq!(names.insert(name), number);
        }
        assert_eq!(names.insert("k"), 4);
        for order in [["a", "b", "c", "k", "m", "y", "z"], ["z", "y", "m", "k", "c", "b", "a"]] {
            names.begin();
            for name in order {
                let number = numbered.iter().position(|known| *known == name);
                assert_eq!(names.find(name), number, "{name}");
                assert_eq!(names.find("none"), None);
            }
        }
    }
}
