"""`make demo`: the whole chain on the sample shop, through the services and addresses that a shop uses."""

from workers.demo.running import RunningDemo, running_demo

__all__ = ["RunningDemo", "running_demo"]
