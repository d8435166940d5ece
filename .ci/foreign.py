"""Drives two sandboxes with two WeCom clients that others wrote.

On the first sandbox one client writes and both read; on the second, the other way round. Each
answer is compared with what the documents promise, both clients' readings with each other, and at
the end the two transcripts. Only the clients' base URL is changed.

    foreign.py FIRST.toml SECOND.toml SCRATCH_DIR
    foreign.py --check-config FILE      succeeds if FILE is a complete configuration
"""

import asyncio
import json
import re
import sys
import time
import tomllib
import urllib.request
from dataclasses import dataclass

OFFICIAL = "https://qyapi.weixin.qq.com"

SEED = {
    "意向": ["高意向", "中意向", "低意向"],
    "来源": ["官网", "抖音", "展会", "转介绍", "公众号"],
    "客户等级": ["A级", "B级", "C级"],
    "行业": ["教育", "零售", "制造", "医疗", "餐饮"],
    "地区": ["华东", "华南", "华北", "西南"],
    "客服分类": ["售前咨询", "售后服务", "投诉"],
}
MEMBER, STRANGER = "zhangwei", "lina"
CUSTOMER = "wmSandbox00000000"


@dataclass(frozen=True)
class Access:
    """Where a sandbox is, and the credentials it printed."""

    base_url: str
    corp_id: str
    corp_secret: str

    @classmethod
    def read(cls, path):
        with open(path, "rb") as file:
            providers = tomllib.load(file)["providers"].values()
        wecom = next(provider for provider in providers if provider["platform"] == "wecom")
        return cls(wecom["base_url"], wecom["corp_id"], wecom["corp_secret"])

    def with_wrong_secret(self):
        return Access(self.base_url, self.corp_id, "wrong-" + self.corp_secret)

    def admin(self, method, path, body=None):
        """A call of the sandbox's own admin API."""
        url = self.base_url.removesuffix("/wecom") + "/admin/" + path
        data = None if body is None else json.dumps(body).encode()
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(urllib.request.Request(url, data, method=method)) as response:
            return json.load(response)

    def token_fetches(self):
        return self.admin("GET", "calls")["calls"].get("gettoken", 0)


class Wechatpy:
    """wechatpy: synchronous. Its address is fixed in its code, so its transport is turned."""

    def __init__(self, access, _scratch):
        import requests
        from wechatpy.exceptions import APILimitedException, WeChatClientException
        from wechatpy.work import WeChatClient

        class Turned(requests.adapters.HTTPAdapter):
            def send(self, request, **options):
                request.url = access.base_url + request.url.removeprefix(OFFICIAL)
                return super().send(request, **options)

        self.client = WeChatClient(access.corp_id, access.corp_secret, timeout=10)
        self.client._http.trust_env = False
        self.client._http.mount(OFFICIAL, Turned())
        self.api = self.client.external_contact
        self.refusal = self.bad_secret = WeChatClientException
        self.throttled = APILimitedException

    def token(self):
        return self.client.access_token

    def list(self, tags=None):
        return self.api.get_corp_tag_list(tags)

    def add(self, tags, group_id=None, group_name=None, order=None):
        return self.api.add_corp_tag(group_id, group_name, order, tags)

    def edit(self, id, name=None, order=None):
        return self.api.edit_corp_tag(id, name, order)

    def delete(self, tags=None, groups=None):
        return self.api.del_corp_tag(tags, groups)

    def mark(self, member, customer, add=None, remove=None):
        return self.api.mark_tag(member, customer, add, remove)

    def customers(self, member):
        return self.api.list(member)

    def customer(self, customer):
        return self.api.get(customer)

    def batch(self, member, limit):
        return self.api.batch_get_by_user(member, limit=limit)


class WecomCrmMcp:
    """wecom-crm-mcp: asynchronous, with a base URL in its configuration."""

    def __init__(self, access, scratch):
        from wecom_crm_mcp.client import WecomClient
        from wecom_crm_mcp.config import WecomConfig
        from wecom_crm_mcp.exceptions import WecomAPIError, WecomAuthError
        from wecom_crm_mcp.modules.customer import CustomerModule
        from wecom_crm_mcp.modules.tag import TagModule

        cache = f"{scratch}/cache-{time.monotonic_ns()}"
        config = WecomConfig.from_env({
            "WECOM_CORPID": access.corp_id,
            "WECOM_CORPSECRET": access.corp_secret,
            "WECOM_BASE_URL": access.base_url,
            "WECOM_CACHE_DIR": cache,
        })
        self.client = WecomClient(config)
        self.tags, self.contacts = TagModule(self.client), CustomerModule(self.client)
        self.run = asyncio.Runner().run
        self.refusal = self.throttled = WecomAPIError
        self.bad_secret = WecomAuthError

    def token(self):
        return self.run(self.client.get_access_token())

    def list(self, tags=None):
        return self.run(self.tags.list_corp_tags(tags))

    def add(self, tags, group_id=None, group_name=None, order=None):
        new = self.tags.add_corp_tag(
            tag=tags, group_id=group_id, group_name=group_name, order=order
        )
        return self.run(new)

    def edit(self, id, name=None, order=None):
        return self.run(self.tags.edit_corp_tag(id, name=name, order=order))

    def delete(self, tags=None, groups=None):
        return self.run(self.tags.del_corp_tag(tag_id=tags, group_id=groups))

    def mark(self, member, customer, add=None, remove=None):
        marked = self.tags.mark_tag(member, customer, add_tag=add, remove_tag=remove)
        return self.run(marked)

    def customers(self, member):
        return self.run(self.contacts.list(member))

    def customer(self, customer):
        return self.run(self.contacts.get(customer))

    def batch(self, member, limit):
        return self.run(self.contacts.batch_get([member], limit=limit))


def code_of(error):
    """The errcode in a client's exception; one of them has it in the text only."""
    code = getattr(error, "errcode", None)
    found = re.search(r"errcode=(-?\d+)", str(error))
    return code if code is not None else found and int(found[1])


class Like:
    """Equal to what a test accepts."""

    def __init__(self, name, accepts):
        self.name, self.accepts = name, accepts

    def __eq__(self, other):
        return self.accepts(other)

    def __repr__(self):
        return f"<{self.name}>"


AN_ID = Like("an id", lambda value: isinstance(value, str) and value != "")
NOW = Like("now", lambda value: type(value) is int and abs(value - time.time()) < 600)
DONE = {"errcode": 0, "errmsg": "ok"}


class Checks:
    """Counts what agreed and what did not, and keeps the answers of one run."""

    passed = failed = 0

    def __init__(self, title):
        self.title, self.transcript = title, []

    def same(self, what, got, want):
        if got == want:
            Checks.passed += 1
            return
        Checks.failed += 1
        print(f"FAIL {self.title}: {what}\n  got:  {show(got)}\n  want: {show(want)}")

    def kept(self, what, got, want):
        """As `same`; what was got must also be the same in the other run."""
        self.same(what, got, want)
        self.transcript.append((what, timeless(got)))

    def raises(self, what, call, kind, code):
        try:
            answer = call()
        except Exception as error:  # which one it is, is what is checked
            self.same(f"{what}: the client's exception", type(error).__name__, kind.__name__)
            self.kept(f"{what}: errcode", code_of(error), code)
        else:
            self.same(f"{what}: an exception", answer, f"{kind.__name__} {code}")


def show(value):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 1500 else text[:1500] + " …"


def timeless(value):
    """The value without the moments at which things were created."""
    if isinstance(value, dict):
        pairs = value.items()
        return {key: "then" if key == "create_time" else timeless(part) for key, part in pairs}
    return [timeless(part) for part in value] if isinstance(value, list) else value


def tag(name, order, id=AN_ID, **more):
    return {"id": id, "name": name, "create_time": NOW, "order": order, **more}


def group(name, order, tags, id=AN_ID, **more):
    return {
        "group_id": id, "group_name": name, "create_time": NOW, "order": order, "tag": tags, **more
    }


def listed(groups):
    return {**DONE, "tag_group": groups}


class Scenario:
    """One writer and one reader on one sandbox."""

    def __init__(self, writer, reader, access, scratch):
        self.access, self.scratch = access, scratch
        self.writer_class = writer
        self.writer, self.reader = writer(access, scratch), reader(access, scratch)
        self.checks = Checks(f"{writer.__name__} writes, {reader.__name__} reads")

    def run(self):
        parts = [
            self.token, self.seed, self.add, self.edit, self.mark, self.refusals, self.delete,
            self.lost_tokens, self.wrong_secret, self.throttled,
        ]
        for part in parts:
            try:
                part()
            except Exception as error:  # a refusal nobody expected; later parts build on this one
                self.checks.same(part.__name__, f"{type(error).__name__}: {error}", "no exception")
                break
        return self.checks.transcript

    def both(self, what, read, want):
        """Both clients read the same, and what is wanted."""
        written = read(self.writer)
        self.checks.same(f"{what}, both clients alike", read(self.reader), written)
        self.checks.kept(what, written, want)
        return written

    def listing(self, what, groups):
        """The whole list, in the order of the `order` members, bigger first."""
        groups.sort(key=lambda group: -group["order"])
        for one in groups:
            one["tag"].sort(key=lambda tag: -tag["order"])
        self.both(what, lambda client: client.list(), listed(groups))

    def token(self):
        token = self.writer.token()
        self.checks.same("a token", token, AN_ID)
        self.checks.same("the same token while it is good", self.reader.token(), token)

    def seed(self):
        answer = self.writer.list()
        self.groups = answer["tag_group"]
        names = {one["group_name"]: [tag["name"] for tag in one["tag"]] for one in self.groups}
        self.checks.kept("the seeded names", names, SEED)
        past = Like("a moment", lambda value: type(value) is int and 0 < value <= time.time())
        order = Like("an order", lambda value: type(value) is int and 0 <= value < 2**32)
        for one in self.groups:
            keys = {"group_id": AN_ID, "create_time": past, "order": order, "tag": one["tag"]}
            self.checks.same("a group's members", one, {"group_name": one["group_name"], **keys})
            for tag in one["tag"]:
                keys = {"id": AN_ID, "create_time": past, "order": order}
                self.checks.same("a tag's members", tag, {"name": tag["name"], **keys})
        self.listing("the list as seeded", self.groups)
        first, tags = self.groups[0], self.groups[0]["tag"]
        asked = {**first, "deleted": False, "tag": [{**tags[1], "deleted": False}]}
        by_id = lambda client: client.list([tags[1]["id"]])
        self.both("the list by tag id has both deleted flags", by_id, listed([asked]))

    def add(self):
        wanted = [{"name": "试用", "order": 3}, {"name": "付费", "order": 7}, {"name": "试用"}]
        answer = self.writer.add(wanted, group_name="阶段 <&\"🎯>", order=35)
        new = group("阶段 <&\"🎯>", 35, [tag("付费", 7), tag("试用", 3)])
        want = {**DONE, "tag_group": new}
        self.checks.kept("add: one tag per name, bigger order first", answer, want)
        self.new = answer["tag_group"]
        self.groups.append(self.new)
        self.listing("the list after add", self.groups)
        answer = self.writer.add([{"name": "流失"}], group_id=self.new["group_id"])
        want = {**DONE, "tag_group": {**self.new, "tag": [tag("流失", 0)]}}
        self.checks.kept("add to a group: only the new tag is answered", answer, want)
        self.new["tag"] += answer["tag_group"]["tag"]
        self.listing("the list after add to a group", self.groups)

    def edit(self):
        paid, trial, lost = self.new["tag"]
        self.checks.kept("edit: a name", self.writer.edit(trial["id"], name="试用中"), DONE)
        trial["name"] = "试用中"
        self.listing("a name changed, its order kept", self.groups)
        self.checks.kept("edit: an order", self.writer.edit(paid["id"], order=0), DONE)
        biggest = self.writer.edit(lost["id"], order=2**32 - 1)
        self.checks.kept("edit: the biggest order", biggest, DONE)
        paid["order"], lost["order"] = 0, 2**32 - 1
        self.listing("orders changed, names kept", self.groups)
        edited = self.writer.edit(self.new["group_id"], name="客户阶段", order=0)
        self.checks.kept("edit: a group", edited, DONE)
        self.new.update(group_name="客户阶段", order=0)
        self.listing("a group changed", self.groups)

    def corp_tags(self, client):
        """The corp tags that the member gave the customer, by id, from the customer itself."""
        followers = client.customer(CUSTOMER)["follow_user"]
        follower = next(one for one in followers if one["userid"] == MEMBER)
        return sorted((tag["tag_id"], tag["group_name"], tag["tag_name"])
                      for tag in follower.get("tags", []) if tag["type"] == 1)

    def batch_ids(self, client):
        rows = client.batch(MEMBER, 5)["external_contact_list"]
        return next(sorted(row["follow_info"]["tag_id"]) for row in rows
                    if row["external_contact"]["external_userid"] == CUSTOMER)

    def mark(self):
        mine = self.both("the member's customers", lambda client: client.customers(MEMBER),
                         {**DONE, "external_userid": Like("ids", lambda ids: CUSTOMER in ids)})
        self.checks.same("ids are text", {type(id) for id in mine["external_userid"]}, {str})
        it = Like("it", lambda got: got["external_contact"]["external_userid"] == CUSTOMER)
        self.both("a customer", lambda client: client.customer(CUSTOMER), it)
        before = self.corp_tags(self.writer)
        ids = self.batch_ids(self.writer)
        one, two = self.new["tag"][:2]
        marks = [(each["id"], "客户阶段", each["name"]) for each in (one, two)]
        done = self.writer.mark(MEMBER, CUSTOMER, add=[one["id"], two["id"]])
        self.checks.kept("mark", done, DONE)
        self.both("the customer's tags", self.corp_tags, sorted(before + marks))
        marked = sorted(ids + [one["id"], two["id"]])
        self.both("the same in the batch call", self.batch_ids, marked)
        done = self.writer.mark(MEMBER, CUSTOMER, remove=[one["id"]])
        self.checks.kept("unmark", done, DONE)
        self.both("the tags left", self.corp_tags, sorted(before + marks[1:]))
        self.before = before

    def refusals(self):
        refusal, known = self.writer.refusal, self.new["tag"][0]
        taken = [{"name": known["name"]}]
        add = lambda: self.writer.add(taken, group_id=self.new["group_id"])
        self.checks.raises("a name that is taken", add, refusal, 40071)
        self.checks.raises("no such tag", lambda: self.writer.edit("etNone", "x"), refusal, 40068)
        long = lambda: self.writer.edit(known["id"], name="长" * 31)
        self.checks.raises("31 characters", long, refusal, 40072)
        foreign = lambda: self.writer.mark(STRANGER, CUSTOMER, add=[known["id"]])
        self.checks.raises("another member's customer", foreign, refusal, 84061)
        self.listing("refusals change nothing", self.groups)

    def delete(self):
        tags = self.new["tag"]
        self.checks.kept("delete a tag", self.writer.delete(tags=[tags[1]["id"]]), DONE)
        self.both("its marks are gone", self.corp_tags, self.before)
        gone = tags.pop(1)
        self.listing("the list after delete", self.groups)
        asked = {**self.new, "deleted": False, "tag": [{**gone, "deleted": True}]}
        by_id = lambda client: client.list([gone["id"]])
        self.both("a deleted tag by its id", by_id, listed([asked]))
        rest = [tag["id"] for tag in tags]
        self.checks.kept("delete the rest", self.writer.delete(tags=rest), DONE)
        self.groups.remove(self.new)
        self.listing("a group goes with its last tag", self.groups)
        answer = self.writer.add([{"name": "一"}, {"name": "二"}], group_name="临时")
        group_id = answer["tag_group"]["group_id"]
        self.checks.kept("delete a group", self.writer.delete(groups=[group_id]), DONE)
        self.listing("a group takes its tags with it", self.groups)

    def lost_tokens(self):
        for how in ["expire", "revoke"]:
            fetches, old = self.access.token_fetches(), self.writer.token()
            self.access.admin("POST", f"tokens/{how}")
            self.listing(f"{how}: both clients go on by themselves", self.groups)
            fetched = self.access.token_fetches() - fetches
            self.checks.same(f"{how}: one fetch per client", fetched, 2)
            self.checks.same(f"{how}: another token", self.writer.token() != old, True)

    def wrong_secret(self):
        fetches = self.access.token_fetches()
        wrong = self.writer_class(self.access.with_wrong_secret(), self.scratch)
        self.checks.raises("a wrong secret", wrong.list, wrong.bad_secret, 40001)
        self.checks.same("it asked once", self.access.token_fetches() - fetches, 1)

    def throttled(self):
        fault = {"fault": "rate-limited", "api": "edit_corp_tag"}
        self.access.admin("POST", "faults", fault)
        id = self.groups[0]["tag"][0]["id"]
        edit = lambda: self.writer.edit(id, order=1)
        self.checks.raises("throttled", edit, self.writer.throttled, 45009)
        self.checks.raises("throttled for a while", edit, self.writer.throttled, 45009)
        self.access.admin("POST", "clock", {"advance_seconds": 61})
        order = self.groups[0]["tag"][0]["order"]
        self.checks.kept("a minute later", self.writer.edit(id, order=order), DONE)


def main():
    if sys.argv[1] == "--check-config":
        Access.read(sys.argv[2])
        return 0
    first, second, scratch = sys.argv[1:]
    one = Scenario(Wechatpy, WecomCrmMcp, Access.read(first), scratch).run()
    two = Scenario(WecomCrmMcp, Wechatpy, Access.read(second), scratch).run()
    across = Checks("the two runs")
    across.same("the same steps", [what for what, _ in one], [what for what, _ in two])
    for (what, left), (_, right) in zip(one, two):
        across.same(what, left, right)
    print(f"{Checks.passed} passed, {Checks.failed} failed")
    return 1 if Checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
