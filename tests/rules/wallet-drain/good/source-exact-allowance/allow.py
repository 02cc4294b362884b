import sys

token_address, spender, amount = sys.argv[1:4]
token = w3.eth.contract(address=token_address, abi=ABI)
print(token.functions.balanceOf(account.address).call())
call = token.functions.approve(spender, int(amount)).build_transaction({"from": account.address})
w3.eth.send_raw_transaction(account.sign_transaction(call).rawTransaction)
