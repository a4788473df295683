"""Facts on Kafka: catalogue, envelope, outbox and relay, consumer and its three fates, dead letters, handover, copies.

May import: store, reference, runtime; only `broker` imports kafka. Must not: Flask, or anything above.
"""
