//! Builds of small repositories, and the recorded answers of the real `kustomize build`.

#![allow(clippy::disallowed_methods, reason = "tests read their own files")]
#![allow(clippy::format_push_string, reason = "texts of tests are short")]

mod cases;
mod charts;
mod images;
mod loose;
mod references;
mod repos;
mod repository;
mod shared;
