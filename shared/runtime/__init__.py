"""The lowest room: settings, clock, errors, logs, metrics, the one loop, the table of processes, the mark on words to translate.

May import: the standard library, structlog, prometheus_client. Must not: Flask, Kafka, Mongo, or any other room.
"""
