# Gatehouse as a container: uid 1000, a read-only root, everything it writes below /data. Nothing is built or fetched
# when it starts: what runs is one bundle of the sources, and the packages that have binaries. Both stages are one image
# by its digest, and its Node is the one that package.json names.

FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY src src
COPY tools tools
RUN node tools/bundle.mjs

FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6
# What runs needs no package manager, and neither does whoever breaks in.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
    && install -d -o 1000 -g 1000 -m 0700 /data
WORKDIR /app
COPY --from=build /app/node_modules/@node-rs node_modules/@node-rs
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY locales locales
COPY src/pages/style src/pages/style
COPY deploy/docker/gatehouse /usr/local/bin/gatehouse

ENV NODE_ENV=production \
    UV_THREADPOOL_SIZE=8 \
    MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=1048576 \
    GATEHOUSE_DATA_DIR=/data \
    NODE_COMPILE_CACHE=/data/cache/code
USER 1000:1000
VOLUME /data
EXPOSE 9000 9443 9300
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["gatehouse", "healthcheck"]
ENTRYPOINT ["gatehouse"]
CMD ["serve"]
