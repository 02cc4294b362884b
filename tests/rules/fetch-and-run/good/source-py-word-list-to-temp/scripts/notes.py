import os, tempfile, urllib.request

path = os.path.join(tempfile.gettempdir(), "stopwords.txt")
urllib.request.urlretrieve("https://words.example/stopwords.txt", path)
words = set(open(path, encoding="utf-8").read().split())
print(len(words))
