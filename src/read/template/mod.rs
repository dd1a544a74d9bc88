//! Templates that pullwarden does not render: reads the parts that do not depend on values.
//!
//! The languages are Jinja, Go templates, ERB, Mustache, Terraform, `envsubst`, and the policies of Advanced Cluster
//! Management. Each tag that prints is masked by a placeholder of as many bytes, so every place stays. Tags that only
//! decide become blanks, and text behind them gets the column that it has in the output. A tag that prints on lines of its own leaves a hole, and so does a loop: rules report nothing
//! as missing from a map around a hole. Only one of several branches is taken, so a text is read in several ways.
//! Rules report only what holds in all of them.

mod blocks;
mod columns;
mod mask;
mod tags;

use crate::source::{FileId, Span};
use crate::yaml::{self, Document, Node, embedded};
use blocks::Blocks;
use mask::Reading;
use std::ops::Range;
use std::sync::Arc;

/// The most bytes of all readings of a text together.
const MAX_READ: usize = 8 << 20;

/// The ways in which a template was read.
#[derive(Debug, Default)]
pub struct Readings {
    /// For each way, the texts that are not in it, in order: branches that are not taken, and text that is not YAML.
    absent: Vec<Vec<Range<u32>>>,
}

/// The ways to read a template in which a document exists.
#[derive(Clone, Debug)]
pub struct Masked {
    readings: Arc<Readings>,
    ways: u64,
    /// Whether no earlier document of the template covers a part of the same text.
    pub is_first: bool,
}

impl Masked {
    /// A document that is read in only one way.
    pub(crate) fn alone() -> Self {
        Self { readings: Arc::new(Readings { absent: vec![Vec::new()] }), ways: 1, is_first: true }
    }

    /// The ways, one bit for each.
    pub fn ways(&self) -> u64 {
        self.ways
    }

    /// The ways that contain the text at a place, one bit for each.
    pub fn ways_at(&self, span: Span) -> u64 {
        let reads = |absent: &Vec<Range<u32>>| {
            !absent.iter().any(|range| range.start < span.end.max(span.start + 1) && span.start < range.end)
        };
        let ways = self.readings.absent.iter().enumerate();
        ways.filter(|(_, absent)| reads(absent)).fold(0, |bits, (way, _)| bits | 1 << way)
    }
}

/// Documents of a template.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The documents that are YAML in at least one way.
    pub(crate) documents: Vec<(Arc<Document>, Masked)>,
    /// How many documents are not YAML in the way that takes all branches.
    pub(crate) broken: usize,
}

/// Reads a template that is a string in a document.
pub(crate) fn read_scalar(scalar: Node<'_>) -> Option<Read> {
    let read = read(scalar.span().file, &scalar.text().into())?;
    let Read { documents, broken } = read;
    let mut placed = Read { broken, ..Read::default() };
    let mut readings: Option<Arc<Readings>> = None;
    for (document, masked) in documents {
        let outer = readings.get_or_insert_with(|| Arc::new(masked.readings.placed(scalar))).clone();
        let Some(document) = embedded::copy(scalar, &document) else {
            placed.broken += usize::from(masked.is_first);
            continue;
        };
        placed.documents.push((Arc::new(document), Masked { readings: outer, ..masked }));
    }
    Some(placed)
}

impl Readings {
    /// The same readings, with places in a string of a document.
    fn placed(&self, scalar: Node<'_>) -> Self {
        let place = |range: &Range<u32>| {
            let span = embedded::place(scalar, range.start as usize..range.end as usize);
            span.start..span.end
        };
        Self { absent: self.absent.iter().map(|absent| absent.iter().map(place).collect()).collect() }
    }
}

/// Reads a template; `None` if its tags do not nest.
pub(crate) fn read(file: FileId, text: &Arc<str>) -> Option<Read> {
    let readings = readings(text)?;
    let mut found: Vec<(Arc<Document>, u64, Arc<str>)> = Vec::new();
    let mut read = Read::default();
    let mut absent = Vec::new();
    for (way, reading) in readings.into_iter().enumerate() {
        let masked: Arc<str> = reading.text.into();
        let mut not_read = reading.absent;
        yaml::parse(file, &masked, |parsed| match parsed {
            Ok(document) => {
                let span = document.span();
                let is_same = |other: &Document, of: &str| {
                    other.span() == span && of[span.range()] == masked[span.range()]
                };
                match found.iter_mut().find(|(other, _, of)| is_same(other, of)) {
                    Some((_, ways, _)) => *ways |= 1 << way,
                    None if document.is_empty() => {}
                    None => {
                        let document = document.written_in(text.clone(), &reading.holes);
                        found.push((Arc::new(document), 1 << way, masked.clone()));
                    }
                }
            }
            Err(error) => {
                let span = error.document;
                not_read.push(span.start..span.end);
                read.broken += usize::from(way == 0);
            }
        });
        absent.push(not_read);
    }
    let readings = Arc::new(Readings { absent });
    let mut seen: Vec<Range<u32>> = Vec::new();
    for (document, ways, _) in found {
        let root = document.root().span();
        let is_first = !seen.iter().any(|range| range.start < root.end && root.start < range.end);
        seen.push(root.start..root.end);
        read.documents.push((document, Masked { readings: readings.clone(), ways, is_first }));
    }
    Some(read)
}

/// The ways to read a text.
fn readings(text: &str) -> Option<Vec<Reading>> {
    let blocks = Blocks::of(tags::find(text)?, text)?;
    let ways = blocks.ways();
    if ways.len().saturating_mul(text.len()) > MAX_READ {
        return None;
    }
    let mut readings: Vec<Reading> = Vec::new();
    for way in ways {
        let reading = mask::read(text, &blocks.items, &way);
        if !readings.contains(&reading) {
            readings.push(reading);
        }
    }
    Some(readings)
}

#[cfg(test)]
mod tests;
