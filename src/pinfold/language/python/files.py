"""Python calls that read and write files, and the objects they give."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from tree_sitter import Node

from pinfold.language.flow import NOTHING, Flow, Word, merged
from pinfold.language.python.invocation import Invocation, fill, send
from pinfold.language.python.mappings import as_json
from pinfold.language.python.strings import joined_path
from pinfold.language.python.values import UNKNOWN, Value, constant, holding, listed
from pinfold.language.shell.command import MAX_PATH
from pinfold.model import ActKind, FieldValue

_SCRATCH = ("/tmp", "/var/tmp", "/dev/shm", "~/.cache")  # noqa: S108  # what a scanned program would empty

MAX_FILES = 1_000
"""How many written files are looked through for those in one folder."""

_READ_METHODS = frozenset(
    {
        "read",
        "readline",
        "readlines",
        "read_text",
        "read_bytes",
        "getvalue",
        "recv",
        "fileno",
        "makefile",
        "recvfrom",
        "read1",
        "readall",
        "__iter__",
        "iter_lines",
    }
)
_SEND_METHODS = frozenset(
    {
        "send",
        "sendall",
        "sendto",
        "sendmsg",
        "write",
        "send_message",
        "sendmail",
        "storbinary",
        "storlines",
        "put",
        "putfo",
        "sendfile",
        "send_bytes",
        "send_text",
    }
)
_PATH_SAME = frozenset({"expanduser", "resolve", "absolute", "as_posix", "parent", "with_name", "with_suffix"})


def _mode(invocation: Invocation, index: int = 1) -> str:
    value = invocation.argument(index, "mode")
    return value.text if value is not None and value.known else "r"


def _open(invocation: Invocation) -> Value:
    """``open(path, mode)``."""
    path = invocation.argument(0, "file", "name", "path", "filename") or UNKNOWN
    if not path.text:
        return holding(path.flow, "open()")
    return _opened(invocation, path, _mode(invocation))


def _opened(invocation: Invocation, path: Value, mode: str) -> Value:
    if any(letter in mode for letter in "wax+"):
        draft = invocation.write(path.word, NOTHING)
        if draft is not None and "+" not in mode:
            return Value(UNKNOWN.word, "open()", draft=draft)
        if draft is not None:
            return Value(UNKNOWN.word, "open()", draft=draft, extra=invocation.read(path.word))
    return holding(merged((invocation.read(path.word), path.word.flow)), "open()")


def on_draft(invocation: Invocation, receiver: Value, method: str) -> Value | None:
    """Call a method of an open file or connection: what is written to it is added to its act."""
    draft = receiver.draft
    if draft is None:
        return None
    held = merged([value.flow for value in invocation.every])
    if draft.kind is ActKind.CONNECT and method in _SEND_METHODS:
        send(draft, held.sources, invocation.reader.drafts)
        if method in ("put", "sendfile") and invocation.arguments and invocation.arguments[0].text:
            send(draft, invocation.read(invocation.arguments[0].word).sources, invocation.reader.drafts)
        return UNKNOWN
    if draft.kind is ActKind.WRITE and method in ("write", "writelines", "writestr", "add", "dump"):
        first = invocation.arguments[0] if invocation.arguments else UNKNOWN
        if method == "add" or (method == "write" and "archive" in receiver.name):
            held = merged((held, invocation.read(first.word)))
            fill(draft, Flow(held.sources, held.programs, held.origin), None, invocation.reader.drafts)
        else:
            fill(draft, held, first.text if first.text else None, invocation.reader.drafts)
        return UNKNOWN
    if draft.kind is ActKind.WRITE and method == "close" and "Origin" not in draft.fields:
        draft.fields.setdefault("Content", "\n")  # opened for writing and closed again: emptied
        return UNKNOWN
    if method in _READ_METHODS or method in (
        "__enter__",
        "open_sftp",
        "open_session",
        "get_transport",
        "starttls",
        "login",
        "accept",
    ):
        return receiver
    return None


def into_buffer(invocation: Invocation, sink: Node, method: str) -> None:
    """Add what an archive in memory is given to the buffer that it writes to."""
    held = [value.flow for value in invocation.every]
    first = invocation.arguments[0] if invocation.arguments else UNKNOWN
    if method in ("add", "write") and first.text:
        held.append(invocation.read(first.word))
    invocation.reader.grow(sink, "write", [holding(merged(held))])


def path_attribute(value: Value, name: str) -> Value | None:
    """Return attributes of a path: those that keep it a path, and its methods."""
    if name in _PATH_SAME:
        if name == "parent":
            stem, slash, _ = value.text.rpartition("/")
            return Value(
                constant(stem).word if value.known and slash else Word(f"{{{value.text}.parent}}", (), False),
                "pathlib.Path()",
            )
        return None
    if name in ("name", "stem", "suffix"):
        return constant(value.text.rpartition("/")[2]) if value.known else holding(value.flow)
    return None


def path_method(invocation: Invocation, receiver: Value, method: str) -> Value | None:
    """Call a method of ``pathlib.Path``."""
    if method in ("read_text", "read_bytes") and receiver.text:
        return holding(merged((invocation.read(receiver.word), receiver.word.flow)))
    if method in ("write_text", "write_bytes") and receiver.text:
        content = invocation.argument(0, "data") or UNKNOWN
        draft = invocation.write(receiver.word, content.flow, content.text or None)
        if draft is not None and content.known and not content.text:
            draft.fields["Content"] = "\n"
        return UNKNOWN
    if method in ("unlink", "rmdir"):
        return _remove(invocation, receiver)
    if method == "open" and receiver.text:
        return _opened(invocation, receiver, _mode(invocation, 0))
    if method in ("joinpath", "__truediv__"):
        return joined_path([receiver, *invocation.arguments], ["", *invocation.raws])
    if method in ("glob", "rglob", "iterdir"):
        pattern = invocation.arguments[0] if invocation.arguments else constant("*")
        below = [receiver, constant("**"), pattern] if method == "rglob" else [receiver, pattern]
        return listed((joined_path(below, ["", "", "*"]),))
    if method in _PATH_SAME:
        return receiver
    if method in ("rename", "replace", "symlink_to", "hardlink_to") and invocation.arguments:
        return _copied(invocation, receiver, invocation.arguments[0])
    if method in ("touch",):
        invocation.write(receiver.word, NOTHING)
        return UNKNOWN
    return None


def _remove(invocation: Invocation, path: Value) -> Value:
    """``os.remove(path)``, ``shutil.rmtree(path)``, ``path.unlink()``: what ``rm`` would do, at a known place."""
    text = path.text
    if text.startswith(("~", "/")) and "\n" not in text and not text.startswith(_SCRATCH):
        words = "rm -rf" if invocation.name.endswith("rmtree") else "rm"
        fields: dict[str, FieldValue] = {"Image": "rm", "CommandLine": f"{words} {text[:MAX_PATH]}"}
        invocation.add(ActKind.EXEC, {**fields, "ParentImage": "python"})
    return UNKNOWN


def _copied(invocation: Invocation, source: Value, target: Value) -> Value:
    held = invocation.read(source.word) if source.text else source.flow
    if target.text:
        invocation.write(target.word, Flow(held.sources, held.programs, held.origin or source.text))
    return target


def _copy(invocation: Invocation) -> Value:
    """``shutil.copy(src, dst)``, ``os.rename(src, dst)`` and their like."""
    source, target = invocation.argument(0, "src", "fsrc") or UNKNOWN, invocation.argument(1, "dst", "fdst") or UNKNOWN
    if source.draft is not None or target.draft is not None or target.name == "open()":
        if target.draft is not None:
            fill(target.draft, source.flow, None, invocation.reader.drafts)
        return UNKNOWN
    return _copied(invocation, source, target)


def _below(invocation: Invocation, folder: str) -> list[Flow]:
    """Return what is known of the files in a folder that the program has filled itself."""
    written = islice(invocation.reader.drafts.files.items(), MAX_FILES)
    return [held for path, held in written if path.startswith(f"{folder.rstrip('/')}/")]


def _make_archive(invocation: Invocation) -> Value:
    """``shutil.make_archive(base, format, root)``."""
    base, form = invocation.argument(0, "base_name") or UNKNOWN, invocation.argument(1, "format") or UNKNOWN
    root = invocation.argument(2, "root_dir") or constant(".")
    held = merged((invocation.read(root.word), *_below(invocation, root.text))) if root.text else root.flow
    ending = {"gztar": ".tar.gz", "bztar": ".tar.bz2", "xztar": ".tar.xz"}.get(form.text, f".{form.text}")
    path = constant(f"{base.text}{ending}")
    invocation.write(path.word, Flow(held.sources, held.programs, held.origin))
    return path


def _archive(invocation: Invocation) -> Value:
    """``zipfile.ZipFile(path, mode)``, ``tarfile.open(path, mode)``."""
    path, mode = invocation.argument(0, "file", "name") or UNKNOWN, _mode(invocation)
    if not path.text:
        return holding(path.flow, "archive()").but(
            sink=invocation.variable(2 if invocation.name.startswith("tarfile") else 0, "fileobj")
        )
    if mode[:1] in "wax":
        draft = invocation.write(path.word, NOTHING)
        return Value(UNKNOWN.word, "archive()", draft=draft)
    return holding(invocation.read(path.word), "archive()")


def _extract(invocation: Invocation) -> Value:
    """``archive.extractall(folder)``: members come from where the archive came from."""
    folder = invocation.argument(0, "path", "extract_dir") or constant(".")
    origin = invocation.callee.flow.origin
    if origin:
        invocation.reader.drafts.folders[folder.text or "."] = origin
    return UNKNOWN


def _unpack(invocation: Invocation) -> Value:
    path, folder = invocation.argument(0, "filename") or UNKNOWN, invocation.argument(1, "extract_dir") or constant(".")
    origin = invocation.read(path.word).origin
    if origin:
        invocation.reader.drafts.folders[folder.text or "."] = origin
    return UNKNOWN


def _dump(invocation: Invocation) -> Value:
    """``json.dump(x, file)``."""
    if (
        len(invocation.arguments) > 1
        and (draft := invocation.arguments[1].draft) is not None
        and draft.kind is ActKind.WRITE
    ):
        first = invocation.arguments[0]
        written = as_json(first) if not first.text else first
        fill(draft, first.flow, written.text or None, invocation.reader.drafts)
    return UNKNOWN


def _listing(invocation: Invocation) -> Value:
    """``glob.glob(pattern)``, ``os.listdir(folder)``, ``os.walk(folder)``: one member stands for all."""
    first = invocation.argument(0, "pathname", "path", "top") or UNKNOWN
    if invocation.name.startswith("glob"):
        return listed((Value(first.word),)) if first.text else UNKNOWN
    if invocation.name == "os.walk":
        return (
            listed((listed((Value(first.word), listed((constant("*"),)), listed((constant("*"),)))),))
            if first.text
            else UNKNOWN
        )
    if invocation.name == "os.scandir":
        return listed((joined_path([first, constant("*")], ["", ""]),)) if first.text else UNKNOWN
    return listed((constant("*"),))


def _dotenv(invocation: Invocation) -> Value:
    """``load_dotenv(path)``, ``dotenv_values(path)``."""
    path = invocation.argument(0, "dotenv_path") or constant(".env")
    return holding(invocation.read((path if path.text else constant(".env")).word))


def _table(invocation: Invocation) -> Value:
    """``pandas.read_csv(path)`` and readers like it; a URL is not a file."""
    path = invocation.argument(0, "filepath_or_buffer", "io", "path") or UNKNOWN
    return holding(merged((invocation.read(path.word), path.flow)) if path.text else path.flow)


def _secret_store(invocation: Invocation) -> Value:
    """``keyring.get_password(service, user)``."""
    service = invocation.arguments[0].text if invocation.arguments else ""
    source = f"keyring:{service or '*'}"
    invocation.add(ActKind.READ, {"TargetFilename": source, "Image": "python"})
    return holding(Flow((source,)))


def _emptied(invocation: Invocation) -> Value:
    """``os.truncate(path, 0)``."""
    path = invocation.argument(0, "path") or UNKNOWN
    draft = invocation.write(path.word, NOTHING) if path.text else None
    if draft is not None:
        draft.fields["Content"] = "\n"
    return UNKNOWN


def _temporary(invocation: Invocation) -> Value:
    """``tempfile.mktemp()``: a file of its own for each call."""
    return constant(f"/tmp/tmp{invocation.node.start_byte}")  # noqa: S108  # what a scanned program would be given


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    "open": _open,
    "os.open": lambda invocation: (
        _opened(
            invocation,
            invocation.arguments[0],
            "w" if "O_WR" in invocation.text or "O_CREAT" in invocation.text else "r",
        )
        if invocation.arguments
        else UNKNOWN
    ),
    **dict.fromkeys(
        [
            "shutil.copy",
            "shutil.copy2",
            "shutil.copyfile",
            "shutil.copytree",
            "shutil.move",
            "shutil.copyfileobj",
            "os.rename",
            "os.replace",
            "os.link",
            "os.symlink",
        ],
        _copy,
    ),
    **dict.fromkeys(
        ("os.remove", "os.unlink", "os.rmdir", "shutil.rmtree", "send2trash.send2trash"),
        lambda invocation: _remove(invocation, invocation.argument(0, "path", "paths") or UNKNOWN),
    ),
    "os.truncate": _emptied,
    "shutil.make_archive": _make_archive,
    "shutil.unpack_archive": _unpack,
    **dict.fromkeys(("zipfile.ZipFile", "tarfile.open", "tarfile.TarFile"), _archive),
    **dict.fromkeys(("archive().extractall", "archive().extract"), _extract),
    **dict.fromkeys(("json.dump", "pickle.dump", "yaml.dump", "yaml.safe_dump"), _dump),
    **dict.fromkeys(("glob.glob", "glob.iglob", "os.listdir", "os.walk", "os.scandir"), _listing),
    **dict.fromkeys(("dotenv.load_dotenv", "dotenv.dotenv_values"), _dotenv),
    **dict.fromkeys(
        [
            "pandas.read_csv",
            "pd.read_csv",
            "pandas.read_json",
            "pandas.read_excel",
            "pd.read_excel",
            "numpy.load",
            "np.load",
            "numpy.loadtxt",
            "linecache.getlines",
            "sqlite3.connect",
        ],
        _table,
    ),
    "keyring.get_password": _secret_store,
    "tempfile.gettempdir": lambda _: constant("/tmp"),  # noqa: S108  # what a scanned program would be given
    "tempfile.mktemp": _temporary,
    "tempfile.mkstemp": lambda invocation: listed((UNKNOWN, _temporary(invocation))),
    "tempfile.mkdtemp": lambda _: constant("/tmp/tmpdir"),  # noqa: S108
}
