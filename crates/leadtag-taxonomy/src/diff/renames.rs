//! The order of renames: who has a name that another one wants goes first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::context::Spot;
use crate::hash;

/// A live one that gets another name.
pub(super) struct Step<'a> {
    /// Its id.
    pub(super) id: &'a str,
    /// The name it has.
    pub(super) from: Spot<'a>,
    /// The name it gets.
    pub(super) to: &'a str,
    /// Whether it goes away soon and only makes way.
    pub(super) aside: bool,
}

/// One rename of the result.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// Which one of those asked for.
    pub(super) at: usize,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) temporary: bool,
}

/// Brings `steps` into an order in which every name is free when it is given. Where they wait for
/// each other in a circle, one of them has another name for a while. `held` says how many have
/// each name at the beginning; `width` how many characters a name may have. O(n log n).
pub(super) fn sequence(
    steps: &[Step<'_>],
    held: HashMap<Spot<'_>, usize>,
    width: Option<u32>,
) -> Vec<Sent> {
    Sequence::new(steps, held, width).run()
}

struct Sequence<'a> {
    steps: &'a [Step<'a>],
    held: HashMap<Spot<'a>, usize>,
    /// Who has a name and gives it up.
    givers: ByName<'a>,
    /// Who gets a name.
    takers: ByName<'a>,
    ready: BinaryHeap<Reverse<usize>>,
    done: Vec<bool>,
    /// The name for a while.
    detour: Vec<Option<String>>,
    width: Option<u32>,
    sent: Vec<Sent>,
}

/// Which steps have a name, in the order given.
struct ByName<'a> {
    first: HashMap<Spot<'a>, usize>,
    /// For each step the next one of the same name.
    next: Vec<Option<usize>>,
}

impl<'a> ByName<'a> {
    fn new(names: impl DoubleEndedIterator<Item = Spot<'a>> + ExactSizeIterator) -> Self {
        let mut first = HashMap::with_capacity(names.len());
        let mut next = vec![None; names.len()];
        for (at, spot) in names.enumerate().rev() {
            next[at] = first.insert(spot, at);
        }
        Self { first, next }
    }

    fn of(&self, spot: Spot<'_>) -> impl Iterator<Item = usize> {
        std::iter::successors(self.first.get(&spot).copied(), |at| self.next[*at])
    }
}

impl<'a> Sequence<'a> {
    fn new(steps: &'a [Step<'a>], held: HashMap<Spot<'a>, usize>, width: Option<u32>) -> Self {
        let free = |at: &usize| held.get(&target(&steps[*at])).is_none_or(|count| *count == 0);
        let ready = (0..steps.len()).filter(free).map(Reverse).collect();
        Self {
            steps,
            held,
            givers: ByName::new(steps.iter().map(|step| step.from)),
            takers: ByName::new(steps.iter().map(target)),
            ready,
            done: vec![false; steps.len()],
            detour: vec![None; steps.len()],
            width,
            sent: Vec::with_capacity(steps.len()),
        }
    }

    fn run(mut self) -> Vec<Sent> {
        let mut next = 0;
        loop {
            while let Some(Reverse(at)) = self.ready.pop() {
                let taken = self.held.get(&target(&self.steps[at])).is_some_and(|held| *held > 0);
                if !self.done[at] && !taken {
                    self.send(at);
                }
            }
            while self.done.get(next) == Some(&true) {
                next += 1;
            }
            if next == self.steps.len() {
                return self.sent;
            }
            match self.circle(next) {
                Some(at) => self.detour(at),
                // Somebody who stays has the name. It is sent last, and the platform decides.
                None => self.send(next),
            }
        }
    }

    fn send(&mut self, at: usize) {
        let step = &self.steps[at];
        let detour = self.detour[at].take();
        let left = detour.is_none();
        let from = detour.unwrap_or_else(|| step.from.1.to_owned());
        let to = step.to.to_owned();
        self.sent.push(Sent { at, from, to, temporary: step.aside });
        self.done[at] = true;
        *self.held.entry(target(step)).or_default() += 1;
        if left {
            self.leave(step.from);
        }
    }

    /// A name has one holder less; with the last one it is free.
    fn leave(&mut self, spot: Spot<'a>) {
        let Some(held) = self.held.get_mut(&spot) else { return };
        *held = held.saturating_sub(1);
        if *held == 0 {
            let takers = self.takers.of(spot).filter(|at| !self.done[*at]);
            self.ready.extend(takers.map(Reverse));
        }
    }

    /// The first one, in the order given, of the circle that `start` waits for.
    fn circle(&self, start: usize) -> Option<usize> {
        let (mut path, mut seen) = (vec![start], HashSet::from([start]));
        let mut at = start;
        loop {
            let waits = |holder: &usize| !self.done[*holder] && self.detour[*holder].is_none();
            at = self.givers.of(target(&self.steps[at])).find(waits)?;
            if !seen.insert(at) {
                let begin = path.iter().position(|known| *known == at)?;
                return path[begin..].iter().min().copied();
            }
            path.push(at);
        }
    }

    fn detour(&mut self, at: usize) {
        let step = &self.steps[at];
        let name = temporary_name(step.id, self.width, |name| {
            self.held.get(&(step.from.0, name)).is_some_and(|held| *held > 0)
        });
        let from = step.from.1.to_owned();
        self.sent.push(Sent { at, from, to: name.clone(), temporary: true });
        self.detour[at] = Some(name);
        self.leave(step.from);
    }
}

fn target<'a>(step: &Step<'a>) -> Spot<'a> {
    (step.from.0, step.to)
}

/// A name for a while: `~` and eight digits made of the id, or fewer where names are shorter.
pub(super) fn temporary_name(id: &str, width: Option<u32>, taken: impl Fn(&str) -> bool) -> String {
    let digits = hash::of_parts(["temporary name", id]);
    let width = width.map_or(8, |width| width.saturating_sub(1).clamp(1, 8) as usize);
    let names = (0..=digits.len() - width).step_by(width);
    let mut names = names.map(|at| format!("~{}", &digits[at..at + width]));
    let first = names.next().unwrap_or_else(|| "~".to_owned());
    if taken(&first) { names.find(|name| !taken(name)).unwrap_or(first) } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Carries the renames out, and panics if a name is not free.
    fn carried_out(names: &[&str], wishes: &[(usize, &str)]) -> (Vec<String>, usize) {
        let ids: Vec<String> = (0..names.len()).map(|at| format!("id{at}")).collect();
        let mut held: HashMap<Spot<'_>, usize> = HashMap::new();
        names.iter().for_each(|name| *held.entry((None, *name)).or_default() += 1);
        let steps: Vec<_> = wishes
            .iter()
            .map(|(at, to)| Step { id: &ids[*at], from: (None, names[*at]), to, aside: false })
            .collect();
        let mut state: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let sent = sequence(&steps, held, None);
        for one in &sent {
            assert!(!state.contains(&one.to), "{one:?} in {state:?}");
            let at = wishes[one.at].0;
            assert_eq!(state[at], one.from);
            state[at].clone_from(&one.to);
        }
        (state, sent.len())
    }

    #[test]
    fn a_chain_is_renamed_from_its_free_end() {
        let (state, sent) = carried_out(&["a", "b", "c"], &[(0, "b"), (1, "c"), (2, "d")]);
        assert_eq!((state.join(""), sent), ("bcd".to_owned(), 3));
    }

    #[test]
    fn a_circle_takes_one_detour() {
        let (state, sent) = carried_out(&["a", "b"], &[(0, "b"), (1, "a")]);
        assert_eq!((state.join(""), sent), ("ba".to_owned(), 3));
        let (state, sent) = carried_out(&["a", "b", "c"], &[(0, "b"), (1, "c"), (2, "a")]);
        assert_eq!((state.join(""), sent), ("bca".to_owned(), 4));
    }

    #[test]
    fn two_circles_and_a_chain_take_two_detours() {
        let names = ["a", "b", "c", "d", "e", "f"];
        let wishes = [(4, "f"), (0, "b"), (1, "a"), (5, "g"), (2, "d"), (3, "c")];
        let (state, sent) = carried_out(&names, &wishes);
        assert_eq!((state.join(""), sent), ("badcfg".to_owned(), 8));
    }

    #[test]
    fn a_name_for_a_while_fits_and_is_free() {
        let first = temporary_name("x", None, |_| false);
        assert_eq!((first.len(), &first[..1]), (9, "~"));
        assert_ne!(temporary_name("x", None, |name| name == first), first);
        assert_eq!(temporary_name("x", Some(5), |_| false).len(), 5);
    }

    #[test]
    fn who_waits_for_somebody_that_stays_is_sent_all_the_same() {
        let held = HashMap::from([((None, "a"), 1), ((None, "b"), 1)]);
        let steps = [Step { id: "1", from: (None, "a"), to: "b", aside: false }];
        assert_eq!(sequence(&steps, held, None).len(), 1);
    }
}
