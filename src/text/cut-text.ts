/**
 * UTF-16 units of a text that are read. The model reads about the first hundred characters of them, `words` all. What
 * stands behind is neither fetched nor segmented, so that a row costs some milliseconds at most, however long it is.
 */
export const READ_LENGTH = 4_096;

/** The beginning of a text that is read. */
export function cutText(text: string): string {
  if (text.length <= READ_LENGTH) return text;
  const isPairCut = (text.charCodeAt(READ_LENGTH - 1) & 0xfc00) === 0xd800;
  return text.slice(0, isPairCut ? READ_LENGTH - 1 : READ_LENGTH);
}
