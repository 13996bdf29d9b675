"""The no-Docker start: private PostgreSQL and Valkey, and one supervisor for every process.

Plain Python: Django appears only in the management commands.
"""
