import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

const doctor = join(import.meta.dirname, "../../scripts/doctor.mjs");

function run(script: string, path: string | undefined, ...args: string[]) {
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8", env: { ...process.env, PATH: path } });
}

describe("scripts/doctor.mjs", () => {
  it("is content where everything is installed", () => {
    const { status, stdout, stderr } = run(doctor, process.env["PATH"]);
    assert.deepEqual(
      { status, stdout, stderr },
      { status: 0, stdout: "Everything that ltd-index needs is here, its optional packages too.\n", stderr: "" },
    );
  });

  it(
    "names the optional packages that are missing, and how to get them",
    { skip: process.platform === "win32" },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "ltd-doctor-"));
      try {
        // Away from node_modules and with an empty path: a new machine with nothing but Node.
        const script = join(folder, "doctor.mjs");
        await copyFile(doctor, script);
        const { status, stdout } = run(script, folder);
        assert.equal(status, 0, "nothing that must be there is missing");
        assert.match(stdout, /onnxruntime-node: sync takes about 1.7 times as long/);
        assert.match(stdout, /To compile them: a C\+\+ compiler, make, Python 3\. /);
        const quiet = run(script, folder, "--quiet");
        assert.deepEqual([quiet.status, quiet.stdout, quiet.stderr], [0, "", ""]);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});
