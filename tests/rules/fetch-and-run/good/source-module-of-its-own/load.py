import importlib.util
import pathlib

import httpx

names = httpx.get("https://modules.cedar.example/latest.json").json()
path = pathlib.Path(__file__).parent / "plug.py"
spec = importlib.util.spec_from_file_location("plug", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
