BODY = "Your password expires in three days. Change it on your own computer with Ctrl+Alt+Del. We never send links."
for row in rows:
    send(row["mail"], "Password", BODY)
