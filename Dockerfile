# Two images of one build: `worker` (orchestrator and CLI, unprivileged) and `relay` (disks, images, boots; privileged).
#   docker build --target worker -t fleetlift-worker .
#   docker build --target relay -t fleetlift-relay .
FROM node:20.19.5-bookworm AS build
WORKDIR /opt/fleetlift
COPY package.json package-lock.json ./
RUN npm install --no-save --no-progress
COPY . .
RUN node scripts/build.mjs && npm prune --omit=dev --no-save

FROM node:20.19.5-bookworm-slim AS worker
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates openssh-client \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 10001 fleetlift \
  && useradd --uid 10001 --gid 10001 --create-home fleetlift \
  && install -d -o fleetlift -g fleetlift -m 700 /var/lib/fleetlift-worker
COPY --from=build /opt/fleetlift /opt/fleetlift
ENV PATH=/opt/fleetlift/bin:$PATH NODE_ENV=production FLEETLIFT_STATE_DIR=/var/lib/fleetlift-worker
USER fleetlift
VOLUME /var/lib/fleetlift-worker
EXPOSE 9464
STOPSIGNAL SIGTERM
ENTRYPOINT ["fleetlift"]
CMD ["worker", "--metrics-host", "0.0.0.0", "--metrics-port", "9464"]

FROM node:20.19.5-bookworm-slim AS relay
COPY --from=build /opt/fleetlift /opt/fleetlift
# The same list of packages as on any relay: set-up's own.
RUN cd /opt/fleetlift \
  && sh scripts/setup.sh packages \
  && rm -rf /var/lib/apt/lists/*
ENV PATH=/opt/fleetlift/bin:$PATH NODE_ENV=production
VOLUME /srv/fleetlift
EXPOSE 8703 9464
STOPSIGNAL SIGTERM
ENTRYPOINT ["fleetlift"]
CMD ["relay", "--name", "local", "--dir", "/srv/fleetlift", "--state-dir", "/srv/fleetlift/state", "--metrics-host", "0.0.0.0", "--metrics-port", "9464"]
