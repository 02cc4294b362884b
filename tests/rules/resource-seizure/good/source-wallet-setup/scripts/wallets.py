import sys

from eth_account import Account

for _ in range(int(sys.argv[1])):
    print(Account.create().address)
