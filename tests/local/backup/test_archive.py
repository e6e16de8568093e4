"""The file of a backup: read as it was written, and refused if anything in it has changed."""

import gzip
import json
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest

from local.backup import archive
from local.backup.archive import (
    FORMAT,
    About,
    ArchiveReader,
    ArchiveWriter,
    BackupError,
    Part,
    verify,
)

ABOUT = About(FORMAT, "sqlite", 7, datetime(2027, 3, 1, 9, 0, 0, 123000, UTC))
KEYS = {"TRACKING_KEYS": "k1:secret"}
PARTS = [Part("leads", b"one" * 1000), Part("leads", b"two"), Part("messages", b"")]


def written(about: About = ABOUT, parts: list[Part] = PARTS) -> bytes:
    file = BytesIO()
    writer = ArchiveWriter(file, about, KEYS)
    for part in parts:
        writer.add(part)
    writer.finish()
    return file.getvalue()


def members(content: bytes) -> list[tuple[str, bytes]]:
    with tarfile.open(fileobj=BytesIO(content), mode="r:gz") as tar:
        files = [(it.name, tar.extractfile(it)) for it in tar]
        return [(name, file.read()) for name, file in files if file]


def packed(found: list[tuple[str, bytes]]) -> bytes:
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, content in found:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, BytesIO(content))
    return file.getvalue()


def test_backup_reads_as_it_was_written() -> None:
    with ArchiveReader(BytesIO(written())) as read:
        assert (read.about, read.keys) == (ABOUT, KEYS)
        assert list(read.parts()) == PARTS


def test_backup_that_is_cut_off_is_refused_wherever_it_is_cut() -> None:
    """Also where a whole part ends. Only padding may be missing."""
    whole = written()
    for length in range(0, len(whole) - 60, 7):
        with pytest.raises(BackupError):
            verify(BytesIO(whole[:length]))
    without_end = packed(members(whole)[:-1])
    with pytest.raises(BackupError, match="its end is missing"):
        verify(BytesIO(without_end))


def test_changed_or_missing_part_is_named() -> None:
    """Although the archive itself is sound."""
    found = members(written())
    changed = [(name, b"x" if "messages" in name else content) for name, content in found]
    with pytest.raises(BackupError, match="messages has changed"):
        verify(BytesIO(packed(changed)))
    with pytest.raises(BackupError, match="parts are missing"):
        verify(BytesIO(packed([it for it in found if "messages" not in it[0]])))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        gzip.compress(b"no tar" * 500),
        packed([("notes.txt", b"hello")]),
        packed([("about.json", b"[]")]),
    ],
    ids=["empty", "text", "no tar", "another archive", "another about"],
)
def test_other_files_are_no_backup(content: bytes) -> None:
    with pytest.raises(BackupError, match="no backup of EmailBuilder"):
        verify(BytesIO(content))


def test_backup_of_a_newer_format_says_so() -> None:
    newer = written(replace(ABOUT, format=FORMAT + 1))
    with pytest.raises(BackupError, match="A newer version"):
        verify(BytesIO(newer))


def test_member_larger_than_any_part_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a damaged length costs no memory."""
    whole = written()
    monkeypatch.setattr(archive, "MEMBER_BYTES_MAX", 1000)
    with pytest.raises(BackupError, match="is no part of a backup"):
        verify(BytesIO(whole))


def test_about_is_json_for_other_programs() -> None:
    about = json.loads(dict(members(written()))["about.json"])
    assert about["taken_at"] == "2027-03-01T09:00:00.123000+00:00"
