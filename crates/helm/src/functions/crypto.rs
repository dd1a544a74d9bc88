//! Checksums of texts.

use super::cast;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, function};
use crate::value::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use std::fmt::Write;

pub(super) const TABLE: &[Function] = &[
    function("sha1sum", "s", |call, arguments| sum::<Sha1>(call, &arguments[0])),
    function("sha256sum", "s", |call, arguments| sum::<Sha256>(call, &arguments[0])),
    function("sha512sum", "s", |call, arguments| sum::<Sha512>(call, &arguments[0])),
    function("adler32sum", "s", |call, arguments| {
        let bytes = cast::bytes(&arguments[0]);
        call.steps(bytes.len() / 64)?;
        let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), byte| {
            let a = (a + u32::from(*byte)) % 65_521;
            (a, (a + b) % 65_521)
        });
        Ok(((b << 16) | a).to_string().into())
    }),
];

fn sum<D: Digest>(call: &mut Call<'_, '_>, value: &Value) -> Result<Value> {
    let bytes = cast::bytes(value);
    call.steps(bytes.len() / 8)?;
    let mut out = String::new();
    for byte in D::digest(bytes) {
        let _ = write!(out, "{byte:02x}");
    }
    Ok(out.into())
}
