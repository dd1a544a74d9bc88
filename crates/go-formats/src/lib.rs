#![doc = include_str!("../README.md")]

mod argument;
mod duration;
mod float;
mod format;
mod integer;
mod layout;
mod quote;
mod spec;
mod time;

pub use argument::{Argument, BigInteger, Scalar};
pub use duration::{duration_text, parse_duration};
pub use float::shortest_float;
pub use format::{Fault, Piece, each_piece, sprintf};
pub use quote::{quote, quote_to_ascii};
pub use spec::Spec;
pub use time::{DateTime, Time};
