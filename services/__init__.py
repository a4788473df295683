"""The three services. None imports another: between them there is only Kafka."""
