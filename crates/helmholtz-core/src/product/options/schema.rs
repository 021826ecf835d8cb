//! From a JSON schema to options.

use std::ops::Bound;

use serde_json::Value;

use super::Field;
use super::kind::{Kind, LARGEST, shown};

/// A schema, by which references are looked up.
pub(super) struct Root<'a>(pub(super) &'a Value);

impl<'a> Root<'a> {
    pub(super) fn fields(&self, schema: &'a Value) -> Vec<Field> {
        let schema = self.resolved(schema);
        let properties = schema.get("properties").and_then(Value::as_object);
        let properties = properties.into_iter().flatten();
        properties.map(|(name, of)| self.field(name, of)).collect()
    }

    fn field(&self, name: &str, of: &'a Value) -> Field {
        let text = |key: &str| of.get(key).and_then(Value::as_str).map(str::to_owned);
        let kind = self.kind(of);
        Field {
            name: name.to_owned(),
            help: help(of).unwrap_or_default(),
            value: text("value").unwrap_or_else(|| kind.value().to_owned()),
            default: of.get("default").filter(|v| !v.is_null()).cloned(),
            heading: text("heading"),
            short: text("short").and_then(|s| s.chars().next()),
            aliases: list(of, "aliases")
                .filter_map(|a| Some(a.as_str()?.to_owned()))
                .collect(),
            kind,
        }
    }

    /// What a reference points to; the schema itself where it is none.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let target = schema.get("$ref").and_then(Value::as_str);
        let found = target.and_then(|t| self.0.pointer(t.strip_prefix('#')?));
        found.unwrap_or(schema)
    }

    fn kind(&self, schema: &'a Value) -> Kind {
        let schema = self.resolved(schema);
        // An option that may be missing is one of two: the thing, or null.
        if let Some(thing) = list(schema, "anyOf").find(|s| !is_null(s)) {
            return self.kind(thing);
        }
        if let Some(words) = words(schema) {
            let tables: Vec<Field> = list(schema, "oneOf").flat_map(|s| self.table(s)).collect();
            return match tables.is_empty() {
                true => Kind::Word(words),
                false => Kind::Either(words, tables),
            };
        }
        match type_of(schema) {
            Some("boolean") => Kind::Flag,
            Some("integer") => count(schema),
            Some("number") => number(schema),
            Some("array") => self.array(schema),
            Some("object") => Kind::Table(self.fields(schema)),
            _ => Kind::Text,
        }
    }

    fn array(&self, schema: &'a Value) -> Kind {
        let each: Vec<Kind> = list(schema, "prefixItems").map(|s| self.kind(s)).collect();
        let items = schema.get("items").map(|items| self.kind(items));
        match each.is_empty() {
            true => Kind::Many(Box::new(items.unwrap_or(Kind::Text))),
            false => Kind::Each(each),
        }
    }

    /// A choice of an enumeration that is a table of one thing: what the choice means is said beside it.
    fn table(&self, choice: &'a Value) -> Vec<Field> {
        let named = |field: Field| Field {
            help: help(choice).unwrap_or(field.help),
            ..field
        };
        self.fields(choice).into_iter().map(named).collect()
    }
}

/// The first paragraph of what is documented, in one line.
fn help(schema: &Value) -> Option<String> {
    let text = schema.get("description").and_then(Value::as_str)?;
    let first = text.split("\n\n").next().unwrap_or(text);
    Some(first.replace('\n', " "))
}

/// The words of an enumeration.
fn words(schema: &Value) -> Option<Vec<(String, String)>> {
    let word = |of: &Value, help: Option<&Value>| {
        let help = help.and_then(Value::as_str).unwrap_or_default();
        (!of.is_null()).then(|| (shown(of), help.to_owned()))
    };
    if let Some(plain) = schema.get("enum").and_then(Value::as_array) {
        return Some(plain.iter().filter_map(|w| word(w, None)).collect());
    }
    let each = schema.get("oneOf")?.as_array()?.iter();
    let each = each.flat_map(|one| match (one.get("const"), words(one)) {
        (Some(of), _) => word(of, one.get("description")).into_iter().collect(),
        (None, words) => words.unwrap_or_default(),
    });
    Some(each.collect())
}

/// The elements of a list; none where there is no list.
fn list<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    let list = schema.get(key).and_then(Value::as_array);
    list.into_iter().flatten()
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// The type that is not null.
fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(one) => Some(one),
        Value::Array(several) => several
            .iter()
            .filter_map(Value::as_str)
            .find(|t| *t != "null"),
        _ => None,
    }
}

fn count(schema: &Value) -> Kind {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let least = bound("minimum").unwrap_or(0.0).max(0.0);
    let most = bound("maximum").filter(|m| *m < LARGEST as f64);
    Kind::Count {
        least: least as u64,
        most: most.map_or(LARGEST, |m| m as u64),
    }
}

fn number(schema: &Value) -> Kind {
    let bound = |inside, outside| {
        let at = |key: &str| schema.get(key).and_then(Value::as_f64);
        let inside = at(inside).map(Bound::Included);
        let bound = inside.or_else(|| at(outside).map(Bound::Excluded));
        bound.unwrap_or(Bound::Unbounded)
    };
    Kind::Number {
        least: bound("minimum", "exclusiveMinimum"),
        most: bound("maximum", "exclusiveMaximum"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bounds_lists_and_choices_are_read() {
        let schema = json!({"properties": {
            "share": {"description": "Of all.\n\nMore.", "type": "number", "minimum": 0, "exclusiveMaximum": 1},
            "sizes": {"prefixItems": [
                {"type": "integer", "minimum": 1, "maximum": 9},
                {"type": "integer", "minimum": 1, "maximum": 3},
            ], "type": "array"},
            "number": {"enum": [3, 5, null]},
            "form": {"oneOf": [
                {"const": "plain", "type": "string"},
                {"description": "With gaps", "type": "object", "properties": {
                    "gaps": {"type": "object", "properties": {"width": {"type": "number"}}},
                }},
            ]},
        }});
        let fields = Root(&schema).fields(&schema);
        let all: Vec<Field> = fields.into_iter().flat_map(Field::flat).collect();
        let names: Vec<&str> = all.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "share",
                "sizes",
                "number",
                "form",
                "form.gaps",
                "form.gaps.width"
            ]
        );
        assert_eq!((&*all[0].help, &*all[4].help), ("Of all.", "With gaps"));
        let said: Vec<String> = all.iter().map(|f| f.kind.wanted()).collect();
        assert_eq!(said[0], "choose at least 0 and below 1");
        assert_eq!(said[1], "write a list of 2");
        assert_eq!(said[2], "choose from 3, 5");
        assert_eq!(said[3], "choose from plain, or write a table gaps");
        let fits = |field: usize, value: Value| all[field].kind.check(&value).is_ok();
        assert!(fits(0, json!(0)) && !fits(0, json!(1)));
        assert!(fits(1, json!([9, 3])) && !fits(1, json!([3, 9])) && !fits(1, json!([3])));
        assert!(fits(2, json!(5)) && !fits(2, json!(4)));
        assert!(fits(3, json!("plain")) && fits(3, json!({"gaps": {}})) && !fits(3, json!("gaps")));
        assert_eq!(
            all[1].kind.range().as_deref(),
            Some("from 1 to 9, from 1 to 3")
        );
    }
}
