"""What is known about common programs and variables, dated 2026-11-21, from the programs' own manuals."""

from __future__ import annotations

SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash", "mksh", "rbash", "fish"})
"""Programs that run shell source."""

PYTHONS = frozenset({"python", "python2", "python3", "pypy", "pypy3"})
"""Programs that run Python source; names with a version (``python3.12``) are cut to these."""

INTERPRETERS = (
    SHELLS
    | PYTHONS
    | {
        "node",
        "nodejs",
        "deno",
        "bun",
        "perl",
        "ruby",
        "php",
        "lua",
        "pwsh",
        "powershell",
        "osascript",
        "tclsh",
        "Rscript",
        "java",
        "awk",
        "gawk",
        "eval",
        "source",
        ".",
    }
)
"""Programs that execute the text they are given."""

SCRIPT_RUNNERS = INTERPRETERS | {"dpkg", "rpm", "installer", "open", "msiexec", "make", "chmod"}

PACKAGE_RUNNERS = frozenset({"npx", "bunx", "uvx", "pipx", "npm", "pnpm", "yarn", "bun", "uv"})
"""Programs that fetch a package and start it."""

READERS = frozenset(
    [
        "cat",
        "tac",
        "less",
        "more",
        "most",
        "bat",
        "batcat",
        "nl",
        "strings",
        "xxd",
        "hexdump",
        "od",
        "base64",
        "base32",
        "gbase64",
        "gzip",
        "gunzip",
        "zcat",
        "bzip2",
        "bzcat",
        "xz",
        "xzcat",
        "zstd",
        "zstdcat",
        "lz4",
        "md5sum",
        "sha1sum",
        "sha256sum",
        "sha512sum",
        "shasum",
        "sort",
        "uniq",
        "wc",
        "cut",
        "diff",
        "cmp",
        "paste",
        "column",
        "fold",
        "rev",
        "split",
        "head",
        "ghead",
        "tail",
        "pr",
        "expand",
        "fmt",
        "iconv",
        "uuencode",
        "uudecode",
        "csvlook",
        "view",
        "vimdiff",
        "plutil",
        "keytool",
    ]
)
"""Programs that read every file named on their command line and write what they read, changed or not."""

PATTERN_READERS = frozenset(
    ["grep", "egrep", "fgrep", "rg", "ag", "zgrep", "sed", "gsed", "awk", "gawk", "mawk", "nawk", "jq", "yq"]
)
"""Programs whose first argument is a pattern or a program, and the rest files to read."""

ORDINARY_VARIABLES = frozenset(
    [
        "HOME",
        "PWD",
        "OLDPWD",
        "USER",
        "LOGNAME",
        "UID",
        "EUID",
        "PATH",
        "SHELL",
        "TERM",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "HOSTNAME",
        "HOSTTYPE",
        "OSTYPE",
        "MACHTYPE",
        "IFS",
        "RANDOM",
        "SECONDS",
        "LINENO",
        "BASH_SOURCE",
        "BASH_VERSION",
        "BASHPID",
        "PPID",
        "FUNCNAME",
        "PIPESTATUS",
        "REPLY",
        "OPTARG",
        "OPTIND",
        "SHLVL",
        "COLUMNS",
        "LINES",
        "EDITOR",
        "VISUAL",
        "PAGER",
        "TMPDIR",
        "TMP",
        "TEMP",
        "DISPLAY",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_CACHE_HOME",
        "XDG_RUNTIME_DIR",
        "XDG_STATE_HOME",
        "VIRTUAL_ENV",
        "PYTHONPATH",
        "CONDA_PREFIX",
        "CI",
        "DEBUG",
        "VERBOSE",
        "PORT",
        "HOST",
        "BASH_REMATCH",
        "ZSH_VERSION",
        "SUDO_USER",
        "SHELLOPTS",
        "DEBIAN_FRONTEND",
        "WINDIR",
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "COMSPEC",
        "USERNAME",
        "COMPUTERNAME",
        "PROGRAMFILES",
        "PROGRAMFILES_X86_",
        "PROGRAMDATA",
        "PUBLIC",
        "PROCESSOR_ARCHITECTURE",
        "ERRORLEVEL",
        "DATE",
        "TIME",
        "OS",
    ]
)
"""Environment variables that hold no secret and are read everywhere; reading them is no act."""

SILENT = frozenset(
    {
        ":",
        "[",
        "true",
        "false",
        "break",
        "continue",
        "return",
        "shift",
        "wait",
        "local",
        "readonly",
        "declare",
        "typeset",
        "let",
        "getopts",
        "read",
        "mapfile",
        "readarray",
    }
)
"""Words of the shell language itself; running them is no act."""

WORDLESS = SILENT | frozenset(
    [
        "exit",
        "logout",
        "mkdir",
        "rmdir",
        "rm",
        "unlink",
        "chmod",
        "chown",
        "chgrp",
        "sleep",
        "kill",
        "pkill",
        "killall",
        "unset",
        "umask",
        "ulimit",
        "shopt",
        "popd",
        "test",
        "bg",
        "fg",
        "disown",
        "mkfifo",
        "mknod",
        "sync",
        "umount",
        "mount",
        "useradd",
        "usermod",
    ]
)
"""Programs that print nothing of interest."""

FAMILIAR = frozenset(
    [
        "ls",
        "pwd",
        "whoami",
        "id",
        "ps",
        "top",
        "df",
        "du",
        "free",
        "uname",
        "date",
        "which",
        "docker",
        "kubectl",
        "helm",
        "terraform",
        "npm",
        "pnpm",
        "yarn",
        "make",
        "cmake",
        "gcc",
        "node",
        "java",
        "vim",
        "nano",
        "code",
        "man",
        "apt",
        "apt-get",
        "yum",
        "dnf",
        "apk",
        "pacman",
        "snap",
        "service",
        "journalctl",
        "ip",
        "ifconfig",
        "netstat",
        "ss",
        "openclaw",
        "claude",
        "codex",
        "gemini",
        "gh",
        "jq",
        "ffmpeg",
        "psql",
        "mysql",
        "redis-cli",
        "sqlite3",
        "clear",
        "history",
    ]
)
"""Other programs by which a command line is known."""

PORTS = {
    "http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "ftps": 990, "sftp": 22, "scp": 22, "ssh": 22, "git":
    9418, "telnet": 23, "smtp": 25, "smtps": 465, "imap": 143, "imaps": 993, "pop3": 110, "ldap": 389, "ldaps": 636,
    "rsync": 873, "redis": 6379, "rediss": 6379, "postgres": 5432, "postgresql": 5432, "mysql": 3306, "mongodb":
    27017, "amqp": 5672, "mqtt": 1883, "tftp": 69, "dict": 2628, "gopher": 70, "socks5": 1080, "socks5h": 1080,
    "socks4": 1080, "s3": 443, "gs": 443, "stratum+tcp": 3333, "stratum+ssl": 3333,
}  # fmt: skip
"""Default ports by URL scheme."""
