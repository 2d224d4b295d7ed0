/**
 * The HTTP service as a part of a program of your own: `ltd-index/serve`.
 *
 * @example
 * const database = await openDatabase();
 * const server = await serve(database, { port: 0 });
 * console.log(server.url);
 * await server.close();
 *
 * @module
 */
export { serve, type ServeOptions, type Serving } from "./serve/server.ts";
