# One image for every process: `docker run IMAGE services.pledge api`. Another target, `door`, is the front door.
# A digest holds a base image still: --build-arg PYTHON_DIGEST=@sha256:…
ARG NODE_DIGEST=""
ARG PYTHON_DIGEST=""
ARG CADDY_DIGEST=""

# The pages' style comes from an npm package; nothing of Node is in an image that runs.
FROM node:22-bookworm-slim${NODE_DIGEST} AS style
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-progress

FROM python:3.11-slim-bookworm${PYTHON_DIGEST} AS builder
ENV PATH=/opt/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
COPY requirements/service.lock requirements/build.lock requirements/
# What runs goes into the environment that the image takes over, what only builds into a folder beside it.
RUN python -m venv --without-pip /opt/venv \
 && pip --python /opt/venv/bin/python install --requirement requirements/service.lock \
 && pip install --target /opt/build --requirement requirements/build.lock
COPY --from=style /src/node_modules node_modules
COPY shared shared
COPY services services
COPY deploy/brand deploy/brand
ARG BRAND_NAME="Collaboration with Londoners"
# The pages twice: services need the manifest to describe themselves, the page about the API needs what they say.
RUN export BRAND_DIR=deploy/brand \
 && PYTHONPATH=/opt/build python -m shared.reference.build \
 && python -m shared.web.build \
 && python -m shared.web.openapi \
 && python -m shared.web.build

FROM caddy:2.11-alpine${CADDY_DIGEST} AS door
# It listens on 8000, and a binary that asks for a capability does not start where all of them are dropped.
RUN setcap -r /usr/bin/caddy
COPY deploy/door/Caddyfile /etc/caddy/Caddyfile
COPY --from=builder /src/build/door /srv/door
ENV DOOR_ROOT=/srv/door HOME=/tmp XDG_CONFIG_HOME=/tmp XDG_DATA_HOME=/tmp
EXPOSE 8000
USER 10001:10001

FROM python:3.11-slim-bookworm${PYTHON_DIGEST} AS service
ENV PATH=/opt/venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2
# Every port in the deployment's files counts from this one.
ENV BIND=0.0.0.0 PORT_BASE=8000 BUILD_DIR=/app/build
WORKDIR /app
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /src/build build
COPY shared shared
COPY services services
RUN python -m compileall -q shared services
USER 10001:10001
ENTRYPOINT ["python", "-m"]
CMD ["services.pledge", "--help"]
