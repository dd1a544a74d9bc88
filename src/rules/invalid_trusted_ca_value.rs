//! The values of the certificates' ConfigMap are PEM certificates that are valid today, and contain nothing secret.

use crate::finding::Findings;
use crate::model::Resource;
use crate::read::crd::CaEntry;
use crate::read::crd::certificate::{Certificate, CertificateFlaw};
use crate::rules::rule::{Category, Meta, Preset, Rule, Severity};
use crate::rules::view::ClusterView;
use crate::source::Span;
use jiff::ToSpan;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of this rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InvalidTrustedCaValue {
    /// A certificate that expires within this number of days is reported.
    days: u16,
}

impl Default for InvalidTrustedCaValue {
    fn default() -> Self {
        Self { days: 30 }
    }
}

const UNTRUSTED: &str = "pulls from that registry fail with `x509: certificate signed by unknown authority`";

impl Rule for InvalidTrustedCaValue {
    const META: Meta = Meta {
        id: "invalid-trusted-ca-value",
        summary: "a trusted certificate that is invalid, has expired, or contains its private key",
        category: Category::Trust,
        severity: Severity::Error,
        preset: Preset::Recommended,
        security: Some("7.5"),
        yields_to: &[],
        since: "0.1.0",
    };

    fn check_nodes(&self, view: &ClusterView<'_>, out: &mut Findings) {
        let Some((resource, map)) = view.cluster.trusted_ca().and_then(|ca| ca.found) else { return };
        for entry in &map.entries {
            let bundle = entry.bundle();
            let key = &entry.key.value;
            if bundle.has_private_key {
                out.report(entry.key.span, format!("the value of `{key}` holds a private key")).help(
                    "write only the certificate, and replace the key, since Git keeps it forever; every \
                     node gets the key in a file that anybody on the node can read, and so does everybody \
                     who reads this repository",
                );
            }
            if let Some(flaw) = bundle.flaw {
                // A key instead of a certificate is already reported. The component that writes into the ConfigMap may fill
                // in an empty value.
                let is_filled_in = flaw == CertificateFlaw::Empty && map.is_open;
                if !bundle.has_private_key && !is_filled_in {
                    let what =
                        if flaw == CertificateFlaw::Empty { "is empty" } else { "is not a PEM certificate" };
                    out.report(entry.key.span, format!("the value of `{key}` {what}"))
                        .help(format!("{}; {UNTRUSTED}", why(flaw)));
                }
                continue;
            }
            for (number, certificate) in bundle.certificates.iter().enumerate() {
                let place = place(resource, entry, number, bundle.certificates.len());
                let which = match bundle.certificates.len() {
                    1 => format!("the certificate for `{key}`"),
                    count => format!("certificate {} of {count} for `{key}`", number + 1),
                };
                self.certificate(view.today, *certificate, &bundle.certificates, &which, place, out);
            }
        }
    }
}

impl InvalidTrustedCaValue {
    fn certificate(
        &self,
        today: Option<Date>,
        certificate: Certificate,
        all: &[Certificate],
        which: &str,
        place: Span,
        out: &mut Findings,
    ) {
        let broken = match certificate {
            Certificate::Unclosed => Some("has no `-----END CERTIFICATE-----`"),
            Certificate::NotBase64 => Some("is not base64"),
            Certificate::NotDer => Some("is damaged or cut short"),
            Certificate::From(..) | Certificate::Ever => None,
        };
        if let Some(broken) = broken {
            out.report(place, format!("{which} {broken}")).help(format!(
                "copy it again from its PEM file, every line with the same indentation; the container \
                 runtime silently skips it; without another valid certificate here, {UNTRUSTED}"
            ));
            return;
        }
        let (Some(today), Certificate::From(from, to)) = (today, certificate) else { return };
        let soon = today.saturating_add(i32::from(self.days).days());
        let serves = |until: Date| {
            move |other: &Certificate| match *other {
                Certificate::From(from, to) => from <= today && to >= today && to > until,
                Certificate::Ever => true,
                _ => false,
            }
        };
        if to < today || from > today {
            let (what, help) = if to < today {
                (format!("expired on {to}"), "has expired")
            } else {
                (format!("is not valid before {from}"), "is not yet valid")
            };
            let finding = out.report(place, format!("{which} {what}"));
            finding.help(format!(
                "write the current certificate authority of the registry here, since this one {help}; \
                 nodes do not trust a certificate that it signed: `x509: certificate has expired or is not \
                 yet valid`"
            ));
            // While an authority is being replaced, the value has the old and the new certificate.
            if all.iter().any(serves(today.saturating_sub(1.day()))) {
                finding.severity(Severity::Warning);
            }
        } else if to <= soon {
            let finding = out.report(place, format!("{which} expires on {to}"));
            finding.help(
                "add its successor now: one value may contain both; from the next day on, nodes do not \
                 trust a certificate that it signed",
            );
            let has_successor = all.iter().any(serves(soon));
            finding.severity(if has_successor { Severity::Note } else { Severity::Warning });
        }
    }
}

fn why(flaw: CertificateFlaw) -> &'static str {
    match flaw {
        CertificateFlaw::Der => {
            "write it as PEM, the base64 between `-----BEGIN CERTIFICATE-----` and `-----END \
             CERTIFICATE-----`; it is DER, or DER in base64, and the runtime reads only PEM"
        }
        CertificateFlaw::Lines => {
            "write the value as `|`, every line with the same indentation; the lines of PEM each begin at the \
             start of a line, and these are indented, or folded into one"
        }
        CertificateFlaw::OtherBlocks => "write a `CERTIFICATE`; the value is PEM of another type",
        CertificateFlaw::NoPem => "write the certificate as PEM; it has no `-----BEGIN CERTIFICATE-----`",
        CertificateFlaw::Empty => {
            "write the certificate of the registry's authority as PEM; the file on the nodes is empty"
        }
    }
}

/// The first line of a certificate if the value stands unchanged in the file, otherwise the key.
fn place(resource: &Resource, entry: &CaEntry, number: usize, count: usize) -> Span {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    let (document, span) = (resource.manifest.document(), entry.value.span);
    if document.is_composed() || span.file != document.file() {
        return entry.key.span;
    }
    let text = &document.source()[span.range()];
    let begins: Vec<usize> = text.match_indices(BEGIN).map(|(at, _)| span.start as usize + at).collect();
    match begins.get(number) {
        Some(&at) if begins.len() == count => Span::new(span.file, at, at + BEGIN.len()),
        _ => entry.key.span,
    }
}
