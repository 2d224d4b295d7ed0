import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeLines, decodeText } from "../../src/text/decode.ts";

const TEXT = "怎么退款\n第二行\r\n\n最后一行";
const GBK = Buffer.from("d4f5c3b4cdcbbfee0ab5dab6fed0d00d0a0ad7eebaf3d2bbd0d0", "hex");
const LINES = ["怎么退款", "第二行", "", "最后一行"];
const utf16be = (text: string) => Buffer.from(text, "utf16le").swap16();

async function lines(bytes: Uint8Array, encoding?: string, chunkBytes = 3): Promise<string[]> {
  const found: string[] = [];
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  for await (const line of decodeLines(chunks(), { source: "x.txt", encoding })) found.push(line);
  return found;
}

describe("texts from outside", () => {
  const encoded: readonly [name: string, encoding: string | undefined, bytes: Uint8Array][] = [
    ["UTF-8", undefined, Buffer.from(TEXT)],
    ["UTF-8 with a byte order mark", undefined, Buffer.from(`\u{feff}${TEXT}`)],
    ["GBK", "gbk", GBK],
    ["UTF-16LE", "utf-16le", Buffer.from(TEXT, "utf16le")],
    ["UTF-16LE with a byte order mark", "utf-16le", Buffer.from(`\u{feff}${TEXT}`, "utf16le")],
    ["UTF-16BE with a byte order mark", "utf-16be", utf16be(`\u{feff}${TEXT}`)],
  ];
  for (const [name, encoding, bytes] of encoded) {
    it(`are read in ${name}, however the bytes are cut`, async () => {
      for (const chunkBytes of [1, 2, 3, 7, 1_000]) assert.deepEqual(await lines(bytes, encoding, chunkBytes), LINES);
      assert.equal(decodeText(bytes, { source: "x.txt", encoding }), TEXT);
    });
  }

  it("may have characters whose second byte or unit looks like a line end", async () => {
    // U+0A0A and U+010A have the byte 0A in either place
    const odd = "\u{0a0a}\u{010a}\u{0a00}\n\u{0a01}";
    assert.deepEqual(await lines(Buffer.from(odd, "utf16le"), "utf-16le"), odd.split("\n"));
    assert.deepEqual(await lines(utf16be(odd), "utf-16be"), odd.split("\n"));
  });

  it("in another encoding are refused, with the line and what to try", async () => {
    const good = Buffer.from("好的\n也好\n");
    const refused: readonly [
      bytes: Uint8Array,
      encoding: string | undefined,
      line: number,
      name: string,
      hint: RegExp,
    ][] = [
      [Buffer.concat([good, GBK]), undefined, 3, "UTF-8", /--encoding gbk$/],
      [
        Buffer.concat([good, Buffer.from("b068b4da", "hex"), Buffer.from([0xa1, 0x30])]),
        undefined,
        3,
        "UTF-8",
        /--encoding/,
      ],
      [Buffer.from(`\u{feff}${TEXT}`, "utf16le"), undefined, 1, "UTF-8", /--encoding utf-16le$/],
      [utf16be(`\u{feff}${TEXT}`), undefined, 1, "UTF-8", /--encoding utf-16be$/],
      [Buffer.from("hello\nworld", "utf16le"), undefined, 1, "UTF-8", /--encoding utf-16le$/],
      [utf16be("hello\nworld"), undefined, 1, "UTF-8", /--encoding utf-16be$/],
      [Buffer.concat([good, Buffer.from([0xff])]), undefined, 3, "UTF-8", /convert it to UTF-8/],
      [Buffer.concat([GBK, Buffer.from([0x0a, 0xff])]), "gbk", 5, "GBK", /convert it to UTF-8/],
      [Buffer.from([0x31, 0x00, 0x0a, 0x00, 0x31]), "utf-16le", 2, "UTF-16LE", /convert it|--encoding/],
    ];
    for (const [bytes, encoding, line, name, hint] of refused) {
      const error = { code: "input", message: `line ${line} of x.txt is not in ${name}`, hint };
      await assert.rejects(lines(bytes, encoding), error);
      assert.throws(() => decodeText(bytes, { source: "x.txt", encoding }), error);
    }
  });

  it("in an encoding that there is not are refused as a usage", async () => {
    await assert.rejects(lines(GBK, "gbq"), { code: "usage", message: /"gbq"/, hint: /gbk/ });
  });

  it("may be a line of many megabytes", async () => {
    const bytes = Buffer.from("长".repeat(4 << 20));
    const [line] = await lines(bytes, undefined, 1 << 16);
    assert.equal(line?.length, 4 << 20);
  });
});
