"""Sheets: what an XLSX file holds beside its values: merged ranges, formulas never computed."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from xml.etree import ElementTree

from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries

# Cells that a merged range may cover to be filled; a merge over whole columns is decoration.
LARGEST_MERGE = 10_000
# Formulas without a value that are noted.
MOST_FORMULAS = 10_000
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# Strict Open XML differs from what libraries read by its names of kinds: each by its ordinary one.
_STRICT = b"http://purl.oclc.org/ooxml/"
_ORDINARY = (
    (
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
    (b"http://purl.oclc.org/ooxml/drawingml/main", b"http://schemas.openxmlformats.org/drawingml/2006/main"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/extendedProperties",
        b"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties",
    ),
)


@dataclass(frozen=True)
class SheetParts:
    """Merged ranges (top, left, bottom, right) and cells (row, column) of formulas without value, from 1."""

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    formulas: set[tuple[int, int]] = field(default_factory=set)


def workbook_file(path: Path) -> BinaryIO:
    """The file, opened; one in Strict Open XML with the ordinary names of its parts."""
    with zipfile.ZipFile(path) as archive:
        strict = any(
            _STRICT in archive.read(name)
            for name in ("xl/workbook.xml", "_rels/.rels")
            if name in archive.namelist()
        )
        if not strict:
            return path.open("rb")
        ordinary = io.BytesIO()
        with zipfile.ZipFile(ordinary, "w", zipfile.ZIP_DEFLATED) as out:
            for entry in archive.infolist():
                content = archive.read(entry)
                if entry.filename.endswith((".xml", ".rels")):
                    for name, other in _ORDINARY:
                        content = content.replace(name, other)
                out.writestr(entry.filename, content)
    ordinary.seek(0)
    return ordinary


def sheet_parts(path: Path, sheet: str) -> SheetParts:
    """What the sheet of that name holds beside values; nothing where its part cannot be found."""
    with workbook_file(path) as file, zipfile.ZipFile(file) as archive:
        name = _part_of(archive, sheet)
        if name not in archive.namelist():
            return SheetParts()
        parts = SheetParts()
        with archive.open(name) as part:
            try:
                for _, element in ElementTree.iterparse(part):
                    _note(element, parts)
            except (ElementTree.ParseError, ValueError, TypeError):
                return SheetParts()
    return parts


def _note(element: ElementTree.Element, parts: SheetParts) -> None:
    if element.tag.endswith("}mergeCell"):
        left, top, right, bottom = range_boundaries(element.get("ref", "A1"))
        if (
            None not in (left, top, right, bottom)
            and (bottom - top + 1) * (right - left + 1) <= LARGEST_MERGE
        ):
            parts.merged.append((top, left, bottom, right))
    elif element.tag.endswith("}c"):
        formula, value = (
            next((one for one in element if one.tag.endswith(tag)), None) for tag in ("}f", "}v")
        )
        has_value = value is not None and bool(value.text)
        if formula is not None and not has_value and len(parts.formulas) < MOST_FORMULAS and element.get("r"):
            parts.formulas.add(coordinate_to_tuple(element.get("r", "A1")))
    elif element.tag.endswith("}row"):
        element.clear()


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name of the part that holds a sheet, by the workbook's own list."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        relations: Mapping[str | None, str] = {
            one.get("Id"): one.get("Target", "")
            for one in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        }
    except (KeyError, ElementTree.ParseError):
        return ""
    for one in book.iter():
        if one.tag.endswith("}sheet") and one.get("name") == sheet:
            target = relations.get(one.get(_RELATION), "")
            return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    return ""
