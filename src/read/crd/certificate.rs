//! Certificates in text, read as the container runtime reads `ca.crt`: `AppendCertsFromPEM` of Go's `crypto/x509` silently
//! skips everything that is not a certificate.
//!
//! Source: Go `src/encoding/pem/pem.go`, `src/crypto/x509/cert_pool.go`.

use super::is_placeholder;
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode, Reader, SliceReader, Tag};
use jiff::civil::Date;

/// Base64 as Go's `base64.StdEncoding` accepts it, apart from line ends.
pub const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// The contents of a text that should contain certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// The certificates, in order, without those that only hint at one (`...`).
    pub certificates: Vec<Certificate>,
    /// Whether there is a private key among them.
    pub has_private_key: bool,
    /// Why there is no certificate at all. `None` also for a text that somebody still has to fill in.
    pub flaw: Option<CertificateFlaw>,
}

/// A block that claims to be a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// A certificate that is valid from the first day to the last, both in UTC.
    From(Date, Date),
    /// A certificate whose days cannot be read.
    Ever,
    /// The `END` line is missing.
    Unclosed,
    /// The text between the two lines is not base64.
    NotBase64,
    /// The bytes are not a certificate, or only a part of one.
    NotDer,
}

/// Why a text holds no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFlaw {
    /// Binary DER, or the base64 of it, without the lines of PEM.
    Der,
    /// The line breaks of PEM were lost, or its lines are indented.
    Lines,
    /// PEM of other types.
    OtherBlocks,
    /// No PEM at all.
    NoPem,
    /// Nothing, or only blanks.
    Empty,
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

impl Bundle {
    /// Reads a file as the runtime finds it on the node.
    pub fn read(bytes: &[u8]) -> Self {
        let mut bundle = Self::default();
        if is_certificate(bytes) {
            bundle.flaw = Some(CertificateFlaw::Der);
            return bundle;
        }
        let text = String::from_utf8_lossy(bytes);
        bundle.has_private_key = text.contains("PRIVATE KEY-----");
        if text.trim().is_empty() {
            bundle.flaw = Some(CertificateFlaw::Empty);
            return bundle;
        }
        if is_placeholder(&text) {
            return bundle;
        }
        let blocks = blocks(&text);
        let (certificates, others): (Vec<_>, Vec<_>) =
            blocks.into_iter().partition(|block| block.label == "CERTIFICATE");
        bundle.certificates = certificates.iter().filter_map(certificate).collect();
        if certificates.is_empty() && !is_hint(&text) {
            bundle.flaw = Some(if !others.is_empty() {
                CertificateFlaw::OtherBlocks
            } else if text.contains("-----BEGIN") {
                CertificateFlaw::Lines
            } else if decode(text.lines()).is_some_and(|der| is_certificate(&der)) {
                CertificateFlaw::Der
            } else {
                CertificateFlaw::NoPem
            });
        }
        bundle
    }
}

/// Whether somebody still has to write the real text.
fn is_hint(text: &str) -> bool {
    const WORDS: [&str; 8] = ["todo", "your", "insert", "paste", "dummy", "fake", "redacted", "example"];
    let lower = text.to_ascii_lowercase();
    text.contains("...") || text.contains('…') || WORDS.iter().any(|word| lower.contains(word))
}

struct Block<'t> {
    label: &'t str,
    lines: Vec<&'t str>,
    is_closed: bool,
}

/// The blocks of PEM whose first line has nothing else before or behind it.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for line in text.split('\n').map(|line| line.trim_end_matches([' ', '\t', '\r'])) {
        let between =
            |lead| Some(line.strip_prefix(lead)?.strip_suffix(DASHES)?).filter(|l| !l.contains(DASHES));
        if let Some(label) = between(BEGIN) {
            blocks.push(Block { label, lines: Vec::new(), is_closed: false });
        } else if let Some(open) = blocks.last_mut().filter(|block| !block.is_closed) {
            if between(END) == Some(open.label) {
                open.is_closed = true;
            } else {
                open.lines.push(line);
            }
        }
    }
    blocks
}

/// A text with fewer characters than this only hints at a certificate.
const MIN_LENGTH: usize = 100;

fn certificate(block: &Block<'_>) -> Option<Certificate> {
    let body = || block.lines.iter().copied();
    let is_hinted = body().any(|line| line.contains("...") || line.contains(['…', '<', '[', '{', '*', '#']))
        || body().map(str::len).sum::<usize>() < MIN_LENGTH;
    if is_hinted {
        return None;
    }
    if !block.is_closed {
        return Some(Certificate::Unclosed);
    }
    let Some(der) = decode(body()) else { return Some(Certificate::NotBase64) };
    Some(match validity(&der) {
        Err(_) => Certificate::NotDer,
        Ok(None) => Certificate::Ever,
        Ok(Some((from, to))) => Certificate::From(from, to),
    })
}

fn decode<'t>(lines: impl Iterator<Item = &'t str>) -> Option<Vec<u8>> {
    let text: String = lines.flat_map(str::chars).filter(|c| !matches!(c, ' ' | '\t' | '\r')).collect();
    STANDARD.decode(text).ok()
}

fn is_certificate(der: &[u8]) -> bool {
    // Most texts are not a certificate, and their first byte shows it.
    der.first() == Some(&0x30) && validity(der).is_ok()
}

/// The first and the last day of a certificate (RFC 5280, section 4.1); an error if the bytes are not a certificate.
fn validity(der: &[u8]) -> der::Result<Option<(Date, Date)>> {
    let certificate = AnyRef::from_der(der)?;
    let mut parts = sequence(certificate)?;
    let to_be_signed = AnyRef::decode(&mut parts)?;
    let _algorithm = sequence(AnyRef::decode(&mut parts)?)?;
    let signature = AnyRef::decode(&mut parts)?;
    signature.header().tag().assert_eq(Tag::BitString)?;
    parts.finish()?;
    let mut fields = sequence(to_be_signed)?;
    let first = AnyRef::decode(&mut fields)?;
    // The version is optional, and has a tag of its own.
    let serial =
        if first.header().tag().is_context_specific() { AnyRef::decode(&mut fields)? } else { first };
    serial.header().tag().assert_eq(Tag::Integer)?;
    let _algorithm = sequence(AnyRef::decode(&mut fields)?)?;
    let _issuer = sequence(AnyRef::decode(&mut fields)?)?;
    let mut times = sequence(AnyRef::decode(&mut fields)?)?;
    let (from, to) = (AnyRef::decode(&mut times)?, AnyRef::decode(&mut times)?);
    Ok(day(from).zip(day(to)))
}

fn sequence(value: AnyRef<'_>) -> der::Result<SliceReader<'_>> {
    value.header().tag().assert_eq(Tag::Sequence)?;
    SliceReader::new(value.value())
}

fn day(time: AnyRef<'_>) -> Option<Date> {
    let time = match time.header().tag() {
        Tag::UtcTime => time.decode_as::<UtcTime>().ok()?.to_date_time(),
        Tag::GeneralizedTime => time.decode_as::<GeneralizedTime>().ok()?.to_date_time(),
        _ => return None,
    };
    let part = |part: u8| i8::try_from(part).ok();
    Date::new(i16::try_from(time.year()).ok()?, part(time.month())?, part(time.day())?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Valid from 2025-01-01 to 2045-01-01, written as `UTCTime`.
    const SHORT: &str = "MIIBMTCB2aADAgECAhR/d0PRN1OgZrXOGEgOs3bE2w/IpTAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARnb29kMB4XDTI1MDEwMTAwMDAwMFoXDTQ1MDEwMTAwMDAwMFowDzENMAsGA1UEAwwEZ29vZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLuLTw1rX/mgvXeIL9t7oBBiq71enAiTQcQKmJynLBrsxBsUKbOs3rK8SGGtB9q1gwmdZMwF+7xhIKhO9UCRcuejEzARMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgSZcDwJVZaa3zCmetPfoiEMbf+6aT8q4fjIOueA0XeysCIFDGK9JhCjHu9i+C7ppQBxaq/SLfOOCbyRA+Jkof95ft";
    /// Valid from 2025-01-01 to 2055-01-01, the end written as `GeneralizedTime`.
    const LONG: &str = "MIIBMzCB26ADAgECAhQHRY0zrYh9QgAqyclhLjOneb5oRDAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARsb25nMCAXDTI1MDEwMTAwMDAwMFoYDzIwNTUwMTAxMDAwMDAwWjAPMQ0wCwYDVQQDDARsb25nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaaTinDnGKPm3TLpoCTQwjCaFwmDdwgDjyki17pIk1HliRUXseZQD70EgSSvYTPDK3dIM35Jv3AXOEaHA4LGycKMTMBEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiB4NiDLGkCcgM8bRkpMfw4ld3LGCo3StiTzYodzvvrOiQIgcWeRwcxrTwgcsyC6Rmj9k06EqM7ffvKhvXvC3tPvwsc=";

    fn pem(body: &str) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    fn valid(until: i16) -> Certificate {
        Certificate::From(jiff::civil::date(2025, 1, 1), jiff::civil::date(until, 1, 1))
    }

    #[test]
    fn certificates_are_read_as_go_reads_them() {
        let flaw = |text: &str| Bundle::read(text.as_bytes()).flaw;
        let certificates = |text: &str| Bundle::read(text.as_bytes()).certificates;
        let both = format!("# root\n{}\n# next\n{}", pem(SHORT), pem(LONG));
        assert_eq!(certificates(&both), [valid(2045), valid(2055)]);
        assert_eq!(certificates(&both.replace('\n', " \t\r\n")), [valid(2045), valid(2055)]);
        assert_eq!(certificates(&pem(&SHORT[..100])), [Certificate::NotDer]);
        assert_eq!(certificates(&pem(&SHORT.replace('M', "!"))), [Certificate::NotBase64]);
        let unclosed = pem(SHORT).replace("-----END", "----END") + &pem(LONG);
        assert_eq!(certificates(&unclosed), [Certificate::Unclosed, valid(2055)]);
        assert_eq!(Bundle::read(pem("...").as_bytes()), Bundle::default());
        assert_eq!(Bundle::read(pem("").as_bytes()), Bundle::default());
        assert_eq!(flaw(" \n"), Some(CertificateFlaw::Empty));
        assert_eq!(flaw(&pem(SHORT).replace('\n', " ")), Some(CertificateFlaw::Lines));
        assert_eq!(flaw(&format!("  {}", pem(SHORT).replace('\n', "\n  "))), Some(CertificateFlaw::Lines));
        assert_eq!(
            flaw(&pem(SHORT).replace("CERTIFICATE", "TRUSTED CERTIFICATE")),
            Some(CertificateFlaw::OtherBlocks)
        );
        assert_eq!(flaw(SHORT), Some(CertificateFlaw::Der));
        assert_eq!(Bundle::read(&STANDARD.decode(SHORT).expect("base64")).flaw, Some(CertificateFlaw::Der));
        assert_eq!(flaw("/etc/pki/ca"), Some(CertificateFlaw::NoPem));
        assert_eq!(flaw("paste it here"), None);
        assert!(Bundle::read(pem(SHORT).replace("CERTIFICATE", "EC PRIVATE KEY").as_bytes()).has_private_key);
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_too_odd_to_read(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
            cut in 0..400_usize,
        ) {
            let der = STANDARD.decode(SHORT).expect("base64");
            let cut = cut.min(der.len());
            for text in [bytes.clone(), [&der[..cut], &bytes].concat()] {
                let _ = Bundle::read(&text);
                let _ = Bundle::read(pem(&STANDARD.encode(&text)).as_bytes());
            }
            // A part of a certificate is not a certificate, nor is one with bytes behind it.
            proptest::prop_assert!(cut == der.len() || !is_certificate(&der[..cut]));
            proptest::prop_assert!(bytes.is_empty() || !is_certificate(&[&der[..], &bytes].concat()));
        }
    }
}
