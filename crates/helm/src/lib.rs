#![doc = include_str!("../README.md")]

mod archive;
mod chart;
mod coalesce;
mod context;
mod dependencies;
mod document;
mod error;
mod exec;
mod functions;
mod hooks;
mod ignore;
mod instance;
mod limits;
mod load;
mod manifests;
mod metadata;
mod parameters;
mod pattern;
mod release;
mod render;
mod schema;
mod semver;
mod stack;
mod template;
mod tree;
mod value;

pub use chart::Chart;
pub use error::{Error, Result};
pub use go_formats::Time;
pub use hooks::Hooks;
pub use limits::Limits;
pub use manifests::{Given, Manifest, Manifests, Options};
pub use metadata::{Metadata, Requirement};
pub use parameters::{Parameter, ParameterKind};
pub use release::{Capabilities, Release};
pub use semver::{Range, Version};
pub use tree::{Content, FileTree, Found, MemoryTree};
pub use value::{
    Data, Element, FileBytes, Files, KubeVersion, List, Map, Mark, Native, NumberType, Slot, Struct, Text,
    Value,
};
