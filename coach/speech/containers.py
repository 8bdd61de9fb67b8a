"""What the first and last bytes of an audio file say of it, where the decoder does not say enough."""

import struct
from pathlib import Path

_HEAD_BYTES = 64 * 1024
_TAIL_BYTES = 128 * 1024
# Written by programs that stream a wav and cannot know its length: such a header declares nothing.
_UNKNOWN_LENGTHS = (0, 0xFFFFFFFF, 0x7FFFFFFF)
_OGG_LAST_PAGE = 0x04
_OGG_FLAGS_AT = 5
_PLAYLISTS = (b"#extm3u", b"ffconcat", b"[playlist]", b"[reference]")
_XML_PLAYLISTS = (b"<mpd", b"<smil", b"<asx", b"<playlist", b"<smoothstreamingmedia")
# The opening bytes of the containers that answers come in, and where in the file they stand.
_OPENINGS = (
    ("wav", 0, b"RIFF"),
    ("m4a or mp4", 4, b"ftyp"),
    ("ogg", 0, b"OggS"),
    ("flac", 0, b"fLaC"),
    ("webm", 0, b"\x1a\x45\xdf\xa3"),
    ("mp3", 0, b"ID3"),
)


def kind(path: Path) -> str | None:
    """The container that a file's first bytes announce, or None where they announce none we know."""
    head = _head(path)
    for name, at, opening in _OPENINGS:
        if head[at : at + len(opening)] == opening:
            return name
    return None


def is_text(path: Path) -> bool:
    """Whether the file reads as text: no zero byte, and UTF-8 but for a character cut at the end."""
    head = _head(path)
    if not head or b"\0" in head:
        return False
    try:
        head[:-3].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def is_playlist(path: Path) -> bool:
    """Whether the file is a list that names other files."""
    head = _head(path).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith(_PLAYLISTS) or (
        head.startswith(b"<") and any(one in head for one in _XML_PLAYLISTS)
    )


def wav_lies(path: Path) -> bool:
    """Whether a wav file's header promises less sound than it holds, and nothing else stands behind it."""
    if kind(path) != "wav":
        return False
    size, promised = path.stat().st_size, _wav_promises(_head(path))
    if not promised or promised >= size:
        return False
    with path.open("rb") as file:
        file.seek(promised + promised % 2)
        behind = file.read(8)
    # What follows the sound of a sound file is another chunk: a name of four letters and its length.
    if len(behind) < 8 or not (behind[:4].isascii() and behind[:4].decode("ascii").isprintable()):
        return bool(behind.strip(b"\0"))
    return promised + 8 + int.from_bytes(behind[4:], "little") > size + 1


def lacks_index(path: Path) -> bool:
    """Whether an mp4 family file has no `moov` box, which is written last and says where the sound is."""
    size = path.stat().st_size
    at = 0
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            length, box = struct.unpack(">I4s", file.read(8))
            if box == b"moov":
                return False
            if length == 1:
                length = int.from_bytes(file.read(8), "big")
            if length < 8:
                # Zero means "to the end of the file"; less than a header is damage.
                return True
            at += length
    return True


def is_cut_off(path: Path) -> bool:
    """Whether a wav or ogg file ends before what its own structure promises.

    The decoder reads such files to their last byte and reports no error.
    """
    found = kind(path)
    if found == "wav":
        return _wav_promises(_head(path)) > path.stat().st_size
    if found == "ogg":
        return _last_ogg_page_is_not_the_last(path)
    return False


def _wav_promises(head: bytes) -> int:
    """The size in bytes that a wav file should have by its data chunk; 0 where it does not say."""
    at = 12
    while at + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, at)
        if name == b"data":
            return 0 if length in _UNKNOWN_LENGTHS or length >= 0xFFFF0000 else at + 8 + length
        at += 8 + length + length % 2
    return 0


def _last_ogg_page_is_not_the_last(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
        tail = file.read()
    page = tail.rfind(b"OggS")
    return page >= 0 and not tail[page + _OGG_FLAGS_AT] & _OGG_LAST_PAGE if page + 6 <= len(tail) else True


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)
