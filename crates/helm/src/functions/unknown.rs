//! Functions whose result is random or depends on the time. Their results here have the right form, and are marked as
//! unknown, so that no rule checks them.

use super::cast;
use crate::Result;
use crate::exec::Call;
use crate::exec::function::{Function, fail, function};
use crate::value::{Native, Value};

pub(super) const TABLE: &[Function] = &[
    function("randAlphaNum", "i", |call, arguments| letters(call, &arguments[0], "x")),
    function("randAlpha", "i", |call, arguments| letters(call, &arguments[0], "x")),
    function("randAscii", "i", |call, arguments| letters(call, &arguments[0], "x")),
    function("randNumeric", "i", |call, arguments| letters(call, &arguments[0], "1")),
    function("randBytes", "i", |call, arguments| {
        let count = cast::int(&arguments[0]).max(0) as u64;
        let digits = i64::try_from(count.div_ceil(3).saturating_mul(4)).unwrap_or(i64::MAX);
        letters(call, &Value::int(digits), "A")
    }),
    function("randInt", "ii", |_, arguments| {
        let (least, most) = (cast::int(&arguments[0]), cast::int(&arguments[1]));
        if most <= least { fail("invalid argument to Intn") } else { Ok(Value::int(least).unknown()) }
    }),
    function("shuffle", "s", |_, arguments| Ok(Value { origin: None, ..arguments[0].clone() }.unknown())),
    function("uuidv4", "", |_, _| Ok(Value::from("00000000-0000-4000-8000-000000000000").unknown())),
    function("bcrypt", "s", |_, _| Ok(Value::from(BCRYPT).unknown())),
    function("htpasswd", "ss", |_, arguments| {
        let user = cast::text(&arguments[0]);
        if user.contains(':') {
            return Ok(format!("invalid username: {user}").into());
        }
        Ok(Value::from(format!("{user}:{BCRYPT}")).unknown())
    }),
    function("genPrivateKey", "s", |_, _| Ok(Value::from(KEY).unknown())),
    function("derivePassword", "issss", |_, _| Ok(Value::from("unknown").unknown())),
    function("buildCustomCert", "ss", |_, _| Ok(certificate())),
    function("genCA", "si", |_, _| Ok(certificate())),
    function("genCAWithKey", "sis", |_, _| Ok(certificate())),
    function("genSelfSignedCert", "saai", |_, _| Ok(certificate())),
    function("genSelfSignedCertWithKey", "saais", |_, _| Ok(certificate())),
    function("genSignedCert", "saaia", |_, _| Ok(certificate())),
    function("genSignedCertWithKey", "saaias", |_, _| Ok(certificate())),
    function("encryptAES", "ss", |_, _| Ok(Value::from("dW5rbm93bg==").unknown())),
    function("decryptAES", "ss", |_, _| Ok(Value::from("unknown").unknown())),
    function("now", "", |_, _| Ok(Value::from(Native::Time(super::time::NOW)).unknown())),
];

const BCRYPT: &str = "$2a$10$xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nunknown\n-----END PRIVATE KEY-----\n";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nunknown\n-----END CERTIFICATE-----\n";

fn letters(call: &mut Call<'_, '_>, count: &Value, letter: &str) -> Result<Value> {
    let count = usize::try_from(cast::int(count)).unwrap_or(0);
    call.bytes(count)?;
    Ok(Value::from(letter.repeat(count)).unknown())
}

fn certificate() -> Value {
    let fields = vec![("Cert", Value::from(CERTIFICATE).unknown()), ("Key", Value::from(KEY).unknown())];
    Value::from(Native::structure("sprig.certificate", fields)).unknown()
}
