# ltd-index in a container: the worker (watch, the default), the HTTP service (serve), and every other verb.
#   docker build -t ltd-index .
#   docker run --rm -e DATABASE_URL=postgres://… ltd-index status
# PACKAGE is what npm installs: ltd-index@1.2.3, or a tarball that `npm pack` has put beside this file: ./ltd-index-1.2.3.tgz.
# OMIT= (empty) also installs ONNX Runtime, which does batches in 0.6 of the time.
ARG NODE_IMAGE=node:24-trixie-slim

FROM ${NODE_IMAGE} AS install
ARG PACKAGE=ltd-index
ARG OMIT=--omit=optional
WORKDIR /app
# the pattern lets the tarball be absent
COPY Dockerfile ltd-index-*.tg[z] ./
RUN echo '{ "private": true }' >package.json \
  && npm install --ignore-scripts --no-audit --no-fund ${OMIT} "${PACKAGE}" \
  && rm -f Dockerfile ltd-index-*.tgz package-lock.json

FROM ${NODE_IMAGE}
COPY --from=install /app /app
# It writes nothing: the root may be read-only. Commands that write files (export, report) do so in a volume at /work.
WORKDIR /work
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["node", "/app/node_modules/ltd-index/dist/cli/main.js"]
CMD ["watch"]
