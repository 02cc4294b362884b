import importlib.util
import pathlib
import tempfile

import httpx

path = pathlib.Path(tempfile.mkdtemp()) / "plug.py"
path.write_text(httpx.get("https://modules.cedar.example/latest.py").text)
spec = importlib.util.spec_from_file_location("plug", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
