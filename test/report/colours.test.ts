import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { packageRoot } from "../../src/package-root.ts";

const source = readFileSync(new URL("page/colours.js", packageRoot), "utf8");

type Colour = [number, number, number];

function linear(hex: string): Colour {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function times(matrix: readonly Colour[], [a, b, c]: Colour): Colour {
  return matrix.map((row) => row[0] * a + row[1] * b + row[2] * c) as Colour;
}

/** How colours are seen: Machado, Oliveira, Fernandes 2009, full severity, on linear RGB. */
const EYES: Record<string, readonly Colour[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Oklab (Ottosson 2020): equal distances look about equally different; black to white is 1. */
function oklab(colour: Colour): Colour {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    colour.map((value) => Math.max(0, Math.min(1, value))) as Colour,
  ).map(Math.cbrt) as Colour;
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  );
}

function contrast(a: string, b: string): number {
  const [light, dark] = [a, b]
    .map((hex) => times([[0.2126, 0.7152, 0.0722]], linear(hex))[0])
    .sort((left, right) => right - left);
  return (light! + 0.05) / (dark! + 0.05);
}

function named(name: string, theme: string): string[] {
  const [, body = ""] = new RegExp(`const ${name} = \\{([^}]*)\\}`).exec(source)!;
  const [, value = ""] = new RegExp(`${theme}: (\\[[^\\]]*\\]|"[^"]*")`).exec(body)!;
  return [...value.matchAll(/#[0-9a-f]{6}/g)].map(([hex]) => hex);
}

for (const theme of ["light", "dark"]) {
  it(`${theme}: colours of clusters stay apart for all eyes, and stand out from the background`, () => {
    const colours = named("PALETTE", theme);
    const [ground] = named("GROUND", theme);
    assert.equal(colours.length, 12);
    for (const colour of colours) assert.ok(contrast(colour, ground!) >= 3, `${colour} on ${ground}`); // WCAG 2.2, 1.4.11
    for (const [eye, matrix] of Object.entries(EYES)) {
      const seen = colours.map((colour) => oklab(times(matrix, linear(colour))));
      seen.forEach((a, at) =>
        seen.slice(at + 1).forEach((b, after) => {
          const apart = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
          assert.ok(apart >= 0.1, `${colours[at]} and ${colours[at + 1 + after]}, ${eye}: ${apart.toFixed(3)}`);
        }),
      );
    }
  });
}
