"""Reference data that two services read: areas, postcodes, actions, themes, channels, crisis lines, consents, counters.

Owns: the dated, reviewed files in data/ and the small typed modules that read them; never anything about a person.
May import: runtime and the standard library (build.py alone also reads the postcode package). Must not: Flask, Kafka,
Mongo, or any other room.
"""
