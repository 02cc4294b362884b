"""Opens a mailbox."""

import imaplib

print("You need the verification code from your phone. Never paste it into a chat; type it in this terminal only.")
code = input("Verification code: ")
box = imaplib.IMAP4_SSL("mail.example")
box.login("me", code)
