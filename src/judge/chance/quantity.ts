/** A number in a text, with what it counts. */
export interface Quantity {
  readonly value: number;
  /** Canonical unit, "第" for an ordinal; "" for none that is known. */
  readonly unit: string;
  /** Whether it bounds a range: 以上, 以内, 超过. */
  readonly isBound: boolean;
  readonly written: string;
}

/** Longer ones have no value that can be compared. */
const MOST_DIGITS = 100;
const DIGITS = "零〇一二两三四五六七八九";
const VALUES: ReadonlyMap<string, number> = new Map(
  Array.from(DIGITS, (digit, at) => [digit, [0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9][at]!]),
);
const SCALES: ReadonlyMap<string, number> = new Map([
  ["十", 10],
  ["百", 100],
  ["千", 1000],
]);

/** Units by their spelling; several spellings of one unit have one name. */
export const UNITS: ReadonlyMap<string, string> = new Map(
  (
    "天 日=天 号 年 周年=年 个月=月 月 周 星期=周 个星期=周 礼拜=周 个礼拜=周 季度 小时=时 个小时=时 钟头=时 个钟头=时 点钟=点 点 分钟=分 秒 次 回=次 岁 周岁=岁 楼 层=楼 元 块钱=元 块=元 毛 " +
    "公里 千米=公里 里地=里 里 米 厘米 毫米 寸 英寸=寸 斤 公斤 千克=公斤 kg=公斤 克 吨 升 毫升 ml=毫升 张 片 人 位=人 期 成 折 倍 份 % g gb=g t tb=t m mb=m 兆=m k kb=k kw 度 ℃=度 摄氏度=度 毫安 " +
    "针 胎 代 线 单 届 页 遍 集 室 座 轮 手 审 级 w 瓦 寸屏=寸 个工作日=天 个"
  )
    .split(" ")
    .map((each) => [each.split("=")[0]!, each.split("=").at(-1)!]),
);
const UNIT = [...UNITS.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1)).join("|");
/** Groups: 第, number, scale, unit, half, bound. */
export const NUMBER = `(第?)(\\d+(?:\\.\\d+)*|[${DIGITS}半双十百千万]+)(?: ?(万|千))?(?: ?(${UNIT}))?([五半](?![\\d十百千万个天]))?(以上|以下|以内|以外|之内|内|多(?![少久长大次个远]))?`;
/** Words that look like a number and its unit, and count nothing. */
export const NO_NUMBER =
  "^(一|十)(个|点|次|下|回|人|分|般|起|些|样|直|定|旦|手|单|线|度|成)|^(千|万|百|半|双|十|两|个)+$|^双(?!倍|份|人)";

/** What every number has one of. */
export const DIGIT = `[\\d${DIGITS}半双十百千万]`;

const numbers = new RegExp(NUMBER, "g");
const noNumber = new RegExp(NO_NUMBER);

/** The numbers of a normalised text. Digits, or Chinese characters with a unit or a scale (三十). */
export function quantitiesOf(normalized: string): Quantity[] {
  const found: Quantity[] = [];
  for (const match of normalized.matchAll(numbers)) {
    const [written, ordinal, number = "", scale, unit, half, bound] = match;
    if (number.length > MOST_DIGITS) continue;
    const isDigits = /^\d/.test(number);
    if (!isDigits && !ordinal && (noNumber.test(written) || (unit === undefined && !/[十百千万]./.test(number))))
      continue;
    const whole =
      (isDigits ? Number.parseFloat(number) : chineseNumber(number)) *
      (scale === "万" ? 1e4 : scale === "千" ? 1e3 : 1);
    // 三十八度五, 四个半小时
    const value = half === undefined ? whole : whole + 0.5;
    const isVersion = isDigits && number.split(".").length > 2;
    found.push({
      value: isVersion ? versionValue(number) : value,
      unit: ordinal ? "第" : (UNITS.get(unit ?? "") ?? ""),
      isBound: bound !== undefined,
      written: written.replace(/(以上|以下|以内|以外|之内|内|多)$/, ""),
    });
  }
  return found;
}

/** 8.0.1 and 8.0.2 are different numbers. */
function versionValue(version: string): number {
  return version.split(".").reduce((sum, part, at) => sum + Number(part) / 1000 ** at, 0);
}

/** 三十八 -> 38, 二〇二四 -> 2024, 半 -> 0.5, 双 -> 2. */
function chineseNumber(text: string): number {
  if (text === "半") return 0.5;
  if (text === "双") return 2;
  const characters = Array.from(text);
  if (characters.length > 1 && characters.every((character) => VALUES.has(character)))
    return Number(characters.map((character) => VALUES.get(character)).join(""));
  let [total, section, digit] = [0, 0, 0];
  for (const character of characters) {
    const scale = SCALES.get(character);
    if (scale !== undefined) {
      section += (digit || 1) * scale;
      digit = 0;
    } else if (character === "万") {
      total += (section + digit || 1) * 1e4;
      [section, digit] = [0, 0];
    } else if (character === "半") digit += 0.5;
    else digit = VALUES.get(character) ?? 0;
  }
  return total + section + digit;
}
