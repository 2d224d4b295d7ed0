import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Why suites in a browser are skipped on this machine; false where they run. In CI they must run. LTD_TEST_BROWSER names another one. */
export function whyNoBrowser(): string | false {
  if (browserPath() !== undefined) return false;
  const reason = `no Chromium (${PLACES.join(", ")}): apt-get install chromium, or name one by LTD_TEST_BROWSER`;
  if (process.env["CI"]) throw new Error(`${reason}; in CI the page must be tested`);
  return reason;
}

/** A headless Chromium. It reaches for no network of its own. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath()!,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
}

function browserPath(): string | undefined {
  return process.env["LTD_TEST_BROWSER"] ?? PLACES.find((path) => existsSync(path));
}
