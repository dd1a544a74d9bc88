//! What goes into a rendering, and what comes out.

use crate::exec::{Machine, Template, Templates};
use crate::template::{Place, Source, parse};
use crate::value::{Map, Mark, Value};
use crate::{Limits, Result};
use spanned_yaml::{Document, FileId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A file below `templates/`, of the chart or of a subchart.
#[derive(Clone, Debug)]
pub(crate) struct TemplateFile {
    /// Its name as Helm says it: `parent/charts/child/templates/deployment.yaml`.
    pub(crate) name: Arc<str>,
    /// `.Template.BasePath`, which also tells the charts apart: `parent/charts/child/templates`.
    pub(crate) base_path: Arc<str>,
    /// What it holds, without a byte order mark.
    pub(crate) text: Arc<str>,
    /// Its number; spans of the template have it.
    pub(crate) file: FileId,
    /// What it was parsed to, by whichever rendering came first.
    pub(crate) parsed: ParsedOnce,
}

/// A file that is parsed once for all renderings.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParsedOnce(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    file: OnceLock<Result<ParsedFile>>,
    last: Mutex<Option<Last>>,
}

/// What the template printed last, and what was read of it: most templates print the same for all clusters.
#[derive(Debug)]
struct Last {
    text: Arc<str>,
    marks: Vec<Mark>,
    documents: Vec<Arc<Document>>,
}

/// The templates of a file.
#[derive(Debug)]
struct ParsedFile {
    own: Template,
    /// Each with whether nothing is in it.
    definitions: Vec<(Arc<str>, Template, bool)>,
}

impl ParsedOnce {
    fn get(&self, file: &TemplateFile) -> Result<&ParsedFile> {
        self.0.file.get_or_init(|| ParsedFile::of(file)).as_ref().map_err(Clone::clone)
    }

    /// What was read of this text, if the template printed it last, with everything from the same places.
    pub(crate) fn last(&self, text: &str, marks: &[Mark]) -> Option<Vec<Arc<Document>>> {
        let last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last.as_ref().filter(|last| *last.text == *text && last.marks == marks)?;
        Some(last.documents.clone())
    }

    /// Keeps what was read of a text.
    pub(crate) fn keep(&self, text: &Arc<str>, marks: Vec<Mark>, documents: Vec<Arc<Document>>) {
        let last = Last { text: Arc::clone(text), marks, documents };
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
    }
}

impl ParsedFile {
    fn of(file: &TemplateFile) -> Result<Self> {
        let source = Arc::new(Source { text: Arc::clone(&file.text), place: Place::File(file.file) });
        let parsed = parse(&source)?;
        let of = |body| Template { source: Arc::clone(&source), body: Arc::new(body) };
        let definitions = parsed.definitions.into_iter().map(|(name, body)| {
            let is_empty = body.is_empty(&source.text);
            (name, of(body), is_empty)
        });
        Ok(Self { definitions: definitions.collect(), own: of(parsed.body) })
    }
}

/// What a template gives.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    /// The name of the template.
    pub(crate) name: Arc<str>,
    /// Its number.
    pub(crate) file: FileId,
    /// Its own text.
    pub(crate) source: Arc<str>,
    /// The text that it printed.
    pub(crate) text: Arc<str>,
    /// Who wrote which part of the text, in order.
    pub(crate) marks: Vec<Mark>,
    /// What other renderings know of the template.
    pub(crate) parsed: ParsedOnce,
}

/// Renders all templates, in Helm's order: those that lie deepest first, then by their names, backwards. Each sees what
/// `given` has for its base path; what one template changes in it, the next one sees.
pub(crate) fn render(
    templates: &[TemplateFile],
    given: &BTreeMap<Arc<str>, Map>,
    limits: &Limits,
) -> Result<Vec<Rendered>> {
    let mut order: Vec<&TemplateFile> = templates.iter().collect();
    order.sort_by(|a, b| depth(b).cmp(&depth(a)).then_with(|| b.name.cmp(&a.name)));
    let known = definitions(&order)?;
    let mut machine = Machine::new(&known, limits);
    let mut rendered = Vec::new();
    for file in order {
        // Partials only define.
        if file.name.rsplit('/').next().is_some_and(|base| base.starts_with('_')) {
            continue;
        }
        let Some(template) = known.get(&file.name) else { continue };
        let context = given.get(&file.base_path).cloned().unwrap_or_default();
        let about = [("Name", Value::from(&*file.name)), ("BasePath", Value::from(&*file.base_path))];
        context.insert("Template", about.into_iter().collect::<Map>().into());
        let out = machine.render(template, context.into())?;
        rendered.push(Rendered {
            name: Arc::clone(&file.name),
            file: file.file,
            source: Arc::clone(&file.text),
            text: out.text.into(),
            marks: out.marks,
            parsed: file.parsed.clone(),
        });
    }
    Ok(rendered)
}

fn depth(file: &TemplateFile) -> usize {
    file.name.matches('/').count()
}

/// All templates and definitions by their names. Later ones replace earlier ones, unless nothing is in them.
fn definitions(order: &[&TemplateFile]) -> Result<Templates> {
    let mut known = Templates::new();
    for file in order {
        let parsed = file.parsed.get(file)?;
        for (name, template, is_empty) in &parsed.definitions {
            if !is_empty || !known.contains_key(name) {
                known.insert(Arc::clone(name), template.clone());
            }
        }
        known.insert(Arc::clone(&file.name), parsed.own.clone());
    }
    Ok(known)
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod places;
#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;
