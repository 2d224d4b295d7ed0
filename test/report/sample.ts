import type { ReportData, ReportPoint } from "../../src/report/report-data.ts";
import { Random } from "../../src/vector/random.ts";

/** Texts that would break a page that did not expect them. */
export const HOSTILE = [
  "</script><script>window.broken = 1</script>",
  "<img src=x onerror='window.broken = 2'>",
  "<!-- <script> --><style>*{display:none}</style>",
  `"quotes" 'single' \`back\` \\ back\\slash {{data}} {{script}} $& $1`,
  "line\u2028separator\u2029and\nnew\tline \u0000 null",
  "lone \ud800 surrogate \udfff",
  `long ${"很长的一行".repeat(2_000)}`,
  "עברית \u202e right to left",
  "",
];

/** A report of rows in groups on a plane. The first rows of the first cluster have hostile texts. */
export function sampleReport(changes: Partial<ReportData> = {}, rows = 300, clusters = 6): ReportData {
  const random = new Random(7);
  const points = Array.from({ length: rows }, (_, row): ReportPoint => {
    const cluster = row % clusters;
    const angle = (2 * Math.PI * cluster) / clusters;
    const text = cluster === 0 ? (HOSTILE[row / clusters] ?? `第${row}行`) : `第${row}行，类别${cluster}`;
    return {
      key: [String(row)],
      text,
      x: 10 * Math.cos(angle) + random.next(),
      y: 10 * Math.sin(angle) + random.next(),
      cluster: row % 17 === 16 ? null : cluster + 100,
    };
  });
  const names = ["退款", HOSTILE[0]!, "物流", "发票", "密码", "优惠券"];
  return {
    index: `faq ${HOSTILE[1]}`,
    table: "public.faq",
    model: "ltd-zh-2",
    version: "1.2.3",
    createdAt: "2026-11-23T02:00:00.000Z",
    rows: rows + 5,
    points,
    quality: { neighbours: 15, sample: 300, preserved: 0.4, trustworthiness: 0.97 },
    clusters: Array.from({ length: clusters }, (_, at) => ({
      id: at + 100,
      label: names[at] ?? `第${at}类`,
      words: [names[at] ?? "词", HOSTILE[3]!],
      size: points.filter(({ cluster }) => cluster === at + 100).length,
      cohesion: 0.7,
      examples: [HOSTILE[1]!, "怎么退款"],
    })),
    unassigned: points.filter(({ cluster }) => cluster === null).length,
    duplicates: {
      threshold: 0.95,
      groupCount: 12,
      rowCount: 13,
      groups: Array.from({ length: 12 }, (_, at) => ({
        survivor: { key: [String(at)], text: HOSTILE[at] ?? `重复${at}` },
        others: [{ key: [`${at}b`], text: `重复${at}`, similarity: 0.97 }],
        otherCount: at === 0 ? 2 : 1,
      })),
      heldCount: 1,
      held: [
        {
          rows: [
            { key: ["4090"], text: "RTX 4090 多少钱" },
            { key: ["4060"], text: `RTX 4060 多少钱 ${HOSTILE[0]!}` },
          ],
          similarity: 0.99,
          reasons: ["number: 4090, 4060"],
        },
      ],
    },
    thresholds: {
      answer: 0.9,
      suggest: 0.79,
      margin: 0.02,
      source: "calibrated",
      stale: null,
      curve: {
        measure: "precision",
        points: Array.from({ length: 40 }, (_, at) => {
          const value = 0.9 - at / 80;
          return { threshold: 0.95 - at / 100, value, low: value - 0.05, high: value + 0.02, coverage: at / 40 };
        }),
      },
    },
    questions: {
      asked: 10,
      answered: 7,
      suggested: 1,
      groups: [
        {
          questions: [
            { question: HOSTILE[0]!, decision: "none", similarity: 0.5, nearest: HOSTILE[1]! },
            { question: "怎么开发票", decision: "suggest", similarity: 0.8, nearest: "发票" },
          ],
        },
        { questions: [{ question: "😀", decision: "none", similarity: null, nearest: null }] },
      ],
    },
    sync: {
      entries: rows + 6,
      indexed: rows + 5,
      empty: 1,
      truncated: 2,
      pending: 37,
      leased: 1,
      failed: 2,
      oldestSeconds: 340,
      lastError: HOSTILE[1]!,
      vectorIndex: "valid",
      sourceExists: true,
    },
    ...changes,
  };
}
