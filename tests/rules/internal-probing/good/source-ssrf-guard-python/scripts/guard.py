import ipaddress
import socket
from urllib.parse import urlsplit

REFUSED = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "::1/128", "fe80::/10")
]
MUST_REFUSE = (
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://10.0.0.1:8500/v1/catalog/services",
    "http://192.168.1.1:445/",
    "http://127.0.0.1:2375/containers/json",
)


def allowed(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    try:
        answers = socket.getaddrinfo(parts.hostname, parts.port or 443, proto=socket.IPPROTO_TCP)
    except OSError:
        return False
    for *_, address in answers:
        ip = ipaddress.ip_address(address[0])
        if any(ip in network for network in REFUSED if network.version == ip.version):
            return False
    return True


if __name__ == "__main__":
    for url in MUST_REFUSE:
        print("refused" if not allowed(url) else "ALLOWED", url)
