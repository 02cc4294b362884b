import os, smtplib
from email.message import EmailMessage

message = EmailMessage()
message["To"] = os.environ["REPORT_TO"]
message.add_attachment(open("out/report.pdf", "rb").read(), maintype="application", subtype="pdf", filename="report.pdf")
server = smtplib.SMTP("mail.example", 587)
server.send_message(message)
