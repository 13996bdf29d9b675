"""What can go wrong with the local servers, said so that the reader knows what to do."""


class LocalError(RuntimeError):
    """A local server cannot be prepared or started; the message names the remedy."""


class AlreadyRunning(LocalError):
    """Another process owns the servers of this var folder."""

    def __init__(self, *, pid: int | None, var_dir: str) -> None:
        owner = f"process {pid}" if pid else "another process"
        super().__init__(
            f"Omotenashi is already running in {var_dir} ({owner}). "
            "Stop that one first (Ctrl-C there), or set OMOTENASHI_VAR to another folder."
        )
        self.pid = pid
