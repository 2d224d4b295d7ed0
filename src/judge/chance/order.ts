import type { Reading, Token } from "./reading.ts";

/** Words between two parties that say who gives, moves or changes to whom: whole tokens. */
export const DIRECTION =
  "^(?:转|转换|转账|换|兑换|到|往|给|借|还|告|起诉|调用|收购|赢|输|打|替|改|变|向|让|要求|欠|拖欠|赔|撞|追尾|炒|骂|分|分享|共享|投诉|举报|升|升级|降|降级|迁|迁移|搬|导|发|送|卖|买|批评|带|教|管|付|支付|退|传染|传|传给|移交)" +
  "(?:成|到|为|给|钱|出|入|走|回|向|了)?$";

const direction = new RegExp(DIRECTION);

/** Two parties that stand the other way round about a verb. */
export interface Swap {
  readonly first: string;
  readonly second: string;
}

/**
 * Whether two texts share two parties that change places about a word of direction: 微信转支付宝 and 支付宝转微信. Undefined where
 * none do. A party may be written shorter (按量 and 按量付费) and may be a number (从 100 提高到 200 and 200 降到 100). Parties
 * about 被 are read the other way round.
 */
export function findSwap(a: Reading, b: Reading): Swap | undefined {
  const shared = a.tokens.flatMap((token, at) => {
    const other = placeIn(b, token.text);
    return other < 0 || !isParty(token) ? [] : [{ text: token.text, a: at, b: other }];
  });
  for (const [at, first] of shared.entries()) {
    for (const second of shared.slice(at + 1)) {
      if (first.text === second.text) continue;
      const [inA, otherWay] = [directed(a, first.a, second.a), directed(b, first.b, second.b)];
      if (inA * otherWay < 0) return { first: first.text, second: second.text };
    }
  }
  return undefined;
}

/** Place of a party in a text: the last equal token, else the last that begins like it; -1 for none. */
function placeIn({ tokens }: Reading, party: string): number {
  const same = tokens.findLastIndex(({ text }) => text === party);
  if (same >= 0 || party.length < 2) return same;
  return tokens.findLastIndex(({ text }) => text.length > 1 && (text.startsWith(party) || party.startsWith(text)));
}

/** Returns 1 if the first party acts on the second, -1 if the second on the first, 0 if neither. */
function directed({ tokens }: Reading, first: number, second: number): -1 | 0 | 1 {
  const between = tokens.slice(Math.min(first, second) + 1, Math.max(first, second)).map(({ text }) => text);
  if (!between.some((text) => direction.test(text))) return 0;
  return first < second !== between.includes("被") ? 1 : -1;
}

/** A party: a name, a noun, a number, or a pronoun; not a light word. */
function isParty({ text, meanings, isLatin }: Token): boolean {
  if (PRONOUN.test(text)) return true;
  return (
    !meanings.some(({ kind }) => kind === "filler" || kind === "ask") &&
    (text.length > 1 || isLatin) &&
    !direction.test(text)
  );
}

const PRONOUN = /^(我|你|他|她|我们|对方|别人)$/;
