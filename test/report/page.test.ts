import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { reportHtml } from "../../src/report/html.ts";
import type { ReportData } from "../../src/report/report-data.ts";
import { openBrowser, whyNoBrowser } from "../support/browser.ts";
import { HOSTILE, sampleReport } from "./sample.ts";

describe("the page in a browser", { skip: whyNoBrowser() }, () => {
  let browser: Browser;
  let folder: string;
  let page: Page;
  /** Errors, and whatever the page asked for besides itself. */
  let complaints: string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ltd-page-"));
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    complaints = [];
  });
  afterEach(async () => {
    assert.deepEqual(complaints, []);
    assert.equal(await page.evaluate("window.broken"), undefined);
    await page.context().close();
  });

  async function open(report: ReportData, options: BrowserContextOptions = {}): Promise<void> {
    const file = join(folder, "report.html");
    await writeFile(file, reportHtml(report));
    const context = await browser.newContext({ viewport: { width: 1280, height: 1200 }, locale: "en-US", ...options });
    page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (request.url() !== `file://${file}`) complaints.push(`asked for ${request.url().slice(0, 100)}`);
    });
    await page.goto(`file://${file}`);
  }
  const text = (selector: string) => page.locator(selector).innerText();

  /** Where a row lies on the screen when everything is shown. */
  async function positionOf(report: ReportData, row: number): Promise<[number, number]> {
    const box = (await page.locator("#map").boundingBox())!;
    const middle = (axis: "x" | "y") => {
      const all = report.points.map((point) => point[axis]);
      return { middle: (Math.min(...all) + Math.max(...all)) / 2, span: Math.max(...all) - Math.min(...all) };
    };
    const [x, y] = [middle("x"), middle("y")];
    const scale = 0.94 * Math.min(box.width / x.span, box.height / y.span);
    const point = report.points[row]!;
    return [
      box.x + box.width / 2 + (point.x - x.middle) * scale,
      box.y + box.height / 2 + (point.y - y.middle) * scale,
    ];
  }

  it("shows everything, with hostile texts as texts, and asks for nothing", async () => {
    const report = sampleReport();
    await open(report);
    assert.equal(await text("h1"), report.index);
    assert.match(await text("#notices"), /38 changed rows are not in this report yet, the oldest for 6 min/);
    assert.match(await text("#summary"), /305[^]*6[^]*13[^]*3[^]*38[^]*2/);
    assert.ok((await text("#list")).includes(HOSTILE[0]!));
    assert.ok((await text("#clusters")).includes(HOSTILE[1]!));
    assert.ok((await text("#duplicates")).includes(HOSTILE[2]!));
    assert.match(await text("#duplicates"), /12 groups with 13 rows too many[^]*and 1 more/);
    assert.match(await text("#duplicates"), /1 pairs are as near[^]*RTX 4090[^]*RTX 4060[^]*number: 4090, 4060/);
    assert.ok((await text("#duplicates")).includes(HOSTILE[0]!));
    assert.match(await text("#questions"), /Of 10 questions 7 had an answer, 1 a suggestion, and 2 nothing/);
    assert.ok((await text("#questions")).includes(HOSTILE[0]!));
    assert.ok((await text("#sync")).includes(HOSTILE[1]!));
    assert.equal(await page.locator("#thresholds svg polyline").count(), 2);
    assert.match(await text("#map-help"), /300 of 305 rows are drawn/);
    assert.equal(await page.locator("img, body style, body script:not([id]) ~ script").count(), 0);
  });

  it("says what is under the pointer, and keeps it when it is clicked", async () => {
    const report = sampleReport();
    await open(report);
    for (const row of [1, 50, 123, 6]) {
      const [x, y] = await positionOf(report, row);
      await page.mouse.move(x, y);
      assert.ok(
        (await text("#tip")).startsWith(report.points[row]!.text.slice(0, 40)),
        `row ${row}: ${await text("#tip")}`,
      );
    }
    const [x, y] = await positionOf(report, 62);
    await page.mouse.click(x, y);
    assert.match(await text("#chosen"), /第62行，类别2[^]*key 62[^]*物流/);
    await page.mouse.move(5, 5);
    assert.equal(await page.locator("#tip").isVisible(), false);
  });

  it("searches texts and keys, and shows one cluster alone", async () => {
    await open(sampleReport());
    await page.fill("#search", "类别3 第9");
    assert.equal(await text("#found"), "Rows found: 3"); // 9, 93, 99
    assert.match(await text("#list"), /^第9行，类别3\s+第93行，类别3\s+第99行，类别3\s*$/);
    await page.locator("#list button", { hasText: "第93行" }).click();
    assert.match(await text("#chosen"), /key 93/);
    await page.fill("#search", "</SCRIPT>");
    assert.equal(await text("#found"), "Rows found: 1");
    await page.fill("#search", "没有这样的行");
    assert.equal(await text("#found"), "No row has this");
    await page.fill("#search", "");
    await page.locator("#list button", { hasText: "物流" }).click();
    assert.equal(await page.locator("#list button[aria-pressed=true]").count(), 1);
    assert.match(await text("#found"), /^Rows found: 4\d$/);
    await page.locator("#list button", { hasText: "物流" }).click();
    assert.equal(await page.locator("#list button[aria-pressed]").count(), 7);
  });

  it("moves and zooms by wheel, drag, buttons and keys", async () => {
    const report = sampleReport();
    await open(report);
    const [x, y] = await positionOf(report, 50);
    const found = async (atX: number, atY: number) => {
      await page.mouse.move(atX + 1, atY);
      await page.mouse.move(atX, atY);
      return (await page.locator("#tip").isVisible()) ? text("#tip") : "";
    };
    await page.locator("#map").focus();
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, -300);
    assert.match(await found(x, y), /第50行/); // what is under the pointer stays there
    await page.mouse.down();
    await page.mouse.move(x + 60, y + 20, { steps: 4 });
    await page.mouse.up();
    assert.match(await found(x + 60, y + 20), /第50行/);
    await page.keyboard.press("ArrowLeft");
    assert.match(await found(x + 120, y + 20), /第50行/);
    await page.keyboard.press("0");
    assert.match(await found(x, y), /第50行/);
    await page.click("#zoom-in");
    await page.click("#zoom-all");
    assert.match(await found(x, y), /第50行/);
  });

  it("every control can be reached and used by the keyboard", async () => {
    await open(sampleReport());
    const reached: string[] = [];
    for (let press = 0; press < 9; press++) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate("document.activeElement.id || document.activeElement.parentElement.parentElement.id"),
      );
    }
    assert.deepEqual(reached, [
      "language",
      "theme",
      "map",
      "zoom-in",
      "zoom-out",
      "zoom-all",
      "search",
      "list",
      "list",
    ]);
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#list button[aria-pressed=true]").count(), 1);
    const unnamed = `[...document.querySelectorAll("button, input, select, canvas")].filter((each) =>
      !(each.getAttribute("aria-label") || each.textContent.trim() || each.labels?.[0]?.textContent.trim())).length`;
    assert.equal(await page.evaluate(unnamed), 0);
  });

  it("speaks Chinese where the browser does, and can be switched", async () => {
    await open(sampleReport(), { locale: "zh-CN" });
    assert.equal(await text("#map-title"), "语义地图");
    assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
    assert.match(await text("#notices"), /38 行改动尚未反映/);
    await page.selectOption("#language", "en");
    assert.equal(await text("#map-title"), "Map");
    assert.equal(await page.getAttribute("html", "lang"), "en");
  });

  it("is light or dark as the system is, and can be switched; text has contrast in both", async () => {
    await open(sampleReport(), { colorScheme: "dark" });
    const background = () =>
      page.evaluate<string>(
        "getComputedStyle(document.documentElement).getPropertyValue('color-scheme') + getComputedStyle(document.body).backgroundColor",
      );
    assert.equal(await background(), "light darkrgb(22, 24, 29)");
    const corner = () =>
      page.evaluate<number[]>("[...document.querySelector('canvas').getContext('2d').getImageData(3, 3, 1, 1).data]");
    await page.waitForTimeout(100);
    assert.deepEqual(await corner(), [22, 24, 29, 255]);
    assert.ok((await leastContrast()) >= 4.5);
    await page.selectOption("#theme", "light");
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    assert.equal(await background(), "lightrgb(255, 255, 255)");
    assert.deepEqual(await corner(), [255, 255, 255, 255]);
    assert.ok((await leastContrast()) >= 4.5);
  });

  /** The smallest contrast of any text with the page's ground, by WCAG 2.2. */
  const leastContrast = () =>
    page.evaluate<number>(`(() => {
      const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map((each) => each / 255).map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = light(getComputedStyle(document.body).backgroundColor);
      const texts = [...document.querySelectorAll("body *")].filter((each) => each.checkVisibility() && [...each.childNodes].some((child) => child.nodeType === 3 && child.data.trim()));
      const colours = new Set(texts.map((each) => each instanceof SVGElement ? getComputedStyle(each).fill : getComputedStyle(each).color));
      return Math.min(...[...colours].map((colour) => { const text = light(colour); return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05); }));
    })()`);

  const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true };

  it("names every cluster on the map whole and inside it, in lines where a name is long", async () => {
    const labels = [
      "高血压、患者、血压",
      "insurance claims, reimbursement of expenses",
      "糖尿病、糖尿病人、血糖、胰岛素、注射",
    ];
    const report = sampleReport();
    const clusters = report.clusters.slice(0, 6).map((each, at) => ({ ...each, label: labels[at] ?? `类别${at}` }));
    await open(sampleReport({ clusters }), PHONE);
    const drawn = await page.evaluate<{ line: string; left: number; right: number }[]>(`new Promise((done) => {
      const [drawn, draw] = [[], CanvasRenderingContext2D.prototype.fillText];
      CanvasRenderingContext2D.prototype.fillText = function (line, x, y) {
        const half = this.measureText(line).width / 2;
        drawn.push({ line, left: x - half, right: x + half });
        draw.call(this, line, x, y);
      };
      document.getElementById("zoom-all").click();
      requestAnimationFrame(() => requestAnimationFrame(() => done(drawn)));
    })`);
    const lines = drawn.map(({ line }) => line);
    const squeezed = lines.join("").replaceAll(" ", "");
    for (const { label } of clusters)
      assert.ok(squeezed.includes(label.replaceAll(" ", "")), `${label} in ${lines.join()}`);
    assert.ok(lines.length > clusters.length, "no name took a second line");
    const width = await page.evaluate<number>("document.getElementById('map').clientWidth");
    for (const { line, left, right } of drawn) assert.ok(left >= 0 && right <= width, `${line}: ${left} to ${right}`);
  });

  it("gives twelve clusters twelve colours, and the next dozen another mark", async () => {
    await open(sampleReport({}, 600, 26));
    const dots = await page.evaluate<[string, string][]>(
      `[...document.querySelectorAll("#list .dot")].map((each) => [getComputedStyle(each).color, each.className])`,
    );
    const of = (from: number, to: number) => dots.slice(from, to);
    assert.equal(new Set(of(0, 12).map(([colour]) => colour)).size, 12);
    assert.equal(new Set(of(12, 24).map(([colour]) => colour)).size, 12);
    assert.equal(new Set(of(0, 26).map(String)).size, 26);
    assert.deepEqual(
      [0, 12, 24].map((at) => dots[at]![1]),
      ["dot disc", "dot ring", "dot square"],
    );
  });

  it("draws the marks: a ring is open in its middle, a dot is not", async () => {
    const report = sampleReport({}, 26, 26);
    await open(report);
    const colourAt = async (row: number) => {
      const [x, y] = await positionOf(report, row);
      return page.evaluate<number[]>(`(() => {
        const map = document.getElementById("map");
        const { left, top } = map.getBoundingClientRect();
        const ratio = map.width / map.clientWidth;
        return [...map.getContext("2d").getImageData(Math.round((${x} - left) * ratio), Math.round((${y} - top) * ratio), 1, 1).data];
      })()`);
    };
    // names stand on their clusters: the marks are looked at without them
    await page.evaluate(
      "CanvasRenderingContext2D.prototype.fillText = CanvasRenderingContext2D.prototype.strokeText = () => {}",
    );
    await page.click("#zoom-all");
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    const [disc, ring] = [await colourAt(3), await colourAt(14)];
    assert.ok(Math.min(...disc.slice(0, 3)) < 200, `dot: ${disc.join()}`);
    assert.ok(Math.min(...ring.slice(0, 3)) > 200, `ring: ${ring.join()}`);
  });

  it("shows the text of a tapped dot on a phone, with the map", async () => {
    const report = sampleReport();
    await open(report, PHONE);
    await page.evaluate("document.getElementById('map').scrollIntoView({ block: 'end', behavior: 'instant' })");
    await page.touchscreen.tap(...(await positionOf(report, 62)));
    await page.evaluate(`new Promise((done) => {
      const look = () => {
        const { top, bottom, height } = document.getElementById("chosen").getBoundingClientRect();
        if (height > 0 && top >= 0 && bottom <= innerHeight) done();
        else requestAnimationFrame(look);
      };
      look();
    })`);
    assert.match(await text("#chosen"), /第62行，类别2[^]*key 62/);
    const map = (await page.locator("#map").boundingBox())!;
    assert.ok(map.y + map.height > 400, "the map went out of view");
  });

  it("shows all columns of its tables on a phone", async () => {
    await open(sampleReport(), PHONE);
    await page.locator("#thresholds summary").click();
    const cut = await page.evaluate<string[]>(
      `[...document.querySelectorAll("td")].filter((cell) => cell.getBoundingClientRect().right > innerWidth).map((cell) => cell.textContent)`,
    );
    assert.deepEqual(cut, []);
    assert.equal(await page.locator("#clusters td.examples").first().isVisible(), true);
    assert.equal(await page.locator("#clusters td.examples").first().getAttribute("data-title"), "Typical rows");
  });

  it("says how often the questions of a group were asked", async () => {
    const report = sampleReport();
    const questions = report.questions!;
    await open(sampleReport({ questions: { ...questions, groups: [{ ...questions.groups[1]!, times: 41 }] } }));
    assert.match(await text("#questions"), /😀\s*41 questions/);
  });

  it("fits a narrow window, and paper", async () => {
    await open(sampleReport(), { viewport: { width: 360, height: 740 } });
    assert.ok((await page.evaluate<number>("document.documentElement.scrollWidth")) <= 360);
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("#search").isVisible(), false);
    assert.ok((await page.pdf({ format: "A4" })).length > 10_000);
    await page.emulateMedia({ media: null });
  });

  it("without clusters, duplicates, questions and rows it says so", async () => {
    const nothing = { points: [], clusters: [], unassigned: 0, duplicates: null, questions: null };
    const { thresholds, sync } = sampleReport();
    const quality = { neighbours: 0, sample: 0, preserved: 1, trustworthiness: 1 };
    const good = { ...sync, pending: 0, leased: 0, failed: 0, oldestSeconds: null, lastError: null };
    const uncalibrated = { ...thresholds, source: "model" as const, margin: 0, curve: null };
    await open(sampleReport({ ...nothing, quality, index: "faq", sync: good, thresholds: uncalibrated }));
    assert.match(await text("#clusters"), /not grouped/);
    assert.match(await text("#duplicates"), /not looked for/);
    assert.match(await text("#questions"), /ltd-index report faq --questions FILE/);
    assert.match(await text("#thresholds"), /ltd-index calibrate faq/);
    assert.match(await text("#sync"), /Every row of the table is in the index/);
    assert.equal(await text("#notices"), "");
    assert.equal(await page.locator("#map-quality").innerText(), "");
  });

  it("draws 50,000 rows again and again while it is dragged", async (t) => {
    const report = sampleReport({}, 50_000, 40);
    await open(report);
    const box = (await page.locator("#map").boundingBox())!;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.evaluate(`(() => {
      const request = window.requestAnimationFrame;
      window.pictures = [];
      window.requestAnimationFrame = (draw) => request((at) => {
        const begun = performance.now();
        draw(at);
        window.pictures.push(performance.now() - begun);
      });
    })()`);
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (let step = 1; step <= 60; step++) await page.mouse.move(x + 3 * step, y + step);
    await page.mouse.up();
    const pictures = await page.evaluate<number[]>("window.pictures");
    assert.ok(pictures.length >= 5, `${pictures.length} pictures in 60 steps`);
    const median = pictures.sort((a, b) => a - b)[pictures.length >> 1]!;
    t.diagnostic(`50,000 rows: ${pictures.length} pictures in 60 steps of a drag, median ${median.toFixed(1)} ms each`);
    await page.fill("#search", "类别3 第4");
    assert.match(await text("#found"), /Rows found: \d/);
  });
});
