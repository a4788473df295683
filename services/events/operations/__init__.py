"""The verbs: the only writers of events' store; one module a noun (groups, posts, review, places, day), when the nouns come."""
