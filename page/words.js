/** All words of the page, in both languages. `{name}` is replaced by a value. */
const WORDS = {
  en: {
    language: "Language",
    theme: "Theme",
    themeAuto: "As the system",
    themeLight: "Light",
    themeDark: "Dark",
    about: "{table}, model {model}, {date}",
    made: "Made by ltd-index {version}. This file needs no network.",
    rows: "rows",
    clustersCount: "clusters",
    unassigned: "in no cluster",
    duplicatesCount: "near-duplicates",
    unanswered: "unanswered questions",
    waiting: "rows waiting for sync",
    failedCount: "rows that failed",
    unassignedName: "In no cluster",
    map: "Map",
    zoom: "Zoom",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    zoomAll: "Show all",
    searchLabel: "Search the rows",
    searchHint: "Search text or key",
    found: "Rows found: {count}",
    foundFirst: "Rows found: {count}, the first {shown} listed",
    foundNone: "No row has this",
    choose: "Choose a cluster to see it alone",
    mapLabel: "Map of {count} rows in {clusters} clusters. Arrow keys move it, plus and minus zoom, 0 shows all.",
    mapHelp:
      "Rows that mean similar things lie near each other. Drag to move; zoom with the buttons, a double click, or the wheel while Ctrl is held or after a click on the map. Keys: arrows, + and −, 0.",
    mapQuality:
      "How far to believe it: of the {k} nearest rows on the map, {preserved} are also among the {k} nearest in meaning (by chance {chance}); trustworthiness {trust} of 1. Distances between far groups mean little.",
    mapSampled: "{drawn} of {rows} rows are drawn, chosen at random.",
    mapEmpty: "There is no row to draw.",
    moreHere: "{count} more at this place",
    key: "key",
    clusters: "Clusters",
    clustersNone: "The rows were not grouped.",
    cluster: "Cluster",
    size: "Rows",
    words: "Words",
    cohesion: "Cohesion",
    cohesionTitle: "Mean similarity of the rows to the middle of their cluster; 1 where all are equal",
    examples: "Typical rows",
    showAll: "Show all {count}",
    duplicates: "Near-duplicates",
    duplicatesNotLooked: "They were not looked for.",
    duplicatesNone: "No two rows are as near as {threshold}.",
    duplicatesSome:
      "{groups} groups with {rows} rows too many, from a similarity of {threshold}. The first row of a group is the one to keep.",
    duplicatesMore: "and {count} more",
    duplicatesFirst: "The largest {count} groups are listed.",
    duplicatesHeld:
      "{count} pairs are as near, but say something else: a number, a name, an opposite, who does what to whom.",
    thresholds: "Answer, suggest or none",
    thresholdsAre:
      "A question is answered from a similarity of {answer}, and offered as “did you mean” from {suggest}.",
    thresholdsMargin: "The nearest row must be {margin} ahead of the second.",
    fromCalibrated: "Measured by ltd-index calibrate.",
    fromSet: "Set by hand.",
    fromModel:
      "Those of the model: nothing was calibrated for this index. ltd-index calibrate {index} measures its own.",
    stale: "The thresholds may be out of date: {reason}.",
    curveLabel: "What each threshold does",
    precision: "precision",
    falseAnswers: "false answers",
    coverage: "coverage",
    similarity: "similarity",
    answer: "answer",
    suggest: "suggest",
    none: "none",
    curveTable: "The same as a table",
    questions: "Questions without a sure answer",
    questionsNotGiven:
      "No questions were given. ltd-index report {index} --questions FILE reads one a line; ltd-index log on {index} keeps them from now on.",
    questionsSome:
      "Of {asked} questions {answered} had an answer, {suggested} a suggestion, and {none} nothing. Those of similar meaning stand together.",
    questionsAll: "All {asked} questions had an answer.",
    nearest: "nearest",
    nearestNone: "no row",
    timesAsked: "{count} questions",
    sync: "Sync",
    syncGood: "Every row of the table is in the index.",
    syncBehind: "{count} changed rows are not in this report yet, the oldest for {age}. Run: ltd-index sync {index}",
    syncBehindNew: "{count} changed rows are not in this report yet. Run: ltd-index sync {index}",
    syncFailed: "{count} rows could not be embedded. See: ltd-index failed {index}",
    sourceGone: "The table {table} was dropped.",
    vectorIndexBad: "The vector index is {state}: searches are slow. Run: ltd-index sync {index}",
    entries: "Rows in the index",
    indexed: "with a vector",
    empty: "without a letter or digit",
    truncated: "longer than the model reads",
    pending: "waiting",
    leased: "being embedded",
    failed: "failed",
    lastError: "last error",
    vectorIndex: "vector index",
    valid: "valid",
    missing: "missing",
    invalid: "invalid",
    seconds: "{count} s",
    minutes: "{count} min",
    hours: "{count} h",
    days: "{count} days",
  },
  zh: {
    language: "语言",
    theme: "外观",
    themeAuto: "跟随系统",
    themeLight: "浅色",
    themeDark: "深色",
    about: "{table}，模型 {model}，{date}",
    made: "由 ltd-index {version} 生成，打开本文件无需联网。",
    rows: "总行数",
    clustersCount: "类",
    unassigned: "未归类",
    duplicatesCount: "近似重复",
    unanswered: "没有确切答案的问题",
    waiting: "待同步的行",
    failedCount: "失败的行",
    unassignedName: "未归类",
    map: "语义地图",
    zoom: "缩放",
    zoomIn: "放大",
    zoomOut: "缩小",
    zoomAll: "显示全部",
    searchLabel: "搜索行",
    searchHint: "搜索文本或主键",
    found: "找到 {count} 行",
    foundFirst: "找到 {count} 行，列出前 {shown} 行",
    foundNone: "没有包含它的行",
    choose: "选择一个类，单独查看",
    mapLabel: "{count} 行、{clusters} 个类的地图。方向键移动，加减号缩放，0 显示全部。",
    mapHelp:
      "意思相近的行彼此靠近。拖动可移动；用按钮、双击，或按住 Ctrl（或先点击地图）滚动滚轮来缩放。键盘：方向键、+ 和 −、0。",
    mapQuality:
      "可信程度：地图上最近的 {k} 行中，有 {preserved} 也属于语义上最近的 {k} 行（随机为 {chance}）；可信度（trustworthiness）{trust}，满分 1。相距很远的类之间，距离意义不大。",
    mapSampled: "共 {rows} 行，随机抽取 {drawn} 行绘制。",
    mapEmpty: "没有可绘制的行。",
    moreHere: "此处还有 {count} 行",
    key: "主键",
    clusters: "聚类",
    clustersNone: "未进行聚类。",
    cluster: "类",
    size: "行数",
    words: "关键词",
    cohesion: "内聚度",
    cohesionTitle: "各行与类中心的平均相似度；完全相同时为 1",
    examples: "代表性的行",
    showAll: "显示全部 {count} 项",
    duplicates: "近似重复",
    duplicatesNotLooked: "未查找近似重复。",
    duplicatesNone: "没有相似度达到 {threshold} 的两行。",
    duplicatesSome: "相似度 {threshold} 及以上的有 {groups} 组，多出 {rows} 行。每组的第一行是建议保留的行。",
    duplicatesMore: "另有 {count} 行",
    duplicatesFirst: "列出最大的 {count} 组。",
    duplicatesHeld: "另有 {count} 对同样相近，但说的不是一回事：数字、名称、反义或方向不同。",
    thresholds: "回答、建议与无答案",
    thresholdsAre: "相似度达到 {answer} 直接回答，达到 {suggest} 则询问“您是不是想问”。",
    thresholdsMargin: "最近的行须比第二近的行高出 {margin}。",
    fromCalibrated: "由 ltd-index calibrate 测得。",
    fromSet: "手动设定。",
    fromModel: "这是模型自带的阈值，本索引尚未校准。运行 ltd-index calibrate {index} 可测得专属阈值。",
    stale: "阈值可能已过时：{reason}。",
    curveLabel: "各阈值的效果",
    precision: "准确率",
    falseAnswers: "误答率",
    coverage: "覆盖率",
    similarity: "相似度",
    answer: "回答",
    suggest: "建议",
    none: "无答案",
    curveTable: "以表格显示",
    questions: "没有确切答案的问题",
    questionsNotGiven:
      "未提供问题。运行 ltd-index report {index} --questions 文件（每行一个问题），或者用 ltd-index log on {index} 从现在起记录。",
    questionsSome:
      "共 {asked} 个问题：{answered} 个有回答，{suggested} 个有建议，{none} 个没有结果。意思相近的排在一起。",
    questionsAll: "全部 {asked} 个问题都有回答。",
    nearest: "最近的行",
    nearestNone: "没有行",
    timesAsked: "{count} 个问题",
    sync: "同步状态",
    syncGood: "表中的每一行都已在索引中。",
    syncBehind: "有 {count} 行改动尚未反映在本报告中，最早的已等待 {age}。请运行：ltd-index sync {index}",
    syncBehindNew: "有 {count} 行改动尚未反映在本报告中。请运行：ltd-index sync {index}",
    syncFailed: "有 {count} 行无法向量化。查看：ltd-index failed {index}",
    sourceGone: "表 {table} 已被删除。",
    vectorIndexBad: "向量索引{state}，查询会变慢。请运行：ltd-index sync {index}",
    entries: "索引中的行",
    indexed: "有向量",
    empty: "不含字母、汉字或数字",
    truncated: "超出模型读取长度",
    pending: "等待中",
    leased: "处理中",
    failed: "失败",
    lastError: "最近的错误",
    vectorIndex: "向量索引",
    valid: "正常",
    missing: "缺失",
    invalid: "无效",
    seconds: "{count} 秒",
    minutes: "{count} 分钟",
    hours: "{count} 小时",
    days: "{count} 天",
  },
};

/** @typedef {keyof typeof WORDS.en} Word */

/** @typedef {"en" | "zh"} Language */

/** What the reader can switch. */
export const settings = {
  /** @type {Language} */ language: navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en",
  /** @type {"light" | "dark"} */ theme: "light",
};

/**
 * A sentence of the page in the reader's language.
 *
 * @param {Word} word
 * @param {Record<string, string>} [values]
 */
export function say(word, values = {}) {
  return WORDS[settings.language][word].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** @param {number} value */
export function count(value) {
  return new Intl.NumberFormat(settings.language).format(value);
}

/** A share of 1 as a percentage. @param {number} share @param {number} [digits] */
export function percent(share, digits = 0) {
  return new Intl.NumberFormat(settings.language, { style: "percent", maximumFractionDigits: digits }).format(share);
}

/** How long ago, roughly. @param {number} seconds */
export function age(seconds) {
  if (seconds < 100) return say("seconds", { count: count(Math.round(seconds)) });
  if (seconds < 6000) return say("minutes", { count: count(Math.round(seconds / 60)) });
  if (seconds < 172800) return say("hours", { count: count(Math.round(seconds / 3600)) });
  return say("days", { count: count(Math.round(seconds / 86400)) });
}
