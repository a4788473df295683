"""How the ten processes run elsewhere than on a laptop: the image, compose, Kubernetes.

Owns: docker-compose.yml, deploy/k8s/base and .env.example, all printed by `python -m deploy.generate` from the table of
processes and the services' settings; and `deploy/check`. May import: shared and each service's settings. Must not:
be imported by them, or be in the image.
"""
