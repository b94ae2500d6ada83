"""What bench_api_chaos.py does harm with: models that are none, and callers who send or read too slowly."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from api_load import Service, head

from training.trained_model import Bundle

Spoil = Callable[[Bundle], Bundle]


def broken(text: str) -> Spoil:
    return lambda bundle: replace(bundle, boosters=dict(bundle.boosters) | {"churn": text})


def edited(bundle: Bundle, name: str, change: Any) -> Spoil:
    lines = bundle.boosters["churn"].split("\n")
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{name}="))
    values = lines[at].partition("=")[2].split(" ")
    lines[at] = f"{name}=" + " ".join(change(values))
    return broken("\n".join(line for line in lines if not line.startswith("tree_sizes=")))


def spoils_of(bundle: Bundle) -> dict[str, Spoil]:
    """Ways to make a bundle of another whose hashes are right and that is none."""
    text = bundle.boosters["churn"]
    return {
        "cut off": broken(text[: len(text) // 2]),
        "nan": edited(bundle, "leaf_value", lambda values: ["nan"] * len(values)),
        "infinite": edited(bundle, "leaf_value", lambda values: ["1e999"] * len(values)),
        "no text": broken("\0" * 999),
        "a circle": edited(bundle, "left_child", lambda values: ["0"] * len(values)),
        "beyond its features": edited(bundle, "split_feature", lambda values: ["99999"] * len(values)),
    }


async def slow_sender(service: Service, path: str, body: bytes) -> None:
    """Sends a byte at a time, over and over."""
    while True:
        _, writer = await asyncio.open_connection("127.0.0.1", service.port)
        try:
            writer.write(head(service, "POST", path, len(body)))
            for byte in body:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.2)
        except OSError:
            await asyncio.sleep(0.1)
        finally:
            writer.close()


async def no_reader(service: Service, path: str, body: bytes) -> None:
    """Asks, and reads nothing of the answer."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_connect(link, ("127.0.0.1", service.port))
        await loop.sock_sendall(link, head(service, "POST", path, len(body)) + body)
        await asyncio.sleep(600)
    finally:
        link.close()
