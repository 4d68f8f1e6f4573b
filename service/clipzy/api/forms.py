"""Parses an upload's form while it streams in: the file to disk, hashed on the way; a few short fields to memory.

Memory stays bounded whatever the client sends: what lies between the contents (boundaries, part headers) is counted too.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from streaming_form_data import StreamingFormDataParser
from streaming_form_data.parser import ParseFailedException, parse_content_boundary
from streaming_form_data.targets import BaseTarget

from clipzy.errors import FileTooLarge, MissingField, ValidationFailed
from clipzy.media.decoding.containers import check_filename

FILE = "file"
FIELDS = ("template_video_id", "webhook_url")
LONGEST_FIELD = 4096  # bytes
LONGEST_FILENAME = 200  # characters
# Boundaries and part headers of a whole form. The parser keeps a header until its line ends, and then takes a time that
# grows with the square of its length: 0.6 s at 16 kB.
MOST_OVERHEAD = 16 << 10
PIECE_BYTES = 16 << 10
# What a file name may not hold: control characters and ends of lines and paragraphs, which would break the lines that
# name it; halves of surrogate pairs, which no UTF-8 has; and what turns the direction of writing, to hide an ending.
# Joiners stay: Persian words and families of emoji are others without them.
_UNFIT_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)  # Unicode's Bidi_Control
MOST_UNKNOWN = 20  # names of unknown fields in a refusal
MOST_BESIDE = MOST_OVERHEAD + len(FIELDS) * LONGEST_FIELD  # of a form, beside the file itself


@dataclass(frozen=True, slots=True)
class Form:
    """A form that came in whole. `content_hash`: SHA-256 of the file in hexadecimal; `fields`: those that are not empty."""

    filename: str
    size_bytes: int
    content_hash: str
    fields: Mapping[str, str]


class FormReader:
    """Reads one form; its methods block on the disk, so call them in a thread."""

    def __init__(self, headers: Mapping[str, str], file: BinaryIO, most_bytes: int) -> None:
        """`file`: where the file's bytes go; `most_bytes` of them are accepted.

        Raises:
            MissingField: it is no form.
            ValidationFailed: it names no boundary.
        """
        if not headers.get("content-type", "").lower().startswith("multipart/form-data"):
            raise _no_file("send multipart/form-data with the video in its field `file`")
        try:
            self._parser = StreamingFormDataParser(headers)
            self._closing = b"\r\n--" + parse_content_boundary(headers) + b"--"
        except ParseFailedException as exc:
            raise _malformed() from exc
        self._file = _FileTarget(file, most_bytes)
        self._fields = {name: _FieldTarget(name) for name in FIELDS}
        self._parser.register(FILE, self._file)
        for name, target in self._fields.items():
            self._parser.register(name, target)
        # asked last, and matches every other name: without it unknown fields would be passed over in silence
        unknown = self._unknown = _UnknownTarget()
        self._parser.register("", unknown, lambda _registered, name: unknown.called(name))
        self._fed = 0
        self._last, self._closed = b"", False

    def feed(self, data: bytes) -> None:
        """Take in the next bytes of the body.

        Raises:
            FileTooLarge, UnsupportedFormat, MissingField, ValidationFailed: as soon as it shows.
            OSError: the file cannot be written.
        """
        for start in range(0, len(data), PIECE_BYTES):
            piece = data[start : start + PIECE_BYTES]
            self._parse(piece)
            self._fed += len(piece)
            # whatever is large and of another name was meant to be the file
            if self._unknown.names and (self._file.begun or self._unknown.size > LONGEST_FIELD):
                raise self._unknown.refusal(has_file=self._file.begun)
            contents = self._file.size + self._unknown.size + sum(target.size for target in self._fields.values())
            if self._fed - contents > MOST_OVERHEAD:
                raise ValidationFailed("the form's part headers are too long")

    def finish(self) -> Form:
        """The form, once its body has ended.

        Raises:
            MissingField: there was no file in it.
            ValidationFailed: it ends in the middle.
        """
        if self._unknown.names:
            raise self._unknown.refusal(has_file=False)
        if not self._file.begun:
            raise _no_file("the form has no file in its field `file`")
        if not all(target.whole for target in (self._file, *self._fields.values())):
            raise ValidationFailed("the form ends early")
        values = {name: target.text() for name, target in self._fields.items()}
        return Form(
            filename=printable_name(self._file.filename),
            size_bytes=self._file.size,
            content_hash=self._file.digest.hexdigest(),
            fields={name: value for name, value in values.items() if value},
        )

    def _parse(self, piece: bytes) -> None:
        """Take in a piece as far as the form goes: bytes after its end are nobody's (RFC 2046, section 5.1.1), and the parser misses an end before them."""
        if self._closed:
            return
        seen = self._last + piece
        if (at := seen.find(self._closing)) >= 0:
            self._closed, piece = True, seen[len(self._last) : at + len(self._closing)]
        self._last = seen[1 - len(self._closing) :]
        try:
            self._parser.data_received(piece)
        # a hostile part header can make the standard library's parser of e-mail headers stumble in any of these ways
        except (
            ParseFailedException,
            UnicodeError,
            LookupError,
            AttributeError,
            TypeError,
            ValueError,
            RecursionError,
        ) as exc:
            raise _malformed() from exc


def printable_name(filename: str) -> str:
    """A sender's file name to show to people: no folders, nothing that breaks or turns a line, at most 200 characters."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if _is_fit(c)).strip()
    path = PurePosixPath(shown)
    kept = max(LONGEST_FILENAME - len(path.suffix), 1)  # what is no ending is cut as well
    return (path.stem[:kept] + path.suffix)[:LONGEST_FILENAME]


def _is_fit(sign: str) -> bool:
    return unicodedata.category(sign) not in _UNFIT_CATEGORIES and sign not in _TURNING


class _Target(BaseTarget):  # type: ignore[misc] # the library ships no types
    """A part of the form. `whole`: it has not begun, or has come to its end."""

    name: str

    def __init__(self) -> None:
        super().__init__()
        self.size = 0
        self.begun = False
        self.whole = True

    def on_start(self) -> None:
        if self.begun:
            raise ValidationFailed(f"the form has the field `{self.name}` twice", ((self.name, "is given twice"),))
        self.begun, self.whole = True, False

    def on_finish(self) -> None:
        # also called where the parser fails, which then raises
        self.whole = True


class _FileTarget(_Target):
    name = FILE

    def __init__(self, file: BinaryIO, most_bytes: int) -> None:
        super().__init__()
        self._to = file
        self._most_bytes = most_bytes
        self.digest = hashlib.sha256()
        self.filename = ""

    def on_start(self) -> None:
        super().on_start()
        if not self.multipart_filename:
            raise _no_file("the form's field `file` is not a file: it has no file name")
        self.filename = self.multipart_filename
        check_filename(printable_name(self.filename))

    def on_data_received(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self._most_bytes:
            raise too_large(self._most_bytes)
        self.digest.update(chunk)
        self._to.write(chunk)


class _FieldTarget(_Target):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._value = bytearray()

    def on_data_received(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > LONGEST_FIELD:
            raise ValidationFailed(f"the form's field `{self.name}` is too long", ((self.name, "is too long"),))
        self._value += chunk

    def text(self) -> str:
        try:
            return self._value.decode()
        except UnicodeDecodeError as exc:
            raise ValidationFailed(
                f"the form's field `{self.name}` is not UTF-8", ((self.name, "must be UTF-8"),)
            ) from exc


class _UnknownTarget(BaseTarget):  # type: ignore[misc] # the library ships no types
    """All other fields: what is not known is refused, so that a misspelt one does not go unnoticed. `size`: bytes of their contents."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.size = 0

    def called(self, name: str) -> bool:
        """Take a field, whatever its name."""
        self._name = printable_name(name)
        return True

    def on_start(self) -> None:
        if self._name not in self.names and len(self.names) < MOST_UNKNOWN:
            self.names.append(self._name)

    def on_data_received(self, chunk: bytes) -> None:
        self.size += len(chunk)

    def refusal(self, *, has_file: bool) -> ValidationFailed:
        """The error for a form with such fields; a missing file is named first."""
        fields = tuple((name, "is not a known field") for name in self.names)
        known = f"which is not known; give {FILE} and perhaps {', '.join(FIELDS)}"
        if has_file:
            return ValidationFailed(f"the form has a field `{self.names[0]}`, {known}", fields)
        return _no_file(f"the form has no file in its field `{FILE}`, but a field `{self.names[0]}`, {known}", fields)


def too_large(most_bytes: int) -> FileTooLarge:
    """The error for a file that is larger than that."""
    return FileTooLarge(f"the file is larger than {most_bytes >> 20} MiB")


def _no_file(message: str, others: tuple[tuple[str, str], ...] = ()) -> MissingField:
    return MissingField(message, ((FILE, "is required"), *others))


def _malformed() -> ValidationFailed:
    return ValidationFailed("the form is not valid multipart/form-data")
