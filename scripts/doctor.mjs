// Says what this machine lacks to run ltd-index from source, and which optional packages are missing. Plain JavaScript without
// packages, so that it runs where `npm ci` has failed. With --quiet it speaks only when something is wrong. `npm run demo`
// begins with it. `ltd-index doctor` looks at a database too.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const isQuiet = process.argv.includes("--quiet");

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`ltd-index needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** Packages that are compiled or downloaded at install, and what is done without them. */
const optional = {
  "onnxruntime-node": "sync takes about 1.7 times as long: WebAssembly computes all vectors",
  "hnswlib-node": "local files of more than 20,000 rows are searched exactly",
  nodejieba: "`ltd-index distill-data tables` does not work; nothing else needs it",
};

const missing = Object.keys(optional).filter((name) => {
  try {
    require(name);
    return false;
  } catch {
    return true;
  }
});

/** Whether one of the commands is there; on Windows node-gyp finds its own, in places that are not on the path. */
const has = (...commands) =>
  process.platform === "win32" || commands.some((command) => spawnSync(command, ["--version"]).status === 0);

if (missing.length > 0 && !isQuiet) {
  console.log("ltd-index works here. Optional packages that are missing:");
  for (const name of missing) console.log(`  ${name}: ${optional[name]}`);
  const tools = [
    ["a C++ compiler", has("c++", "g++", "clang++")],
    ["make", has("make", "gmake")],
    ["Python 3", has("python3", "python")],
  ].filter(([, isThere]) => !isThere);
  const install = {
    linux:
      "Debian, Ubuntu: sudo apt-get install build-essential python3; Fedora: sudo dnf install gcc-c++ make python3",
    darwin: "macOS: xcode-select --install",
    win32: "Windows: Python 3 from python.org, and Visual Studio Build Tools with “Desktop development with C++”",
  }[process.platform];
  if (tools.length > 0) console.log(`To compile them: ${tools.map(([name]) => name).join(", ")}. ${install ?? ""}`);
  console.log("To install them: npm ci");
} else if (!isQuiet) {
  console.log("Everything that ltd-index needs is here, its optional packages too.");
}
