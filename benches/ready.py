#!/usr/bin/env python3
"""Prints the time from the start of `elsewhere serve` until it is ready, in milliseconds: the
median of nine starts, with the settings of the environment."""
import os
import socket
import statistics
import subprocess
import sys
import time

host, port = os.environ["ELSEWHERE_SERVER__LISTEN"].split(":")
REQUEST = b"GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def is_ready():
    try:
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(REQUEST)
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def start():
    began = time.perf_counter()
    process = subprocess.Popen([sys.argv[1], "serve"], stderr=subprocess.DEVNULL)
    while not is_ready():
        time.sleep(0.0005)
    took = time.perf_counter() - began
    process.terminate()
    process.wait()
    return took * 1000


print(f"{statistics.median(start() for _ in range(9)):.0f}")
