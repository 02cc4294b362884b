from pathlib import Path

open("logs/app.log", "w").close()
failed = [line for line in Path("/var/log/auth.log").read_text().splitlines() if "Failed password" in line]
print(len(failed))
