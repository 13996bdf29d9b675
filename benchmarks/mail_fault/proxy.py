"""An SMTP proxy that breaks conversations on purpose, by a seed.

    python -m benchmarks.mail_fault.proxy PORT SINK_PORT LOG SEED SHARE

A share of the mails meets a fault, each kind in turn by lot:

    421        goodbye instead of an answer to MAIL
    451        "not now" at RCPT
    greylist   the same with 450, at DATA
    cut_body   the line is cut while the mail is on its way
    cut_after  the relay has the whole mail and has taken it; the line is cut before its 250 gets through
    cut_dot    the line is cut when the dot arrives, and the relay never sees it
    halt       half open: nothing comes back any more after DATA
    drip       answers come at one byte a second
    late       not by lot: the relay itself took longer for its answer to the dot than the sender waits

Mail to `gone…` is refused for good (550 5.1.1), to `policy…` as well (550 5.7.1), each time. LOG gets one
line a fault: its kind. `drip` and `halt` hold up a line for seconds, so they are rare.
"""

import asyncio
import random
import sys
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 5.5
"""A little less than the senders have."""
KINDS = ("421", "451", "greylist", "cut_body", "cut_after", "cut_dot", "halt", "drip")
WEIGHTS = (20, 20, 20, 13, 13, 12, 1, 1)


class Proxy:
    def __init__(self, *, sink: int, log: Path, seed: int, share: float) -> None:
        self._sink, self._share = sink, share
        self._log = log.open("a", buffering=1)
        self._random = random.Random(seed)

    def lot(self) -> str:
        if self._random.random() >= self._share:
            return ""
        return self._random.choices(KINDS, WEIGHTS)[0]

    def note(self, kind: str) -> None:
        self._log.write(f"{kind}\n")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._sink, limit=1 << 20)
        except OSError:
            writer.close()
            return
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await Conversation(self, reader, writer, up_reader, up_writer).run()
        finally:
            for one in (writer, up_writer):
                if not one.is_closing():
                    one.close()


class Conversation:
    """Command by command: forwarded and answered, unless the mail's lot says otherwise."""

    def __init__(
        self,
        proxy: Proxy,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
    ) -> None:
        self.proxy, self.reader, self.writer = proxy, reader, writer
        self.up_reader, self.up_writer = up_reader, up_writer
        self.lot, self.drips = "", False

    async def run(self) -> None:
        await self.answer(await self.reply())
        while command := await self.reader.readline():
            word = command[:4].upper()
            if word == b"MAIL":
                self.lot = self.proxy.lot()
                if self.lot == "drip":
                    self.drips = True
                    self.proxy.note("drip")
            fault = self.fault_at(word, command)
            if fault == "421 ":
                self.proxy.note("421")
                await self.answer(b"421 4.3.2 closing\r\n")
                return
            if fault:
                await self.answer(fault.encode() + b"\r\n")
                continue
            self.up_writer.write(command)
            said = await self.reply()
            await self.answer(said)
            if word == b"DATA" and said.startswith(b"354") and not await self.mail():
                return
            if word == b"QUIT":
                return

    def fault_at(self, word: bytes, command: bytes) -> str:
        if word == b"RCPT" and b"<gone" in command:
            return "550 5.1.1 no such user"
        if word == b"RCPT" and b"<policy" in command:
            return "550 5.7.1 not wanted here"
        if word == b"MAIL" and self.lot == "421":
            return "421 "
        if word == b"RCPT" and self.lot == "451":
            self.proxy.note("451")
            return "451 4.7.1 try again later"
        if word == b"DATA" and self.lot == "greylist":
            self.proxy.note("greylist")
            return "450 4.2.0 greylisted"
        return ""

    async def mail(self) -> bool:
        """The bytes up to the dot; False when the line was cut."""
        if self.lot == "halt":
            self.proxy.note("halt")
            await asyncio.sleep(3600)
        body = b""
        while not body.endswith(b"\r\n.\r\n"):
            body += await self.reader.readuntil(b"\r\n")
            if self.lot == "cut_body" and len(body) > 400:
                return self.cut()
        if self.lot == "cut_dot":
            return self.cut()
        dot = time.monotonic()
        self.up_writer.write(body)
        said = await self.reply()
        if self.lot == "cut_after":
            return self.cut()
        if not self.drips and time.monotonic() - dot > PATIENCE:
            self.proxy.note("late")
        await self.answer(said)
        return True

    def cut(self) -> bool:
        self.proxy.note(self.lot)
        self.up_writer.close()
        self.writer.transport.abort()
        return False

    async def reply(self) -> bytes:
        said = b""
        while True:
            line = await self.up_reader.readline()
            if not line:
                raise ConnectionError("the sink hung up")
            said += line
            if line[3:4] != b"-":
                return said

    async def answer(self, said: bytes) -> None:
        if not self.drips:
            self.writer.write(said)
            await self.writer.drain()
            return
        for byte in said:
            self.writer.write(bytes([byte]))
            await asyncio.sleep(1)


async def main(port: int, sink: int, log: Path, seed: int, share: float) -> None:
    proxy = Proxy(sink=sink, log=log, seed=seed, share=share)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", port, limit=1 << 20)
    await server.serve_forever()


if __name__ == "__main__":
    _, *given = sys.argv
    asyncio.run(main(int(given[0]), int(given[1]), Path(given[2]), int(given[3]), float(given[4])))
