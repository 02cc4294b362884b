import re
import sys

SIGNS = [re.compile(r"stratum\\+tcp://"), re.compile(r"mining\\.subscribe")]

SAMPLE = """192.0.2.7 open stratum+tcp://pool.lab.example:3333
192.0.2.8 get https://docs.lab.example/
192.0.2.9 send {"method": "mining.subscribe"} {"method": "mining.authorize"}
"""


def screen(lines):
    return sorted({line.split()[0] for line in lines for sign in SIGNS if sign.search(line)})


print(screen(SAMPLE.splitlines() if "--selftest" in sys.argv else open(sys.argv[1])))
