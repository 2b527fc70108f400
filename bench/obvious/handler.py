"""The obvious handler: one day's papers as JSON and Markdown in S3, written in an afternoon."""

import json
import os
from datetime import UTC, datetime
from typing import Any

import boto3
import requests
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from jinja2 import Template

TYPES = {"json": "application/json; charset=utf-8", "md": "text/markdown; charset=utf-8"}
POST = """\
---
title: "Daily Papers {{ date }}"
date: {{ date }} 09:15:00 +0900
---

# Daily Papers {{ date }}

{% for paper in papers[:10] %}
{{ loop.index }}. **{{ paper.title }}** - 👍 {{ paper.votes }}
   - [Hugging Face](https://huggingface.co/papers/{{ paper.id }})
   - [arXiv](https://arxiv.org/abs/{{ paper.id }})
   - Abstract: {{ paper.abstract }}

{% endfor %}
"""

logger = Logger(service="papers")
s3 = boto3.client("s3")
template = Template(POST, trim_blocks=True)


def to_paper(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what we publish of one entry of the API's answer."""
    paper = entry["paper"]
    return {
        "id": paper["id"],
        "title": " ".join(paper["title"].split()),
        "abstract": " ".join(paper.get("summary", "").split()),
        "authors": [author["name"] for author in paper.get("authors", [])],
        "votes": paper.get("upvotes", 0),
        "url": f"https://huggingface.co/papers/{paper['id']}",
    }


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Fetch the day, sort it by votes, and put it under its date and as the latest."""
    date = event.get("date") or datetime.now(UTC).date().isoformat()
    url = f"{os.environ['SOURCE']}/api/daily_papers"
    answer = requests.get(url, params={"date": date, "limit": "100"}, timeout=20)
    answer.raise_for_status()
    papers = sorted(map(to_paper, answer.json()), key=lambda p: (-p["votes"], p["id"]))
    bodies = {
        "json": json.dumps({"date": date, "papers": papers}, ensure_ascii=False, indent=2),
        "md": template.render(date=date, papers=papers),
    }
    for name in (f"daily/{date}", "latest"):
        for ending, body in bodies.items():
            s3.put_object(
                Bucket=os.environ["BUCKET"],
                Key=f"{os.environ['PREFIX']}/{name}.{ending}",
                Body=body.encode(),
                ContentType=TYPES[ending],
            )
    logger.info("published", extra={"date": date, "papers": len(papers)})
    return {"date": date, "papers": len(papers)}
