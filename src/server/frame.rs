//! Messages of the protocol: a header with a length, and JSON. The size of both is limited, so a client that sends
//! nonsense costs neither memory nor a panic.

use lsp_server::Message;
use std::io::{self, BufRead, ErrorKind, Read};

/// The largest message that is read, in bytes. A client sends the whole text of a file that it opens.
pub(super) const MAX_MESSAGE: u64 = 256 << 20;
/// The largest header that is read, in bytes.
const MAX_HEADER: u64 = 8 << 10;

/// What the client sent.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message, and its length in bytes.
    Message(Message, usize),
    /// Bytes of the right length that are not a message, and the reason.
    Nonsense(String),
}

/// The next message; `None` if the client has closed the stream.
///
/// # Errors
///
/// When the stream fails, or the header has no length: then the start of the next message is unknown.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = header(input)? else { return Ok(None) };
    if length > MAX_MESSAGE {
        let skipped = io::copy(&mut input.take(length), &mut io::sink())?;
        if skipped < length {
            return Ok(None);
        }
        return Ok(Some(Incoming::Nonsense(format!("the message is larger than {} MiB", MAX_MESSAGE >> 20))));
    }
    // Memory is taken as bytes arrive, not as the header announces them.
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Ok(None);
    }
    Ok(Some(match serde_json::from_slice(&bytes) {
        Ok(message) => Incoming::Message(message, bytes.len()),
        Err(error) => Incoming::Nonsense(format!("the message cannot be read: {error}")),
    }))
}

/// Reads a header up to its empty line, and returns the length of the message.
fn header(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let nonsense = |why: &str| io::Error::new(ErrorKind::InvalidData, why.to_owned());
    let mut left = MAX_HEADER;
    let mut length = None;
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(left).read_until(b'\n', &mut line)?;
        if read == 0 {
            let is_whole = left == MAX_HEADER;
            return if is_whole { Ok(None) } else { Err(nonsense("the header of a message is cut off")) };
        }
        left -= read as u64;
        if line.last() != Some(&b'\n') {
            return Err(nonsense("the header of a message has no end"));
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            return length.map(Some).ok_or_else(|| nonsense("the header of a message has no Content-Length"));
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("Content-Length")
        {
            let value = value.trim().parse::<u64>();
            length = Some(value.map_err(|_| nonsense("the Content-Length of a message is no number"))?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> (Vec<Incoming>, bool) {
        let mut input = io::BufReader::new(bytes);
        let mut read = Vec::new();
        loop {
            match super::read(&mut input) {
                Ok(Some(incoming)) => read.push(incoming),
                Ok(None) => return (read, true),
                Err(_) => return (read, false),
            }
        }
    }

    #[test]
    fn messages_are_read_one_after_the_other() {
        let text = r#"{"jsonrpc":"2.0","method":"exit"}"#;
        let framed = format!("content-length: {}\r\nContent-Type: x\r\n\r\n{text}", text.len());
        let (read, ended) = all(format!("{framed}Content-Length: 3\r\n\r\n{{\"}}{framed}").as_bytes());
        assert!(ended);
        assert!(
            matches!(&read[..], [Incoming::Message(..), Incoming::Nonsense(_), Incoming::Message(..)]),
            "{read:?}"
        );
    }

    #[test]
    fn a_message_without_a_length_ends_the_stream() {
        let long = "x".repeat(100_000);
        for bytes in ["\r\n", "Content-Length: many\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content", &long]
        {
            let (read, ended) = all(bytes.as_bytes());
            assert!(read.is_empty() && !ended, "{bytes:.20}");
        }
    }

    #[test]
    fn a_message_that_is_cut_off_is_none() {
        let (read, ended) = all(b"Content-Length: 200000000\r\n\r\n{}");
        assert!(read.is_empty() && ended);
        let (read, ended) = all(b"Content-Length: 18446744073709551615\r\n\r\n{}");
        assert!(read.is_empty() && ended);
    }
}
