use prost_types::{value::Kind, ListValue, Struct, Value};
use serde_json::{Map, Number};

/// What a double holds exactly.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The properties of an event: `properties(json!({ "billingrails_account_id": "acct_acme", "bytes": "12.5" }))`. An
/// integer that a double does not hold becomes a text, which meters count exactly; give decimals as texts. None where it
/// is no object.
pub fn properties(values: serde_json::Value) -> Option<Struct> {
    match values {
        serde_json::Value::Object(fields) => Some(struct_of(fields)),
        _ => None,
    }
}

/// The same of an object.
pub fn struct_of(fields: Map<String, serde_json::Value>) -> Struct {
    Struct { fields: fields.into_iter().map(|(name, value)| (name, value_of(value))).collect() }
}

fn value_of(value: serde_json::Value) -> Value {
    let kind = match value {
        serde_json::Value::Null => Kind::NullValue(0),
        serde_json::Value::Bool(flag) => Kind::BoolValue(flag),
        serde_json::Value::Number(number) => number_of(number),
        serde_json::Value::String(text) => Kind::StringValue(text),
        serde_json::Value::Array(items) => {
            Kind::ListValue(ListValue { values: items.into_iter().map(value_of).collect() })
        }
        serde_json::Value::Object(fields) => Kind::StructValue(struct_of(fields)),
    };
    Value { kind: Some(kind) }
}

fn number_of(number: Number) -> Kind {
    let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    match (size, number.as_f64()) {
        (Some(size), _) if size > INTEGER_MAX => Kind::StringValue(number.to_string()),
        (_, Some(double)) => Kind::NumberValue(double),
        (_, None) => Kind::StringValue(number.to_string()),
    }
}
