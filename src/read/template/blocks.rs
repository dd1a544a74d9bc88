//! The nesting of the tags of a template, and the branches that exist together.

use super::tags::{Block, Tag, What};
use std::collections::BTreeMap;
use std::ops::Range;

/// The most conditions that are told apart.
const MAX_CONDITIONS: usize = 24;
/// The deepest nesting; no real template nests deeper.
const MAX_DEPTH: usize = 64;

/// A part of a template that is not plain text.
#[derive(Debug)]
pub(super) enum Item {
    /// It prints an unknown text.
    Prints(Range<usize>),
    /// It prints nothing.
    Silent(Range<usize>),
    /// Branches of which one is taken, or none.
    Choice { tags: Vec<Range<usize>>, branches: Vec<Branch> },
    /// Its body is printed any number of times; `instead` is printed if the number is zero.
    Loop { tags: Vec<Range<usize>>, body: Vec<Item>, instead: Option<Range<usize>> },
    /// Its body is printed once, without the tags.
    Plain { tags: Vec<Range<usize>>, body: Vec<Item> },
}

/// A branch of a choice.
#[derive(Debug)]
pub(super) struct Branch {
    /// The number of the condition, and the value that it must have; `None` for the last branch.
    pub(super) condition: Option<(usize, bool)>,
    /// The text of the branch.
    pub(super) text: Range<usize>,
    pub(super) body: Vec<Item>,
}

/// The nested blocks of a template.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) items: Vec<Item>,
    /// For each condition, the conditions around its first place, and the values that they must have.
    around: Vec<Vec<(usize, bool)>>,
}

/// A block that is not closed yet.
struct Open {
    block: Block,
    tags: Vec<Range<usize>>,
    /// The finished branches, and the condition of the open branch.
    branches: Vec<Branch>,
    condition: Option<(usize, bool)>,
    items: Vec<Item>,
}

impl Open {
    fn new(block: Block, tag: Range<usize>, condition: Option<(usize, bool)>) -> Self {
        Self { block, tags: vec![tag], branches: Vec::new(), condition, items: Vec::new() }
    }

    fn end_branch(&mut self, end: usize) {
        let start = self.tags.last().map_or(end, |tag| tag.end);
        let body = std::mem::take(&mut self.items);
        self.branches.push(Branch { condition: self.condition, text: start..end, body });
    }

    fn close(mut self, tag: Range<usize>, text: &str) -> Item {
        self.end_branch(tag.start);
        let whole = self.tags[0].start..tag.end;
        self.tags.push(tag);
        let is_in_line = !text[whole.clone()].contains('\n');
        let Self { block, tags, branches, .. } = self;
        match block {
            Block::Aside => Item::Silent(whole),
            // If only a part of a line is sure, the whole line is unknown.
            _ if is_in_line => Item::Prints(whole),
            Block::If(_) => Item::Choice { tags, branches },
            Block::Loop | Block::Plain => {
                let mut branches = branches.into_iter();
                let body = branches.next().map(|branch| branch.body).unwrap_or_default();
                let rest = branches.fold(None, |rest: Option<Range<usize>>, branch| {
                    Some(rest.map_or(branch.text.start, |rest| rest.start)..branch.text.end)
                });
                if block == Block::Plain && rest.is_none() {
                    Item::Plain { tags, body }
                } else {
                    Item::Loop { tags, body, instead: rest }
                }
            }
        }
    }
}

impl Blocks {
    /// Nests the tags of `text`; `None` if they do not nest, or have too many conditions.
    pub(super) fn of(tags: Vec<Tag>, text: &str) -> Option<Self> {
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        let mut around: Vec<Vec<(usize, bool)>> = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        let mut items: Vec<Item> = Vec::new();
        for Tag { range, what } in tags {
            let mut number = |condition: &str, open: &[Open]| {
                let (name, yes) = condition.strip_prefix('!').map_or((condition, true), |name| (name, false));
                let next = around.len();
                let number = *numbers.entry(name.to_owned()).or_insert(next);
                if number == next {
                    around.push(open.iter().filter_map(|open| open.condition).collect());
                }
                (number, yes)
            };
            match what {
                What::Open(block) => {
                    if open.len() >= MAX_DEPTH {
                        return None;
                    }
                    let condition = match &block {
                        Block::If(condition) => Some(number(condition, &open)),
                        _ => None,
                    };
                    open.push(Open::new(block, range, condition));
                }
                What::Else(condition) => {
                    let around = open.len().checked_sub(1)?;
                    let condition = condition.map(|condition| number(&condition, &open[..around]));
                    let inner = &mut open[around];
                    inner.end_branch(range.start);
                    inner.condition = condition;
                    inner.tags.push(range);
                }
                What::End => {
                    let closed = open.pop()?.close(range, text);
                    open.last_mut().map_or(&mut items, |open| &mut open.items).push(closed);
                }
                What::Prints | What::Silent => {
                    let item = if what == What::Prints { Item::Prints(range) } else { Item::Silent(range) };
                    open.last_mut().map_or(&mut items, |open| &mut open.items).push(item);
                }
            }
        }
        (open.is_empty() && around.len() <= MAX_CONDITIONS).then_some(Self { items, around })
    }

    /// Sets of values for the conditions. There are enough sets that each branch is read with all other branches and
    /// without them. So if something holds in all sets, it does not depend on two branches that exclude each other.
    pub(super) fn ways(&self) -> Vec<Vec<bool>> {
        let count = self.around.len();
        let mut ways = vec![vec![true; count], vec![false; count]];
        for (number, around) in self.around.iter().enumerate() {
            let mut alone = vec![false; count];
            let mut others = vec![true; count];
            for way in [&mut alone, &mut others] {
                for (other, yes) in around {
                    way[*other] = *yes;
                }
            }
            (alone[number], others[number]) = (true, false);
            ways.extend([alone, others]);
        }
        ways
    }
}

impl Branch {
    /// The number of the branch that is taken; `None` if no branch is.
    pub(super) fn taken(branches: &[Self], way: &[bool]) -> Option<usize> {
        branches
            .iter()
            .position(|branch| branch.condition.is_none_or(|(number, yes)| way.get(number) == Some(&yes)))
    }
}
