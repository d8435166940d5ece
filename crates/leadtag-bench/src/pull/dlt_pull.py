"""Merges the leads behind recorded requests into DuckDB with dlt, and prints what it took."""

import json
import resource
import sys
import time

import dlt
import requests

trail, platform, folder = sys.argv[1:]
ROWS = {
    "douyin": (lambda answer: answer["data"]["users"], "open_id"),
    "crm-v3": (lambda answer: answer["data"]["list"], "customerId"),
    "beschannels": (lambda answer: answer["data"]["list"], "identity_id"),
}
rows_of, key = ROWS[platform]
with open(trail, encoding="utf-8") as file:
    calls = json.load(file)["calls"]


@dlt.resource(name="leads", write_disposition="merge", primary_key=key)
def leads():
    session = requests.Session()
    for call in calls:
        answer = session.request(
            call["method"],
            call["url"],
            headers=dict(call["headers"]),
            data=call["body"].encode() or None,
        )
        answer.raise_for_status()
        yield rows_of(answer.json())


def cpu():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


pipeline = dlt.pipeline(
    pipeline_name=f"leads_{platform.replace('-', '_')}",
    destination=dlt.destinations.duckdb(f"{folder}/leads.duckdb"),
    pipelines_dir=f"{folder}/dlt",
    dataset_name="store",
)
begun, before = time.monotonic(), cpu()
pipeline.run(leads())
seconds, used = time.monotonic() - begun, cpu() - before
with pipeline.sql_client() as sql:
    rows = sql.execute_sql("select count(*) from leads")[0][0]
print(
    json.dumps(
        {
            "rows": rows,
            "seconds": seconds,
            "cpu": used,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
