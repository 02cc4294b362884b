"""Probes that read, change or make files beyond the working folder, or those within it that agents obey."""

from __future__ import annotations

from functools import partial
from typing import Any

from pinfold.sandbox.probes.outside import ground, victim
from pinfold.sandbox.probes.outside.scene import Stage
from pinfold.sandbox.probes.probe import Group, Probe

_SHARED = "/dev/shm"  # noqa: S108 - the place where shared memory with a name is kept
_ORDERS = "CLAUDE.md"
_SETTINGS = ".claude/settings.json"
_HOOK = ".git/hooks/pre-commit"


def _probe(name: str, question: str, stage: Stage, attempt: str, *, reason: str = "", **options: Any) -> Probe:
    return Probe(
        name=name,
        group=Group.FILES,
        question=question,
        stage=stage,
        attempt=f"files.{attempt}",
        options=options,
        reason=reason,
    )


_READING = (
    _probe("read-outside", "read a file that was not granted", ground.secret_file, "read"),
    _probe("read-by-handle", "read it by its handle instead of its path", ground.secret_file, "by_handle"),
    _probe("read-by-io-uring", "read it where no filter sees it", ground.secret_file, "ring_read"),
    _probe(
        "read-by-hard-link", "give it a name in the working folder and read it there", ground.secret_file, "link_in"
    ),
    _probe("read-root-link", "read it by /proc/self/root", partial(ground.secret_file, by="/proc/self/root"), "read"),
    _probe(
        "read-victim-folder",
        "read it by the folder of another process",
        partial(victim.with_secret, kind="file-", name="cwd/held"),
        "read",
    ),
    _probe(
        "read-victim-file",
        "read a file that another process has open",
        partial(victim.with_secret, kind="file-", name="fd/{descriptor}"),
        "read",
    ),
    _probe(
        "read-shared-memory-file",
        "read what others keep in /dev/shm",
        partial(ground.secret_file, folder=_SHARED),
        "read",
    ),
    _probe(
        "read-secret-inside",
        "read the secrets of a project, such as .env",
        partial(ground.secret_file, name=".env"),
        "read",
    ),
    _probe(
        "read-attribute",
        "read an extended attribute of a file that was not granted",
        ground.secret_attribute,
        "read_attribute",
    ),
    _probe(
        "inherited-file",
        "read a file that was left open",
        partial(ground.secret_file, left_open="file"),
        "inherited_file",
    ),
    _probe(
        "inherited-folder",
        "read files below a folder that was left open",
        partial(ground.secret_file, left_open="folder"),
        "inherited_folder",
    ),
    _probe("list-outside", "list a folder that was not granted", ground.listed_folder, "list_folder"),
    _probe("watch-names", "see the names of files that others make (inotify)", ground.named_folder, "watch_names"),
    _probe("watch-names-by-handle", "the same by fanotify", ground.named_folder, "watch_names_by_handle"),
    _probe(
        "stat-unreadable",
        "learn size, time and links of a file whose name is known",
        ground.described_file,
        "describe",
        reason="Landlock is not asked when a file is looked at without being opened; namespaces hide the name",
    ),
)

_CHANGING = (
    _probe("write-outside", "overwrite a file that was not granted", ground.standing_file, "write_existing"),
    _probe("truncate-outside", "cut it off", ground.standing_file, "truncate"),
    _probe("remove-outside", "remove it", ground.standing_file, "remove"),
    _probe("rename-onto", "put a file of one's own in its place", ground.standing_file, "rename"),
    _probe(
        "write-root-link",
        "overwrite it by /proc/self/root",
        partial(ground.standing_file, by="/proc/self/root"),
        "write_existing",
    ),
    _probe("write-link", "overwrite it by a link of one's own", ground.standing_file, "write_by_link"),
    _probe("create-outside", "make a file outside the working folder", ground.empty_place, "write"),
    _probe(
        "create-victim-root", "make it by the root of another process", partial(victim.with_folder, way="root"), "write"
    ),
    _probe(
        "create-victim-folder",
        "make it by the folder of another process",
        partial(victim.with_folder, way="cwd"),
        "write",
    ),
    _probe("rename-out", "move a file out of the working folder", ground.empty_place, "rename"),
    _probe("link-out", "give a file a second name outside", ground.empty_place, "hard_link"),
    _probe("symlink-outside", "make a symbolic link outside", ground.empty_place, "symbolic_link"),
    _probe("nameless-out", "give a nameless file a name outside", ground.empty_place, "nameless_file"),
    _probe("chmod-outside", "change the mode of a file outside", ground.standing_file, "chmod"),
    _probe("fchmod-outside", "change it by a descriptor", ground.standing_file, "fchmod"),
    _probe("fchmodat2-outside", "change it by the newest call", ground.standing_file, "fchmodat2"),
    _probe("i386-chmod-outside", "change it by a 32-bit call", ground.standing_file, "foreign_chmod"),
    _probe("chmod-link", "change it by a link of one's own", ground.standing_file, "chmod_by_link"),
    _probe("chmod-folder", "change it by an open folder", ground.standing_file, "chmod_by_folder"),
    _probe("chown-outside", "change the owner of a file outside", ground.standing_file, "chown"),
    _probe("utime-outside", "change the time of a file outside", ground.standing_file, "utime"),
    _probe("utime-link", "change it by a link of one's own", ground.standing_file, "utime_by_link"),
    _probe("xattr-outside", "set an extended attribute outside", ground.standing_file, "set_attribute"),
    _probe("xattrat-outside", "set it by the newest call", ground.standing_file, "set_attribute_newly"),
    _probe("xattr-link", "set it by a link of one's own", ground.standing_file, "set_attribute_by_link"),
    _probe("flags-outside", "set an inode flag outside", ground.standing_file, "set_flags"),
    _probe("file-attributes-outside", "set it by the newest call", ground.standing_file, "set_flags_newly"),
)

_absent, _present = ground.absent_config, ground.present_config
_CONFIG = (
    _probe("config-create", "give agents orders that were not there", partial(_absent, name=_ORDERS), "write"),
    _probe("config-create-below", "give an agent settings and hooks", partial(_absent, name=_SETTINGS), "write_below"),
    _probe("config-git-hook", "have git run a program", partial(_absent, name=_HOOK, within=".git/hooks"), "write"),
    _probe("config-rename", "rename a file to such a name", partial(_absent, name=_ORDERS), "rename"),
    _probe(
        "config-rename-folder",
        "rename a prepared folder to such a name",
        partial(_absent, name=_SETTINGS),
        "rename_folder",
    ),
    _probe("config-hard-link", "link a file to such a name", partial(_absent, name=_ORDERS), "hard_link"),
    _probe("config-symlink", "make such a name lead to another file", partial(_absent, name=_ORDERS), "symbolic_link"),
    _probe("config-nameless", "give a nameless file such a name", partial(_absent, name=_ORDERS), "nameless_file"),
    _probe(
        "config-through-link",
        "make such a file through a linked folder",
        partial(_absent, name=_ORDERS),
        "through_link",
    ),
    _probe(
        "config-through-proc",
        "make such a file through /proc/self/root",
        partial(_absent, name=_ORDERS, by="/proc/self/root"),
        "write",
    ),
    _probe("config-creat", "make such a file by creat", partial(_absent, name=_ORDERS), "write_created"),
    _probe("config-mknod", "make it as one makes a device", partial(_absent, name=_ORDERS), "write_node"),
    _probe("config-openat2", "make it by the newest call", partial(_absent, name=_ORDERS), "write_newly"),
    _probe("config-io-uring", "make it where no filter sees it", partial(_absent, name=_ORDERS), "write_by_ring"),
    _probe("config-i386", "make it by a 32-bit call", partial(_absent, name=_ORDERS), "write_foreign"),
    _probe("config-folder", "make it below an open folder", partial(_absent, name=_ORDERS), "write_by_folder"),
    _probe("config-dotted", "make it by a path with ..", partial(_absent, name=_ORDERS), "write_dotted"),
    _probe("config-change", "change the orders that agents obey", partial(_present, name=_ORDERS), "write"),
    _probe("config-truncate", "cut them off", partial(_present, name=_ORDERS), "truncate"),
    _probe("config-remove", "remove them", partial(_present, name=_ORDERS), "remove"),
    _probe("config-replace", "put others in their place", partial(_present, name=_ORDERS), "rename"),
    _probe("config-exchange", "let others change places with them", partial(_present, name=_ORDERS), "exchange"),
    _probe(
        "config-move-parent",
        "move their folder away, change them, move it back",
        partial(_present, name=_SETTINGS),
        "move_parent",
    ),
)

PROBES = (*_READING, *_CHANGING, *_CONFIG)
"""Every probe of files."""
