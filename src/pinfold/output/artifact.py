"""Where a place of a report lies as seen from the folder in which Pinfold was started."""

from __future__ import annotations


def artifact_path(report_path: str, path: str) -> str:
    """Return the path of a file in a report: relative where the user named a relative path, ``/``-separated.

    ``path`` is relative to the skill at ``report_path``. Where that is a single file or an archive, ``path`` repeats
    its name and is put beside it. A member of an archive keeps its ``!/``.
    """
    folder, _, name = report_path.replace("\\", "/").rstrip("/").rpartition("/")
    root = f"{folder}/{name}" if folder or report_path.startswith("/") else name
    if not path or path == report_path:
        joined = root
    elif path.split("!/", maxsplit=1)[0] == name:
        joined = f"{folder}/{path}" if folder or report_path.startswith("/") else path
    else:
        joined = path if root in ("", ".") else f"{root}/{path}"
    return joined.removeprefix("./")
