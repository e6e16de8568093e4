"""The exported interface, put into the bucket of the deployed stack.

Invariant: readers get each file with the headers with which `local.frontend` serves it. S3 keeps
what has a header of its own; the rest is metadata, which a function of template.yaml turns into
headers. Files come before the pages that need them, and what older pages need stays for a while,
so a page that is open or is just being loaded works on.
"""

import mimetypes
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from local.frontend import FOREVER
from local.page_policy import inline_scripts, page_policy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "app/"
KEPT = timedelta(days=30)
THREADS = 8
DELETED_AT_ONCE_MAX = 1_000


@dataclass(frozen=True, slots=True)
class File:
    """`policy`: what the page may load and run. `status`: empty for 200."""

    path: Path
    key: str
    content_type: str
    cache_control: str
    policy: str
    status: str = ""


def files(folder: Path) -> Iterator[File]:
    """Those of an export. Pages are last."""
    found = (it for it in folder.rglob("*") if it.is_file())
    for path in sorted(found, key=lambda it: (it.suffix == ".html", it)):
        name = path.relative_to(folder).as_posix()
        is_page = path.suffix == ".html"
        scripts = inline_scripts(path.read_text("utf-8")) if is_page else ()
        yield File(
            path,
            f"{PREFIX}{name}",
            _content_type(name),
            FOREVER if name.startswith("_next/static/") else "no-cache",
            page_policy(scripts),
            "404" if name == "404.html" else "",
        )


def put_up(folder: Path, bucket: str, s3: "S3Client") -> int:
    """Returns the number of files. Raises boto's errors."""
    found = list(files(folder))
    with ThreadPoolExecutor(THREADS) as threads:
        # Each part is over before the next one begins.
        for are_pages in (False, True):
            part = [it for it in found if (it.path.suffix == ".html") is are_pages]
            for _ in threads.map(lambda it: _put(it, bucket, s3), part):
                pass
    _delete_old({it.key for it in found}, bucket, s3)
    return len(found)


def _put(file: File, bucket: str, s3: "S3Client") -> None:
    metadata = {"policy": file.policy}
    if file.status:
        metadata["status"] = file.status
    s3.put_object(
        Bucket=bucket,
        Key=file.key,
        Body=file.path.read_bytes(),
        ContentType=file.content_type,
        CacheControl=file.cache_control,
        Metadata=metadata,
    )


def _delete_old(kept: set[str], bucket: str, s3: "S3Client") -> None:
    """What no export has had for a while."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX)
    changed_at = {it["Key"]: it["LastModified"] for page in pages for it in page["Contents"]}
    now = max(changed_at.values())
    old = [key for key, at in changed_at.items() if key not in kept and now - at > KEPT]
    for start in range(0, len(old), DELETED_AT_ONCE_MAX):
        part = old[start : start + DELETED_AT_ONCE_MAX]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": it} for it in part]})


def _content_type(name: str) -> str:
    found = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") else found
