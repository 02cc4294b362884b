import asyncio
import random
import sys
import time

import aiohttp


async def visit(session):
    began = time.monotonic()
    async with session.get(sys.argv[1], headers={"X-Request-Id": str(random.randint(1, 254))}) as answer:
        await answer.read()
    return time.monotonic() - began


async def main():
    async with aiohttp.ClientSession() as session:
        print(sorted(await asyncio.gather(*(visit(session) for _ in range(5000)))))


asyncio.run(main())
