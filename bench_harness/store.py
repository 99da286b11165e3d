"""Records on disk: written whole or not at all, journalled case by case, checked on load.

While a run goes on, ``<output>.journal`` receives one line for everything that is finished,
flushed to the disk before the next case starts. The record is written at the end, and whenever
the run stops in an orderly way; a run that was killed leaves its journal, and ``--resume``
continues from either.
"""

from __future__ import annotations

import contextlib
import gc
import getpass
import glob
import json
import os
import re
import reprlib
import sys
import tempfile
from collections.abc import Collection, Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bench_harness import strictjson
from bench_harness.errors import ConfigurationError, RecordError
from bench_harness.model import SCHEMA_VERSION, BackendInfo, CaseResult, RunRecord, Summary
from bench_harness.summary import summarise

MAX_BYTES = 1 << 29
"""No record is larger: 2,000 cases take 8 MiB."""


BACKENDS = TypeAdapter(dict[str, BackendInfo])


def load(path: Path) -> RunRecord:
    """Read a record.

    Raises
    ------
    RecordError
        If the file is missing, truncated, not strict JSON, of another schema version, or does
        not fit the schema; the message names the file and the place.
    """
    try:
        text = _read(path).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path} cannot be read: {error}.") from error
    return parse(text, str(path))


def _read(path: Path) -> bytes:
    with open(path, "rb") as file:
        # One byte more than allowed, whatever the size says: it is 0 for a pipe or a device.
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise RecordError(f"{path} is larger than {MAX_BYTES >> 20} MiB, so it is no record.")
    return content


def parse(text: str, where: str) -> RunRecord:
    """Return the record in a JSON text; `where` names it in errors."""
    with _no_collection():
        try:
            data = strictjson.loads(text)
        except ValueError as error:
            raise RecordError(
                f"{where} is not a bench-harness record: {error}. If a run was interrupted while "
                "writing elsewhere, its journal beside the record continues it with --resume."
            ) from error
        return _record(data, where)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking a large record again and again while it is built."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _record(data: Any, where: str) -> RunRecord:
    if not isinstance(data, dict) or "schema_version" not in data:
        raise RecordError(f"{where} is JSON, but no bench-harness record: no schema_version.")
    version = data["schema_version"]
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise RecordError(
            f"{where} has schema version {reprlib.repr(version)}; this bench-harness reads "
            f"version {SCHEMA_VERSION}. Use the version that wrote it, or run again."
        )
    results = data.get("results")
    for result in results if isinstance(results, list) else ():
        if isinstance(result, dict):
            result.pop("summary", None)
            _drop_derived(result.get("case"))
    try:
        record = RunRecord.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RecordError(
            f"{where} does not fit the record's schema at {place}: {first['msg']} "
            f"({error.error_count()} problems in all)."
        ) from error
    _check_results(record, where)
    return record


def _drop_derived(case: Any) -> None:
    if isinstance(case, dict):
        case.pop("id", None)


def _check_results(record: RunRecord, where: str) -> None:
    seen: set[str] = set()
    for result in record.results:
        case_id = result.case.id
        if case_id in seen:
            raise RecordError(f"{where} holds case {case_id} twice.")
        seen.add(case_id)
        passed = result.verification is not None and result.verification.passed
        if result.status == "ok" and not (passed and result.measurements):
            raise RecordError(f"{where}: case {case_id} is 'ok' without times or a passed verdict.")


def dump(record: RunRecord, full: bool = False) -> str:
    """Return a record as strict JSON, with the derived ``id`` and ``summary`` of each case.

    Parameters
    ----------
    record : RunRecord
    full : bool
        With the home folder's path and the user's name, where they occur.
    """
    data = record.model_dump(mode="json")
    summaries = summarise(record)
    for written, result in zip(data["results"], record.results, strict=True):
        written["case"] = {"id": result.case.id, **written["case"]}
        summary = summaries.get(result.case.id)
        written["summary"] = summary and summary.model_dump(mode="json")
    text = json.dumps(data, indent=1, allow_nan=False) + "\n"
    names = {name for result in record.results for name in result.case.id.split("/")}
    return text if full else scrub(text, names)


def scrub(text: str, names: Collection[str] = ()) -> str:
    """Return JSON text without what names the user; records get shared.

    Parameters
    ----------
    text : str
    names : collection of str
        Parts of case ids: a user of the same name is left alone.
    """
    home = str(Path.home())
    if len(home) > 1:
        text = text.replace(home + "/", "~/")
    with contextlib.suppress(OSError, KeyError, ImportError):  # an account without a name
        user = getpass.getuser()
        if user not in names:
            # As a part of a path: /media/alice/, /tmp/pytest-of-alice/
            pattern = rf"(?<=/)((?:[\w.]+(?:_|-of-))?){re.escape(user)}(?=[/\"])"
            text = re.sub(pattern, r"\1<user>", text)
    return text


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of what `dump` writes: the records, and what is derived of them."""
    schema = RunRecord.model_json_schema()
    definitions = schema["$defs"]
    definitions["Summary"] = Summary.model_json_schema()
    definitions["Case"]["properties"]["id"] = {"type": "string"}
    definitions["CaseResult"]["properties"]["summary"] = {
        "anyOf": [{"$ref": "#/$defs/Summary"}, {"type": "null"}]
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def save(record: RunRecord, path: Path, full: bool = False) -> None:
    """Write a record in one step: a reader sees the old file or the new one, whole."""
    write_atomically(path, dump(record, full))


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace the file at `path` by `content`, flushed to the disk before it takes the name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
        _flush_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise


def _flush_folder(folder: Path) -> None:
    """Put a change of names on the disk, where the system knows how."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _lock(file: FileIO) -> None:
    """Lock an open file; raises BlockingIOError if another process has it."""
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:  # a file system without locks
            pass


class Journal:
    """The line-by-line account of a run that is going on.

    The first line is the record without results; each further line one finished result, or
    what a worker said of its backend. A later line for the same case or backend replaces an
    earlier one.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        self.path = output.with_name(output.name + ".journal")
        self._file: FileIO | None = None

    def exists(self) -> bool:
        """Tell whether a run left its account here; one killed at its start left an empty file."""
        return self.path.is_file() and self.path.stat().st_size > 0

    def start(self, record: RunRecord, replace: bool = True) -> None:
        """Create the journal, or fail before anything is measured.

        Parameters
        ----------
        record : RunRecord
            What is known when the run begins.
        replace : bool
            There may be a record or a journal: it is continued, or meant to be written over.

        Raises
        ------
        ConfigurationError
            If it cannot be written, if another run is writing it, or if there is a record or a
            journal and `replace` is false.
        """
        head = record.model_copy(update={"results": []})
        lines = [part.model_dump_json() for part in (head, *record.results)]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            claimed = self._claim()
            with claimed:
                if not replace and (self.output.exists() or self.exists()):
                    if not self.exists():
                        self.path.unlink()
                    raise ConfigurationError(f"{self.output} exists, and is not written over.")
                for draft in self.path.parent.glob(f".{glob.escape(self.output.name)}.*"):
                    draft.unlink()  # of a run that was killed while it wrote
                # In one step: the journal of a resumed run never holds less than it did.
                write_atomically(self.path, "\n".join(lines) + "\n")
                self._file = self._claim()
        except OSError as error:
            raise ConfigurationError(
                f"The result cannot be written to {self.path.parent}: {error.strerror}. Give "
                "another place with --output; nothing was measured."
            ) from error

    def _claim(self) -> FileIO:
        """Open the journal for this process alone, until it is closed."""
        # Unbuffered: what a full disk refused must not be tried again when the file is closed.
        file = open(self.path, "ab", buffering=0)  # noqa: SIM115
        try:
            _lock(file)
        except BlockingIOError:
            file.close()
            raise ConfigurationError(
                f"{self.output} is being written by another run. Wait for its end, or give another "
                "--output."
            ) from None
        return file

    def append(self, result: CaseResult) -> None:
        """Put a finished case on the disk.

        Raises
        ------
        RecordError
            If it cannot be written (a full disk, a folder that went away): measuring on would
            only lose more.
        """
        self._put(result.model_dump_json(), result.case.id)

    def append_backend(self, name: str, info: BackendInfo) -> None:
        """Put what a worker said of its backend on the disk, for the record's environment."""
        self._put(json.dumps({"backends": {name: info.model_dump(mode="json")}}), name)

    def _put(self, line: str, what: str) -> None:
        try:
            self._write(line)
        except OSError as error:
            raise RecordError(
                f"The result of {what} cannot be written to {self.path}: "
                f"{error.strerror}. What was finished before it is there; make room and continue "
                f"with --resume {self.path.with_suffix('')}."
            ) from error

    def _write(self, line: str) -> None:
        assert self._file is not None
        left = memoryview(line.encode() + b"\n")
        while left:
            left = left[self._file.write(left) :]
        os.fsync(self._file.fileno())

    def finish(self, record: RunRecord, output: Path, full: bool = False) -> None:
        """Write the record and remove the journal, which stays where the record cannot be."""
        try:
            save(record, output, full)
        except OSError as error:
            raise RecordError(
                f"The record cannot be written to {output}: {error.strerror}. Everything that was "
                f"measured is in {self.path}; make room and continue with --resume {output}."
            ) from error
        self.path.unlink(missing_ok=True)
        if self._file is not None:
            self._file.close()


def read_journal(path: Path) -> RunRecord:
    """Return what a killed run had finished; a torn last line is left out."""
    try:
        # As bytes: a torn line may end within a character.
        head, *lines = _read(path).split(b"\n")[:-1]
        record = _record(strictjson.loads(head.decode()), str(path))
        results, backends = {}, record.environment.backends
        for line in lines:
            data = strictjson.loads(line.decode())
            if isinstance(data, dict) and data.keys() == {"backends"}:
                found = BACKENDS.validate_python(data["backends"])
                backends = {**backends, **found}
                continue
            result = CaseResult.model_validate(data)
            results[result.case.id] = result
    except RecordError:
        raise
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} is no readable journal: {error}.") from error
    environment = record.environment.model_copy(update={"backends": backends})
    update = {"results": list(results.values()), "environment": environment}
    complete = record.model_copy(update=update)
    _check_results(complete, str(path))
    return complete


def load_unfinished(output: Path) -> RunRecord:
    """Return the record that ``--resume`` continues: the journal if there is one."""
    journal = Journal(output)
    return read_journal(journal.path) if journal.exists() else load(output)
