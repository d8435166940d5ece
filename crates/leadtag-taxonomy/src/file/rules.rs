//! What a name, a logical key and a template must be.

/// The greatest sort value.
pub(crate) const MAX_ORDER: i64 = u32::MAX as i64;

const MAX_KEY_CHARS: usize = 200;

const TAG: &str = "{tag}";
const GROUP: &str = "{group}";

/// What is wrong with a name, on whatever platform.
pub(crate) fn name_problem(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        return Some("it is empty");
    }
    if name.trim() != name {
        return Some("it begins or ends with white space");
    }
    name.chars().any(char::is_control).then_some("it has a line break or another control character")
}

/// What is wrong with a logical key.
pub(crate) fn key_problem(key: &str) -> Option<&'static str> {
    let mut chars = key.chars();
    if !chars.next().is_some_and(char::is_alphanumeric) {
        return Some("it must begin with a letter or a digit");
    }
    if !chars.all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-')) {
        return Some("it has letters, digits, . _ and - only");
    }
    (key.chars().count() > MAX_KEY_CHARS).then_some("it has more than 200 characters")
}

/// What is wrong with a template of `flatten`.
pub(crate) fn template_problem(template: &str) -> Option<&'static str> {
    if !template.contains(TAG) {
        return Some("it must hold {tag}");
    }
    if template.replace(TAG, "").replace(GROUP, "").contains(['{', '}']) {
        return Some("{tag} and {group} are all that stands in braces");
    }
    // The words around the braces are part of every name.
    name_problem(template)
}

/// Whether the template shows the name of the group.
pub(crate) fn shows_group(template: &str) -> bool {
    template.contains(GROUP)
}

/// The name that a template makes.
pub(crate) fn flatten(template: &str, group: &str, tag: &str) -> String {
    let mut name = String::with_capacity(template.len() + group.len() + tag.len());
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, braces) = rest.split_at(at);
        name.push_str(before);
        rest = if let Some(after) = braces.strip_prefix(TAG) {
            name.push_str(tag);
            after
        } else if let Some(after) = braces.strip_prefix(GROUP) {
            name.push_str(group);
            after
        } else {
            name.push('{');
            &braces[1..]
        };
    }
    name.push_str(rest);
    name
}
