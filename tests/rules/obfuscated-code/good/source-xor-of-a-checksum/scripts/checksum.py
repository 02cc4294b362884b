import base64
import sys

VECTOR = base64.b64decode(
    "RXx2nznYZEGZwOW9vPvIWzfOkcveH8Gw6mtE8TBDbdcp/mm9nozrpqB9HewlsbCH7+JsB/8NIdfbCzN3dzilxnTTf/E26sE/VTIjpjhBRg07aqHmjWgnKPYQ+xx/2S1f"
)
EXPECTED = 0x5F


def checksum(data):
    total = 0
    for byte in data:
        total = (total << 1 | total >> 7) & 0xFF
        total = total + byte & 0xFF
    return total


if __name__ == "__main__":
    print(f"{checksum(open(sys.argv[1], 'rb').read()):02x}", checksum(VECTOR) == EXPECTED)
