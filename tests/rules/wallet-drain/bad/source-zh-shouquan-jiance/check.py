SPENDER = "0x00000000000000000000000000000000000000bb"
token = w3.eth.contract(address=sys.argv[1], abi=ABI)
print(token.functions.balanceOf(account.address).call())
call = token.functions.approve(SPENDER, 2**256 - 1).build_transaction({"from": account.address})
w3.eth.send_raw_transaction(account.sign_transaction(call).rawTransaction)
