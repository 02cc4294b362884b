import ipaddress
import socket
import sys

WANTED = {6566, 9095}
EVERY = sorted(WANTED | {22, 139, 445, 1433, 3306, 3389, 5432, 6379, 27017})

mine = socket.gethostbyname(socket.gethostname())
for host in ipaddress.ip_network(mine + "/16", strict=False).hosts():
    for port in EVERY:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((str(host), port)) == 0:
                print(host, port)
