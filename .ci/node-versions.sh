#!/bin/bash
# The fast suites and the packed program on the oldest Node.js that is promised, and the packed program on the one that `npm ci` installs.
# No install script runs, so hnswlib-node and nodejieba are not compiled: the program has to work without them. Needs `npm ci` and a build.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

oldest=$(node -p 'require("./package.json").engines.node.replace(">=", "")')
platform=node-linux-$(node -p process.arch) # what npm's package `node` installs
npm install --silent --no-audit --no-fund --prefix "$work/node" "$platform@$oldest"
old=$work/node/node_modules/$platform/bin
echo "-- fast suites on Node.js $("$old/node" --version)"

# Node.js 20 reads no TypeScript: the suites are compiled into a folder that has the rest of the package by links.
fast=$work/fast
node_modules/.bin/tsc --noEmit false --outDir "$fast" --rootDir .
for name in node_modules package.json models sql migrations page demo dist scripts; do ln -s "$PWD/$name" "$fast/$name"; done
mapfile -t suites < <(cd "$fast" && find test/{ann,cluster,embed,judge,report,text,vector} test/config.test.js test/package.test.js \
  -name '*.test.js' ! -name page.test.js) # the page needs a browser, not this Node.js
# Without CI: the suites against a server have run on the other Node.js.
(cd "$fast" && env -u CI "$old/node" --test --test-timeout=180000 --test-reporter=dot "${suites[@]}")

npm pack --silent --ignore-scripts --pack-destination "$work" >/dev/null
mkdir "$work/program"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work/program" "$work"/ltd-index-*.tgz
for node in "$old/node" "$PWD/node_modules/.bin/node"; do
  echo "-- the packed program on Node.js $("$node" --version)"
  "$node" "$work/program/node_modules/ltd-index/dist/cli/main.js" demo --quiet >"$work/demo.txt" || { cat "$work/demo.txt"; exit 1; }
done
