import pickle
import socket

link = socket.create_connection(("jobs.fenbu.example", 9300))
while True:
    size = int.from_bytes(link.recv(4), "big")
    job = pickle.loads(link.recv(size))
    link.sendall(pickle.dumps(job()))
