//! `pullwarden schema`: prints JSON Schemas.

use super::Error;
use crate::cli::SchemaOf;
use crate::{config, policy, report};
use std::io::Write;

/// Prints a JSON Schema.
pub fn run(of: SchemaOf, out: &mut dyn Write) -> Result<(), Error> {
    let schema = match of {
        SchemaOf::Config => config::schema(),
        SchemaOf::Report => report::json::schema(),
        SchemaOf::Render => report::nodes::render_json::schema(),
        SchemaOf::Clusters => report::clusters::json::schema(),
        SchemaOf::Map => report::map::Map::schema(),
        SchemaOf::Plan => report::plan::json::schema(),
        SchemaOf::PolicyInput => policy::input::schema(),
        SchemaOf::Resolve => report::nodes::resolve_json::schema(),
    };
    writeln!(out, "{schema:#}")?;
    Ok(())
}
