//! The controls of hardening guides that a page of the rule book names among its references.
//!
//! Each guide has one line, in one form, so that people and programs read the same text:
//!
//! ```text
//! - CIS Red Hat OpenShift Container Platform Benchmark 5.5.1
//! - NIST SP 800-53: CM-5(3), CM-7(2)
//! - BSI IT-Grundschutz APP.4.4.A12
//! ```

/// A guide with security controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Guide {
    /// The benchmark of the Center for Internet Security for OpenShift.
    Cis,
    /// The catalogue of the National Institute of Standards and Technology.
    Nist,
    /// The Grundschutz of the German Federal Office for Information Security.
    Bsi,
}

impl Guide {
    /// All guides.
    pub const ALL: [Guide; 3] = [Guide::Cis, Guide::Nist, Guide::Bsi];

    /// The beginning of a line about it, behind the dash.
    pub fn lead(self) -> &'static str {
        match self {
            Guide::Cis => "CIS Red Hat OpenShift Container Platform Benchmark ",
            Guide::Nist => "NIST SP 800-53: ",
            Guide::Bsi => "BSI IT-Grundschutz ",
        }
    }

    /// Its name in tags.
    pub fn as_str(self) -> &'static str {
        match self {
            Guide::Cis => "cis",
            Guide::Nist => "nist",
            Guide::Bsi => "bsi",
        }
    }
}

/// A control of a guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control<'p> {
    /// The guide.
    pub guide: Guide,
    /// The name of the control in the guide.
    pub id: &'p str,
}

impl Control<'_> {
    /// The control as a tag, in the form that `CodeQL` uses for weaknesses (`external/cwe/cwe-079`).
    pub fn tag(&self) -> String {
        format!("external/{}/{}", self.guide.as_str(), self.id.to_ascii_lowercase())
    }
}

/// The controls under the heading "References" of a page, in its order.
pub fn of_page(page: &str) -> Vec<Control<'_>> {
    let references = page.lines().skip_while(|line| line.trim_end() != "## References");
    references.filter_map(|line| line.strip_prefix("- ")).flat_map(of_line).collect()
}

fn of_line(line: &str) -> Vec<Control<'_>> {
    let guide = Guide::ALL.into_iter().find_map(|guide| Some((guide, line.strip_prefix(guide.lead())?)));
    let Some((guide, ids)) = guide else { return Vec::new() };
    ids.split(',')
        .map(|id| Control { guide, id: id.trim() })
        .filter(|control| !control.id.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_controls() {
        let page = "## Why\n\n- NIST SP 800-53: AC-2\n\n## References\n\n- NIST SP 800-53: CM-5(3), CM-7(2)\n\
                    - BSI IT-Grundschutz APP.4.4.A12\n- CIS something else 5.5.1\n";
        let tags: Vec<String> = of_page(page).iter().map(Control::tag).collect();
        assert_eq!(tags, ["external/nist/cm-5(3)", "external/nist/cm-7(2)", "external/bsi/app.4.4.a12"]);
    }
}
