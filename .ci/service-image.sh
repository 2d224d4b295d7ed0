#!/bin/bash
# Builds the image of the Dockerfile and runs docker-compose.yml with database, worker and serve: a row is indexed and found over HTTP, the
# root is read-only, the user is not root, and SIGTERM ends both with 0. Needs .ci/postgres-image.sh, `npm ci`, docker-compose, and a
# package registry, but no image registry: node:24-trixie-slim is stood in for by the Postgres image with the Node.js of npm.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
compose() { docker-compose --project-name ltd_ci --file "$work/docker-compose.yml" --profile service "$@"; }
clean() {
  local code=$?
  if [ $code != 0 ] && [ -e "$work/docker-compose.yml" ]; then compose logs --tail 20 >&2 || true; fi
  compose down --volumes --timeout 5 >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean EXIT

cp Dockerfile .dockerignore docker-compose.yml "$work"
export LTD_TOKEN=0123456789abcdef0123 LTD_POSTGRES_PORT=0 LTD_PORT=0
compose up --detach postgres >"$work/up.log" 2>&1 || { cat "$work/up.log"; exit 1; } # it starts while the image is built

node=ltd-index-ci/node
mkdir "$work/base"
cp -L node_modules/.bin/node "$work/base/node"
cp -rL "$(dirname "$(readlink -f "$(command -v npm)")")/.." "$work/base/npm"
cp -L "${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}" "$work/base/ca.crt"
cat >"$work/base/Dockerfile" <<'END'
FROM pgvector/pgvector:pg17
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/npm
COPY ca.crt /etc/ltd-ca.crt
RUN printf '#!/bin/sh\nexec node /usr/local/lib/npm/bin/npm-cli.js "$@"\n' >/usr/local/bin/npm && chmod +x /usr/local/bin/npm
ENV NODE_EXTRA_CA_CERTS=/etc/ltd-ca.crt
ENTRYPOINT []
END
docker build --quiet --tag "$node" "$work/base" >/dev/null 2>&1

npm pack --silent --ignore-scripts --pack-destination "$work" >/dev/null
package=./$(cd "$work" && ls ltd-index-*.tgz)
docker build --network host --tag ltd-index --build-arg "NODE_IMAGE=$node" --build-arg "PACKAGE=$package" "$work" >"$work/build.log" 2>&1 ||
  { tail -20 "$work/build.log"; exit 1; }
echo "image: $(docker run --rm ltd-index --version), user $(docker run --rm --entrypoint id ltd-index -u)"

compose up --detach --no-build postgres init worker >"$work/up.log" 2>&1 || { cat "$work/up.log"; exit 1; }
ltd() { compose run --rm --no-deps -T worker "$@" 2>"$work/err.log" || { cat "$work/err.log" >&2; return 1; }; }
ltd query "create table faq (id int primary key, question text)" >/dev/null
ltd add faq --text "{question}" --json >/dev/null
ltd query "insert into faq values (1, '如何申请退款？'), (2, '忘记密码怎么办？')" >/dev/null
compose up --detach --no-build --no-deps serve >"$work/up.log" 2>&1 || { cat "$work/up.log"; exit 1; }
url=http://$(compose port serve 8080)

answer=
for _ in $(seq 60); do
  answer=$(curl -sf "$url/v1/match" -H "authorization: Bearer $LTD_TOKEN" -H 'content-type: application/json' \
    -d '{"question": "怎么申请退款"}' || true)
  case $answer in *'"id":1,'*) break ;; esac
  sleep 1
done
case $answer in *'"decision":"answer"'*'"id":1,'*) ;; *) echo "no answer: $answer" >&2; exit 1 ;; esac
[ "$(curl -s -o /dev/null -w '%{http_code}' "$url/v1/indexes")" = 401 ]

for service in worker serve; do
  container=$(compose ps --quiet "$service")
  [ "$(docker inspect --format '{{.HostConfig.ReadonlyRootfs}} {{.Config.User}}' "$container")" = "true 10001:10001" ]
  compose stop --timeout 20 "$service" >/dev/null 2>&1
  [ "$(docker inspect --format '{{.State.ExitCode}} {{.State.OOMKilled}}' "$container")" = "0 false" ] ||
    { docker inspect --format '{{json .State}}' "$container"; exit 1; }
done
echo "worker and serve answered, and ended at SIGTERM with 0 ($SECONDS s)"
