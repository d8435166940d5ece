"""Gives the leads of a sandbox to programs that others wrote, and compares what they hold.

    foreign_leads.py PROGRAM LEADTAG.toml ENVIRONMENTS SCRATCH_DIR LEADS

ENVIRONMENTS has a virtual environment for each of them. LEADTAG_TEST_POSTGRES is the URL of a
PostgreSQL server (.ci/postgres).
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
import tomllib
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path

# A tap is one program. singer-check-tap fails if the program ends before it has read everything.
TAP = """#!/bin/sh
"{program}" tap "$@" || exit
exec >&-
sleep {linger}
"""

MELTANO = """
default_environment: only
environments:
- name: only
send_anonymous_usage_stats: false
project_id: 3b1a6f0e-0000-4000-8000-000000000000
plugins:
  extractors:
  - name: tap-leadtag
    namespace: tap_leadtag
    executable: {tap}
    capabilities: [catalog, discover, state]
    settings:
    - name: config_file
    config:
      config_file: {config}
    select: [{select}]
  loaders:
  - name: target-jsonl
    namespace: target_jsonl
    executable: {target}
    settings:
    - name: destination_path
    - name: do_timestamp_file
      kind: boolean
    config:
      destination_path: {out}
      do_timestamp_file: false
"""


def stream(provider):
    """The name of the stream of a provider's leads."""
    return provider.replace("-", "_")


class Checks:
    passed = failed = 0

    @classmethod
    def same(cls, what, found, expected):
        if found == expected:
            cls.passed += 1
            print(f"ok: {what}")
        else:
            cls.failed += 1
            print(f"FAILED: {what}\n  expected {expected!r}\n  found    {found!r}")


class Sandbox:
    """What the sandbox has, and its admin calls."""

    def __init__(self, config, leads):
        providers = tomllib.loads(Path(config).read_text(encoding="utf-8"))["providers"]
        able = {"douyin", "crm-v3", "beschannels"}
        self.providers = {
            name: each["platform"] for name, each in providers.items() if each["platform"] in able
        }
        base_url = next(iter(providers.values()))["base_url"]
        self.origin = "http://" + urllib.parse.urlsplit(base_url).netloc
        self.leads = leads
        self.added = Counter()

    def add_lead(self, provider):
        """Adds a lead created now; its id."""
        platform = self.providers[provider]
        body = json.dumps({"platform": platform}).encode()
        request = urllib.request.Request(f"{self.origin}/admin/leads", body, method="POST")
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request) as response:
            self.added[provider] += 1
            return str(json.load(response)["id"])

    def count(self, provider):
        return self.leads + self.added[provider]


class Scenario:
    def __init__(self, program, config, environments, scratch, leads):
        self.program, self.environments, self.scratch = program, Path(environments), Path(scratch)
        self.toml, self.postgres = config, os.environ["LEADTAG_TEST_POSTGRES"]
        self.sandbox = Sandbox(config, int(leads))
        self.config = self.scratch / "config.json"
        self.config.write_text(json.dumps({"config_file": config}))
        self.tap = self.wrapper("tap-leadtag", 0)
        self.expected = {name: self.listed(name) for name in self.sandbox.providers}

    def tool(self, environment, name):
        return str(self.environments / environment / "bin" / name)

    def wrapper(self, name, linger):
        path = self.scratch / name
        path.write_text(TAP.format(program=self.program, linger=linger))
        path.chmod(0o755)
        return str(path)

    def run(self, words, **options):
        done = subprocess.run(words, capture_output=True, text=True, timeout=600, **options)
        if done.returncode != 0:
            told = done.stderr.strip() or done.stdout.strip()
            raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{told}")
        return done.stdout

    def listed(self, provider):
        """The ids of a provider's leads, through `leads list`."""
        words = [self.program, "leads", "list", "--config", self.toml, "--provider", provider]
        leads = json.loads(self.run([*words, "--format", "json"]))["leads"]
        return sorted(lead["id"] for lead in leads)

    def check_ids(self, what, provider, ids):
        ids = sorted(ids)
        Checks.same(f"{what}: {provider}: as many as the sandbox has",
                    len(ids), self.sandbox.count(provider))
        Checks.same(f"{what}: {provider}: the same keys", ids, self.expected[provider])

    # The tap

    def checker(self):
        tap = self.wrapper("tap-leadtag-slow", 3)
        words = [self.tool("singer-tools", "singer-check-tap"), "--tap", tap]
        told = self.run([*words, "--config", str(self.config)], cwd=self.scratch)
        Checks.same("singer-check-tap: valid without a state and with one",
                    told.count("The output is valid."), 2)
        messages = self.run([self.tap, "--config", str(self.config)])
        checker = self.tool("singer-tools", "singer-check-tap")
        told = self.run([checker], input=messages, cwd=self.scratch)
        records = len(self.sandbox.providers) * self.sandbox.leads
        Checks.same("singer-check-tap: as many records as leads",
                    f"{records:7} record messages" in told, True)

    def target(self, words, target, state=None):
        """Runs tap and target; the state that the target keeps."""
        if state is not None:
            path = self.scratch / "state.json"
            path.write_text(state)
            words = [*words, "--state", str(path)]
        messages = self.run(words)
        told = self.run(target, input=messages).strip().splitlines()
        return (told[-1] if told else None), messages

    def ids_in(self, folder):
        read = {}
        for provider in self.sandbox.providers:
            path = folder / f"{stream(provider)}.jsonl"
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            read[provider] = [json.loads(line)["id"] for line in lines]
        return read

    def target_jsonl(self):
        out = self.scratch / "jsonl"
        config = self.scratch / "target-jsonl.json"
        config.write_text(json.dumps({"destination_path": str(out), "do_timestamp_file": False}))
        words = [self.tap, "--config", str(self.config)]
        target = [self.tool("target-jsonl", "target-jsonl"), "--config", str(config)]
        state, _ = self.target(words, target)
        for provider, ids in self.ids_in(out).items():
            self.check_ids("target-jsonl", provider, ids)
        new = {name: self.sandbox.add_lead(name) for name in self.sandbox.providers}
        self.expected = {name: sorted([*ids, new[name]]) for name, ids in self.expected.items()}
        self.target(words, target, state)
        for provider, ids in self.ids_in(out).items():
            self.check_ids("target-jsonl, with a state, after a new lead", provider, set(ids))

    def target_postgres(self):
        config = self.scratch / "target-postgres.json"
        url = self.postgres.replace("postgresql://", "postgresql+psycopg2://")
        settings = {"sqlalchemy_url": url, "default_target_schema": "tapped"}
        config.write_text(json.dumps(settings))
        words = [self.tap, "--config", str(self.config)]
        target = [self.tool("target-postgres", "target-postgres"), "--config", str(config)]
        state, _ = self.target(words, target)
        self.check_postgres("target-postgres")
        self.target(words, target, state)
        self.check_postgres("target-postgres, with a state")

    def check_postgres(self, what):
        import psycopg2

        with psycopg2.connect(self.postgres) as connection, connection.cursor() as cursor:
            for provider in self.sandbox.providers:
                cursor.execute(f'SELECT id FROM "tapped"."{stream(provider)}"')
                self.check_ids(what, provider, [id for (id,) in cursor.fetchall()])

    def meltano(self):
        project, out = self.scratch / "meltano", self.scratch / "meltano-out"
        project.mkdir()
        out.mkdir()
        select = ", ".join(f"'{stream(name)}.*'" for name in self.sandbox.providers)
        text = MELTANO.format(
            tap=self.tap,
            config=self.toml,
            select=select,
            target=self.tool("target-jsonl", "target-jsonl"),
            out=out,
        )
        (project / "meltano.yml").write_text(text)
        words = [self.tool("meltano", "meltano"), "run", "tap-leadtag", "target-jsonl",
                 "--state-id-suffix", "leadtag"]
        environment = {**os.environ, "NO_COLOR": "1"}
        self.run(words, cwd=project, env=environment)
        for provider, ids in self.ids_in(out).items():
            self.check_ids("meltano", provider, ids)
        new = {name: self.sandbox.add_lead(name) for name in self.sandbox.providers}
        self.expected = {name: sorted([*ids, new[name]]) for name, ids in self.expected.items()}
        self.run(words, cwd=project, env=environment)
        for provider, ids in self.ids_in(out).items():
            self.check_ids("meltano, again, after a new lead", provider, set(ids))

    # The stores

    def pull(self, to):
        words = [self.program, "leads", "pull", "--config", self.toml, "--to", to]
        self.run([*words, "--provider", ",".join(self.sandbox.providers)])

    def parquet(self):
        import duckdb
        import pyarrow.dataset

        folder = self.scratch / "parquet"
        self.pull(f"parquet:{folder}")
        files = str(folder / "leads" / "*.parquet")
        table = pyarrow.dataset.dataset(folder / "leads", format="parquet").to_table()
        for provider in self.sandbox.providers:
            query = "SELECT id FROM read_parquet(?) WHERE provider = ?"
            ids = [id for (id,) in duckdb.execute(query, [files, provider]).fetchall()]
            self.check_ids("DuckDB on Parquet", provider, ids)
            rows = [row for row in table.to_pylist() if row["provider"] == provider]
            self.check_ids("pyarrow on Parquet", provider, [row["id"] for row in rows])
        Checks.same("pyarrow: mobiles are a list of texts",
                    str(table.schema.field("mobiles").type).startswith("list<"), True)

    def sqlite(self):
        path = self.scratch / "leads.db"
        self.pull(f"sqlite:{path}")
        with sqlite3.connect(path) as database:
            for provider in self.sandbox.providers:
                found = database.execute("SELECT id FROM leads WHERE provider = ?", [provider])
                self.check_ids("sqlite3", provider, [id for (id,) in found])

    def own_postgres(self):
        import psycopg2

        self.pull(self.postgres.replace("postgresql://", "postgres://"))
        with psycopg2.connect(self.postgres) as connection, connection.cursor() as cursor:
            for provider in self.sandbox.providers:
                cursor.execute("SELECT id FROM leads WHERE provider = %s", [provider])
                self.check_ids("psycopg2", provider, [id for (id,) in cursor.fetchall()])


def main():
    scenario = Scenario(*sys.argv[1:])
    for provider, ids in scenario.expected.items():
        Checks.same(f"{provider}: as many as were asked for", len(ids), scenario.sandbox.leads)
    for step in [scenario.checker, scenario.target_jsonl, scenario.meltano, scenario.parquet,
                 scenario.sqlite, scenario.target_postgres, scenario.own_postgres]:
        name, began = step.__name__, time.monotonic()
        step()
        print(f"-- {name}: {time.monotonic() - began:.1f} s")
    print(f"{Checks.passed} passed, {Checks.failed} failed")
    return 1 if Checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
