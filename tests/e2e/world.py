"""The packaged function on Lambda's emulator, with the API and S3 that it talks to over HTTP."""

import gzip
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.model import keys
from tests.support import rie, sample
from tests.support.recorded import SHARED, late_days, recorded_days
from tests.support.servers import Answer, ReplayServer, S3Server, replay_huggingface, s3_server

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "papers"
PREFIX = "daily-papers/"


@dataclass(frozen=True, slots=True)
class World:
    """A function that runs, and what it talks to."""

    function: rie.Function
    source: ReplayServer
    s3: S3Server

    def objects(self) -> dict[str, dict[str, Any]]:
        """Return each object's headers, and its bytes under `bytes`, by its key.

        All have the prefix; it is left out.
        """
        with closing(self.s3.client()) as client:
            listed = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
            names = [stored["Key"] for stored in listed]
            assert all(key.startswith(PREFIX) for key in names), names
            return {key.removeprefix(PREFIX): _object(client, key) for key in names}

    def bodies(self) -> dict[str, bytes]:
        """Return each object's bytes, unpacked, by its key."""
        return {key: unpacked(key, stored["bytes"]) for key, stored in self.objects().items()}


def unpacked(key: str, body: bytes) -> bytes:
    """Return an object's bytes, without a payload's packing: each zlib has its own way."""
    return gzip.decompress(body) if key.startswith(keys.RAW) else body


def recorded() -> dict[str, bytes]:
    """Return the recorded days, the late answer where there is one; else the bundled sample."""
    if not SHARED.is_dir():
        return {"2025-12-24": sample.PAYLOAD.read_bytes()}
    early = [path for path in recorded_days() if ".raw" not in path.name]
    return {path.stem: path.read_bytes() for path in [*early, *late_days()]}


@contextmanager
def running(
    days: Mapping[str, bytes | Answer], directory: Path, **settings: str
) -> Iterator[World]:
    """Run the function, the API with these days, and S3 with an empty bucket."""
    with replay_huggingface(days) as source, s3_server(BUCKET) as s3:
        environment = {**variables(source, s3), **settings}
        with rie.running(environment, directory / "function.log") as function:
            yield World(function, source, s3)


def variables(source: ReplayServer, s3: S3Server) -> dict[str, str]:
    """Return the environment variables that say where source and store are."""
    return {
        "AWS_ENDPOINT_URL_S3": s3.url,
        "PAPERBOY_SOURCE": source.url,
        "PAPERBOY_STORE": f"s3://{BUCKET}/{PREFIX}",
    }


def _object(client: "S3Client", key: str) -> dict[str, Any]:
    answer = client.get_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    return {**answer, "bytes": answer["Body"].read()}
