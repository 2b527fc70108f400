"""Calculate what a year of Paperboy costs, and print it as Markdown, for `docs/scale.md`.

Run as `python -m tools.bill`. Prices are AWS' list prices in US dollars for us-east-1, from 2026,
without taxes: https://aws.amazon.com/pricing/. Free tiers are those without an end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BLOGS = 100
MONTHS, WEEKS, DAYS = 12, 52, 365
HOURS_A_MONTH = 730
RUNS = 2 * DAYS
# The weekly check, and on all other days a look at whether it is complete.
CHECKS, LOOKS = WEEKS, DAYS - WEEKS
INVOCATIONS = RUNS + CHECKS + LOOKS
# The function has half a gigabyte. Most of a run is waiting, and a check lists 10,000 objects.
GB_SECONDS = (RUNS * 5 + CHECKS * 60 + LOOKS * 1) / 2
# A new day over a month's edge: the most requests of a scheduled run, see docs/performance.md.
PUTS, GETS = RUNS * 58, RUNS * 12
# 900 editions with all versions of their payloads; old versions of 30 days are some MB.
STORED_GB = 0.36
# 100,000 page views a month, of 60 kB and three files each.
VIEWS = 100_000 * MONTHS
BACKFILLED = 1300


@dataclass(frozen=True, slots=True)
class Item:
    """What AWS charges for: `quantity` units a year for one blog, at `price` dollars each.

    `free` units a year are free of charge in each account. `resources` are the types in the
    templates that it is charged for; none if the templates have no such resource.
    """

    name: str
    unit: str
    price: float
    quantity: float
    free: float = 0.0
    resources: tuple[str, ...] = ()

    def cost(self, blogs: int = 1, *, free_tiers: bool = False) -> float:
        """Return dollars a year for so many blogs, each with a stack, in one account."""
        units = self.quantity * blogs - (self.free if free_tiers else 0)
        return max(0.0, units) * self.price


@dataclass(frozen=True, slots=True)
class Part:
    """Items that come together, and when they do."""

    name: str
    items: tuple[Item, ...]


FUNCTION, MACHINE = "AWS::Serverless::Function", "AWS::Serverless::StateMachine"
BUCKET, ALARM = "AWS::S3::Bucket", "AWS::CloudWatch::Alarm"
METRIC = ("metric-month", 0.30)
FREE_METRICS = 10.0 * MONTHS
LAMBDA = ("Lambda, 0.5 GB on arm64", "GB-second", 0.0000133334)
S3_PUTS = ("S3: puts and lists", "1,000", 0.005)
S3_GETS = ("S3: gets", "1,000", 0.0004)
LAMBDA_FREE = 400_000.0 * MONTHS

ALWAYS = Part(
    "**always**",
    (
        Item(*LAMBDA, GB_SECONDS, LAMBDA_FREE, (FUNCTION,)),
        Item("Lambda: requests", "million", 0.20, INVOCATIONS / 1e6, MONTHS, (FUNCTION,)),
        # The schedules are events of the function.
        Item("EventBridge Scheduler", "million", 1.00, INVOCATIONS / 1e6, 14 * MONTHS, (FUNCTION,)),
        Item(*S3_PUTS, PUTS / 1000, 0, (BUCKET,)),
        Item(*S3_GETS, GETS / 1000, 0, (BUCKET,)),
        Item("S3: storage", "GB-month", 0.023, STORED_GB * MONTHS, 0, (BUCKET,)),
        # A package of 7 MB for each deployment, one a month; SAM deletes none.
        Item("S3: packages in SAM's bucket", "GB-month", 0.023, 0.007 * MONTHS * MONTHS / 2),
        Item(
            "CloudWatch: logs, 5 kB an invocation",
            "GB",
            0.50,
            INVOCATIONS * 5 / 1e6,
            5 * MONTHS,
            ("AWS::Logs::LogGroup",),
        ),
        # By the hours that have data: two runs a day put one metric, a check another.
        Item(
            "CloudWatch: 2 metrics",
            *METRIC,
            (RUNS + CHECKS) / HOURS_A_MONTH,
            FREE_METRICS,
            (FUNCTION,),
        ),
        Item("SQS: requests", "million", 0.40, 100 / 1e6, MONTHS, ("AWS::SQS::Queue",)),
    ),
)
ALARMS = Part(
    "**with `AlarmEmail`**",
    (
        # An alarm costs as much as it has metrics: 1 + 4 + 1 + 2.
        Item("CloudWatch: 4 alarms of 8 metrics", "metric-month", 0.10, 8 * MONTHS, 120, (ALARM,)),
        Item("SNS: e-mails", "1,000", 0.02, 0.05, MONTHS, ("AWS::SNS::Topic",)),
    ),
)
BLOG = Part(
    "**with a blog**",
    (
        Item("CloudWatch: 1 alarm of 1 metric", "metric-month", 0.10, MONTHS, 120, (ALARM,)),
        Item("CloudWatch: 1 metric", *METRIC, RUNS / HOURS_A_MONTH, FREE_METRICS, (FUNCTION,)),
        Item("SSM: standard parameter with the token", "month", 0.00, MONTHS),
    ),
)
ANNOUNCEMENTS = Part(
    "**with announcements**, each weekday to ten addresses of e-mail",
    (
        Item("CloudWatch: 1 alarm of 1 metric", "metric-month", 0.10, MONTHS, 120, (ALARM,)),
        Item("CloudWatch: 1 metric", *METRIC, RUNS / HOURS_A_MONTH, FREE_METRICS, (FUNCTION,)),
        Item("SNS: e-mails", "1,000", 0.02, 2.61, MONTHS, ("AWS::SNS::Topic",)),
        Item("EventBridge: events", "million", 1.00, 261 / 1e6),
        Item("SSM: standard parameters with secrets", "month", 0.00, MONTHS),
    ),
)
SITE = Part(
    "**with a site**, 100,000 page views a month",
    (
        Item(
            "CloudFront: to readers in Asia",
            "GB",
            0.12,
            VIEWS * 60e3 / 1e9,
            1000 * MONTHS,
            ("AWS::CloudFront::Distribution",),
        ),
        Item(
            "CloudFront: requests",
            "10,000",
            0.012,
            VIEWS * 3 / 10_000,
            1000 * MONTHS,
            ("AWS::CloudFront::Distribution",),
        ),
    ),
)
ANALYTICS = Part(
    "**with `infra/analytics.yaml`**, 100 queries a month over everything",
    (
        # All editions are 30 MB.
        Item("Athena", "TB", 5.00, 100 * MONTHS * 30e6 / 1e12, 0, ("AWS::Athena::WorkGroup",)),
        # A million objects of the catalog are free.
        Item("Glue: catalog", "100,000 objects", 1.00, 3 / 1e5, 120, ("AWS::Glue::Table",)),
    ),
)
BACKFILL = Part(
    f"**a backfill** of {BACKFILLED:,} days, once",
    (
        Item(
            "Step Functions: 3 transitions a day",
            "1,000",
            0.025,
            3 * BACKFILLED / 1000,
            4 * MONTHS,
            (MACHINE,),
        ),
        Item(*LAMBDA, BACKFILLED * 2 / 2, LAMBDA_FREE, (FUNCTION,)),
        Item(*S3_PUTS, BACKFILLED * 10 / 1000, 0, (BUCKET,)),
        Item(*S3_GETS, BACKFILLED * 10 / 1000, 0, (BUCKET,)),
    ),
)
KEPT = Part(
    "**instead of SSM, or of AWS' own key**",
    (
        Item("Secrets Manager: a token", "secret-month", 0.40, MONTHS),
        Item("KMS: a key of your own", "key-month", 1.00, MONTHS),
    ),
)
PARTS = (ALWAYS, ALARMS, BLOG, ANNOUNCEMENTS, SITE, ANALYTICS, BACKFILL, KEPT)
# AWS charges nothing for resources of these types, as such.
FREE_TYPES = (
    "AWS::IAM::",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SNS::Subscription",
    "AWS::Logs::QueryDefinition",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::Glue::Database",
    "AWS::Athena::NamedQuery",
)


def total(parts: Sequence[Part], blogs: int = 1, *, free_tiers: bool = False) -> float:
    """Return dollars a year for some parts together; each item has its own free tier."""
    return sum(item.cost(blogs, free_tiers=free_tiers) for part in parts for item in part.items)


def lines() -> Iterator[str]:
    """Yield the table's lines: each item under its part, whose line has the sums."""
    yield f"| | list price | units a year | one blog | free tiers | {BLOGS} blogs | free tiers |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for part in PARTS:
        yield f"| {part.name} | | | {_four([part], bold=True)} |"
        for item in part.items:
            price = f"{item.price:.10f}".rstrip("0")
            if len(price.partition(".")[2]) < 2:
                price = f"{item.price:.2f}"
            yield (
                f"| {item.name} | {price} / {item.unit} | {_units(item.quantity)}"
                f" | {_four([Part('', (item,))])} |"
            )


def _four(parts: Sequence[Part], *, bold: bool = False) -> str:
    mark = "**" if bold else ""
    costs = [
        total(parts, blogs, free_tiers=free_tiers)
        for blogs in (1, BLOGS)
        for free_tiers in (False, True)
    ]
    return " | ".join(f"{mark}{cost:,.2f}{mark}" for cost in costs)


def _units(quantity: float) -> str:
    """Return a quantity in at most three digits that matter."""
    if quantity < 0.001:
        return "< 0.001"
    return f"{quantity:,.0f}" if quantity >= 100 else f"{quantity:.3g}"


if __name__ == "__main__":
    print("\n".join(lines()))  # noqa: T201 (its purpose)
