"""Archives: what a zip file must not do, checked before anything of it is read."""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from coach.errors import InputError

MOST_ENTRIES = 200_000
# What an archive may hold once unpacked, in bytes: 40,000 answers of 10 KB, five times over.
LARGEST = 2 * 1024**3
# Text packs to a tenth, a sheet of equal numbers to a hundredth; a bomb to a thousandth.
MOST_PACKED = 200
# Below this size, in bytes, a high ratio does no harm.
HARMLESS = 16 * 1024**2


def check_archive(path: Path) -> None:
    """Raise InputError where a zip file is damaged, locked, or unpacks to far more than it is."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise InputError(f"{path}: is no readable zip archive ({error}); export it again") from None
    if len(entries) > MOST_ENTRIES:
        raise InputError(f"{path}: holds {len(entries):,} entries, at most {MOST_ENTRIES:,} are read")
    total = 0
    for entry in entries:
        total += entry.file_size
        packed = entry.file_size / max(1, entry.compress_size)
        if entry.file_size > HARMLESS and packed > MOST_PACKED:
            raise InputError(
                f"{path}: {entry.filename[:80]!r} unpacks to {packed:,.0f} times its size: a bomb, not read"
            )
        if entry.flag_bits & 1:
            raise InputError(f"{path}: {entry.filename[:80]!r} is locked with a password; export it without")
    if total > LARGEST:
        raise InputError(
            f"{path}: unpacks to {total / 1024**3:.1f} GB, at most {LARGEST / 1024**3:.0f} are read"
        )


def entry_problem(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry of an archive is not to be read: its name leads elsewhere, or it is a link.

    >>> entry_problem(zipfile.ZipInfo("../../etc/passwd"))
    'its name leads out of the archive'
    """
    name = entry.filename
    parts = PurePosixPath(name).parts
    if name.startswith(("/", "\\")) or ".." in parts or "\\" in name or ":" in name[:3] or "\0" in name:
        return "its name leads out of the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "it is a symbolic link"
    return None


def limited(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes | None:
    """The bytes of an entry; None where it holds more than `most`, whatever its header claims."""
    with archive.open(entry) as file:
        content = file.read(most + 1)
    return content if len(content) <= most else None
