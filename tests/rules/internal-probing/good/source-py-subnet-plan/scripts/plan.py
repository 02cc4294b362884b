import ipaddress
import sys

SERVICES = {22: "ssh", 139: "files", 445: "files", 1433: "sql", 3306: "sql", 3389: "desktop"}

for part in ipaddress.ip_network(sys.argv[1], strict=False).subnets(new_prefix=24):
    hosts = list(part.hosts())
    print(part, hosts[0], hosts[-1], len(hosts))
for port, name in sorted(SERVICES.items()):
    print(port, name)
