/** The folder of this npm package, with a slash at its end: the parent of src/ and of dist/. */
export const packageRoot = new URL("../", import.meta.url);
