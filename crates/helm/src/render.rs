//! What goes into a rendering, and what comes out.

use crate::exec::{Machine, Template, Templates};
use crate::template::{Place, Source, parse};
use crate::value::{Map, Mark, Value};
use crate::{Limits, Result};
use spanned_yaml::FileId;
use std::collections::BTreeMap;
use std::sync::Arc;

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
        let source = Arc::new(Source { text: Arc::clone(&file.text), place: Place::File(file.file) });
        let parsed = parse(&source)?;
        let of = |body| Template { source: Arc::clone(&source), body: Arc::new(body) };
        for (name, body) in parsed.definitions {
            if !body.is_empty(&source.text) || !known.contains_key(&name) {
                known.insert(name, of(body));
            }
        }
        known.insert(Arc::clone(&file.name), of(parsed.body));
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
