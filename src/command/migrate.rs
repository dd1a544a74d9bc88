//! `pullwarden migrate icsp`: writes a new file for each file of the deprecated kind.

use super::Error;
use super::check::Exit;
use crate::cli::MigrateIcspArgs;
use crate::fix;
use crate::icsp::migrate::{self, Migrated, Proof};
use crate::machine::disk;
use crate::machine::guard;
use crate::machine::terminal::{escape, is_unprintable, shown};
use crate::read::manifest;
use crate::report::{Style, diff};
use crate::source::Position;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes a file for each file that can be migrated. Reports on `err` why others cannot, and which fields are left out.
pub fn run(
    args: &MigrateIcspArgs,
    style: &Style,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Error> {
    if disk::leads_away(&args.dest_dir) {
        let directory = shown(&args.dest_dir);
        return Err(Error::Failed(format!(
            "{directory} leads elsewhere by a link; name the directory itself"
        )));
    }
    fs::create_dir_all(&args.dest_dir)
        .map_err(|error| Error::Failed(format!("cannot write to {}: {error}", shown(&args.dest_dir))))?;
    let mut outcome = Exit::Clean;
    let mut faults = Vec::new();
    for file in &args.files {
        let migrated = match guard::part("migrate", || read(file).and_then(|text| migrate::icsp(&text))) {
            Ok(migrated) => migrated,
            Err(fault) => {
                faults.push(super::failed_at(&shown(file), &fault));
                continue;
            }
        };
        match migrated.and_then(|migrated| Ok((write(&args.dest_dir, &migrated)?, migrated))) {
            Ok((path, migrated)) => {
                writeln!(out, "wrote ImageDigestMirrorSet to {}", shown(&path))?;
                for (old, new) in &migrated.repaired {
                    let (old, new) = (escape(old), escape(new));
                    writeln!(out, "  `{new}` stands in the place of `{old}`, which the API server refuses")?;
                }
                prove(&migrated.proof, style, out)?;
                for (field, position) in &migrated.dropped {
                    let (place, field) = (place(file, *position), escape(field));
                    writeln!(
                        err,
                        "note: {place}: left out `{field}`: no ImageContentSourcePolicy has this field, so the API server \
                         drops it"
                    )?;
                }
            }
            Err(why) => {
                outcome = Exit::Dirty;
                writeln!(err, "error: {}: {}", shown(file), escape(&why))?;
            }
        }
    }
    if faults.is_empty() { Ok(outcome) } else { Err(Error::Failed(faults.join("\npullwarden: "))) }
}

fn place(file: &Path, Position { line, column }: Position) -> String {
    format!("{}:{line}:{column}", shown(file))
}

fn read(path: &Path) -> Result<String, String> {
    let bytes = disk::read(path, manifest::MAX_FILE)?;
    String::from_utf8(bytes).map_err(|_| "is not UTF-8".into())
}

/// Writes one migrated file. The number in its name is a hash of the text, so the same text gets the same name. An
/// existing file of that name with another text is not overwritten.
fn write(directory: &Path, migrated: &Migrated) -> Result<PathBuf, String> {
    let name = &migrated.name;
    if name.contains(['/', '\\', ':']) || name.chars().any(is_unprintable) {
        return Err(format!("the name `{name}` cannot be part of a file name"));
    }
    let hash: [u8; 32] = Sha256::digest(&migrated.text).into();
    // 63 bits, as many as the random number of `oc` has.
    let number = hash[..8].iter().fold(0_u64, |number, &byte| number << 8 | u64::from(byte)) >> 1;
    let path = directory.join(format!("imagedigestmirrorset_{name}.{number}.yaml"));
    let written = fix::write_new(&path, &migrated.text);
    match written {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let is_same =
                disk::read(&path, manifest::MAX_FILE).is_ok_and(|there| there == migrated.text.as_bytes());
            is_same.then_some(path.clone()).ok_or_else(|| {
                format!("{} already exists with other contents; remove it first", shown(&path))
            })
        }
        Err(error) => Err(format!("cannot write {}: {error}", shown(&path))),
        Ok(()) => Ok(path),
    }
}

fn prove(proof: &Proof, style: &Style, out: &mut dyn Write) -> Result<(), Error> {
    match proof {
        Proof::Same => writeln!(out, "  the nodes get the same files from it as before")?,
        Proof::StopsAsBefore(stop) => {
            writeln!(out, "  the operator stops at it, as it did before: {}", escape(stop))?;
        }
        Proof::Differs(files, why) => {
            writeln!(out, "  the nodes get other files: {why}")?;
            // This output is for people, and is not a patch.
            let style = &Style { screen: true, ..*style };
            for (path, before, after) in files {
                diff::write(path.trim_start_matches('/'), before, after, style, out)?;
            }
        }
    }
    Ok(())
}
