import { byId, element } from "./element.js";

/** What the pages share that answer questions: those of `serve` and of `export --html`. */

/** Their words, in both languages. */
export const ASK_WORDS = {
  zh: {
    ask: "提问",
    hint: "输入一句话，看哪一行是同一个意思",
    answer: "可以回答",
    suggest: "可能是其中一条",
    none: "没有合适的答案",
    chance: "正确的概率",
    similarity: "相似度",
    key: "主键",
    row: "整行",
    also: "同样内容的还有",
  },
  en: {
    ask: "Ask",
    hint: "Type a question and see which row means the same",
    answer: "Answer",
    suggest: "Did you mean one of these?",
    none: "No row is an answer",
    chance: "chance that it is right",
    similarity: "similarity",
    key: "key",
    row: "The whole row",
    also: "The same text also has",
  },
};

/** @typedef {typeof ASK_WORDS.en} AskWords */
/** @typedef {import("../src/app/ask/match.ts").MatchResult} MatchResult */

/** Writes the words of a language into the page. @param {"zh" | "en"} language @param {AskWords} words */
export function sayWords(language, words) {
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll("[data-say]")) {
    each.textContent = Object(words)[each.getAttribute("data-say") ?? ""];
  }
  byId("question").setAttribute("placeholder", words.hint);
  byId("question").setAttribute("aria-label", words.hint);
}

/** Shows a decision, its chance and the rows. @param {MatchResult} result @param {AskWords} words */
export function showResult(result, words) {
  byId("decision").textContent = words[result.decision];
  byId("decision").className = result.decision;
  byId("answers").replaceChildren(
    ...result.answers.map((answer, place) => {
      const facts = [`${words.similarity} ${answer.similarity.toFixed(3)}`, `${words.key} ${answer.key.join(", ")}`];
      if (place === 0 && typeof result.chance === "number")
        facts.unshift(`${words.chance} ${(100 * result.chance).toFixed(0)} %`);
      if (answer.others.length > 0)
        facts.push(`${words.also} ${answer.others.map((key) => key.join(", ")).join("; ")}`);
      const row = element("pre", "", JSON.stringify(answer.row, null, 2));
      const details = element("details", "", element("summary", "quiet", words.row), row);
      return element("li", "", element("div", "", answer.text), element("div", "quiet", facts.join(" · ")), details);
    }),
  );
}
