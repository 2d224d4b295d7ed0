// Says what this machine lacks to install ltd-index from source. Plain JavaScript without packages, so that it runs where
// `npm ci` has failed. With --quiet it speaks only when something is wrong. `npm run demo` begins with it.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const wrong = [];

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) wrong.push(`Node.js 20.19 or newer (this is ${process.versions.node})`);

/** Whether one of the commands is there; on Windows node-gyp finds its own, in places that are not on the path. */
const has = (...commands) =>
  process.platform === "win32" || commands.some((command) => spawnSync(command, ["--version"]).status === 0);

/** The packages that are compiled at install: what loads needs no compiler any more. */
const broken = ["nodejieba", "hnswlib-node", "onnxruntime-node"].filter((name) => {
  try {
    require(name);
    return false;
  } catch {
    return true;
  }
});
if (broken.length > 0) {
  if (!has("c++", "g++", "clang++")) wrong.push("a C++ compiler");
  if (!has("make", "gmake")) wrong.push("make");
  if (!has("python3", "python")) wrong.push("Python 3");
}

const install = {
  linux: "Debian, Ubuntu: sudo apt-get install build-essential python3\nFedora: sudo dnf install gcc-c++ make python3",
  darwin: "macOS: xcode-select --install",
  win32: "Windows: Python 3 from python.org, and Visual Studio Build Tools with “Desktop development with C++”",
}[process.platform];

if (wrong.length > 0) {
  console.error(`ltd-index cannot be installed here. Missing: ${wrong.join(", ")}.`);
  if (install) console.error(install);
  console.error("Then: npm ci");
} else if (broken.length > 0) {
  console.error(`Not installed, or not for this Node.js (${process.versions.node}): ${broken.join(", ")}. Run: npm ci`);
  if (process.platform === "win32") console.error(`If that fails: ${install}`);
} else if (!process.argv.includes("--quiet")) {
  console.log("Everything that ltd-index needs is here.");
}
process.exitCode = wrong.length > 0 || broken.length > 0 ? 1 : 0;
