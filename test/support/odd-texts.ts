/** Texts as they stand in real tables, and whether they mean anything. */
export const oddTexts: [name: string, text: string, means: boolean][] = [
  ["empty", "", false],
  ["blank", " \t\n\u3000", false],
  ["symbols", "？！…——★", false],
  ["emoji", "😀👍🏽👩‍👩‍👧", false],
  ["half a surrogate pair", "退款\ud83d怎么办", true],
  ["only half a surrogate pair", "\ude00", false],
  ["what looks like NUL", "\\0 \\x00 \u2400 &#0; %00", true],
  ["control characters", "a\u0001\u0008\u001f\u007f\u0085\u200b\u202e\ufeffb", true],
  ["replacement characters", "\ufffd\ufffd", false],
  ["100,000 characters", "很长的问题。".repeat(16_667).slice(0, 100_000), true],
  ["one word of 100,000 letters", "x".repeat(100_000), true],
  ["100,000 emoji", "😀".repeat(100_000), false],
  ["combining marks without end", `é${"\u0301".repeat(5_000)}`, true],
  ["quotes and braces", `'"{},\\\n$1;--`, true],
  ["Arabic and Hebrew", "مرحبا שלום", true],
  ["rare characters", "𠮷野家𪚥", true],
];
