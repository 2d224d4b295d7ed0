// The database: PGlite with pgvector, beside the page, so that the page answers clicks while Postgres works. It is kept in IndexedDB.
import { PGlite } from "./node_modules/@electric-sql/pglite/dist/index.js";
import { worker } from "./node_modules/@electric-sql/pglite/dist/worker/index.js";
import { vector } from "./node_modules/@electric-sql/pglite-pgvector/dist/index.js";

worker({ init: () => PGlite.create("idb://ltd-faq", { extensions: { vector } }) });
