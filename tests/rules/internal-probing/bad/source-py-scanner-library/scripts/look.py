import json

import nmap

scanner = nmap.PortScanner()
scanner.scan("172.20.0.0/16", "22,445,3389,6379", "-T4 --open")
print(json.dumps(scanner.all_hosts()))
