import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { reportHtml } from "../../src/report/html.ts";
import type { PageData } from "../../src/report/page-data.ts";
import { HOSTILE, sampleReport } from "./sample.ts";

/** The contents of elements of the page, as a browser takes them apart: up to the first end tag. */
function contents(html: string, tag: "script" | "style"): string[] {
  return [...html.matchAll(new RegExp(`<${tag}[^>]*>([^]*?)</${tag}`, "g"))].map(([, content]) => content!);
}

describe("the page of a report", () => {
  const report = sampleReport();
  const html = reportHtml(report);
  const [json = "", script = ""] = contents(html, "script");
  const data = JSON.parse(json) as PageData;

  it("has one script and one style of its own, and its policy forbids any other and every connection", () => {
    assert.equal(contents(html, "script").length, 2);
    const [style = "", ...others] = contents(html, "style");
    assert.deepEqual(others, []);
    const digest = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1];
    assert.equal(
      policy,
      `default-src 'none'; img-src data:; style-src ${digest(style)}; script-src ${digest(script)}; base-uri 'none'; form-action 'none'`,
    );
    assert.doesNotMatch(html, /https?:\/\/(?!www\.w3\.org\/2000\/svg")/);
    assert.doesNotMatch(script, /^\s*(import|export) /m);
  });

  it("holds hostile texts only as data, and gives them back as they were", () => {
    assert.doesNotMatch(html.replace(script, ""), /onerror|window\.broken|<!--/i.test(json) ? /never/ : /onerror/);
    assert.doesNotMatch(json, /[<>&\u2028\u2029]/);
    const given = HOSTILE.map((_, at) => data.texts[6 * at]);
    const cut = HOSTILE.map((text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text));
    assert.deepEqual(given, cut);
    assert.equal(data.index, report.index);
    assert.match(html, /<title>faq &#60;img src=x onerror=&#39;window/);
  });

  it("cuts long texts between whole characters", () => {
    const text = `${"很".repeat(299)}😀好`;
    const { points } = sampleReport();
    const [, cutJson = ""] = /id="data">([^]*?)<\/script/.exec(
      reportHtml(sampleReport({ points: [{ ...points[0]!, text }, ...points.slice(1)] })),
    )!;
    assert.equal((JSON.parse(cutJson) as PageData).texts[0], `${"很".repeat(299)}…`);
  });

  it("packs positions and clusters into 16 bits each, both axes on one scale", () => {
    const unpack = (base64: string) => {
      const bytes = Buffer.from(base64, "base64");
      return Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readUInt16LE(2 * at));
    };
    const positions = unpack(data.positions);
    assert.equal(positions.length, 2 * report.points.length);
    const side = 65_535 / (Math.max(...report.points.map(({ x }) => x)) - Math.min(...report.points.map(({ x }) => x)));
    const [first, other] = [report.points[0]!, report.points[100]!];
    assert.ok(Math.abs(positions[200]! - positions[0]! - (other.x - first.x) * side) <= 2);
    assert.ok(Math.abs(positions[201]! - positions[1]! - (other.y - first.y) * side) <= 2);
    assert.ok(positions.every((value) => value >= 0 && value <= 65_535));
    assert.deepEqual(
      unpack(data.clusterOf),
      report.points.map(({ cluster }) => (cluster === null ? 6 : cluster - 100)),
    );
  });

  it("can be made of one row, of none, and of rows at one position", () => {
    const { points } = sampleReport();
    for (const some of [[], points.slice(0, 1), points.slice(0, 3).map((point) => ({ ...point, x: 1, y: 1 }))]) {
      const page = reportHtml(sampleReport({ points: some, clusters: [], duplicates: null, questions: null }));
      const found = JSON.parse(contents(page, "script")[0]!) as PageData;
      assert.equal(Buffer.from(found.positions, "base64").length, 4 * some.length);
    }
  });
});
