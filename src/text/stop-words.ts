/**
 * Normalised words of two or more characters that say nothing about a subject, so no label has them.
 *
 * Pronouns, question words, conjunctions, adverbs, modal and light verbs, measure and time words without a content of
 * their own.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `我们 你们 他们 她们 它们 咱们 自己 别人 人家 大家 各位 有人 本人 个人 这个 那个 这些 那些 这样 那样 这种 那种 这里 那里 这儿 那儿 这么 那么 这次 那次
  这是 那是 这一 那一 此次 该 其他 其它 其中 其实 某些 某个 每个 各种 各个 所有 一切 任何 全部 整个 一个 一些 一下 一点 一样 一般 一直 一定 一起 一种
  一次 一位 一名 两个 三个 几个 第一 第二 第三 什么 甚么 怎么 怎样 怎么样 怎么办 如何 为何 为什么 为啥 干嘛 干什么 哪个 哪些 哪里 哪儿 哪种 谁的 多少 多久 多长 多长时间
  多大 几天 几次 几时 何时 什么时候 啥时候 是否 是不是 能不能 可不可以 会不会 有没有 要不要 该不该 好不好 对不对 行不行 可以 可能 可否 能够 能否 不能 不会 不可
  不可以 不行 不要 不用 不是 不到 不了 不得 不好 不对 不足 不再 没有 没法 没用 未能 必须 必需 需要 需 应该 应当 应 想要 想 要求 愿意 希望 请问 请教 你好 您好 谢谢
  求助 求解 帮忙 帮我 麻烦 有的 有些 有点 有什么 有哪些 有何 有关 关于 对于 由于 因为 因此 所以 为了 以及 以上 以下 以后 以前 以来 之后 之前 之间 之一 之中 而且
  而是 并且 并不 或者 或是 还是 还有 还要 还能 还会 但是 但 可是 不过 然而 虽然 尽管 即使 如果 假如 要是 只要 只有 只是 只能 除了 除非 无论 不管 不论 并 且 与
  和 及 或 通过 根据 按照 作为 随着 对此 至于 关系 情况 问题 原因 方面 方法 办法 方式 东西 事情 时候 时间 现在 目前 如今 今天 明天 昨天 今年 去年 明年 最近 近日 近期 刚刚
  刚才 马上 立即 已经 曾经 正在 将要 即将 将会 总是 经常 常常 有时 有时候 偶尔 从来 永远 再次 再 又 也 都 就 才 就是 就要 就会 便是 也是 也会 也能 也有 都是
  都有 都会 都能 正是 算是 真是 真的 的话 的时候 来说 来讲 而言 起来 出来 出去 下来 下去 上来 过来 过去 回来 进来 进去 开始 继续 进行 发生 出现 成为 变成
  造成 导致 引起 使得 觉得 认为 以为 知道 感觉 看到 听说 发现 表示 显示 称 据 非常 特别 十分 相当 比较 更加 更 最 最好 很多 许多 大量 好多 不少 太多
  多个 多种 多次 好像 似乎 大概 大约 左右 差不多 几乎 完全 尤其 甚至 主要 重要 相关 具体 同样 同时 另外 此外 然后 接着 首先 其次 最后 最终 终于 到底 究竟 突然 居然
  竟然 果然 当然 确实 的确 一旦 万一 至少 至今 超过 以内 以外 左右 包括 例如 比如 等等 之类 属于 存在 具有 拥有 使用 利用 采用 关注 看看 看待 评价 解释 说明 介绍 分析
  建议 区别 不同 相同 是啊 好吗 可以吗 是吗 行吗 吗 呢 吧 啊 哦 嗯 哈哈 呵呵 嘿嘿 the of and to in is are was for on with that this it at by from as be an or
  what how why who when where which can do does did you your my me we our they he she not no yes`.split(/\s+/u),
);

/**
 * Whether a normalised word can stand in a label. It has two characters or more, is not all digits, and says what a
 * text is about.
 */
export function saysWhat(word: string): boolean {
  return word.length > 1 && /\p{L}/u.test(word) && !STOP_WORDS.has(word);
}
