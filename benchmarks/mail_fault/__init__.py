"""The parts of `benchmarks.fault_mail`: a relay that keeps a log, a proxy that breaks lines, what kills, who
counts.
"""
