//! `pullwarden server`: serves an editor over standard input and output.

use super::Error;
use crate::server;
use std::io::{self, BufReader, Write};

/// Serves an editor until it ends the session. The exit code is 0 if the editor first sent `shutdown`, as the protocol
/// asks.
pub fn run(out: &mut dyn Write) -> Result<u8, Error> {
    let input = BufReader::new(io::stdin());
    match server::serve(input, out) {
        Ok(server::End::Asked) => Ok(0),
        Ok(server::End::Unasked) => Ok(1),
        Err(error) => Err(Error::Failed(format!("the editor sends what is not the protocol: {error}"))),
    }
}
