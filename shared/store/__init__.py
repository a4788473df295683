"""The connection to a service's own Mongo, the base of its documents, the lease.

May import: reference, runtime, pymongo, mongoengine. Must not: Flask, Kafka, messaging or anything above.
"""
