//! Renders templates: the template files and their output.

use crate::exec::{Machine, Template, Templates};
use crate::template::{Place, Source, parse};
use crate::value::{Map, Mark, Value};
use crate::{Limits, Result};
use spanned_yaml::{Document, FileId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A file below `templates/`, in the chart or in a subchart.
#[derive(Clone, Debug)]
pub(crate) struct TemplateFile {
    /// Its name in Helm: `parent/charts/child/templates/deployment.yaml`.
    pub(crate) name: Arc<str>,
    /// `.Template.BasePath`, which is different for each chart: `parent/charts/child/templates`.
    pub(crate) base_path: Arc<str>,
    /// Its content, without a byte order mark.
    pub(crate) text: Arc<str>,
    /// Its number, which is also in the spans of the template.
    pub(crate) file: FileId,
    /// The parsed template; the first rendering parses it.
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

/// The last output of the template, and its documents: most templates print the same text for all clusters.
#[derive(Debug)]
struct Last {
    text: Arc<str>,
    marks: Vec<Mark>,
    documents: Vec<Arc<Document>>,
}

/// The parsed templates of a file.
#[derive(Debug)]
struct ParsedFile {
    own: Template,
    /// The name and the template of each definition, and whether its body is empty.
    definitions: Vec<(Arc<str>, Template, bool)>,
}

impl ParsedOnce {
    fn get(&self, file: &TemplateFile) -> Result<&ParsedFile> {
        self.0.file.get_or_init(|| ParsedFile::of(file)).as_ref().map_err(Clone::clone)
    }

    /// The documents of this text, if it is the last output of the template, with the same marks.
    pub(crate) fn last(&self, text: &str, marks: &[Mark]) -> Option<Vec<Arc<Document>>> {
        let last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last.as_ref().filter(|last| *last.text == *text && last.marks == marks)?;
        Some(last.documents.clone())
    }

    /// Stores the documents of an output.
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

/// The output of a template.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    /// The name of the template.
    pub(crate) name: Arc<str>,
    /// The number of its file.
    pub(crate) file: FileId,
    /// Its own text.
    pub(crate) source: Arc<str>,
    /// The text that it printed.
    pub(crate) text: Arc<str>,
    /// The origin of each part of the output, in order.
    pub(crate) marks: Vec<Mark>,
    /// The parsed template, which other renderings share.
    pub(crate) parsed: ParsedOnce,
}

/// Renders all templates in Helm's order: the deepest ones first, then by name in reverse order. A template gets the
/// values that `given` has for its base path. If it changes them, later templates see the change.
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
        // Partials only contain definitions.
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

/// All templates and definitions by name. Later ones replace earlier ones, unless they are empty.
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
