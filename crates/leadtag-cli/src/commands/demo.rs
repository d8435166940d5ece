//! `leadtag demo`: what leadtag does, shown on the embedded sandbox.

use leadtag::{
    ContactRef, CreateTags, CreatedTags, Error, ErrorKind, GroupId, NewTag, Tag, TagChange,
    TagProvider, TagProviderExt, TagQuery,
};
use leadtag_sandbox::{Admin, Sandbox};

use crate::failure::{Failure, kind_name};
use crate::output::Output;
use crate::session::Session;
use crate::table::table;

const INTRO: &str = "leadtag demo: one provider, seven steps, on an embedded sandbox.
Made-up data; no network, no keys, nothing real is touched.";

const NEXT: &str = "Try next:
  leadtag caps                             what each platform can do
  leadtag tags list --provider shop-wecom  the same tags; --format json
  leadtag leads list --provider crm        leads of another platform
  leadtag sandbox serve                    a sandbox for your own code
  leadtag init                             a leadtag.toml to fill in, to go live
  leadtag doctor                           check credentials, addresses and limits";

/// The sandbox's provider that is shown.
const PROVIDER: &str = "shop-wecom";

/// How many contacts are tagged.
const CONTACTS: usize = 3;

pub(super) async fn run(output: &Output) -> Result<(), Failure> {
    output.notice("SANDBOX: made-up data, nothing real is touched");
    let session = Session::on_sandbox().await?;
    let (_, provider) = session.tags(Some(PROVIDER), output)?;
    let Some(sandbox) = session.sandbox() else {
        return Err(Failure::failed("the demo has no sandbox"));
    };
    let demo = Demo {
        provider: provider.as_ref(),
        admin: sandbox.admin(),
        contacts: contacts(sandbox),
        output,
    };
    output.data(INTRO)?;
    demo.show().await?;
    output.data(&format!("\n{NEXT}"))
}

/// The first customers of the seeded company, each with the member who follows it.
fn contacts(sandbox: &Sandbox) -> Vec<ContactRef> {
    let snapshot = sandbox.admin().snapshot();
    let marks = snapshot["wecom"]["marks"].as_array();
    let pairs = marks.into_iter().flatten().filter_map(|mark| {
        let (owner, id) = (mark["userid"].as_str()?, mark["external_userid"].as_str()?);
        Some(ContactRef::owned_by(owner, id))
    });
    pairs.take(CONTACTS).collect()
}

/// The steps, written against the trait: they would run on any provider with the same
/// capabilities.
struct Demo<'a> {
    provider: &'a dyn TagProvider,
    admin: Admin,
    contacts: Vec<ContactRef>,
    output: &'a Output,
}

impl Demo<'_> {
    async fn show(&self) -> Result<(), Failure> {
        self.list().await?;
        let (group, tags) = self.create().await?;
        self.rename(&group, &tags).await?;
        self.tag_contacts(&tags).await?;
        self.heal().await?;
        self.explain(&group).await?;
        self.delete(&group).await
    }

    fn step(&self, number: u8, title: &str) -> Result<(), Failure> {
        self.output.data(&format!("\n{number}. {title}\n"))
    }

    fn say(&self, text: &str) -> Result<(), Failure> {
        let lines: Vec<_> = text.lines().map(|line| format!("   {line}\n")).collect();
        self.output.data(&lines.concat())
    }

    async fn list(&self) -> Result<(), Failure> {
        self.step(1, "List the tags")?;
        let tree = self.provider.tag_tree(TagQuery::all()).await;
        let tree = tree.map_err(failed(1))?;
        let rows = tree.groups.iter().map(|group| {
            let names: Vec<_> = group.tags.iter().map(|tag| tag.name.as_str()).collect();
            vec![group.name.clone(), names.join("、")]
        });
        self.say(&table(&["GROUP", "TAGS"], rows, &[]))?;
        let tags = tree.all_tags().count();
        expect(1, tags > 0, "the sandbox has no tags")?;
        self.say(&format!("{} groups, {tags} tags", tree.groups.len()))
    }

    async fn create(&self) -> Result<(GroupId, Vec<Tag>), Failure> {
        self.step(2, "Create a group with three tags; the new ids come back")?;
        let names = ["试用中", "已购买", "待续费"].map(NewTag::new);
        let request = CreateTags::in_new_group("客户阶段", names);
        let CreatedTags { group, tags, .. } =
            self.provider.create_tags(&request).await.map_err(failed(2))?;
        expect(2, tags.len() == 3, "three tags were to be created")?;
        let Some(group) = group else {
            return Err(Failure::failed("demo step 2: no group was created"));
        };
        let first = [vec![group.name.clone(), group.id.to_string()]].into_iter();
        let rows =
            first.chain(tags.iter().map(|tag| vec![format!("  {}", tag.name), tag.id.to_string()]));
        self.say(&table(&["NAME", "ID"], rows, &[]))?;
        Ok((group.id, tags))
    }

    async fn rename(&self, group: &GroupId, tags: &[Tag]) -> Result<(), Failure> {
        self.step(3, "Rename one tag and put another one first")?;
        if let [trial, _, renewal] = tags {
            let rename = TagChange::rename("试用客户");
            let renamed = self.provider.update_tag(&trial.id, &rename).await;
            renamed.map_err(failed(3))?;
            let first = TagChange::reorder(100);
            let moved = self.provider.update_tag(&renewal.id, &first).await;
            moved.map_err(failed(3))?;
        }
        let query = TagQuery::groups([group.clone()]);
        let tree = self.provider.tag_tree(query).await.map_err(failed(3))?;
        let rows = tree.all_tags().map(|tag| {
            let order = tag.order.map_or_else(String::new, |order| order.to_string());
            vec![tag.name.clone(), order]
        });
        self.say(&table(&["TAG", "ORDER"], rows, &[1]))?;
        let names: Vec<_> = tree.all_tags().map(|tag| tag.name.as_str()).collect();
        let kept = names.len() == 3 && names.contains(&"试用客户");
        expect(3, kept, "the tag was to have its new name")
    }

    async fn tag_contacts(&self, tags: &[Tag]) -> Result<(), Failure> {
        self.step(4, "Tag three contacts and read them back")?;
        expect(4, self.contacts.len() == CONTACTS, "too few contacts")?;
        let mut rows = Vec::new();
        for (contact, tag) in self.contacts.iter().zip(tags) {
            let add = std::slice::from_ref(&tag.id);
            let assigned = self.provider.assign(contact, add, &[]).await;
            assigned.map_err(failed(4))?;
            let carried = self.provider.contact_tags(contact).await;
            let carried = carried.map_err(failed(4))?;
            let has_it = carried.iter().any(|carried| carried.id == tag.id);
            expect(4, has_it, "the tag was to be on the contact")?;
            let names: Vec<_> = carried.into_iter().map(|tag| tag.name).collect();
            rows.push(vec![contact.id.clone(), names.join("、")]);
        }
        self.say(&table(&["CONTACT", "TAGS"], rows, &[]))
    }

    async fn heal(&self) -> Result<(), Failure> {
        self.step(5, "A failure that heals itself")?;
        let before = self.admin.issued_tokens();
        self.admin.expire_tokens();
        self.say("The platform has just let every token expire. The next call:")?;
        let tree = self.provider.tag_tree(TagQuery::all()).await;
        let tags = tree.map_err(failed(5))?.all_tags().count();
        let refreshed = self.admin.issued_tokens() - before;
        expect(5, refreshed == 1, "one new token was to be fetched")?;
        self.say(&format!(
            "it succeeded ({tags} tags): refused with 42001, {refreshed} token fetched, sent again"
        ))
    }

    async fn explain(&self, group: &GroupId) -> Result<(), Failure> {
        self.step(6, "A failure that is explained: a name that is taken")?;
        let request = CreateTags::in_group(group.clone(), ["已购买"]);
        let Err(error) = self.provider.create_tags(&request).await else {
            return Err(Failure::failed("demo step 6: a name that is taken was to be refused"));
        };
        expect(
            6,
            error.kind() == ErrorKind::AlreadyExists,
            "the error was to be of the kind already-exists",
        )?;
        let mut lines = vec![
            ("kind", kind_name(error.kind())),
            ("operation", error.operation().unwrap_or_default().to_owned()),
        ];
        if let Some(code) = error.platform_code() {
            lines.push(("code", code.to_string()));
        }
        if let Some(message) = error.platform_message() {
            lines.push(("answer", message.to_owned()));
        }
        if let Some(advice) = error.advice() {
            lines.push(("advice", advice.to_owned()));
        }
        lines.iter().try_for_each(|(name, value)| self.say(&labelled(name, value)))
    }

    async fn delete(&self, group: &GroupId) -> Result<(), Failure> {
        self.step(7, "Delete the group; its tags leave the contacts with it")?;
        let deleted = self.provider.delete_groups(std::slice::from_ref(group));
        deleted.await.map_err(failed(7))?;
        let tree = self.provider.tag_tree(TagQuery::all()).await;
        let tree = tree.map_err(failed(7))?;
        let gone = tree.groups.iter().all(|other| other.id != *group);
        expect(7, gone, "the group was to be gone")?;
        self.say(&format!(
            "{} groups, {} tags, as in the beginning",
            tree.groups.len(),
            tree.all_tags().count()
        ))
    }
}

/// `name` and a text that is wrapped to stay within 80 columns.
fn labelled(name: &str, value: &str) -> String {
    const LABEL: usize = 11;
    const WIDTH: usize = 80 - 3 - LABEL;
    let mut lines = vec![String::new()];
    for word in value.split_whitespace() {
        let full = lines
            .last()
            .is_some_and(|line| !line.is_empty() && line.len() + 1 + word.len() > WIDTH);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    let labels = std::iter::once(name).chain(std::iter::repeat(""));
    let lines = labels.zip(&lines);
    let lines: Vec<_> = lines.map(|(label, line)| format!("{label:<LABEL$}{line}\n")).collect();
    lines.concat()
}

fn failed(step: u8) -> impl Fn(Error) -> Failure {
    move |error| Failure::while_doing(format!("demo step {step}"))(error)
}

fn expect(step: u8, came_out: bool, expected: &str) -> Result<(), Failure> {
    if came_out { Ok(()) } else { Err(Failure::failed(format!("demo step {step}: {expected}"))) }
}
