"""`emailbuilder backup`, and `emailbuilder restore`."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from local.cli.output import as_json, fail, print_json
from local.cli.settings import CliSettings

if TYPE_CHECKING:
    from local.backup.archive import ArchiveReader
    from local.backup.keys import Keys
    from local.backup.progress import Progress

FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
STREAM = Path("-")


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option("--verify", is_flag=True, help="Make none; read FILE and say whether it is whole.")
@as_json
def backup(file: Path | None, verify: bool, as_json: bool) -> None:
    """Back up the store, and the keys that belong to it, to FILE; - is standard output.

    The system may run meanwhile. The file holds contacts and secrets: keep it like them.
    """
    from local.backup.archive import BackupError

    try:
        if verify:
            _verify(file, as_json)
        else:
            _back_up(file, as_json)
    except BackupError as problem:
        fail(str(problem))


def _back_up(file: Path | None, as_json: bool) -> None:
    from local.backup.backup import make_backup, name_for, write_backup

    uri, keys = _store()
    if file == STREAM:
        with _progress() as progress:
            output = sys.stdout.buffer
            asyncio.run(write_backup(uri, keys.values, output, Path.cwd(), progress))
        return
    target = file or name_for(datetime.now(UTC))  # noqa: TID251 (names a file, decides nothing)
    with _progress() as progress:
        about = asyncio.run(make_backup(uri, keys.values, target, progress))
    size = target.stat().st_size
    if as_json:
        print_json(
            {"file": str(target), "bytes": size, "store": about.store, "at": _iso(about.taken_at)}
        )
        return
    click.echo(f"{target}, {_megabytes(size)}, read again and whole.")
    click.echo("It holds contacts and secrets: keep it where only you can read it.")


def _verify(file: Path | None, as_json: bool) -> None:
    from local.backup.archive import verify

    if file is None:
        fail("Name the FILE to verify.")
    with _opened(file) as stream, _progress() as progress:
        progress("Reading the backup", -1)
        about = verify(stream)
    if as_json:
        print_json({"file": str(file), "store": about.store, "at": _iso(about.taken_at)})
    else:
        click.echo(f"Whole: a {about.store} store as it was at {_iso(about.taken_at)}.")


@click.command()
@click.argument("file", type=FILE)
@click.option("--show-keys", is_flag=True, help="Restore nothing; print the keys of the backup.")
@as_json
def restore(file: Path, show_keys: bool, as_json: bool) -> None:
    """Restore the backup FILE into an empty store, which is then held; - is standard input.

    Messages that left after the backup are not known to it. So nothing is sent until you say what
    happens to them: see `emailbuilder held`.
    """
    from local.backup.archive import ArchiveReader, BackupError, verify

    try:
        if file != STREAM:
            with _opened(file) as stream, _progress() as progress:
                progress("Verifying the backup", -1)
                verify(stream)
        with _opened(file) as stream, ArchiveReader(stream) as archive:
            if show_keys:
                for name, value in archive.keys.items():
                    click.echo(f"{name}={value}")
                return
            _restore(archive, as_json)
    except BackupError as problem:
        fail(str(problem))


def _restore(archive: "ArchiveReader", as_json: bool) -> None:
    from local.backup.backup import restore_backup
    from local.backup.keys import with_restored

    uri, keys = _store()
    with _progress() as progress:
        restoration = asyncio.run(restore_backup(uri, archive, progress))
    changed = with_restored(keys.values, archive.keys)
    if keys.home is not None:
        keys.home.replace_keys(changed.get("TRACKING_KEYS"), changed.get("SECRET_KEYS"))
        changed = {}
    if as_json:
        print_json(
            {
                "state": restoration.state,
                "backup_at": _iso(restoration.backup_at),
                "restored_at": _iso(restoration.restored_at),
                "keys_to_set": sorted(changed),
            }
        )
        return
    click.echo(f"Restored as it was at {_iso(restoration.backup_at)}. The store is held:")
    click.echo("start the system, then decide with `emailbuilder held`, or in the interface.")
    if changed:
        click.echo(
            f"Set {' and '.join(sorted(changed))} in the environment before: the backup has keys "
            "that are not there, and without them links in e-mails that were sent do not work. "
            "`emailbuilder restore FILE --show-keys` prints them."
        )


def _store() -> tuple[str, "Keys"]:
    """Its address, and the keys that belong to it. Raises SettingsError."""
    from local.backup.keys import keys_of
    from local.settings import LocalSettings

    own = CliSettings.from_environment()
    uri = LocalSettings.from_environment().effective_store_uri()
    return uri, keys_of(own.keys, own.home)


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    from local.backup.archive import BackupError

    if file == STREAM:
        yield sys.stdin.buffer
        return
    try:
        stream = file.open("rb")
    except OSError as problem:
        raise BackupError(f"{file}: {problem.strerror}.") from None
    with stream:
        yield stream


@contextmanager
def _progress() -> Iterator["Progress"]:
    """A line on standard error, if a person reads it."""
    from rich.console import Console

    screen = Console(stderr=True)
    with screen.status("Opening the store …") as status:

        def show(doing: str, share: float) -> None:
            status.update(f"{doing}, {share:.0%}" if share >= 0 else f"{doing} …")

        yield show


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:,.1f} MB"
